#include "wire/sse/codec.h"

#include <charconv>

namespace inferenceflow::wire::sse {
namespace {

constexpr std::string_view k_byte_order_mark = "\xEF\xBB\xBF";

void append_one_line(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  for (const char c : value) {
    if (c != '\r' && c != '\n' && c != '\0') {
      out.push_back(c);
    }
  }
  out.push_back('\n');
}

void append_lines(std::string& out, std::string_view prefix, std::string_view text) {
  while (true) {
    const std::size_t end = text.find_first_of("\r\n");
    out += prefix;
    out += text.substr(0, end);
    out.push_back('\n');
    if (end == std::string_view::npos) {
      return;
    }
    text.remove_prefix(text.substr(end, 2) == "\r\n" ? end + 2 : end + 1);
  }
}

} // namespace

std::string_view decoder::skip_byte_order_mark(std::string_view bytes) {
  if (started_) {
    return bytes;
  }
  if (!leading_.empty()) {
    leading_.append(bytes);
    bytes = leading_;
  }
  if (bytes.size() < k_byte_order_mark.size() && k_byte_order_mark.substr(0, bytes.size()) == bytes) {
    if (leading_.empty()) {
      leading_ = bytes;
    }
    return {};
  }
  started_ = true;
  if (bytes.substr(0, k_byte_order_mark.size()) == k_byte_order_mark) {
    bytes.remove_prefix(k_byte_order_mark.size());
  }
  return bytes;
}

std::optional<event> decoder::interpret(std::string_view block) {
  const block_fields fields = parse_block(block, scratch_);
  if (fields.id) {
    last_event_id_ = *fields.id;
  }
  if (fields.retry) {
    std::uint64_t value = 0;
    const char* const end = fields.retry->data() + fields.retry->size();
    if (std::from_chars(fields.retry->data(), end, value).ec == std::errc{}) {
      retry_ms_ = value;
    }
  }
  if (!fields.has_data) {
    return std::nullopt;
  }
  return event{fields.event.empty() ? std::string_view{"message"} : fields.event, fields.data, last_event_id_};
}

void append_event(std::string& out, std::string_view data, std::string_view type, std::string_view id) {
  if (!type.empty()) {
    append_one_line(out, "event", type);
  }
  if (!id.empty()) {
    append_one_line(out, "id", id);
  }
  append_lines(out, "data: ", data);
  out.push_back('\n');
}

void append_comment(std::string& out, std::string_view text) {
  append_lines(out, ": ", text);
  out.push_back('\n');
}

} // namespace inferenceflow::wire::sse
