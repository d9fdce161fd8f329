/// Sums by model or by tenant, for a bounded number of names.
///
/// Role:      cache_shard counts into it; exact_cache adds the shards' tables up.
/// Lifecycle: entries hold an index from join() until leave().
/// Threading: none of its own; the shard's mutex guards it.
/// Bounds:    k_groups_max names of k_group_name_bytes_max bytes; what does not fit is counted under "other".
#pragma once

#include "base/money.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace inferenceflow::cache {

/// Stats of one model or tenant.
struct cache_group_stats {
  std::string name;
  std::uint64_t hits = 0;          ///< exact ones, since start, as everything here but entries and bytes
  std::uint64_t misses = 0;        ///< exact ones
  std::uint64_t semantic_hits = 0; ///< of those misses: answered by an entry that means the same
  std::uint64_t explored = 0;      ///< asked the model although an entry might have answered, to learn
  std::uint64_t judged_right = 0;  ///< explored, and the entry would have been right
  std::uint64_t judged_wrong = 0;  ///< explored, and the entry would have been wrong
  std::uint64_t entries = 0;       ///< now
  std::uint64_t bytes = 0;         ///< now
  money saved;                     ///< by hits of both kinds

  /// Adds the other's counts; the name stays.
  void add(const cache_group_stats& other);
};

inline constexpr std::size_t k_groups_max = 256;
inline constexpr std::size_t k_group_name_bytes_max = 128;

/// What is counted by model and tenant without an entry at hand.
enum class cache_event : std::uint8_t { miss, explored, judged_right, judged_wrong };

class group_table {
public:
  group_table();

  /// Counts one more entry of `bytes` for `name`. A full table reuses the place of a name that has no entry left, whose
  /// history then counts as "other".
  /// @returns an index for hit() and leave().
  [[nodiscard]] std::uint32_t join(std::string_view name, std::size_t bytes);
  void leave(std::uint32_t group, std::size_t bytes);
  void hit(std::uint32_t group, money saved) {
    ++groups_[group].hits;
    groups_[group].saved += saved;
  }
  void semantic_hit(std::uint32_t group, money saved) {
    ++groups_[group].semantic_hits;
    groups_[group].saved += saved;
  }
  /// @param name  empty counts for nobody.
  void count(std::string_view name, cache_event event);

  [[nodiscard]] const std::vector<cache_group_stats>& groups() const { return groups_; }

private:
  struct text_hash {
    using is_transparent = void;
    [[nodiscard]] std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  [[nodiscard]] std::uint32_t index_of(std::string_view name);

  std::vector<cache_group_stats> groups_; ///< [0] is "other"
  std::unordered_map<std::string, std::uint32_t, text_hash, std::equal_to<>> index_;
};

/// Adds tables of several shards up by name: at most k_groups_max names, the ones that saved most, the rest as "other";
/// sorted by saving, then by name. Names that never had an entry or a hit are left out.
[[nodiscard]] std::vector<cache_group_stats> merge_groups(const std::vector<cache_group_stats>& all);

} // namespace inferenceflow::cache
