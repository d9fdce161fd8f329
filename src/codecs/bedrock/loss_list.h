/// What an answer lost on its way to Converse, each name once.
///
/// Role:      answer_write and stream_write.
/// Lifecycle: one per answer.
/// Threading: one thread.
/// Bounds:    a handful of names.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inferenceflow::codecs::bedrock {

class loss_list {
public:
  void add(std::string_view name) {
    if (std::find(names_.begin(), names_.end(), name) == names_.end()) {
      names_.emplace_back(name);
    }
  }
  void add_if(bool lost, std::string_view name) {
    if (lost) {
      add(name);
    }
  }
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
  [[nodiscard]] std::vector<std::string> take() && { return std::move(names_); }

private:
  std::vector<std::string> names_;
};

} // namespace inferenceflow::codecs::bedrock
