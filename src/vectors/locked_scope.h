/// One scope of a vector_index, with its lock.
///
/// Bounds: what its vectors take, and k_scope_bytes.
#pragma once

#include "vectors/vector_index.h"

#include <mutex>
#include <shared_mutex>

namespace inferenceflow::vectors {

struct vector_index::locked_scope {
  explicit locked_scope(const row_format& format, std::size_t exact_rows_max)
      : vectors{format, exact_rows_max} {}

  /// For searches. They pass through `gate`, so that a stream of searches cannot keep a change waiting for ever, as it
  /// could with a std::shared_mutex alone.
  [[nodiscard]] std::shared_lock<std::shared_mutex> for_reading() const {
    const std::lock_guard pass{gate};
    return std::shared_lock{guard};
  }

  /// For changes.
  [[nodiscard]] std::unique_lock<std::shared_mutex> for_changing() const {
    const std::lock_guard pass{gate};
    return std::unique_lock{guard};
  }

  /// What it counts for: an empty scope is about to be forgotten.
  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] std::size_t bytes_after_insert() const;

  mutable std::mutex gate;
  mutable std::shared_mutex guard;
  scope_vectors vectors;
  bool retired = false; ///< no longer in the map, or about to leave it: whoever wants to insert looks again
};

/// This struct, its node in the map and the control block of the pointer, roughly.
inline constexpr std::size_t k_scope_bytes = 512;

inline std::size_t vector_index::locked_scope::bytes() const {
  return vectors.size() == 0 ? 0 : k_scope_bytes + vectors.bytes();
}

inline std::size_t vector_index::locked_scope::bytes_after_insert() const {
  return k_scope_bytes + vectors.bytes_after_insert();
}

} // namespace inferenceflow::vectors
