#include "wire/json/reader.h"

namespace inferenceflow::wire::json {
namespace {

bool is_hex(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// Offset of the first escape that RFC 8259 does not know; npos if there is none.
std::size_t find_bad_escape(std::string_view raw) noexcept {
  for (std::size_t i = raw.find('\\'); i != std::string_view::npos; i = raw.find('\\', i)) {
    if (i + 1 >= raw.size()) {
      return i;
    }
    const char kind = raw[i + 1];
    if (kind == 'u') {
      for (std::size_t digit = i + 2; digit < i + 6; ++digit) {
        if (digit >= raw.size() || !is_hex(raw[digit])) {
          return i;
        }
      }
      i += 6;
    } else if (std::string_view{"\"\\/bfnrt"}.find(kind) != std::string_view::npos) {
      i += 2;
    } else {
      return i;
    }
  }
  return std::string_view::npos;
}

} // namespace

bool reader::fail_at(std::size_t offset, std::string_view what) noexcept {
  if (failure_.what.empty()) {
    failure_ = fault{offset, what};
  }
  return false;
}

bool reader::enter(char token) noexcept {
  if (depth_ == k_depth_max) {
    return fail("nested too deeply");
  }
  if (!take(token)) {
    return fail(token == '{' ? "expected an object" : "expected an array");
  }
  ++depth_;
  return true;
}

bool reader::read_key(text& out) noexcept {
  if (peek() != '"') {
    return fail("expected a key in quotes");
  }
  if (!read_string(out)) {
    return false;
  }
  return take(':') || fail("expected ':'");
}

bool reader::read_number(number& out) {
  const char first = peek();
  if (first != '-' && (first < '0' || first > '9')) {
    return fail("expected a number");
  }
  const std::size_t at = offset();
  std::string_view what;
  if (!parse_number(take_token(), out, what)) {
    return fail_at(at, what);
  }
  return true;
}

bool reader::read_word(std::string_view word) noexcept {
  const std::size_t at = offset();
  return (next_ != end_ && take_token() == word) || fail_at(at, "expected a value");
}

bool reader::read_bool(bool& out) noexcept {
  out = peek() == 't';
  return read_word(out ? "true" : "false");
}

bool reader::read_null() noexcept {
  return read_word("null");
}

bool reader::read_checked_string(text& out) {
  const std::size_t at = offset() + 1;
  if (!read_string(out)) {
    return false;
  }
  if (out.escaped) {
    const std::size_t bad = find_bad_escape(out.raw);
    if (bad != std::string_view::npos) {
      return fail_at(at + bad, "unknown escape");
    }
  }
  return true;
}

bool reader::skip() {
  switch (peek()) {
  case '{': return read_object([this](const text&) { return skip(); });
  case '[': return read_array([this](std::size_t) { return skip(); });
  case '"': {
    text ignored;
    return read_checked_string(ignored);
  }
  case 't': return read_word("true");
  case 'f': return read_word("false");
  case 'n': return read_word("null");
  default: break;
  }
  if (peek() == '-' || (peek() >= '0' && peek() <= '9')) {
    number ignored;
    return read_number(ignored);
  }
  return fail("expected a value");
}

bool reader::finish() noexcept {
  return next_ == end_ || fail("unexpected text after the document");
}

} // namespace inferenceflow::wire::json
