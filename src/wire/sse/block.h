/// A server-sent event stream cut into blocks, and the fields of one block.
///
/// Role:      decoder and every watcher that must forward or drop whole events byte for byte.
/// Lifecycle: one splitter per stream: push()* → rest().
/// Threading: not thread-safe.
/// Bounds:    block_bytes_max bytes of an unfinished block are held; more is an error, and the splitter stays failed.
/// Source:    WHATWG HTML §9.2.5, §9.2.6 (parsing and interpreting an event stream).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::wire::sse {

/// The fields of one block; views into the block, or into the scratch string given to parse_block().
struct block_fields {
  std::string_view event;                ///< empty = "message"
  std::string_view data;                 ///< lines joined by '\n'
  bool has_data = false;                 ///< a data field was there; only then an event is dispatched
  std::optional<std::string_view> id;    ///< absent also if the id held a NUL
  std::optional<std::string_view> retry; ///< digits, milliseconds
};

/// @param scratch  used when data has more than one line.
/// Lifetime: the result is valid while `block` and `scratch` stay as they are.
[[nodiscard]] block_fields parse_block(std::string_view block, std::string& scratch);

/// Cuts at blank lines (LF, CR, CRLF, mixed). The blocks, and rest(), joined are exactly the bytes pushed.
class block_splitter {
public:
  explicit block_splitter(std::size_t block_bytes_max)
      : block_bytes_max_(block_bytes_max) {}

  /// Calls sink(std::string_view block) for each block that is complete now, its blank line included.
  /// @returns false once an unfinished block exceeds the bound.
  /// Lifetime: the views are valid until the next push(), and while `bytes` lives.
  /// A CR that ends a block ends it at once; a LF that follows in the next piece is a block of its own ("\n").
  template <class F> [[nodiscard]] bool push(std::string_view bytes, F&& sink);

  /// The bytes of the unfinished block.
  [[nodiscard]] std::string_view rest() const noexcept {
    return std::string_view{held_}.substr(held_consumed_ < held_.size() ? held_consumed_ : held_.size());
  }
  [[nodiscard]] bool failed() const noexcept { return failed_; }

private:
  /// End of the block that begins at `begin`, or npos; remembers how far it looked.
  [[nodiscard]] std::size_t find_end(std::string_view text, std::size_t begin) noexcept;

  std::size_t block_bytes_max_;
  std::string held_;              ///< the unfinished block, behind blocks that were given out of it
  std::size_t held_consumed_ = 0; ///< bytes of held_ given out; dropped by the next push
  std::size_t line_ = 0;          ///< start of the current line, relative to its block
  std::size_t looked_ = 0;        ///< bytes of the block without a line end after line_, relative to its block
  bool failed_ = false;
};

template <class F> bool block_splitter::push(std::string_view bytes, F&& sink) {
  if (failed_) {
    return false;
  }
  held_.erase(0, held_consumed_);
  held_consumed_ = 0;
  const bool in_place = held_.empty();
  if (!in_place) {
    held_.append(bytes);
  }
  const std::string_view text = in_place ? bytes : std::string_view{held_};
  std::size_t begin = 0;
  for (std::size_t end = find_end(text, begin); end != std::string_view::npos; end = find_end(text, begin)) {
    sink(text.substr(begin, end - begin));
    begin = end;
  }
  if (in_place) {
    held_.assign(text.substr(begin));
  } else {
    held_consumed_ = begin;
  }
  failed_ = rest().size() > block_bytes_max_;
  return !failed_;
}

} // namespace inferenceflow::wire::sse
