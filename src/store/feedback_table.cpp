#include "store/feedback_table.h"

#include "store/ledger_columns.h"
#include "store/ledger_query.h"

#include <fmt/format.h>
#include <utility>

namespace inferenceflow::store {

namespace {

/// What a row takes beside its texts: keys, numbers, its place in the index.
constexpr std::int64_t k_row_overhead_bytes = 64;

std::optional<double> score_at(const sqlite_statement& select, int column) {
  return select.is_null(column) ? std::nullopt : std::optional{select.real(column)};
}

} // namespace

result<feedback_table> feedback_table::open(sqlite_database& database, const feedback_limits& limits) {
  auto room =
      table_room::open(database, "feedback", "id", "id", {.rows_max = limits.rows_max, .bytes_max = limits.bytes_max});
  if (!room) {
    return room.error();
  }
  feedback_table table{std::move(*room), limits};
  const std::string find = fmt::format("SELECT finished_ms, {}, entry_id FROM ledger WHERE entry_id = ({})",
                                       k_ledger_columns, k_select_entry);
  const std::pair<sqlite_statement*, std::string_view> all[] = {
      {&table.find_, find},
      {&table.last_, "SELECT score, label, comment FROM feedback WHERE entry_id = ?1 AND source = ?2 "
                     "ORDER BY id DESC LIMIT 1"},
      {&table.count_, "SELECT count(*) FROM feedback WHERE entry_id = ?1"},
      {&table.insert_, "INSERT INTO feedback (entry_id, source, score, label, comment, at_ms, size) "
                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"}};
  for (const auto& [statement, sql] : all) {
    auto prepared = database.prepare(sql);
    if (!prepared) {
      return prepared.error();
    }
    *statement = std::move(*prepared);
  }
  return table;
}

int feedback_table::find(const feedback& said, std::optional<std::int64_t>& found, ledger_row& row) {
  find_.bind(0, said.request_id);
  find_.bind(1, said.tenant);
  const int code = find_.step();
  if (code == SQLITE_ROW) {
    row = read_row(find_);
    found = find_.number(k_ledger_column_count + 1);
  }
  find_.reset();
  return code == SQLITE_ROW ? SQLITE_DONE : code;
}

int feedback_table::compare(std::int64_t entry_id, const feedback& said, feedback_outcome& outcome) {
  last_.bind(0, entry_id);
  last_.bind(1, said.source);
  int code = last_.step();
  const bool repeated = code == SQLITE_ROW && score_at(last_, 0) == said.score && last_.text(1) == said.label &&
                        last_.text(2) == said.comment;
  last_.reset();
  if (repeated) {
    outcome = feedback_outcome::repeated;
    return SQLITE_DONE;
  }
  if (code != SQLITE_ROW && code != SQLITE_DONE) {
    return code;
  }
  count_.bind(0, entry_id);
  code = count_.step();
  if (code == SQLITE_ROW && count_.number(0) >= limits_.per_request_max) {
    outcome = feedback_outcome::too_many;
  }
  count_.reset();
  return code == SQLITE_ROW ? SQLITE_DONE : code;
}

int feedback_table::insert(std::int64_t entry_id, const feedback& said) {
  const auto size =
      static_cast<std::int64_t>(said.source.size() + said.label.size() + said.comment.size()) + k_row_overhead_bytes;
  insert_.bind(0, entry_id);
  insert_.bind(1, said.source);
  if (said.score) {
    insert_.bind_real(2, *said.score);
  } else {
    insert_.bind_null(2);
  }
  insert_.bind(3, said.label);
  insert_.bind(4, said.comment);
  insert_.bind(5, said.at_ms);
  insert_.bind(6, size);
  const int code = insert_.step();
  insert_.reset();
  if (code == SQLITE_DONE) {
    room_.added(size);
  }
  return code;
}

int feedback_table::record(const feedback& said, feedback_receipt& receipt) {
  receipt = {.outcome = feedback_outcome::unknown_request, .row = {}};
  std::optional<std::int64_t> entry_id;
  if (const int code = find(said, entry_id, receipt.row); code != SQLITE_DONE || !entry_id) {
    return code;
  }
  if (said.at_ms - receipt.row.finished_ms > limits_.age_max.count()) {
    receipt.outcome = feedback_outcome::too_late;
    return SQLITE_DONE;
  }
  receipt.outcome = feedback_outcome::recorded;
  const int code = compare(*entry_id, said, receipt.outcome);
  return code == SQLITE_DONE && receipt.outcome == feedback_outcome::recorded ? insert(*entry_id, said) : code;
}

int read_feedback(sqlite_statement& select, const ledger_row& of, std::vector<feedback>& into) {
  int code = select.step();
  for (; code == SQLITE_ROW; code = select.step()) {
    into.push_back({.request_id = of.request_id,
                    .tenant = of.tenant,
                    .source = select.text(0),
                    .score = score_at(select, 1),
                    .label = select.text(2),
                    .comment = select.text(3),
                    .at_ms = select.number(4)});
  }
  select.reset();
  return code;
}

} // namespace inferenceflow::store
