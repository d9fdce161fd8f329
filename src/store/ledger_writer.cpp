#include "store/ledger_writer.h"

#include <algorithm>
#include <fmt/format.h>

namespace inferenceflow::store {

namespace {

queue_limits limits_of(const ledger_options& options) {
  return {.rows_max = options.queue_max,
          .rows_per_group_max = options.commit_rows_max,
          .interval = options.mode == durability::sync ? std::chrono::milliseconds{0} : options.group_interval};
}

std::size_t count_rows(const pending_rows& rows) {
  std::size_t total = 0;
  for (const auto& chunk : rows) {
    total += chunk.size();
  }
  return total;
}

/// So many ids in a row that are taken fail the group (and the next attempt goes on with the ids after them), so that
/// the write lock is not held for ever.
constexpr int k_taken_ids_max = 4'096;

bool is_id_taken(int code) {
  return code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID;
}

/// The row itself is at fault: the same insert fails for ever, and the others must not wait for it.
bool is_rows_own_fault(int code) {
  if (is_id_taken(code)) {
    return false;
  }
  const int primary = code & 0xff;
  return primary == SQLITE_CONSTRAINT || primary == SQLITE_TOOBIG || primary == SQLITE_MISMATCH ||
         primary == SQLITE_RANGE;
}

std::size_t body_bytes(const ledger_row& row) {
  return row.asked ? row.asked->body.size() : 0;
}

std::size_t explanation_bytes(const ledger_row& row) {
  return row.routed ? row.routed->explanation.size() : 0;
}

} // namespace

ledger_writer::ledger_writer(sqlite_database database, ledger_tables tables, entry_ids ids,
                             const ledger_options& options)
    : close_patience_(options.close_patience)
    , feedback_waiting_max_(options.feedback_waiting_max)
    , on_error_(options.on_error)
    , queue_(limits_of(options))
    , database_(std::move(database))
    , tables_(std::move(tables))
    , ids_(std::move(ids))
    , request_room_(options.requests_waiting_bytes_max)
    , decision_room_(options.decisions_waiting_bytes_max)
    , thread_([this] { run(); }) {}

ledger_writer::~ledger_writer() {
  queue_.close();
  thread_.join();
}

void ledger_writer::make_room(ledger_row& row) {
  if (!request_room_.take(body_bytes(row))) {
    requests_dropped_.fetch_add(1, std::memory_order_relaxed);
    row.asked.reset();
  }
  const std::size_t bytes = explanation_bytes(row);
  if (bytes > k_explanation_bytes_max || !decision_room_.take(bytes)) {
    decisions_dropped_.fetch_add(1, std::memory_order_relaxed);
    row.routed->explanation.clear();
  }
}

bool ledger_writer::append(ledger_row&& row, std::function<void(bool)>&& committed) {
  make_room(row);
  const std::size_t body = body_bytes(row);
  const std::size_t explanation = explanation_bytes(row);
  if (!queue_.push({std::move(row), std::move(committed), {}})) {
    request_room_.give(body);
    decision_room_.give(explanation);
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  appended_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

bool ledger_writer::append_feedback(feedback&& said, std::function<void(const feedback_receipt&)>&& settled) {
  auto waiting = std::make_unique<pending_feedback>(pending_feedback{std::move(said), std::move(settled)});
  if (feedback_waiting_.fetch_add(1, std::memory_order_relaxed) >= feedback_waiting_max_ ||
      !queue_.push({.row = {}, .committed = {}, .entry_id = {}, .feedback = std::move(waiting)})) {
    feedback_waiting_.fetch_sub(1, std::memory_order_relaxed);
    feedback_dropped_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  return true;
}

ledger::counters ledger_writer::count() const {
  return {.appended = appended_.load(std::memory_order_relaxed),
          .written = written_.load(std::memory_order_relaxed),
          .duplicates = duplicates_.load(std::memory_order_relaxed),
          .dropped = dropped_.load(std::memory_order_relaxed),
          .write_errors = write_errors_.load(std::memory_order_relaxed),
          .requests_dropped = requests_dropped_.load(std::memory_order_relaxed),
          .decisions_dropped = decisions_dropped_.load(std::memory_order_relaxed),
          .feedback_written = feedback_written_.load(std::memory_order_relaxed),
          .feedback_dropped = feedback_dropped_.load(std::memory_order_relaxed)};
}

void ledger_writer::run() {
  for (;;) {
    pending_rows rows = queue_.take();
    if (rows.empty()) {
      return;
    }
    commit_until_done(rows);
  }
}

void ledger_writer::commit_until_done(pending_rows& rows) {
  commit_unclear_ = false;
  auto backoff = k_backoff_min;
  std::chrono::milliseconds waited_closing{0};
  while (!commit(rows)) {
    write_errors_.fetch_add(1, std::memory_order_relaxed);
    const bool closing = queue_.pause(backoff);
    if (closing) {
      if (waited_closing >= close_patience_) {
        report(fmt::format("closing: gave up {} rows", count_rows(rows)));
        return conclude(rows, false);
      }
      const auto nap = std::min({backoff, close_patience_ - waited_closing, std::chrono::milliseconds{100}});
      std::this_thread::sleep_for(nap);
      waited_closing += nap;
    }
    backoff = std::min(backoff * 2, k_backoff_max);
  }
  written_.fetch_add(group_written_, std::memory_order_relaxed);
  duplicates_.fetch_add(group_duplicates_, std::memory_order_relaxed);
  conclude(rows, true);
}

bool ledger_writer::commit(pending_rows& rows) {
  const std::lock_guard lock(database_mutex_);
  group_written_ = 0;
  group_duplicates_ = 0;
  group_refused_.clear();
  bool good = database_.run("BEGIN IMMEDIATE") == SQLITE_OK;
  for (auto chunk = rows.begin(); good && chunk != rows.end(); ++chunk) {
    good = std::all_of(chunk->begin(), chunk->end(), [this](pending_row& pending) { return insert(pending); });
  }
  good = good && tables_.trim() == SQLITE_DONE;
  if (good && database_.run("COMMIT") != SQLITE_OK) {
    good = false;
    commit_unclear_ = true;
  }
  if (!good) {
    const std::string failure = database_.failure();
    (void)database_.run("ROLLBACK");
    tables_.recount();
    report(fmt::format("{}; {} rows are kept and tried again", failure, count_rows(rows)));
  }
  return good;
}

bool ledger_writer::insert(pending_row& pending) {
  if (pending.feedback) {
    return record(*pending.feedback);
  }
  if (!pending.entry_id) {
    pending.entry_id = ids_.next(pending.row.finished_ms);
  }
  sqlite_statement& statement = commit_unclear_ ? tables_.rows.unless_there : tables_.rows.plain;
  const int code = write(statement, pending);
  bool kept = true;
  if (code == SQLITE_DONE) {
    const bool there = database_.changes() == 0;
    ++(there ? group_duplicates_ : group_written_);
    statement.reset();
    kept = there || keep_beside(pending); // with its row, and like it once
  } else if (is_rows_own_fault(code)) {
    report(fmt::format("{}; row {} is given up", database_.failure(), pending.row.request_id));
    group_refused_.push_back(&pending);
  }
  statement.reset();
  return kept && (code == SQLITE_DONE || is_rows_own_fault(code));
}

bool ledger_writer::is_kept(int code, std::string_view what, std::string_view request_id) const {
  if (is_rows_own_fault(code)) {
    report(fmt::format("{}; the {} of {} is not kept", database_.failure(), what, request_id));
    return true;
  }
  return code == SQLITE_DONE;
}

bool ledger_writer::keep_beside(const pending_row& pending) {
  const ledger_row& row = pending.row;
  if (row.asked &&
      !is_kept(tables_.requests.count_up(database_, *pending.asked_key, *row.asked, row.tenant, row.finished_ms),
               "body", row.request_id)) {
    return false;
  }
  return explanation_bytes(row) == 0 ||
         is_kept(tables_.decisions.keep(*pending.entry_id, row.routed->explanation), "explanation", row.request_id);
}

bool ledger_writer::record(pending_feedback& pending) {
  const int code = tables_.feedback.record(pending.said, pending.receipt);
  if (commit_unclear_ && pending.receipt.outcome == feedback_outcome::repeated) {
    pending.receipt.outcome = feedback_outcome::recorded; // by the attempt before, whose COMMIT took effect
  }
  if (code != SQLITE_DONE) {
    pending.receipt.outcome = feedback_outcome::lost;
  }
  return is_kept(code, "feedback", pending.said.request_id);
}

int ledger_writer::write(sqlite_statement& statement, pending_row& pending) {
  if (pending.row.asked && !pending.asked_key) {
    pending.asked_key = key_of(*pending.row.asked, pending.row.tenant);
  }
  const std::string_view key =
      pending.asked_key ? std::string_view{pending.asked_key->data(), pending.asked_key->size()} : std::string_view{};
  bind_row(statement, *pending.entry_id, pending.row, key);
  int code = statement.step();
  for (int taken = 0; is_id_taken(code) && taken < k_taken_ids_max; ++taken) {
    statement.reset();
    pending.entry_id = ids_.next_after_conflict(pending.row.finished_ms);
    bind_row(statement, *pending.entry_id, pending.row, key);
    code = statement.step();
  }
  return code;
}

void ledger_writer::conclude(pending_feedback& pending, bool on_disk) {
  if (!on_disk) {
    pending.receipt.outcome = feedback_outcome::lost;
  }
  if (pending.receipt.outcome == feedback_outcome::lost) {
    feedback_dropped_.fetch_add(1, std::memory_order_relaxed);
  } else if (pending.receipt.outcome == feedback_outcome::recorded) {
    feedback_written_.fetch_add(1, std::memory_order_relaxed);
  }
  feedback_waiting_.fetch_sub(1, std::memory_order_relaxed);
  if (pending.settled) {
    pending.settled(pending.receipt);
  }
}

void ledger_writer::conclude(pending_rows& rows, bool on_disk) {
  for (auto& chunk : rows) {
    for (auto& pending : chunk) {
      if (pending.feedback) {
        conclude(*pending.feedback, on_disk);
        continue;
      }
      const bool given_up =
          !on_disk || std::find(group_refused_.begin(), group_refused_.end(), &pending) != group_refused_.end();
      dropped_.fetch_add(given_up ? 1 : 0, std::memory_order_relaxed);
      request_room_.give(body_bytes(pending.row));
      decision_room_.give(explanation_bytes(pending.row));
      if (pending.committed) {
        pending.committed(!given_up);
      }
    }
  }
  group_refused_.clear();
  queue_.settle(count_rows(rows));
}

void ledger_writer::report(const std::string& what) const {
  if (on_error_) {
    on_error_(fmt::format("ledger: {}", what));
  }
}

} // namespace inferenceflow::store
