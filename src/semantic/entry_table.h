/// The entries of the semantic cache: which turn each was asked with, where its answer is kept, how it has proved.
///
/// Role:      semantic_cache keeps one beside the vector index.
/// Lifecycle: construct → add()/find()/erase()*.
/// Threading: none of its own; the caller locks.
/// Bounds:    charged_bytes() over all entries ≤ bytes_max: who adds beyond it is told which entries to erase first,
///            the oldest that were not used since they were last passed over.
/// Source:    second chance: Corbató, MIT Project MAC (1968).
#pragma once

#include "cache/cache_key.h"
#include "semantic/belief.h"
#include "vectors/vector_index.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace inferenceflow::semantic {

using entry_id = std::uint64_t;

/// Whose evidence counts: one tenant on one route.
using lane_id = std::uint64_t;

/// How an answer proved, and the shift of its threshold that follows from it.
struct proof {
  record seen = {};
  offset shift = {};
};

struct entry {
  vectors::scope_id scope;
  cache::cache_key key;                    ///< of the kept answer
  cache::cache_key running_key;            ///< of the call in flight, while pending
  bool pending = false;                    ///< its call has not ended yet
  bool streamed = false;                   ///< its call's answer comes as a stream
  std::shared_ptr<const std::string> text; ///< the turn; never null
  std::uint64_t answer = 0;                ///< shared by entries whose answers say the same
  proof own = {.seen = {}, .shift = {}};
  bool used = false; ///< since it was last passed over

  /// Bytes it is charged for, its vector of `vector_bytes` included.
  [[nodiscard]] std::size_t charged_bytes(std::size_t vector_bytes) const;
};

class entry_table {
public:
  explicit entry_table(std::size_t bytes_max)
      : bytes_max_(bytes_max) {}

  /// Adds an entry, whose answer is a new one; its own record stays as given. @returns its id, never 0.
  /// @param id  free, below what number_from() was told; 0 = the next one.
  entry_id add(entry made, std::size_t vector_bytes, entry_id id = 0);
  /// Ids below are given by the caller alone. Before the first add().
  void number_from(entry_id first) { next_ = first; }
  /// Calls `visit` for every entry, oldest first.
  template <class Visitor> void for_each(Visitor&& visit) const {
    for (const entry_id id : order_) {
      visit(id, entries_.find(id)->second.what);
    }
  }

  /// Null when there is none. Lifetime: until the next add() or erase().
  [[nodiscard]] entry* find(entry_id id);
  [[nodiscard]] const entry* find(entry_id id) const;
  /// The entry whose answer is kept under `key`; 0 when there is none.
  [[nodiscard]] entry_id by_key(const cache::cache_key& key) const;
  /// The call has ended and its answer is kept under `key`.
  void keep(entry_id id, const cache::cache_key& key);

  /// What is known of an answer. Lifetime: until the next add() or erase().
  [[nodiscard]] proof& answer_of(const entry& of);
  [[nodiscard]] const proof& answer_of(const entry& of) const;
  /// `one` says the same as `other`: from now on they share its answer.
  void join(entry& one, const entry& other);

  /// True when it was there.
  bool erase(entry_id id);

  /// The entry to give up when there is no room; 0 when there is none but pending ones.
  [[nodiscard]] entry_id victim();

  /// 0 when there is none.
  [[nodiscard]] entry_id oldest() const { return order_.empty() ? 0 : order_.front(); }
  [[nodiscard]] bool full() const { return bytes_ > bytes_max_; }
  void set_bytes_max(std::size_t bytes_max) { bytes_max_ = bytes_max; }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
  struct slot {
    entry what;
    std::size_t bytes = 0;
    std::list<entry_id>::iterator place;
  };
  struct shared_proof {
    proof of;
    std::size_t entries = 0;
  };

  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  entry_id next_ = 1;
  boost::unordered_flat_map<entry_id, slot> entries_;
  boost::unordered_flat_map<cache::cache_key, entry_id, cache::cache_key_hash> by_key_;
  boost::unordered_flat_map<std::uint64_t, shared_proof> answers_;
  std::list<entry_id> order_; ///< oldest first
};

} // namespace inferenceflow::semantic
