/// Series of one label whose values come from the configuration.
///
/// Role:      gateway_metrics keeps one for providers and one for models.
/// Lifecycle: construct → allow()* → at()*; entries live as long as the object.
/// Threading: thread-safe; at() takes a shared lock, allow() an exclusive one.
/// Bounds:    k_label_values_max entries, the first of them "other".
#pragma once

#include "telemetry/vocabulary.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>

namespace inferenceflow::telemetry {

template <class Series> class label_values {
public:
  struct entry {
    std::string name;
    std::uint32_t index = 0;
    Series series;
  };

  label_values() { add("other"); }

  void allow(const std::string& name) {
    const std::unique_lock lock(mutex_);
    if (!by_name_.contains(name) && entries_.size() < k_label_values_max) {
      add(name);
    }
  }

  /// The entry of `name`, or of "other".
  [[nodiscard]] entry& at(std::string_view name) {
    const std::shared_lock lock(mutex_);
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? entries_.front() : *found->second;
  }

  [[nodiscard]] entry& other() { return entries_.front(); } // the first entry never moves

  template <class F> void for_each(F visit) const {
    const std::shared_lock lock(mutex_);
    for (const auto& one : entries_) {
      visit(one);
    }
  }

private:
  void add(std::string name) {
    auto& one = entries_.emplace_back();
    one.name = std::move(name);
    one.index = static_cast<std::uint32_t>(entries_.size() - 1);
    by_name_.emplace(one.name, &one);
  }

  mutable std::shared_mutex mutex_;
  std::deque<entry> entries_; // grows without moving what is there
  std::map<std::string, entry*, std::less<>> by_name_;
};

} // namespace inferenceflow::telemetry
