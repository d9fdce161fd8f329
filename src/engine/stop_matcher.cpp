#include "engine/stop_matcher.h"

#include <algorithm>
#include <utility>

namespace inferenceflow::engine {

stop_matcher::stop_matcher(std::vector<std::string> stops) {
  for (auto& stop : stops) {
    if (stop.empty()) {
      continue;
    }
    pattern p{std::move(stop), {}, 0};
    p.fallback.assign(p.text.size(), 0);
    for (std::size_t i = 1, k = 0; i < p.text.size(); ++i) {
      while (k > 0 && p.text[i] != p.text[k]) {
        k = p.fallback[k - 1];
      }
      k += p.text[i] == p.text[k] ? 1U : 0U;
      p.fallback[i] = k;
    }
    patterns_.push_back(std::move(p));
  }
}

void stop_matcher::advance(pattern& p, char c) {
  while (p.matched > 0 && p.text[p.matched] != c) {
    p.matched = p.fallback[p.matched - 1];
  }
  if (p.text[p.matched] == c) {
    ++p.matched;
  }
}

stop_matcher::outcome stop_matcher::feed(std::string_view bytes) {
  if (patterns_.empty()) {
    return {std::string(bytes), false};
  }
  for (const char c : bytes) {
    held_.push_back(c);
    std::size_t completed = 0;
    for (auto& p : patterns_) {
      advance(p, c);
      if (p.matched == p.text.size()) {
        completed = std::max(completed, p.matched);
      }
    }
    if (completed > 0) {
      held_.resize(held_.size() - completed);
      return {std::exchange(held_, {}), true};
    }
  }
  std::size_t keep = 0;
  for (const auto& p : patterns_) {
    keep = std::max(keep, p.matched);
  }
  outcome out{held_.substr(0, held_.size() - keep), false};
  held_.erase(0, held_.size() - keep);
  return out;
}

std::string stop_matcher::flush() {
  return std::exchange(held_, {});
}

} // namespace inferenceflow::engine
