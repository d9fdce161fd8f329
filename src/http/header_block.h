/// Header lines ready for the wire.
///
/// Role:      api/ and pipeline/ collect response headers here, providers/ request headers.
/// Lifecycle: plain value around one string.
/// Threading: value.
/// Bounds:    none; callers pass bounded names and values.
/// Source:    RFC 9110 §5.5 (field values): control characters cannot get in, so no header can be injected.
#pragma once

#include <string>
#include <string_view>

namespace inferenceflow::http {

class header_block {
public:
  /// Appends "name: value\r\n"; control characters in `value` become spaces.
  header_block& add(std::string_view name, std::string_view value) {
    text_.append(name).append(": ");
    const std::size_t begin = text_.size();
    text_.append(value);
    for (std::size_t at = begin; at < text_.size(); ++at) {
      if (const auto byte = static_cast<unsigned char>(text_[at]); byte < 0x20 || byte == 0x7f) {
        text_[at] = ' ';
      }
    }
    text_.append("\r\n");
    return *this;
  }

  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  void clear() noexcept { text_.clear(); }
  void reserve(std::size_t bytes) { text_.reserve(bytes); }

private:
  std::string text_;
};

/// "HTTP/1.1 404 Not Found\r\n" for any status from 100 to 599.
[[nodiscard]] std::string status_line(int status);

/// The Date header's value now, refreshed once a second per thread (RFC 9110 §6.6.1).
[[nodiscard]] std::string_view date_now();

} // namespace inferenceflow::http
