/// Walks the tokens of a JSON document front to back, once, and checks the grammar as it goes.
///
/// Role:      second half of reading: the caller says what it expects where; nothing is built or copied.
/// Lifecycle: made by token_index::read(); cheap to copy; a copy continues on its own.
/// Threading: value; not shared.
/// Bounds:    nesting ≤ k_depth_max.
/// Source:    RFC 8259.
///
/// Every read returns false on the first fault and failure() then says what and where; after a fault nothing more may
/// be read. Callbacks return false to stop (with a fault, or with the caller's own reason kept elsewhere).
#pragma once

#include "wire/json/number.h"
#include "wire/json/text.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace inferenceflow::wire::json {

/// Deeper nesting is a fault.
inline constexpr std::size_t k_depth_max = 64;

class reader {
public:
  reader(std::string_view document, const std::uint32_t* tokens, std::size_t count, bool may_escape) noexcept
      : document_(document)
      , next_(tokens)
      , end_(tokens + count)
      , may_escape_(may_escape) {}

  /// First byte of the next token: one of {}[]:," or the first of a number or word; '\0' at the end.
  [[nodiscard]] char peek() const noexcept { return next_ == end_ ? '\0' : document_[*next_]; }
  /// Byte offset of the next token; the document's size at the end.
  [[nodiscard]] std::size_t offset() const noexcept { return next_ == end_ ? document_.size() : *next_; }
  /// Byte offset of a piece of text that was read from this document.
  [[nodiscard]] std::size_t offset_of(std::string_view piece) const noexcept {
    return static_cast<std::size_t>(piece.data() - document_.data());
  }
  /// Byte offset just behind the value or token read last.
  [[nodiscard]] std::size_t consumed_end() const noexcept { return consumed_end_; }

  [[nodiscard]] bool read_string(text& out) noexcept;
  /// The same, and its escapes are known ones (a surrogate without its partner is let through).
  [[nodiscard]] bool read_checked_string(text& out);
  [[nodiscard]] bool read_number(number& out);
  [[nodiscard]] bool read_bool(bool& out) noexcept;
  [[nodiscard]] bool read_null() noexcept;
  /// Reads any value and checks it, strings as read_checked_string() does.
  [[nodiscard]] bool skip();

  /// Calls member(const text& key) for each; it must read exactly one value and return true to go on.
  template <class F> [[nodiscard]] bool read_object(F&& member);
  /// Calls element(std::size_t index) for each; it must read exactly one value and return true to go on.
  template <class F> [[nodiscard]] bool read_array(F&& element);

  /// True if every token was read; else a fault: something follows the document.
  [[nodiscard]] bool finish() noexcept;

  /// Records the first fault; returns false, so that `return fail(...)` reads well.
  bool fail(std::string_view what) noexcept { return fail_at(offset(), what); }
  bool fail_at(std::size_t offset, std::string_view what) noexcept;
  /// The first fault; `what` is empty if there was none.
  [[nodiscard]] const fault& failure() const noexcept { return failure_; }

private:
  [[nodiscard]] bool take(char token) noexcept {
    if (peek() != token) {
      return false;
    }
    consumed_end_ = *next_ + 1;
    ++next_;
    return true;
  }
  [[nodiscard]] bool enter(char token) noexcept;
  /// The next token's bytes without the white space behind them, and moves on.
  [[nodiscard]] std::string_view take_token() noexcept;
  [[nodiscard]] bool read_key(text& out) noexcept;
  [[nodiscard]] bool read_word(std::string_view word) noexcept;

  std::string_view document_;
  const std::uint32_t* next_;
  const std::uint32_t* end_;
  std::size_t consumed_end_ = 0;
  std::size_t depth_ = 0;
  bool may_escape_;
  fault failure_;
};

inline std::string_view reader::take_token() noexcept {
  const std::size_t begin = *next_++;
  std::size_t end = offset();
  while (document_[end - 1] == ' ' || document_[end - 1] == '\n' || document_[end - 1] == '\r' ||
         document_[end - 1] == '\t') {
    --end;
  }
  consumed_end_ = end;
  return document_.substr(begin, end - begin);
}

inline bool reader::read_string(text& out) noexcept {
  if (peek() != '"') {
    return fail("expected a string");
  }
  const std::string_view token = take_token(); // stage 1 has proved that it is closed; whatever follows is a new token
  out.raw = token.substr(1, token.size() - 2);
  out.escaped = may_escape_ && std::memchr(out.raw.data(), '\\', out.raw.size()) != nullptr;
  return true;
}

template <class F> bool reader::read_object(F&& member) {
  if (!enter('{')) {
    return false;
  }
  if (!take('}')) {
    do {
      text key;
      if (!read_key(key) || !member(static_cast<const text&>(key))) {
        return false;
      }
    } while (take(','));
    if (!take('}')) {
      return fail("expected ',' or '}'");
    }
  }
  --depth_;
  return true;
}

template <class F> bool reader::read_array(F&& element) {
  if (!enter('[')) {
    return false;
  }
  if (!take(']')) {
    std::size_t index = 0;
    do {
      if (!element(index++)) {
        return false;
      }
    } while (take(','));
    if (!take(']')) {
      return fail("expected ',' or ']'");
    }
  }
  --depth_;
  return true;
}

} // namespace inferenceflow::wire::json
