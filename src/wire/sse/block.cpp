#include "wire/sse/block.h"

#include <algorithm>
#include <cstring>

namespace inferenceflow::wire::sse {
namespace {

/// Looking for LF and CR in turn, a window at a time: else a stream of bare CRs would be searched for LF to its end
/// once per line.
constexpr std::size_t k_window_bytes = 512;

/// Offset of the first LF or CR at or after `from`; npos if there is none.
std::size_t find_line_end(std::string_view text, std::size_t from) noexcept {
  while (from < text.size()) {
    const char* const begin = text.data() + from;
    std::size_t length = std::min(text.size() - from, k_window_bytes);
    const void* const feed = std::memchr(begin, '\n', length);
    if (feed != nullptr) {
      length = static_cast<std::size_t>(static_cast<const char*>(feed) - begin);
    }
    if (const void* const carriage = std::memchr(begin, '\r', length)) {
      return from + static_cast<std::size_t>(static_cast<const char*>(carriage) - begin);
    }
    if (feed != nullptr) {
      return from + length;
    }
    from += length;
  }
  return std::string_view::npos;
}

std::size_t behind_line_end(std::string_view text, std::size_t at) noexcept {
  return text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n' ? at + 2 : at + 1;
}

void set_field(block_fields& out, std::string_view name, std::string_view value, std::string& scratch) {
  if (name == "data") {
    if (!out.has_data) {
      out.data = value;
      out.has_data = true;
      return;
    }
    if (out.data.data() != scratch.data()) {
      scratch.assign(out.data);
    }
    scratch.push_back('\n');
    scratch.append(value);
    out.data = scratch;
  } else if (name == "event") {
    out.event = value;
  } else if (name == "id") {
    if (value.find('\0') == std::string_view::npos) {
      out.id = value;
    }
  } else if (name == "retry") {
    const bool digits = std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (digits && !value.empty()) {
      out.retry = value;
    }
  }
}

} // namespace

block_fields parse_block(std::string_view block, std::string& scratch) {
  block_fields out;
  scratch.clear();
  std::size_t at = 0;
  while (at < block.size()) {
    const std::size_t end = std::min(find_line_end(block, at), block.size());
    const std::string_view line = block.substr(at, end - at);
    at = end < block.size() ? behind_line_end(block, end) : end;
    if (line.empty() || line[0] == ':') {
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      set_field(out, line, {}, scratch);
      continue;
    }
    std::string_view value = line.substr(colon + 1);
    if (!value.empty() && value[0] == ' ') {
      value.remove_prefix(1);
    }
    set_field(out, line.substr(0, colon), value, scratch);
  }
  return out;
}

std::size_t block_splitter::find_end(std::string_view text, std::size_t begin) noexcept {
  while (true) {
    const std::size_t end = find_line_end(text, begin + std::max(line_, looked_));
    if (end == std::string_view::npos) {
      looked_ = text.size() - begin;
      return end;
    }
    if (text[end] == '\r' && end + 1 == text.size() && end != begin + line_) {
      // Whether this ends one line or, with the LF that may follow, the same one: the next byte tells.
      looked_ = end - begin;
      return std::string_view::npos;
    }
    const std::size_t behind = behind_line_end(text, end);
    if (end == begin + line_) {
      line_ = 0;
      looked_ = 0;
      return behind;
    }
    line_ = behind - begin;
    looked_ = 0;
  }
}

} // namespace inferenceflow::wire::sse
