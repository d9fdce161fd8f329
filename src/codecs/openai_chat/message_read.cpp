#include "codecs/openai_chat/message_read.h"

#include "codecs/openai_chat/part_read.h"
#include "codecs/openai_chat/reasoning_details.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::codecs::openai_chat {

using dialogue::json_view;
using dialogue::part;
using dialogue::role;
using dialogue::tool_call_part;

namespace {

/// Arguments are a string; a host that sends the object itself is understood too.
std::string read_arguments(const json_view& arguments) {
  std::string text = arguments.is_object() ? arguments.json() : std::string{arguments.text()};
  return text.empty() ? "{}" : text;
}

tool_call_part read_call(const json_view& value, std::size_t& made_ids, held_signatures& held) {
  tool_call_part call;
  call.id = value.member("id").text();
  if (const auto custom = value.member("custom"); value.member("type").text() == "custom") {
    call.custom = true;
    call.name = custom.member("name").required_text();
    call.arguments = custom.member("input").text();
  } else {
    const auto function = value.member("function");
    call.name = function.member("name").required_text();
    call.arguments = read_arguments(function.member("arguments"));
  }
  call.signature = held.for_call(call.id);
  if (const auto google = value.member("extra_content").member("google"); google.present()) {
    call.signature = google.member("thought_signature").text();
  }
  if (call.id.empty()) {
    call.id = made_id(made_ids++);
  }
  return call;
}

void read_calls(const json_view& message, std::vector<part>& into, std::size_t& made_ids, held_signatures& held) {
  message.member("tool_calls").each([&](const json_view& value) {
    into.emplace_back(read_call(value, made_ids, held));
  });
  const auto legacy = message.member("function_call");
  if (legacy.is_object() && !legacy.member("name").text().empty()) {
    into.emplace_back(tool_call_part{.id = made_id(made_ids++),
                                     .name = std::string{legacy.member("name").text()},
                                     .arguments = read_arguments(legacy.member("arguments"))});
  }
}

/// Signatures of what is visible go to the last text; what fits nothing stays a part of its own, before the rest.
void settle_signatures(const json_view& message, std::vector<part>& parts, std::size_t begin, held_signatures& held) {
  if (const auto google = message.member("extra_content").member("google"); held.text.empty() && google.present()) {
    held.text = google.member("thought_signature").text();
  }
  const auto own = std::find_if(parts.rbegin(), parts.rend() - static_cast<std::ptrdiff_t>(begin),
                                [](const part& one) { return std::holds_alternative<dialogue::text_part>(one); });
  if (own != parts.rend() - static_cast<std::ptrdiff_t>(begin)) {
    std::get<dialogue::text_part>(*own).signature = std::exchange(held.text, {});
  } else if (!held.text.empty()) {
    for (std::size_t at = begin; at < parts.size(); ++at) {
      if (auto* call = std::get_if<tool_call_part>(&parts[at]); call != nullptr && call->signature.empty()) {
        call->signature = std::exchange(held.text, {}); // Google's own host names the message, not the call
        break;
      }
    }
  }
  auto left = held.leftovers();
  parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(begin), left.begin(), left.end());
}

} // namespace

std::string made_id(std::size_t n) {
  return fmt::format("call_{}", n);
}

void read_assistant(const json_view& message, std::vector<part>& into, std::size_t& made_ids) {
  const std::size_t begin = into.size();
  held_signatures held;
  read_reasoning(message, into, held);
  read_content(message.member("content"), into);
  if (const std::string_view refusal = message.member("refusal").text(); !refusal.empty()) {
    into.emplace_back(dialogue::refusal_part{.text = std::string{refusal}});
  }
  if (const auto audio = message.member("audio"); audio.is_object() && !audio.member("id").text().empty()) {
    into.emplace_back(dialogue::opaque_part{
        .origin = dialogue::protocol::openai_chat, .type = std::string{k_message_audio}, .json = audio.json()});
  }
  message.member("images").each([&](const json_view& image) { // OpenRouter: images that the model made
    dialogue::media_part made;
    read_url(image.member("image_url").member("url").text(), made);
    into.emplace_back(std::move(made));
  });
  read_calls(message, into, made_ids, held);
  settle_signatures(message, into, begin, held);
}

dialogue::message message_reader::read(const json_view& message) {
  dialogue::message got;
  const std::string_view who = message.member("role").required_text();
  if (who == "tool" || who == "function") {
    got.who = role::tool;
    got.parts.emplace_back(read_result(message, who == "function"));
    return got;
  }
  got.name = message.member("name").text();
  if (who == "assistant") {
    got.who = role::assistant;
    const std::size_t made_before = made_ids_;
    read_assistant(message, got.parts, made_ids_);
    for (std::size_t n = made_before; n < made_ids_; ++n) {
      const std::string id = made_id(n);
      for (const part& one : got.parts) {
        if (const auto* call = std::get_if<tool_call_part>(&one); call != nullptr && call->id == id) {
          pending_.push_back({id, call->name});
        }
      }
    }
    return got;
  }
  if (who == "user") {
    got.who = role::user;
  } else if (who != "system" && who != "developer") {
    message.member("role").fail("must be system, developer, user, assistant, tool or function");
  } else {
    got.who = role::system;
  }
  const auto content = message.member("content");
  if (!content.present()) {
    content.fail("is missing");
  }
  read_content(content, got.parts);
  return got;
}

std::string message_reader::take_pending(std::string_view name) {
  auto found = std::find_if(pending_.begin(), pending_.end(),
                            [&](const auto& call) { return name.empty() || call.name == name; });
  if (found == pending_.end()) {
    return {};
  }
  std::string id = std::move(found->id);
  pending_.erase(found);
  return id;
}

dialogue::tool_result_part message_reader::read_result(const json_view& message, bool legacy) {
  dialogue::tool_result_part result;
  result.name = legacy ? message.member("name").required_text() : message.member("name").text();
  if (legacy || message.member("tool_call_id").text().empty()) {
    result.call_id = take_pending(result.name);
    if (result.call_id.empty() && legacy) {
      result.call_id = made_id(made_ids_++);
    } else if (result.call_id.empty()) {
      message.member("tool_call_id").fail("is missing");
    }
  } else {
    result.call_id = message.member("tool_call_id").text();
  }
  std::vector<part> content;
  read_content(message.member("content"), content);
  for (std::size_t at = 0; at < content.size(); ++at) {
    if (auto* words = std::get_if<dialogue::text_part>(&content[at])) {
      result.content.emplace_back(std::move(*words));
    } else if (auto* media = std::get_if<dialogue::media_part>(&content[at])) {
      result.content.emplace_back(std::move(*media));
    } else {
      message.member("content").element(at).fail("must be a text or a medium: this is a tool's result");
    }
  }
  return result;
}

} // namespace inferenceflow::codecs::openai_chat
