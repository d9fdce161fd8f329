#include "codecs/cohere/message_read.h"

#include "codecs/cohere/citation.h"
#include "codecs/cohere/document.h"
#include "codecs/cohere/vocabulary.h"

#include <optional>

namespace inferenceflow::codecs::cohere {

using dialogue::json_view;
using dialogue::media_part;
using dialogue::message;
using dialogue::part;
using dialogue::protocol;
using dialogue::reasoning_part;
using dialogue::role;
using dialogue::text_part;
using dialogue::tool_call_part;
using dialogue::tool_result_part;

namespace {

part read_image(const json_view& image) {
  constexpr std::string_view k_scheme = "data:";
  constexpr std::string_view k_encoding = ";base64,";
  const json_view address = image.member("url");
  const std::string_view url = address.required_text();
  media_part read{.detail = std::string{image.member("detail").text()}};
  if (url.substr(0, k_scheme.size()) != k_scheme) {
    read.url = url;
    return read;
  }
  const std::size_t encoding = url.find(k_encoding);
  if (encoding == std::string_view::npos) {
    address.fail("must be a web address or data:<media type>;base64,<bytes>");
    return read;
  }
  read.media_type = url.substr(k_scheme.size(), encoding - k_scheme.size());
  read.data_base64 = url.substr(encoding + k_encoding.size());
  return read;
}

part read_block(const json_view& block) {
  const std::string_view type = block.member("type").required_text();
  if (type == "text") {
    return text_part{.text = std::string{block.member("text").required_text()}};
  }
  if (type == "thinking") {
    return reasoning_part{.text = std::string{block.member("thinking").required_text()}};
  }
  if (type == "image_url") {
    const json_view image = block.member("image_url");
    if (!image.present()) {
      image.fail("is missing");
    }
    return read_image(image);
  }
  if (type == "document") {
    return read_document(block.member("document"), false);
  }
  return dialogue::opaque_part{.origin = protocol::cohere, .type = std::string{type}, .json = block.json()};
}

/// A string, or a list of blocks.
std::vector<part> read_content(const json_view& content) {
  std::vector<part> parts;
  if (content.is_text()) {
    parts.emplace_back(text_part{.text = std::string{content.text()}});
  } else if (content.present() && !content.is_array()) {
    content.fail("must be a string or a list");
  } else {
    content.each([&](const json_view& block) { parts.push_back(read_block(block)); });
  }
  return parts;
}

text_part* text_at(std::vector<part>& parts, std::optional<std::int64_t> block) {
  if (block) {
    const auto index = static_cast<std::size_t>(*block);
    return index < parts.size() ? std::get_if<text_part>(&parts[index]) : nullptr;
  }
  for (part& each : parts) {
    if (auto* words = std::get_if<text_part>(&each)) {
      return words;
    }
  }
  return nullptr;
}

/// Citations of thinking and of a plan have no place in the superset.
void read_citations(const json_view& citations, std::vector<part>& parts) {
  const text_part* measured = nullptr;
  text_places places;
  citations.each([&](const json_view& cited) {
    const json_view type = cited.member("type");
    if (type.present() && type.text() != "TEXT_CONTENT") {
      return;
    }
    text_part* const words = text_at(parts, cited.member("content_index").integer(0));
    if (words == nullptr) {
      return;
    }
    if (words != measured) {
      places.clear();
      places.append(words->text);
      measured = words;
    }
    read_citation(cited, places, words->citations);
  });
}

tool_call_part read_call(const json_view& call) {
  const json_view function = call.member("function");
  tool_call_part read{.id = std::string{call.member("id").required_text()},
                      .name = std::string{function.member("name").required_text()},
                      .arguments = std::string{function.member("arguments").text()}};
  if (read.arguments.empty()) {
    read.arguments = "{}";
  }
  return read;
}

/// {"data":{"error":"…"}} is how a failed result is written: Cohere has no flag for it.
std::optional<std::string_view> failure_text(const json_view& block) {
  if (block.member("type").text() != "document") {
    return std::nullopt;
  }
  const json_view document = block.member("document");
  if (!document.is_object() || document.member("id").present()) {
    return std::nullopt;
  }
  const json_view data = document.member("data");
  if (!data.is_object() || !data.member("error").is_text()) {
    return std::nullopt;
  }
  std::size_t fields = 0;
  data.members([&](std::string_view, const json_view&) { ++fields; });
  return fields == 1 ? std::optional{data.member("error").text()} : std::nullopt;
}

bool read_failure(const json_view& content, tool_result_part& into) {
  if (!content.is_array() || content.size() == 0) {
    return false;
  }
  std::vector<std::variant<text_part, media_part>> texts;
  for (std::size_t i = 0; i < content.size(); ++i) {
    const json_view block = content.element(i);
    const auto text = block.is_object() ? failure_text(block) : std::nullopt;
    if (!text) {
      return false;
    }
    texts.emplace_back(text_part{.text = std::string{*text}});
  }
  into.failed = true;
  into.content = std::move(texts);
  return true;
}

/// An object that is no plain document is the result itself, if it is the only block.
bool read_object_result(const json_view& content, tool_result_part& into) {
  if (!content.is_array() || content.size() != 1 || !content.element(0).is_object()) {
    return false;
  }
  const json_view document = content.element(0).member("document");
  if (!document.is_object() || document.member("id").present() || !document.member("data").is_object() ||
      read_document(document, false).media_type == "text/plain") {
    return false;
  }
  into.json = document.member("data").json();
  return true;
}

tool_result_part read_result(const json_view& message) {
  tool_result_part read{.call_id = std::string{message.member("tool_call_id").required_text()}};
  const json_view content = message.member("content");
  if (!content.present()) {
    content.fail("is missing");
  }
  if (read_failure(content, read) || read_object_result(content, read)) {
    return read;
  }
  for (part& each : read_content(content)) {
    if (auto* words = std::get_if<text_part>(&each)) {
      read.content.emplace_back(std::move(*words));
    } else if (auto* media = std::get_if<media_part>(&each)) {
      read.content.emplace_back(std::move(*media));
    } else {
      content.fail("may hold text and documents only");
    }
  }
  return read;
}

} // namespace

std::vector<part> read_assistant(const json_view& message) {
  std::vector<part> parts = read_content(message.member("content"));
  read_citations(message.member("citations"), parts);
  if (const std::string_view plan = message.member("tool_plan").text(); !plan.empty()) {
    parts.emplace_back(reasoning_part{.text = std::string{plan}, .id = std::string{k_tool_plan_id}});
  }
  message.member("tool_calls").each([&](const json_view& call) { parts.emplace_back(read_call(call)); });
  return parts;
}

message read_message(const json_view& read) {
  const json_view who = read.member("role");
  const std::string_view name = who.required_text();
  if (name == "system" || name == "user") {
    return {.who = name == "user" ? role::user : role::system, .parts = read_content(read.member("content"))};
  }
  if (name == "assistant") {
    return {.who = role::assistant, .parts = read_assistant(read)};
  }
  if (name == "tool") {
    message result{.who = role::tool};
    result.parts.emplace_back(read_result(read));
    return result;
  }
  who.fail("must be one of system, user, assistant, tool");
  return {};
}

} // namespace inferenceflow::codecs::cohere
