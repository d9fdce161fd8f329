/// The rows between the event loops and the writer thread.
///
/// Role:      append() pushes from any thread, the writer takes everything at once.
/// Lifecycle: construct → push()/take()* → close() → take() until it is empty → destroy.
/// Threading: thread-safe; one thread takes.
/// Bounds:    limits.rows_max rows pushed and not yet settled.
#pragma once

#include "store/ledger.h"
#include "store/request_table.h"

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace inferenceflow::store {

/// Feedback on its way to disk, and what came of it.
struct pending_feedback {
  feedback said;
  std::function<void(const feedback_receipt&)> settled;
  feedback_receipt receipt = {};
};

/// A row on its way to disk, or feedback in its place among the rows.
struct pending_row {
  ledger_row row;
  std::function<void(bool)> committed;
  std::optional<std::int64_t> entry_id;                 ///< given by the writer's first attempt
  std::unique_ptr<pending_feedback> feedback = nullptr; ///< if set, there is no row
  std::optional<request_key> asked_key = {};            ///< as key_of() makes it of the row's body
};

/// Chunks instead of one vector: growing never moves rows while the lock is held.
using pending_rows = std::vector<std::vector<pending_row>>;

struct queue_limits {
  std::size_t rows_max = 0;
  std::size_t rows_per_group_max = 0;    ///< wakes the writer before its interval is over
  std::chrono::milliseconds interval{0}; ///< 0 = take rows as soon as they are there
};

class ledger_queue {
public:
  explicit ledger_queue(const queue_limits& limits)
      : limits_(limits) {}

  /// @returns false when the queue is full or closed.
  [[nodiscard]] bool push(pending_row&& row);

  /// Blocks until there are rows, then for the interval that gathers a group (unless flushed, closed or full).
  /// @returns the rows in order; empty only when closed and drained.
  [[nodiscard]] pending_rows take();

  /// The writer is done with `rows` rows, well or not.
  void settle(std::size_t rows);

  /// Blocks until every row pushed before the call is settled.
  void flush();

  /// Sleeps for `backoff`. @returns true at once when the queue is closed.
  bool pause(std::chrono::milliseconds backoff);

  /// No row is taken any more; take() hands out what is left.
  void close();

private:
  const queue_limits limits_;
  std::mutex mutex_;
  std::condition_variable writer_wakes_;
  std::condition_variable rows_settled_;
  pending_rows chunks_;
  std::size_t waiting_ = 0;   ///< rows in chunks_
  std::size_t unsettled_ = 0; ///< rows pushed and not settled
  std::uint64_t pushed_ = 0;
  std::uint64_t settled_ = 0;
  std::size_t flushes_ = 0;    ///< callers inside flush()
  bool writer_sleeps_ = false; ///< waits for a first row, so push() must wake it
  bool closed_ = false;
};

} // namespace inferenceflow::store
