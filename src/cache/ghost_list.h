/// Keys of entries that were thrown out lately, without the entries: whoever comes back is known to come back.
///
/// Role:      cache_shard's admission.
/// Lifecycle: plain value.
/// Threading: none of its own; the shard's mutex guards it.
/// Bounds:    as many keys as push() was last allowed; about k_ghost_bytes each. Of a key only 64 bits are kept: that
///            another one is taken for it has a probability of size · 2⁻⁶⁴ and costs a place, not a wrong answer.
/// Source:    the ghost queue of S3-FIFO: Yang et al., SOSP 2023, §4.
#pragma once

#include "cache/cache_key.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>

namespace inferenceflow::cache {

/// One place in the queue and one in the index, which is filled between 44 and 88 %.
inline constexpr std::size_t k_ghost_bytes = 48;

class ghost_list {
public:
  /// Remembers `key` as the latest and forgets the oldest beyond `count_max`.
  void push(const cache_key& key, std::size_t count_max) {
    ++pushes_;
    latest_[key.low] = pushes_;
    queue_.push_back({key.low, pushes_});
    while (queue_.size() > count_max) {
      const ghost& oldest = queue_.front();
      // A key that was taken or pushed again since then left this place of it behind.
      if (const auto known = latest_.find(oldest.key); known != latest_.end() && known->second == oldest.push) {
        latest_.erase(known);
      }
      queue_.pop_front();
    }
  }

  /// True when `key` was remembered; it is not any more.
  bool take(const cache_key& key) { return latest_.erase(key.low) != 0; }

  void clear() {
    queue_.clear();
    latest_.clear();
  }
  [[nodiscard]] std::size_t size() const noexcept { return latest_.size(); }

private:
  struct ghost {
    std::uint64_t key;
    std::uint64_t push;
  };
  std::deque<ghost> queue_;
  boost::unordered_flat_map<std::uint64_t, std::uint64_t> latest_; ///< by key: its last push
  std::uint64_t pushes_ = 0;
};

} // namespace inferenceflow::cache
