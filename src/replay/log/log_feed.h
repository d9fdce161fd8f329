/// A log's records in order of time, each once.
///
/// Role:      between a log_reader and the simulation, which needs a clock that never goes back.
/// Lifecycle: construct → next()* → counts().
/// Threading: one thread.
/// Bounds:    k_window_records records or k_window_bytes of their texts wait to be put in order; k_ids_max ids are
///            remembered, beyond them a repetition is not noticed (counts().ids_forgotten).
///
/// A record that belongs before one that was already given out takes its time; one without a time comes
/// k_untimed_pace_ms after the one before it in the log.
#pragma once

#include "replay/log/log_reader.h"

#include <array>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace inferenceflow::replay {

inline constexpr std::size_t k_window_records = 8'192;
inline constexpr std::size_t k_window_bytes = 128U << 20U;
inline constexpr std::size_t k_ids_max = 4'000'000;
inline constexpr std::int64_t k_untimed_pace_ms = 1'000;
/// A longer silence counts as a jump of the clock.
inline constexpr std::int64_t k_forward_jump_ms = std::int64_t{7} * 24 * 3'600 * 1'000;

struct feed_counts {
  std::uint64_t lines = 0; ///< or rows, or elements
  std::uint64_t usable = 0;
  std::array<std::uint64_t, k_skip_reasons> skipped = {};
  std::uint64_t untimed = 0;
  std::uint64_t sorted = 0;        ///< came before their turn, and were put in order
  std::uint64_t clamped = 0;       ///< belong so far back that they took the time of what came before them
  std::uint64_t forward_jumps = 0; ///< silences over k_forward_jump_ms
  std::uint64_t ids_forgotten = 0;
  std::int64_t first_ms = 0;
  std::int64_t last_ms = 0;
};

class log_feed {
public:
  /// @param from  not null.
  explicit log_feed(std::unique_ptr<log_reader> from)
      : from_(std::move(from)) {}

  /// @returns nullopt when there is no more. began_ms never decreases.
  [[nodiscard]] std::optional<record> next();

  [[nodiscard]] const feed_counts& counts() const noexcept { return counts_; }
  [[nodiscard]] const log_reader& reader() const noexcept { return *from_; }

private:
  struct waiting {
    std::int64_t at_ms = 0;
    std::uint64_t number = 0;
    record read;
  };
  /// Of a heap whose top is the earliest.
  static bool later(const waiting& a, const waiting& b) noexcept {
    return a.at_ms != b.at_ms ? a.at_ms > b.at_ms : a.number > b.number;
  }
  void take(record read);
  [[nodiscard]] bool is_repeated(const record& read);

  std::unique_ptr<log_reader> from_;
  feed_counts counts_;
  std::vector<waiting> window_;
  std::size_t window_bytes_ = 0;
  std::uint64_t number_ = 0;
  std::int64_t read_last_ms_ = 0;
  bool drained_ = false;
  boost::unordered_flat_set<std::uint64_t> ids_;
};

} // namespace inferenceflow::replay
