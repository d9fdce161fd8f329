/// The thread that owns the writing connection: takes groups of rows and commits each in one transaction.
///
/// Role:      the only writer of the ledger.
/// Lifecycle: construct (starts the thread) → … → destruction: closes the queue, writes what is left, joins.
/// Threading: commit work on its own thread; counters from any.
/// Identity:  a row keeps its entry_id through all attempts; after an unclear COMMIT those that are there are skipped.
/// Bounds:    a failing disk is retried with growing pauses up to k_backoff_max; rows stay queued meanwhile.
/// Source:    SQLite documentation: result codes (which failures are the row's own fault).
#pragma once

#include "store/byte_room.h"
#include "store/entry_ids.h"
#include "store/ledger_queue.h"
#include "store/ledger_tables.h"
#include "store/sqlite_database.h"

#include <atomic>
#include <mutex>
#include <string_view>
#include <thread>

namespace inferenceflow::store {

inline constexpr std::chrono::milliseconds k_backoff_min{20};
inline constexpr std::chrono::milliseconds k_backoff_max{2'000};

class ledger_writer {
public:
  /// @param tables  prepared on `database`.
  ledger_writer(sqlite_database database, ledger_tables tables, entry_ids ids, const ledger_options& options);
  ~ledger_writer();
  ledger_writer(const ledger_writer&) = delete;
  ledger_writer& operator=(const ledger_writer&) = delete;

  [[nodiscard]] bool append(ledger_row&& row, std::function<void(bool)>&& committed);
  [[nodiscard]] bool append_feedback(feedback&& said, std::function<void(const feedback_receipt&)>&& settled);
  void flush() { queue_.flush(); }
  [[nodiscard]] ledger::counters count() const;

  /// Runs `read` on the writing connection, between two groups: for databases that only one connection can see.
  template <class Read> [[nodiscard]] auto with_connection(Read read) {
    const std::lock_guard lock(database_mutex_);
    return read(database_);
  }

private:
  void run();
  void commit_until_done(pending_rows& rows);
  /// One transaction. @returns false when it failed: nothing of it is on disk, unless commit_unclear_.
  [[nodiscard]] bool commit(pending_rows& rows);
  [[nodiscard]] bool insert(pending_row& pending);
  /// What is kept beside a row that is on its way. @returns false when the group must be tried again.
  [[nodiscard]] bool keep_beside(const pending_row& pending);
  [[nodiscard]] bool record(pending_feedback& pending);
  /// What cannot be kept for a reason of its own is left out and reported. @returns false when the group must be tried
  /// again.
  [[nodiscard]] bool is_kept(int code, std::string_view what, std::string_view request_id) const;
  /// Leaves out of `row` what finds no room in the queue.
  void make_room(ledger_row& row);
  /// @returns the result code, after a plain insert with new ids while the id is taken.
  [[nodiscard]] int write(sqlite_statement& statement, pending_row& pending);
  void report(const std::string& what) const;
  void conclude(pending_rows& rows, bool on_disk);
  void conclude(pending_feedback& pending, bool on_disk);

  const std::chrono::milliseconds close_patience_;
  const std::size_t feedback_waiting_max_;
  const std::function<void(const std::string&)> on_error_;
  ledger_queue queue_;
  std::mutex database_mutex_;
  sqlite_database database_;
  ledger_tables tables_;
  entry_ids ids_;
  bool commit_unclear_ = false; ///< a COMMIT of this group failed: its rows may be on disk all the same
  std::uint64_t group_written_ = 0;
  std::uint64_t group_duplicates_ = 0;
  std::vector<const pending_row*> group_refused_; ///< rows that SQLite will never take
  std::atomic<std::uint64_t> appended_{0};
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> duplicates_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::uint64_t> write_errors_{0};
  std::atomic<std::uint64_t> requests_dropped_{0};
  std::atomic<std::uint64_t> decisions_dropped_{0};
  std::atomic<std::uint64_t> feedback_written_{0};
  std::atomic<std::uint64_t> feedback_dropped_{0};
  std::atomic<std::size_t> feedback_waiting_{0};
  byte_room request_room_;
  byte_room decision_room_;
  std::thread thread_;
};

} // namespace inferenceflow::store
