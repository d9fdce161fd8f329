/// Which entries of other replicas wait to be read, and which are being read.
///
/// Role:      redis_tier reads the entries that news speak of; an entry that is erased meanwhile must not come in late.
/// Lifecycle: add() → take() → landed() for each that was taken → take() …
/// Threading: one event loop; not thread-safe.
/// Bounds:    waiting_max names wait; k_batch are being read.
#pragma once

#include "cache/tenant_secret.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <vector>

namespace inferenceflow::store::redis_tier {

class fetch_queue {
public:
  static constexpr std::size_t k_batch = 32;

  explicit fetch_queue(std::size_t waiting_max)
      : waiting_max_(waiting_max) {}

  /// @returns false when the queue is full. A name that waits already waits once.
  [[nodiscard]] bool add(const cache::entry_name& name) {
    if (contains(waiting_, name)) {
      return true;
    }
    if (waiting_.size() >= waiting_max_) {
      return false;
    }
    waiting_.push_back(name);
    return true;
  }

  /// The names to read now; empty when none waits. What was taken before is given up.
  [[nodiscard]] std::vector<cache::entry_name> take() {
    const auto count = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), k_batch));
    reading_.assign(waiting_.begin(), waiting_.begin() + count);
    waiting_.erase(waiting_.begin(), waiting_.begin() + count);
    return reading_;
  }

  /// What was read of a name may be used: it was not erased while it was read.
  [[nodiscard]] bool landed(const cache::entry_name& name) { return std::erase(reading_, name) != 0; }

  void erased(const cache::entry_name& name) {
    std::erase(waiting_, name);
    std::erase(reading_, name);
  }

  /// Some were erased, who knows which: what is being read is read again.
  void some_erased() {
    waiting_.insert(waiting_.begin(), reading_.begin(), reading_.end());
    reading_.clear();
  }

private:
  [[nodiscard]] static bool contains(const std::deque<cache::entry_name>& names, const cache::entry_name& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  std::size_t waiting_max_;
  std::deque<cache::entry_name> waiting_;
  std::vector<cache::entry_name> reading_;
};

} // namespace inferenceflow::store::redis_tier
