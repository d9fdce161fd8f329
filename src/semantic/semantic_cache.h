/// Finds a kept answer for a question that means the same, and says whether it may be served.
///
/// Role:      pipeline/ asks it after the exact cache; eval-cache replays recorded questions through it.
/// Lifecycle: construct → near(), decide(), open(), keep(), learn(), erase*() in any order → destroy.
/// Threading: thread-safe; the index has locks of its own, everything else is behind one mutex that no comparison of
///            texts or vectors is made under.
/// Bounds:    limits.bytes_max over vectors, turns and bookkeeping, the oldest unused giving way; limits.lanes_max
///            lanes; k_neighbours_max neighbours per question.
/// Source:    docs/semantic_cache.md
///
/// Bodies of answers are not kept here: an entry names the key under which a cache tier holds its answer.
#pragma once

#include "base/error.h"
#include "semantic/entry_table.h"
#include "semantic/lane.h"
#include "semantic/lane_memory.h"
#include "semantic/ruling.h"
#include "vectors/vector_index.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::semantic {

struct semantic_limits {
  std::size_t bytes_max = 128U << 20U;
  std::size_t lanes_max = 1'024;
};

/// One question: the last user turn and everything else that must be equal.
struct question {
  vectors::scope_id scope; ///< hash of tenant, model, system prompt, history, tools, format, sampling, vector space
  lane_id lane = 0;        ///< hash of tenant and route
  std::string_view text;   ///< the turn
  std::span<const float> vector; ///< of the turn
};

/// A question whose answer is kept outside of this process, too.
struct kept_question {
  vectors::scope_id scope;
  cache::cache_key key; ///< of its answer
  std::string_view text;
};

struct semantic_stats {
  std::size_t entries = 0;
  std::size_t bytes = 0;
  std::uint64_t evicted = 0;
  std::vector<lane_stats> lanes; ///< most requests first
};

class semantic_cache {
public:
  /// @param seed  of the draws that decide what is audited.
  semantic_cache(semantic_limits limits, std::uint64_t seed);

  /// The nearest entries of the question's scope, nearest first.
  /// @returns error::invalid_request  a vector that is none
  [[nodiscard]] result<std::vector<near_entry>> near(const question& asked);

  /// What is known of entries that a search found; those that are gone, or too far, are left out.
  /// @param found  nearest first.
  [[nodiscard]] std::vector<near_entry> describe(std::span<const vectors::neighbour> found) const;

  /// Whether one of them answers. Counts the request in its lane.
  /// @param near  as near() gave them; the caller may leave some out.
  /// @param name  of the lane, for statistics.
  [[nodiscard]] ruling decide(const question& asked, std::span<const near_entry> near, const rule& by,
                              const lane_name& name);

  /// Adds a question whose call begins now, so that those that mean the same can wait for it.
  /// @param running_key  of the call in flight.
  /// @param streamed     whether its answer comes as a stream.
  /// @returns its id; 0 when there is no room for it or its vector is none.
  entry_id open(const question& asked, const cache::cache_key& running_key, bool streamed = false);
  /// The call has ended and its answer is kept under `key`. Unknown ids are ignored.
  void keep(entry_id id, const cache::cache_key& key);
  /// Takes an entry out: its call failed, or its answer is gone.
  void drop(entry_id id);
  /// The same for the entry of an answer that left the cache. @returns whether there was one.
  bool drop_key(const cache::cache_key& key);
  /// A comparison's result.
  /// @param about  one of taken.candidates.
  /// @param fresh  entry of the answer that it was compared with; 0 if it is not kept. Right: they share an answer
  ///               from now on.
  void learn(lane_id lane, const decision& taken, const weighed& about, bool right, entry_id fresh);

  /// Takes a question that another process, or this one before a restart, has kept; it begins without a record. One
  /// that is there already is left.
  /// @returns error::unavailable  no room, or the vector is none
  [[nodiscard]] result<void> restore(const kept_question& kept, std::span<const float> vector);

  /// What those lanes know that learned something since this was last asked.
  [[nodiscard]] std::vector<lane_memory> take_learned();
  /// Continues from what a lane knew; its budget begins at nothing earned and nothing spent. Entries that are not there
  /// are passed over, so: after restore().
  /// @returns false, and changes nothing, when the lane has learned something here already, or the numbers are none
  ///          that a run could have produced.
  bool relearn(const lane_memory& memory);

  /// Writes the vectors and the keys of the kept entries, for load_index(). Blocks on the disk.
  /// @returns error::unavailable  the files cannot be written; older ones are still whole
  [[nodiscard]] result<void> save_index(const std::string& path);
  /// Takes the vectors that were saved; an entry that is restored then finds its own there. Before anything else is
  /// asked of this cache. Blocks on the disk.
  /// @returns how many vectors there are; or why there are none, and restore() puts each in anew
  [[nodiscard]] result<std::size_t> load_index(const std::string& path);
  /// Everything was restored: vectors that no entry came for are erased.
  void forget_unclaimed();

  /// Under which key the entry's answer is kept; nullopt while its call runs, or when it is gone.
  [[nodiscard]] std::optional<cache::cache_key> key_of(entry_id id) const;

  void resize(const semantic_limits& limits);
  [[nodiscard]] semantic_stats stats() const;

private:
  [[nodiscard]] ruling decide_static(const question& asked, std::span<const near_entry> near, const rule& by,
                                     const lane_name& name);
  [[nodiscard]] ruling decide_verified(const question& asked, std::span<const near_entry> near, const rule& by,
                                       const lane_name& name);
  [[nodiscard]] lane& lane_of(lane_id id, const rule& by, const lane_name& name);
  [[nodiscard]] lane_memory memory_of(lane_id id, lane& of) const;
  /// The index for vectors of this length, made at first use. Null when there is one of another length.
  [[nodiscard]] vectors::vector_index* index_for(std::size_t dimension);
  /// @returns its id, or that of the entry whose answer is kept under its key; 0 when there is no room or no vector.
  entry_id add(entry made, std::span<const float> vector);
  /// The id under which the entry's vector came with load_index(); 0 when it did not.
  entry_id claimed(const entry& made);
  void make_room();
  void erase_locked(entry_id id);

  mutable std::mutex mutex_;
  semantic_limits limits_;
  std::mt19937_64 draws_;
  std::unique_ptr<vectors::vector_index> index_;
  entry_table entries_;
  boost::unordered_flat_map<lane_id, std::unique_ptr<lane>> lanes_;
  std::uint64_t evicted_ = 0;
  std::uint64_t uses_ = 0; ///< of lanes, in order
  /// Of a loaded index, those that no entry came for yet.
  boost::unordered_flat_map<cache::cache_key, entry_id, cache::cache_key_hash> unclaimed_;
};

} // namespace inferenceflow::semantic
