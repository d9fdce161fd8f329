#include "codecs/openai_responses/item_read.h"

#include "wire/json/token_index.h"
#include "wire/openai/usage_block.h"

#include <array>
#include <utility>

namespace inferenceflow::codecs::openai_responses {

using dialogue::event_kind;
using dialogue::json_view;
using dialogue::part_kind;

namespace {

/// Byte offset of character number `index`; -1 if the text is shorter or the index absent.
std::int64_t byte_offset(std::string_view text, const std::optional<double>& index) {
  if (!index || !(*index >= 0) || *index > static_cast<double>(text.size())) {
    return -1;
  }
  auto left = static_cast<std::size_t>(*index);
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) {
      continue;
    }
    if (left == 0) {
      break;
    }
    --left;
  }
  return left == 0 ? static_cast<std::int64_t>(at) : -1;
}

void play_message(part_emitter& to, json_view item, std::size_t content_from) {
  const json_view content = item.member("content");
  const std::size_t count = content.size();
  for (std::size_t i = content_from; i < count; ++i) {
    play_content(to, content.element(i));
  }
  to.close();
}

void play_call(part_emitter& to, json_view item, item_kind kind) {
  if (!to.is_open(part_kind::tool_call) && !open_call(to, item, kind)) {
    item.member("name").fail("is missing");
    return;
  }
  to.say_rest(event_kind::arguments, item.member(kind == item_kind::custom_call ? "input" : "arguments").text());
  to.close();
}

void play_reasoning(part_emitter& to, json_view item) {
  if (to.is_open(part_kind::reasoning)) {
    to.say_rest(event_kind::reasoning, joined_texts(item.member(to.state().summary ? "summary" : "content")));
  } else {
    const thought all = read_thought(item);
    to.open({.opened = part_kind::reasoning, .id = item.member("id").text(), .summary = all.summary});
    to.say_rest(event_kind::reasoning, all.text);
  }
  to.redact(item.member("encrypted_content").text());
  to.close();
}

void play_whole(part_emitter& to, json_view block) {
  const std::string json = block.json();
  to.open({.opened = part_kind::opaque,
           .text = json,
           .name = block.member("type").text(),
           .origin = dialogue::protocol::openai_responses});
  to.close();
}

void play_image(part_emitter& to, json_view item) {
  const std::string_view bytes = item.member("result").text();
  if (bytes.empty()) {
    play_whole(to, item); // failed: the item says why
    return;
  }
  const std::string_view format = item.member("output_format").text();
  const std::string type = "image/" + std::string{format.empty() ? "png" : format};
  to.open({.opened = part_kind::media, .text = bytes, .name = type});
  to.close();
}

} // namespace

item_kind item_kind_of(std::string_view type) noexcept {
  constexpr std::array k_kinds{
      std::pair{std::string_view{"message"}, item_kind::message},
      std::pair{std::string_view{"function_call"}, item_kind::function_call},
      std::pair{std::string_view{"custom_tool_call"}, item_kind::custom_call},
      std::pair{std::string_view{"reasoning"}, item_kind::reasoning},
      std::pair{std::string_view{"image_generation_call"}, item_kind::image},
  };
  for (const auto& [name, kind] : k_kinds) {
    if (name == type) {
      return kind;
    }
  }
  return item_kind::other;
}

void play_item(part_emitter& to, json_view item, std::size_t content_from) {
  const item_kind kind = item_kind_of(item.member("type").required_text());
  switch (kind) {
  case item_kind::message: play_message(to, item, content_from); break;
  case item_kind::function_call:
  case item_kind::custom_call: play_call(to, item, kind); break;
  case item_kind::reasoning: play_reasoning(to, item); break;
  case item_kind::image: play_image(to, item); break;
  case item_kind::other: play_whole(to, item); break;
  }
}

void play_content(part_emitter& to, json_view part) {
  const std::string_view type = part.member("type").required_text();
  if (type == "output_text" || type == "text") {
    if (!to.is_open(part_kind::text)) {
      to.open({.opened = part_kind::text});
    }
    to.say_rest(event_kind::text, part.member("text").text(), read_logprobs(part.member("logprobs")));
    play_annotations(to, part.member("annotations"));
  } else if (type == "refusal") {
    if (!to.is_open(part_kind::refusal)) {
      to.open({.opened = part_kind::refusal});
    }
    to.say_rest(event_kind::refusal, part.member("refusal").text());
  } else {
    play_whole(to, part);
  }
  to.close();
}

void play_annotations(part_emitter& to, json_view annotations) {
  const std::size_t count = annotations.size();
  for (std::size_t i = to.state().cited; i < count; ++i) {
    to.cite(read_annotation(annotations.element(i), to.state().said));
  }
}

dialogue::citation read_annotation(json_view annotation, std::string_view text) {
  dialogue::citation source;
  const std::string_view title = annotation.member("title").text();
  source.title = title.empty() ? annotation.member("filename").text() : title;
  source.url = annotation.member("url").text();
  source.source_id = annotation.member("file_id").text();
  source.source_index = annotation.member("index").integer().value_or(-1);
  source.begin = byte_offset(text, annotation.member("start_index").number());
  source.end = byte_offset(text, annotation.member("end_index").number());
  source.opaque = annotation.json();
  return source;
}

std::vector<dialogue::token_logprob> read_logprobs(json_view tokens) {
  std::vector<dialogue::token_logprob> read;
  read.reserve(tokens.size());
  tokens.each([&](json_view token) {
    dialogue::token_logprob& one = read.emplace_back();
    one.token = token.member("token").text();
    one.logprob = token.member("logprob").number().value_or(0);
    token.member("top_logprobs").each([&](json_view likely) {
      one.top.emplace_back(likely.member("token").text(), likely.member("logprob").number().value_or(0));
    });
  });
  return read;
}

bool open_call(part_emitter& to, json_view item, item_kind kind) {
  const std::string_view name = item.member("name").text();
  const std::string_view call_id = item.member("call_id").text();
  const std::string_view id = call_id.empty() ? item.member("id").text() : call_id;
  if (name.empty() || id.empty()) {
    return false;
  }
  to.open({.opened = part_kind::tool_call, .id = id, .name = name, .custom = kind == item_kind::custom_call});
  return true;
}

std::string joined_texts(json_view pieces) {
  std::string joined;
  pieces.each([&](json_view piece) {
    const std::string_view text = piece.member("text").text();
    if (!text.empty()) {
      joined.append(joined.empty() ? "" : "\n\n").append(text);
    }
  });
  return joined;
}

thought read_thought(json_view item) {
  const json_view summary = item.member("summary");
  thought read{joined_texts(summary), summary.size() != 0};
  if (!read.summary) {
    read.text = joined_texts(item.member("content"));
  }
  return read;
}

dialogue::finish finish_of(json_view response, const emitted& parts) {
  const std::string_view status = response.member("status").text();
  if (status == "incomplete") {
    const std::string_view reason = response.member("incomplete_details").member("reason").text();
    return reason == "max_output_tokens" ? dialogue::finish::length
           : reason == "content_filter"  ? dialogue::finish::content_filter
                                         : dialogue::finish::other;
  }
  if (status == "queued" || status == "in_progress") {
    return dialogue::finish::none;
  }
  return parts.any_call      ? dialogue::finish::tool_calls
         : parts.any_refusal ? dialogue::finish::refusal
                             : dialogue::finish::stop;
}

std::optional<cost::token_usage> read_usage(json_view response) {
  std::optional<cost::token_usage> usage;
  const json_view block = response.member("usage");
  if (block.is_object()) {
    const std::string text = block.json();
    wire::json::token_index index;
    if (!index.build(text)) {
      wire::json::reader in = index.read();
      (void)wire::openai::read_usage(in, usage); // it was JSON a moment ago
    }
  }
  return usage;
}

std::int64_t created_s_of(json_view response) {
  constexpr double k_latest_s = 253'402'300'799; // year 9999
  const double seconds = response.member("created_at").number().value_or(0);
  return seconds > 0 && seconds <= k_latest_s ? static_cast<std::int64_t>(seconds) : 0;
}

} // namespace inferenceflow::codecs::openai_responses
