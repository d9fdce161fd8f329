#include "codecs/gemini/part_write.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace inferenceflow::codecs::gemini {

using dialogue::protocol;

namespace {

struct answer_part_writer {
  json_out& out;
  loss_list& losses;

  void operator()(const dialogue::text_part& words) const { write_text(out, words.text, false, words.signature); }
  void operator()(const dialogue::reasoning_part& thought) const {
    const bool ours = thought.origin == protocol::gemini;
    if ((!thought.signature.empty() && !ours) || !thought.redacted.empty()) {
      losses.add("signature");
    }
    const std::string_view signature = ours ? std::string_view{thought.signature} : std::string_view{};
    if (!thought.text.empty() || !signature.empty()) {
      write_text(out, thought.text, true, signature);
    }
  }
  void operator()(const dialogue::tool_call_part& call) const {
    bool altered = false;
    const std::string arguments = arguments_object(call.arguments, call.custom, altered);
    if (altered) {
      losses.add("arguments");
    }
    write_call(out, call.id, call.name, arguments, call.signature);
  }
  void operator()(const dialogue::refusal_part& refusal) const { write_text(out, refusal.text, false, {}); }
  void operator()(const dialogue::media_part& made) const {
    if (!made.data_base64.empty()) {
      write_inline(out, made.media_type, made.data_base64);
    } else if (!made.url.empty() || !made.file_id.empty()) {
      write_file(out, made.media_type, made.url.empty() ? made.file_id : made.url);
    } else {
      write_text(out, made.text, false, {});
    }
  }
  void operator()(const dialogue::opaque_part& block) const {
    const auto json = block.origin == protocol::gemini ? embeddable(block.json, json_shape::object) : std::nullopt;
    if (json) {
      out.raw(*json);
    } else {
      losses.add(block.type.empty() ? "opaque" : block.type);
    }
  }
  void operator()(const dialogue::tool_result_part&) const { losses.add("tool_result"); }
};

} // namespace

void loss_list::add(std::string_view what) {
  if (std::find(all_.begin(), all_.end(), what) == all_.end()) {
    all_.emplace_back(what);
  }
}

void write_text(json_out& out, std::string_view text, bool thought, std::string_view signature) {
  out.open_object();
  out.member("text", text);
  if (thought) {
    out.member("thought", true);
  }
  out.member_unless_empty("thoughtSignature", signature);
  out.close_object();
}

void write_call(json_out& out, std::string_view id, std::string_view name, std::string_view arguments,
                std::string_view signature) {
  out.open_object();
  out.key("functionCall");
  out.open_object();
  out.member_unless_empty("id", id);
  out.member("name", name);
  out.member_raw("args", arguments);
  out.close_object();
  out.member_unless_empty("thoughtSignature", signature);
  out.close_object();
}

void write_inline(json_out& out, std::string_view media_type, std::string_view base64) {
  out.open_object();
  out.key("inlineData");
  out.open_object();
  out.member("mimeType", media_type);
  out.member("data", base64);
  out.close_object();
  out.close_object();
}

void write_file(json_out& out, std::string_view media_type, std::string_view uri) {
  out.open_object();
  out.key("fileData");
  out.open_object();
  out.member_unless_empty("mimeType", media_type);
  out.member("fileUri", uri);
  out.close_object();
  out.close_object();
}

std::string arguments_object(std::string_view arguments, bool custom, bool& altered) {
  if (!custom) {
    if (auto json = embeddable(arguments.empty() ? "{}" : arguments, json_shape::object)) {
      return std::move(*json);
    }
  }
  altered = true;
  std::string wrapped;
  json_out out{wrapped};
  out.open_object();
  out.member("input", arguments);
  out.close_object();
  return wrapped;
}

void write_answer_part(json_out& out, const dialogue::part& part, loss_list& losses) {
  std::visit(answer_part_writer{out, losses}, part);
}

std::string base64_of(std::string_view bytes) {
  constexpr std::string_view k_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8U | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text.push_back(i + k <= bytes.size() ? k_alphabet[group >> (18U - 6U * k) & 63U] : '=');
    }
  }
  return text;
}

} // namespace inferenceflow::codecs::gemini
