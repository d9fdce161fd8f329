/// Holds back the end of an event stream until the ledger has its row.
///
/// Role:      relay and followers pass what they send through it when durability is `sync`.
/// Lifecycle: one per stream.
/// Threading: one event loop.
/// Bounds:    holds what follows the piece in which `[DONE]` was completed: one event in practice.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace inferenceflow::pipeline {

class end_gate {
public:
  /// @param closed  false: everything passes at once.
  explicit end_gate(bool closed)
      : closed_(closed) {}

  /// True when `bytes` are kept for take() instead of being sent now.
  [[nodiscard]] bool holds(std::string_view bytes) {
    if (!closed_ || (held_.empty() && !ends_stream(bytes))) {
      return false;
    }
    held_.append(bytes);
    return true;
  }

  /// What was held back.
  [[nodiscard]] const std::string& held() const noexcept { return held_; }

private:
  static constexpr std::size_t k_tail_bytes = 16;

  bool ends_stream(std::string_view bytes) {
    tail_.append(bytes);
    const bool ended = has_line("data: [DONE]") || has_line("data:[DONE]");
    tail_.erase(0, tail_.size() - std::min(tail_.size(), k_tail_bytes));
    return ended;
  }

  /// At the start of a line only: inside JSON a line break is escaped, so a model that writes the marker is not its
  /// end.
  [[nodiscard]] bool has_line(std::string_view start) const {
    for (std::size_t at = tail_.find(start); at != std::string::npos; at = tail_.find(start, at + 1)) {
      if (at > 0 && (tail_[at - 1] == '\n' || tail_[at - 1] == '\r')) {
        return true;
      }
    }
    return false;
  }

  bool closed_;
  std::string tail_ = "\n"; ///< last bytes seen: the marker may be split
  std::string held_;
};

} // namespace inferenceflow::pipeline
