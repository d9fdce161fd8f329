/// Numbers and texts one after the other as bytes, the same on every machine: little-endian, texts with their length in
/// front.
///
/// Role:      entry_codec writes and reads with it.
/// Lifecycle: on the stack; the reader refers to the bytes.
/// Threading: none of its own.
/// Bounds:    the reader never looks past its end: it fails, and stays failed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace inferenceflow::cache {

class byte_writer {
public:
  /// @param into  appended to; must outlive the writer.
  explicit byte_writer(std::string& into)
      : into_(into) {}

  template <class Number> void number(Number value) {
    auto rest = static_cast<std::uint64_t>(value);
    for (std::size_t i = 0; i < sizeof(Number); ++i, rest >>= 8U) {
      into_.push_back(static_cast<char>(rest & 0xFFU));
    }
  }
  /// @param value  shorter than 4 GiB.
  void text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    into_.append(value);
  }

private:
  std::string& into_;
};

class byte_reader {
public:
  explicit byte_reader(std::string_view bytes)
      : rest_(bytes) {}

  template <class Number> [[nodiscard]] Number number() {
    const std::string_view bytes = take(sizeof(Number));
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      value |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    }
    return static_cast<Number>(value);
  }
  [[nodiscard]] std::string_view text() { return take(number<std::uint32_t>()); }

  /// False once anything was asked for that was not there; what was given since is empty or 0.
  [[nodiscard]] bool good() const noexcept { return good_; }
  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

private:
  [[nodiscard]] std::string_view take(std::size_t size) {
    good_ = good_ && size <= rest_.size();
    const std::string_view taken = rest_.substr(0, good_ ? size : 0);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view rest_;
  bool good_ = true;
};

} // namespace inferenceflow::cache
