#include "providers/local/text_answer.h"

#include "engine/utf8_gate.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

namespace inferenceflow::providers::local {
namespace {

namespace json = boost::json;

json::string_view view_of(std::string_view text) {
  return {text.data(), text.size()};
}

json::object token_object(const std::string& bytes, float logprob) {
  json::array raw;
  for (const char c : bytes) {
    raw.emplace_back(static_cast<unsigned char>(c));
  }
  return {{"token", engine::to_valid_utf8(bytes)}, {"logprob", logprob}, {"bytes", std::move(raw)}};
}

json::object chat_logprobs(const std::vector<engine::token_logprob>& entries) {
  json::array content;
  for (const auto& entry : entries) {
    auto token = token_object(entry.bytes, entry.logprob);
    json::array top;
    for (const auto& alternative : entry.top) {
      top.push_back(token_object(alternative.bytes, alternative.logprob));
    }
    token["top_logprobs"] = std::move(top);
    content.push_back(std::move(token));
  }
  return {{"content", std::move(content)}, {"refusal", nullptr}};
}

json::object completion_logprobs(const std::vector<engine::token_logprob>& entries, std::size_t text_offset) {
  json::array tokens;
  json::array logprobs;
  json::array alternatives;
  json::array offsets;
  std::string text;
  for (const auto& entry : entries) {
    offsets.emplace_back(text_offset + characters_of(text));
    text += entry.bytes;
    tokens.emplace_back(engine::to_valid_utf8(entry.bytes));
    logprobs.emplace_back(entry.logprob);
    json::object top;
    for (const auto& alternative : entry.top) {
      top.emplace(engine::to_valid_utf8(alternative.bytes), alternative.logprob);
    }
    alternatives.push_back(std::move(top));
  }
  return {{"tokens", std::move(tokens)},
          {"token_logprobs", std::move(logprobs)},
          {"top_logprobs", std::move(alternatives)},
          {"text_offset", std::move(offsets)}};
}

json::value logprobs_value(const answer_head& head, const std::vector<engine::token_logprob>& entries, bool wanted,
                           std::size_t text_offset) {
  if (!wanted) {
    return nullptr;
  }
  return head.chat ? chat_logprobs(entries) : completion_logprobs(entries, text_offset);
}

json::object usage_object(const engine::token_counts& counts) {
  return {{"prompt_tokens", counts.prompt},
          {"completion_tokens", counts.completion},
          {"total_tokens", std::uint64_t{counts.prompt} + counts.completion},
          {"prompt_tokens_details", {{"cached_tokens", counts.reused}}},
          {"completion_tokens_details", {{"reasoning_tokens", 0}}}};
}

json::object envelope(const answer_head& head, std::string_view object, json::array&& choices) {
  return {{"id", view_of(head.id)},
          {"object", view_of(object)},
          {"created", head.created_s},
          {"model", view_of(head.model)},
          {"system_fingerprint", view_of(head.fingerprint)},
          {"choices", std::move(choices)}};
}

json::object chunk_of(const answer_head& head, json::array&& choices) {
  return envelope(head, head.chat ? "chat.completion.chunk" : "text_completion", std::move(choices));
}

std::string event_of(const json::object& chunk) {
  return "data: " + json::serialize(chunk) + "\n\n";
}

std::string choice_event(const answer_head& head, json::object&& choice) {
  json::array choices;
  choices.push_back(std::move(choice));
  auto chunk = chunk_of(head, std::move(choices));
  if (head.usage_fields) {
    chunk["usage"] = nullptr;
  }
  return event_of(chunk);
}

} // namespace

std::string_view to_string(engine::end_reason reason) noexcept {
  return reason == engine::end_reason::stop ? "stop" : "length";
}

std::size_t characters_of(std::string_view text) noexcept {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string render_document(const answer_head& head, const std::vector<collected_choice>& choices, bool logprobs,
                            const engine::token_counts& counts) {
  json::array list;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const auto& choice = choices[i];
    json::object entry{{"index", i}};
    if (head.chat) {
      entry["message"] = {{"role", "assistant"}, {"content", view_of(choice.text)}, {"refusal", nullptr}};
    } else {
      entry["text"] = view_of(choice.text);
    }
    entry["logprobs"] = logprobs_value(head, choice.logprobs, logprobs, 0);
    entry["finish_reason"] = view_of(to_string(choice.reason));
    list.push_back(std::move(entry));
  }
  auto document = envelope(head, head.chat ? "chat.completion" : "text_completion", std::move(list));
  document["usage"] = usage_object(counts);
  return json::serialize(document);
}

std::string render_start(const answer_head& head, std::uint32_t choice) {
  if (!head.chat) {
    return {};
  }
  return choice_event(head, {{"index", choice},
                             {"delta", {{"role", "assistant"}, {"content", ""}, {"refusal", nullptr}}},
                             {"logprobs", nullptr},
                             {"finish_reason", nullptr}});
}

std::string render_delta(const answer_head& head, std::uint32_t choice, const engine::text_delta& delta, bool logprobs,
                         std::size_t text_offset) {
  json::object entry{{"index", choice}};
  if (head.chat) {
    entry["delta"] = {{"content", view_of(delta.text)}};
  } else {
    entry["text"] = view_of(delta.text);
  }
  entry["logprobs"] = logprobs_value(head, delta.logprobs, logprobs, text_offset);
  entry["finish_reason"] = nullptr;
  return choice_event(head, std::move(entry));
}

std::string render_end(const answer_head& head, std::uint32_t choice, engine::end_reason reason) {
  json::object entry{{"index", choice}};
  if (head.chat) {
    entry["delta"] = json::object();
  } else {
    entry["text"] = "";
  }
  entry["logprobs"] = nullptr;
  entry["finish_reason"] = view_of(to_string(reason));
  return choice_event(head, std::move(entry));
}

std::string render_usage(const answer_head& head, const engine::token_counts& counts) {
  auto chunk = chunk_of(head, {});
  chunk["usage"] = usage_object(counts);
  return event_of(chunk);
}

} // namespace inferenceflow::providers::local
