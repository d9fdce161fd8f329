/// Nearest vectors by cosine, within scopes that never see each other, bounded in bytes, kept across restarts.
///
/// Role:      the semantic cache asks it which earlier questions a new one resembles.
/// Lifecycle: make() → load() once if there is a file → insert/erase/nearest/save* → destroy.
/// Threading: thread-safe. A scope has its own lock: searches share it, a change has it alone, and whoever waits for a
///            change gets in before later searches. Scopes wait for each other only to be found, for a map look-up.
/// Bounds:    limits.bytes_max over all scopes, counted by capacity, kept at every moment; save() needs as much again
///            as the largest scope, for a moment; k_neighbours_max results; per searching thread a bit per slot.
/// Source:    docs/adr/0021-hnswlib.md; figures in README.md.
///
/// A scope of up to k_exact_rows_max entries is searched exactly. In a larger one a search may miss a neighbour
/// (README.md says how often), never invent one or misstate a similarity.
#pragma once

#include "base/error.h"
#include "vectors/neighbour.h"
#include "vectors/row_format.h"
#include "vectors/scope_vectors.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace inferenceflow::vectors {

/// 128 bits that say which entries may be compared at all; a hash made by the caller.
struct scope_id {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend bool operator==(const scope_id&, const scope_id&) = default;
};

struct index_limits {
  std::size_t bytes_max = 256U << 20U;
  /// Entries of a scope that are compared one by one; another value is for tests and measurements.
  std::size_t exact_rows_max = k_exact_rows_max;
};

/// Most neighbours that one search returns.
inline constexpr std::size_t k_neighbours_max = 256;

class vector_index {
public:
  /// @param dimension  components of every vector, fixed.
  /// @returns error::invalid_request  dimension is 0 or above k_dimension_max, or exact_rows_max is 0
  [[nodiscard]] static result<std::unique_ptr<vector_index>> make(std::size_t dimension, index_limits limits = {});

  vector_index(const vector_index&) = delete;
  vector_index& operator=(const vector_index&) = delete;
  ~vector_index() = default;

  /// Adds one entry. Other searches see it whole or not at all. In a scope with a graph it takes about a millisecond,
  /// for which searches of this scope wait.
  /// @param id      not yet in `scope`.
  /// @param vector  [dimension()] float32; its length does not matter.
  /// @returns error::invalid_request  wrong dimension, a component that is not finite, or all zero
  /// @returns error::conflict         `id` is there already; nothing changed
  /// @returns error::unavailable      bytes_max would be exceeded; erase something first
  [[nodiscard]] result<void> insert(const scope_id& scope, entry_id id, std::span<const float> vector);

  /// True when it was there.
  bool erase(const scope_id& scope, entry_id id);

  /// @returns how many entries went.
  std::size_t erase_scope(const scope_id& scope);

  /// The entries of `scope` nearest to `vector`, best first; equally near ones by id.
  /// @param vector  as for insert.
  /// @param count   how many are wanted; cut to k_neighbours_max. Fewer come when the scope has fewer.
  /// @returns error::invalid_request  as for insert
  [[nodiscard]] result<std::vector<neighbour>> nearest(const scope_id& scope, std::span<const float> vector,
                                                       std::size_t count) const;

  [[nodiscard]] bool contains(const scope_id& scope, entry_id id) const;

  /// Calls `visit` for every entry, without any lock held: it may call back. Entries that come or go meanwhile may be
  /// visited or not. For comparing with another store after load(), not for the path of a request.
  void for_each(const std::function<void(const scope_id&, entry_id)>& visit) const;

  [[nodiscard]] std::size_t size(const scope_id& scope) const;
  [[nodiscard]] std::size_t size() const { return count_.load(std::memory_order_relaxed); }
  /// What the entries take, by capacity; 0 when empty.
  [[nodiscard]] std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t bytes_max() const { return limits_.bytes_max; }
  [[nodiscard]] std::size_t dimension() const { return format_.dimension(); }

  /// Writes everything to `path`, replacing it at once when all is on disk. Each scope is as it was at one moment, but
  /// not all at the same one. Blocks on the disk; a scope is locked only while it is copied. One save at a time.
  /// @returns error::unavailable  the file cannot be written; an older one is still whole
  [[nodiscard]] result<void> save(const std::string& path) const;

  /// Replaces the content by what save() wrote. On any error the index is empty and can be used.
  /// Blocks on the disk. Not while other threads use the index: what they insert may be lost.
  /// @returns error::not_found        no such file
  /// @returns error::unavailable      it cannot be read, or holds more than bytes_max
  /// @returns error::invalid_request  of another version or dimension, truncated, corrupt, or not consistent in itself
  [[nodiscard]] result<void> load(const std::string& path);

private:
  /// One scope with its lock. Found through a stripe's map, held by whoever works on it.
  struct locked_scope;
  using scope_pointer = std::shared_ptr<locked_scope>;
  struct scope_hash {
    std::size_t operator()(const scope_id& scope) const noexcept;
  };
  using scope_map = std::unordered_map<scope_id, scope_pointer, scope_hash>;
  /// A part of the scopes: its lock is held to find one, never while one is worked on.
  struct stripe {
    mutable std::shared_mutex guard;
    scope_map scopes;
  };
  static constexpr std::size_t k_stripes = 16;

  vector_index(std::size_t dimension, index_limits limits);
  [[nodiscard]] stripe& stripe_of(const scope_id& scope) const;
  [[nodiscard]] scope_pointer find(const scope_id& scope) const;
  [[nodiscard]] scope_pointer find_or_add(const scope_id& scope);
  [[nodiscard]] std::vector<std::pair<scope_id, scope_pointer>> all_scopes() const;
  [[nodiscard]] result<std::vector<std::byte>> row_of(std::span<const float> vector) const;
  [[nodiscard]] result<void> insert_locked(locked_scope& into, entry_id id, const std::byte* row);
  [[nodiscard]] bool reserve(std::size_t more);
  void forget(const scope_id& scope, const scope_pointer& retired);
  void clear();
  [[nodiscard]] result<scope_map> read(const std::string& path) const;

  row_format format_;
  index_limits limits_;
  mutable std::array<stripe, k_stripes> stripes_;
  std::atomic<std::size_t> bytes_{0};
  std::atomic<std::size_t> count_{0};
  mutable std::mutex saving_;
};

} // namespace inferenceflow::vectors
