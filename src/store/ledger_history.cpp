#include "store/ledger_history.h"

#include "store/entry_ids.h"
#include "store/feedback_table.h"
#include "store/kept_body.h"
#include "store/ledger_columns.h"
#include "store/ledger_schema.h"

#include <fmt/format.h>

namespace inferenceflow::store {

namespace {

/// Columns after those of read_row().
constexpr int k_after = k_ledger_column_count + 1;
constexpr int k_asked_key = k_ledger_column_count; ///< the last of them

std::string next_sql(bool judged_only) {
  // The first entry from ?1 on, by the primary key or by the index of feedback.
  const std::string_view entry = judged_only
                                     ? "SELECT min(entry_id) FROM feedback WHERE entry_id >= ?1 AND entry_id < ?2"
                                     : "SELECT min(entry_id) FROM ledger WHERE entry_id >= ?1 AND entry_id < ?2";
  return fmt::format("SELECT finished_ms, {}, entry_id, explanation, bytes, path, body, body_bytes "
                     "FROM ledger LEFT JOIN decisions USING (entry_id) "
                     "LEFT JOIN (SELECT key, path, body, body_bytes FROM requests) AS kept ON kept.key = asked_key "
                     "WHERE entry_id = ({})",
                     k_ledger_columns, entry);
}

void read_body(const sqlite_statement& select, int column, ledger_row& row) {
  if (select.is_null(column)) {
    return;
  }
  if (auto body = unpack_body(select.blob(column + 1), static_cast<std::size_t>(select.number(column + 2)))) {
    row.asked = kept_request{.path = select.text(column), .body = std::move(*body)};
  }
}

} // namespace

result<ledger_history> ledger_history::open(const std::string& path, const history_query& asked) {
  auto database = open_ledger_for_reading(path);
  if (!database) {
    return database.error();
  }
  auto next = database->prepare(next_sql(asked.judged_only));
  auto said = database->prepare(k_select_feedback);
  auto count =
      database->prepare(fmt::format("SELECT count({}entry_id) FROM {} WHERE entry_id >= ?1 AND entry_id < ?2",
                                    asked.judged_only ? "DISTINCT " : "", asked.judged_only ? "feedback" : "ledger"));
  if (!next || !said || !count) {
    return database->make_failure();
  }
  ledger_history opened{std::move(*database), first_entry_id_at(asked.from_ms), first_entry_id_at(asked.until_ms)};
  opened.next_ = std::move(*next);
  opened.said_ = std::move(*said);
  opened.count_ = std::move(*count);
  return opened;
}

result<std::optional<past_request>> ledger_history::next() {
  next_.bind(0, at_);
  next_.bind(1, end_);
  const int code = next_.step();
  if (code != SQLITE_ROW) {
    const error why = code == SQLITE_DONE ? error{} : database_.make_failure();
    next_.reset();
    return code == SQLITE_DONE ? result<std::optional<past_request>>{std::nullopt} : why;
  }
  past_request found;
  found.row = read_row(next_);
  found.body_was_kept = !next_.is_null(k_asked_key);
  found.entry_id = next_.number(k_after);
  read_explanation(next_, k_after + 1, found.row);
  read_body(next_, k_after + 3, found.row);
  next_.reset();
  at_ = found.entry_id + 1;
  said_.bind(0, found.entry_id);
  if (read_feedback(said_, found.row, found.said) != SQLITE_DONE) {
    return database_.make_failure();
  }
  return std::optional{std::move(found)};
}

result<std::int64_t> ledger_history::count() {
  count_.bind(0, first_);
  count_.bind(1, end_);
  const bool counted = count_.step() == SQLITE_ROW;
  const std::int64_t entries = counted ? count_.number(0) : 0;
  const error why = counted ? error{} : database_.make_failure();
  count_.reset();
  return counted ? result<std::int64_t>{entries} : why;
}

} // namespace inferenceflow::store
