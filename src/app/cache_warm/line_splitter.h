/// Bytes → lines, of which one that is too long costs itself and not those after it.
///
/// Role:      line_source feeds it what it reads.
/// Lifecycle: construct → (next()* → feed())* → finish() → next()*.
/// Threading: one thread.
/// Bounds:    holds k_line_bytes_max and one feed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::app::cache_warm {

inline constexpr std::size_t k_line_bytes_max = 8U << 20U;

struct text_line {
  std::string_view text;  ///< without its end; empty when too long. Lives until feed()
  std::size_t number = 0; ///< from 1
  bool too_long = false;
};

class line_splitter {
public:
  explicit line_splitter(std::size_t line_bytes_max = k_line_bytes_max)
      : line_bytes_max_(line_bytes_max) {}

  void feed(std::string_view bytes);
  /// There is no more: what is left is the last line.
  void finish() noexcept { finished_ = true; }
  /// @returns nullopt when more bytes are needed, or after finish() when there are no more lines.
  [[nodiscard]] std::optional<text_line> next();
  /// Bytes that the lines given out took.
  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }

private:
  [[nodiscard]] text_line give(std::size_t bytes);

  std::size_t line_bytes_max_;
  std::string held_;
  std::size_t begin_ = 0; ///< of what is not given out, in held_
  std::size_t seen_ = 0;  ///< up to there held_ has no line's end
  std::size_t number_ = 0;
  std::uint64_t taken_ = 0;
  bool skipping_ = false; ///< within a line that is too long
  bool finished_ = false;
};

} // namespace inferenceflow::app::cache_warm
