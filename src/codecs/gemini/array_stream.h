/// A JSON array that arrives in pieces, cut into its elements.
///
/// Role:      stream_read, for streams asked for without alt=sse.
/// Lifecycle: one per stream: push()* → ended().
/// Threading: not thread-safe.
/// Bounds:    element_bytes_max of an unfinished element are held.
/// Source:    recorded streamGenerateContent answers; RFC 8259. A lone object counts as an array of one: error
/// documents
///            come like that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::gemini {

class array_stream {
public:
  explicit array_stream(std::size_t element_bytes_max)
      : element_bytes_max_(element_bytes_max) {}

  /// Calls sink(std::string_view element) for each object that is complete now.
  /// @returns false once the bytes are no array of objects, or an element exceeds the bound; it stays false.
  /// Lifetime: the view is valid inside the call.
  template <class F> [[nodiscard]] bool push(std::string_view bytes, F&& sink);

  /// The closing bracket was seen.
  [[nodiscard]] bool ended() const noexcept { return at_ == place::after; }
  [[nodiscard]] bool failed() const noexcept { return at_ == place::broken; }

private:
  enum class place : std::uint8_t { before, between, inside, after, broken };

  /// Bytes of `bytes` that belong to the element; whole_ says whether it ends with them.
  [[nodiscard]] std::size_t scan(std::string_view bytes) noexcept;
  /// Outside of elements: one character.
  void step(char c) noexcept;

  std::size_t element_bytes_max_;
  std::string held_; ///< the unfinished element
  std::size_t depth_ = 0;
  place at_ = place::before;
  bool lone_ = false; ///< an object without the array around it
  bool in_string_ = false;
  bool escaped_ = false;
  bool whole_ = false;
};

template <class F> bool array_stream::push(std::string_view bytes, F&& sink) {
  while (!bytes.empty() && at_ != place::broken) {
    if (at_ != place::inside) {
      step(bytes.front());
      if (at_ != place::inside) {
        bytes.remove_prefix(1);
        continue;
      }
    }
    const std::size_t count = scan(bytes);
    if (held_.size() + count > element_bytes_max_) {
      at_ = place::broken;
      break;
    }
    if (whole_ && held_.empty()) {
      sink(bytes.substr(0, count));
    } else {
      held_.append(bytes.substr(0, count));
    }
    if (whole_ && !held_.empty()) {
      sink(std::string_view{held_});
      held_.clear();
    }
    at_ = !whole_ ? place::inside : lone_ ? place::after : place::between;
    bytes.remove_prefix(count);
  }
  return at_ != place::broken;
}

} // namespace inferenceflow::codecs::gemini
