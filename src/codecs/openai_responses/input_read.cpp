#include "codecs/openai_responses/input_read.h"

#include "codecs/openai_responses/data_url.h"
#include "codecs/openai_responses/item_read.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <variant>

namespace inferenceflow::codecs::openai_responses {

using dialogue::json_view;
using dialogue::media_part;
using dialogue::text_part;

namespace {

using content_part = std::variant<text_part, media_part>;

std::optional<dialogue::cache_life> read_mark(json_view of) {
  const json_view mark = of.member("prompt_cache_breakpoint");
  if (!mark.present()) {
    return std::nullopt;
  }
  return mark.member("ttl").text() == "12h" ? dialogue::cache_life::hour_1 : dialogue::cache_life::minutes_5;
}

/// A URL that may hold the bytes themselves.
void read_bytes(std::string_view url, media_part& into) {
  if (const auto held = parse_data_url(url)) {
    into.media_type = held->media_type;
    into.data_base64 = held->base64;
  } else {
    into.url = url;
  }
}

media_part read_image(json_view part) {
  media_part read{.kind = dialogue::media_kind::image};
  const std::string_view file_id = part.member("file_id").text();
  const json_view url = part.member("image_url");
  if (file_id.empty()) {
    read_bytes(url.required_text(), read);
  } else {
    read.file_id = file_id;
  }
  read.detail = part.member("detail").text();
  read.cache_mark = read_mark(part);
  return read;
}

media_part read_file(json_view part) {
  media_part read{.kind = dialogue::media_kind::document};
  const std::string_view data = part.member("file_data").text();
  if (const auto held = parse_data_url(data)) {
    read.media_type = held->media_type;
    read.data_base64 = held->base64;
  } else {
    read.data_base64 = data;
  }
  if (data.empty()) {
    read.url = part.member("file_url").text();
  }
  if (data.empty() && read.url.empty()) {
    read.file_id = part.member("file_id").text();
    if (read.file_id.empty()) {
      part.fail("needs one of file_data, file_url and file_id");
    }
  }
  read.name = part.member("filename").text();
  read.detail = part.member("detail").text();
  read.cache_mark = read_mark(part);
  return read;
}

media_part read_audio(json_view part) {
  const json_view audio = part.member("input_audio");
  media_part read{.kind = dialogue::media_kind::audio};
  read.data_base64 = audio.member("data").required_text();
  const std::string_view format = audio.member("format").required_text();
  read.media_type = "audio/" + std::string{format == "mp3" ? "mpeg" : format};
  return read;
}

text_part read_text(json_view part) {
  text_part read{.text = std::string{part.member("text").required_text()}};
  part.member("annotations").each([&](json_view annotation) {
    read.citations.push_back(read_annotation(annotation, read.text));
  });
  read.cache_mark = read_mark(part);
  return read;
}

/// @returns nothing for what is neither text nor media.
std::optional<content_part> read_content_part(json_view part) {
  const std::string_view type = part.member("type").required_text();
  if (type == "input_text" || type == "output_text" || type == "text") {
    return read_text(part);
  }
  if (type == "input_image") {
    return read_image(part);
  }
  if (type == "input_file") {
    return read_file(part);
  }
  if (type == "input_audio") {
    return read_audio(part);
  }
  return std::nullopt;
}

constexpr std::string_view k_known_content =
    "must be \"input_text\", \"input_image\", \"input_file\", \"input_audio\", \"output_text\" or \"refusal\"";

std::vector<dialogue::part> read_content(json_view content) {
  std::vector<dialogue::part> read;
  if (content.is_text()) {
    read.emplace_back(text_part{.text = std::string{content.text()}});
    return read;
  }
  if (!content.present()) {
    content.fail("is missing");
  }
  content.each([&](json_view part) {
    if (auto known = read_content_part(part)) {
      std::visit([&](auto& one) { read.emplace_back(std::move(one)); }, *known);
    } else if (part.member("type").text() == "refusal") {
      read.emplace_back(dialogue::refusal_part{.text = std::string{part.member("refusal").required_text()}});
    } else {
      part.member("type").fail(k_known_content);
    }
  });
  return read;
}

dialogue::tool_result_part read_result(json_view item) {
  dialogue::tool_result_part read{.call_id = std::string{item.member("call_id").required_text()}};
  const json_view output = item.member("output");
  if (!output.present()) {
    output.fail("is missing");
  } else if (output.is_text()) {
    if (!output.text().empty()) {
      read.content.emplace_back(text_part{.text = std::string{output.text()}});
    }
  } else {
    output.each([&](json_view part) {
      if (auto known = read_content_part(part)) {
        read.content.push_back(std::move(*known));
      } else {
        part.member("type").fail("must be \"input_text\", \"input_image\" or \"input_file\"");
      }
    });
  }
  return read;
}

dialogue::reasoning_part read_reasoning(json_view item) {
  thought told = read_thought(item);
  return {.text = std::move(told.text),
          .redacted = std::string{item.member("encrypted_content").text()},
          .id = std::string{item.member("id").text()},
          .summary = told.summary,
          .origin = dialogue::protocol::openai_responses};
}

dialogue::tool_call_part read_call(json_view item, bool custom) {
  const std::string_view arguments = item.member(custom ? "input" : "arguments").text();
  return {.id = std::string{item.member("call_id").required_text()},
          .name = std::string{item.member("name").required_text()},
          .arguments = std::string{arguments.empty() && !custom ? "{}" : arguments},
          .custom = custom};
}

/// Items of hosted tools that the client answers with; all others are the model's.
bool is_clients_own(std::string_view type) {
  constexpr std::array<std::string_view, 7> k_types{
      "computer_call_output",  "local_shell_call_output", "shell_call_output", "apply_patch_call_output",
      "mcp_approval_response", "compaction_trigger",      "additional_tools"};
  return std::find(k_types.begin(), k_types.end(), type) != k_types.end();
}

class input_reader {
public:
  explicit input_reader(dialogue::request& into)
      : into_(into)
      , first_(into.messages.size()) {}

  void take(json_view item) {
    const json_view kind = item.member("type");
    const std::string_view type = kind.text();
    if (type == "item_reference" || (type.empty() && !item.member("role").present() && item.member("id").present())) {
      kind.fail("refers to an item that only the provider holds; send the item itself");
      return;
    }
    if (type.empty() || type == "message") {
      take_message(item);
    } else if (type == "function_call_output" || type == "custom_tool_call_output") {
      add(dialogue::role::tool, read_result(item));
    } else if (type == "reasoning") {
      add(dialogue::role::assistant, read_reasoning(item));
    } else if ((type == "function_call" || type == "custom_tool_call") && !item.member("namespace").present()) {
      add(dialogue::role::assistant, read_call(item, type == "custom_tool_call"));
    } else {
      // Hosted tools, and calls into their namespaces, mean something to this protocol only.
      dialogue::opaque_part block{
          .origin = dialogue::protocol::openai_responses, .type = std::string{type}, .json = item.json()};
      if (is_clients_own(type)) {
        into_.messages.push_back({.who = dialogue::role::user, .parts = {std::move(block)}});
      } else {
        add(dialogue::role::assistant, std::move(block));
      }
    }
  }

private:
  void take_message(json_view item) {
    const json_view role = item.member("role");
    const std::string_view name = role.required_text();
    std::vector<dialogue::part> parts = read_content(item.member("content"));
    if (name == "assistant") {
      for (dialogue::part& one : parts) {
        add(dialogue::role::assistant, std::move(one));
      }
      return;
    }
    if (name != "user" && name != "system" && name != "developer") {
      role.fail("must be \"user\", \"assistant\", \"system\" or \"developer\"");
    }
    into_.messages.push_back(
        {.who = name == "user" ? dialogue::role::user : dialogue::role::system, .parts = std::move(parts)});
  }

  /// To the message of this role that the last item went into, or to a new one.
  void add(dialogue::role who, dialogue::part one) {
    if (into_.messages.size() == first_ || into_.messages.back().who != who) {
      into_.messages.push_back({.who = who});
    }
    into_.messages.back().parts.push_back(std::move(one));
  }

  dialogue::request& into_;
  std::size_t first_; ///< messages before this one are no input
};

} // namespace

void read_input(json_view input, dialogue::request& into) {
  if (input.is_text()) {
    into.messages.push_back({.who = dialogue::role::user, .parts = {text_part{.text = std::string{input.text()}}}});
    return;
  }
  input_reader reader{into};
  input.each([&](json_view item) { reader.take(item); });
}

} // namespace inferenceflow::codecs::openai_responses
