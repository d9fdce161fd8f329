#include "api/simple_answer.h"

#include "api/json_text.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace inferenceflow::api {

namespace json = boost::json;

namespace {

const json::value* first_choice(const json::value& document) {
  const json::value* choices = document.is_object() ? document.get_object().if_contains("choices") : nullptr;
  return choices != nullptr && choices->is_array() && !choices->get_array().empty() &&
                 choices->get_array().front().is_object()
             ? &choices->get_array().front()
             : nullptr;
}

std::string_view text_at(const json::value& choice, std::string_view part) {
  const json::value* message = choice.get_object().if_contains(part);
  const json::value* content =
      message != nullptr && message->is_object() ? message->get_object().if_contains("content") : nullptr;
  return content != nullptr && content->is_string() ? std::string_view{content->get_string()} : std::string_view{};
}

} // namespace

void simple_answer::read_chunk(std::string_view data, std::string& deltas) {
  boost::system::error_code malformed;
  const json::value chunk = json::parse(json::string_view{data.data(), data.size()}, malformed);
  if (malformed || !chunk.is_object()) {
    return; // "[DONE]"
  }
  if (const json::value* choice = first_choice(chunk)) {
    if (const std::string_view delta = text_at(*choice, "delta"); !delta.empty()) {
      text_.append(delta);
      deltas += fmt::format("data: {{\"delta\":{}}}\n\n", json_string(delta));
    }
    const json::value* reason = choice->get_object().if_contains("finish_reason");
    if (reason != nullptr && reason->is_string()) {
      finish_reason_ = std::string{reason->get_string()};
    }
  }
  if (const json::value* usage = chunk.get_object().if_contains("usage"); usage != nullptr && usage->is_object()) {
    const json::value* total = usage->get_object().if_contains("total_tokens");
    if (total != nullptr && total->is_int64()) {
      tokens_used_ = total->get_int64();
    }
  }
}

void simple_answer::read_document(std::string_view body) {
  boost::system::error_code malformed;
  const json::value document = json::parse(json::string_view{body.data(), body.size()}, malformed);
  const json::value* choice = malformed ? nullptr : first_choice(document);
  if (choice == nullptr) {
    return;
  }
  text_ = text_at(*choice, "message");
  std::string unused;
  read_chunk(body, unused); // finish_reason and usage stand where a chunk has them
}

std::string simple_answer::render(const simple_facts& facts, const pipeline::answer_note& note) const {
  const bool cached = note.cache == pipeline::cache_state::hit || note.cache == pipeline::cache_state::semantic ||
                      note.cache == pipeline::cache_state::coalesced;
  if (facts.kind == simple_kind::generate) {
    return fmt::format(
        R"({{"generated_text":{},"model":{},"provider":{},"tokens_used":{},"finish_reason":{},"cost":{},"cache_hit":{},"request_id":{}}})",
        json_string(text_), json_string(note.model), json_string(note.provider), tokens_used_,
        finish_reason_.empty() ? "null" : json_string(finish_reason_), to_usd_string(note.cost), cached,
        json_string(facts.request_id));
  }
  if (facts.kind == simple_kind::infer) {
    return fmt::format(
        R"({{"response":{},"model":{},"provider":{},"tier":{},"confidence":{},"escalations":{},"finish_reason":{},)"
        R"("tokens_used":{},"cost_usd":{},"saved_usd":{},"latency_ms":{:.3f},"cache":"{}","request_id":{},"metadata":{}}})",
        json_string(text_), json_string(note.model), json_string(note.provider),
        note.tier.empty() ? "null" : json_string(note.tier),
        note.confidence ? fmt::format("{:.4f}", *note.confidence) : "null",
        note.escalations ? std::to_string(*note.escalations) : "null",
        finish_reason_.empty() ? "null" : json_string(finish_reason_), tokens_used_, to_usd_string(note.cost),
        to_usd_string(note.saved), facts.latency_ms, to_string(note.cache), json_string(facts.request_id),
        json::serialize(facts.metadata));
  }
  return fmt::format(
      R"({{"response":{},"provider":{},"model":{},"latency":{:.3f},"tokens_used":{},"cost":{},"cache_hit":{},"request_id":{},"created_at":{},"metadata":{}}})",
      json_string(text_), json_string(note.provider), json_string(note.model), facts.latency_ms, tokens_used_,
      to_usd_string(note.cost), cached, json_string(facts.request_id), json_time(to_unix_ms(facts.now)),
      json::serialize(facts.metadata));
}

} // namespace inferenceflow::api
