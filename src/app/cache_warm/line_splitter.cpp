#include "app/cache_warm/line_splitter.h"

#include <utility>

namespace inferenceflow::app::cache_warm {

void line_splitter::feed(std::string_view bytes) {
  held_.erase(0, begin_);
  seen_ -= begin_;
  begin_ = 0;
  if (taken_ == 0 && number_ == 0 && held_.empty() && bytes.starts_with("\xef\xbb\xbf")) {
    taken_ = 3; // a byte order mark, which some editors put in front
    bytes.remove_prefix(3);
  }
  held_.append(bytes);
}

text_line line_splitter::give(std::size_t bytes) {
  const bool too_long = std::exchange(skipping_, false) || bytes > line_bytes_max_;
  return {.text = too_long ? std::string_view{} : std::string_view{held_}.substr(begin_, bytes),
          .number = ++number_,
          .too_long = too_long};
}

std::optional<text_line> line_splitter::next() {
  const std::size_t end = held_.find('\n', seen_);
  if (end != std::string::npos) {
    const text_line line = give(end - begin_);
    taken_ += end + 1 - begin_;
    begin_ = seen_ = end + 1;
    return line;
  }
  seen_ = held_.size();
  const std::size_t left = held_.size() - begin_;
  if (finished_) {
    if (left == 0 && !skipping_) {
      return std::nullopt;
    }
    const text_line line = give(left);
    taken_ += left;
    begin_ = held_.size();
    return line;
  }
  if (left > line_bytes_max_) {
    skipping_ = true;
    taken_ += left;
    begin_ = held_.size();
  }
  return std::nullopt;
}

} // namespace inferenceflow::app::cache_warm
