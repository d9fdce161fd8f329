/// A text file, cut into lines, into the elements of one JSON array, or into the rows of a CSV file.
///
/// Role:      text_log reads through it.
/// Lifecycle: open() → next_*()* → destruction. The first call decides which of the three; do not mix them.
/// Threading: one thread; blocking.
/// Bounds:    holds one line and k_read_bytes; a line over bytes_max costs itself and not those after it.
/// Source:    RFC 8259 (strings and brackets, as far as cutting needs them); RFC 4180.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::replay {

inline constexpr std::size_t k_read_bytes = 256U << 10U;
inline constexpr std::size_t k_csv_fields_max = 256;

/// One piece; the text lives until the next call.
struct text_piece {
  std::string_view text = {};
  bool too_long = false; ///< then there is no text
  bool whole = true;     ///< false: the file ended inside
};

class text_source {
public:
  /// @returns unavailable when it cannot be read.
  [[nodiscard]] static result<text_source> open(const std::string& path, std::size_t bytes_max);

  /// The first bytes behind a byte order mark, without taking them. At most `bytes` of them.
  [[nodiscard]] std::string_view peek(std::size_t bytes);

  /// A line without its end; empty lines are passed over.
  [[nodiscard]] std::optional<text_piece> next_line();
  /// An element of the array that the file is.
  [[nodiscard]] std::optional<text_piece> next_element();
  /// A row, its fields without quotes. @param too_long  as in text_piece. @returns false at the end.
  [[nodiscard]] bool next_row(std::vector<std::string>& fields, bool& too_long);

  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_ - (held_.size() - at_); }
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }

private:
  text_source(std::ifstream in, std::size_t bytes_max, std::uint64_t total)
      : in_(std::move(in))
      , bytes_max_(bytes_max)
      , total_(total) {}

  /// The next byte, or nothing at the end of the file.
  [[nodiscard]] std::optional<char> byte() {
    if (at_ == held_.size() && !fill()) {
      return std::nullopt;
    }
    return held_[at_++];
  }
  [[nodiscard]] bool fill();
  void keep(char c, bool& too_long);

  std::ifstream in_;
  std::size_t bytes_max_;
  std::uint64_t total_;
  std::uint64_t taken_ = 0;
  std::string held_;
  std::size_t at_ = 0;
  std::string piece_;
  bool inside_array_ = false;
  bool ended_ = false;
};

} // namespace inferenceflow::replay
