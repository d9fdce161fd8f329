#include "store/ledger_query.h"

#include "store/entry_ids.h"
#include "store/feedback_table.h"
#include "store/ledger_columns.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <limits>

namespace inferenceflow::store {

namespace {

__extension__ using wide = __int128;

constexpr std::int64_t k_ms_per_hour = 3'600'000;
constexpr std::int64_t k_ms_per_day = 86'400'000;
/// Money is summed as billions and rest, since SQLite's integer sum fails on overflow.
constexpr std::int64_t k_billion = 1'000'000'000;

std::string group_expression(cost_group group) {
  switch (group) {
  case cost_group::none: return "''";
  case cost_group::route: return "model_requested";
  case cost_group::role: return "ifnull(role, '')";
  case cost_group::model: return "model_served";
  case cost_group::provider: return "provider";
  case cost_group::user: return "user";
  case cost_group::tenant: return "tenant";
  case cost_group::hour: return fmt::format("finished_ms - finished_ms % {}", k_ms_per_hour);
  case cost_group::day: return fmt::format("finished_ms - finished_ms % {}", k_ms_per_day);
  }
  return "''";
}

bool is_time(cost_group group) {
  return group == cost_group::hour || group == cost_group::day;
}

std::string to_iso_8601(std::int64_t unix_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> at{milliseconds{unix_ms}};
  const auto midnight = floor<days>(at);
  const year_month_day date{midnight};
  const hh_mm_ss clock{floor<seconds>(at - midnight)};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

money to_money(std::int64_t billions, std::int64_t rest) {
  const wide sum = static_cast<wide>(billions) * k_billion + rest;
  constexpr wide largest = std::numeric_limits<std::int64_t>::max();
  return money::from_nano_usd(static_cast<std::int64_t>(std::clamp<wide>(sum, -largest, largest)));
}

std::string sum_sql(const cost_query& query) {
  return fmt::format(
      "SELECT {} AS bucket, count(*), total(cache IN ('hit', 'semantic')), total(cache = 'coalesced'), "
      "total(error_kind <> ''), "
      "sum(fresh_input), sum(cached_input), sum(cache_write), sum(output), sum(reasoning), "
      "sum(cost_nano_usd / {}), sum(cost_nano_usd % {}), sum(direct_nano_usd / {}), sum(direct_nano_usd % {}) "
      "FROM ledger WHERE entry_id >= ?1 AND entry_id < ?2{} GROUP BY bucket ORDER BY {} LIMIT ?4",
      group_expression(query.group), k_billion, k_billion, k_billion, k_billion,
      query.tenant.empty() ? "" : " AND tenant = ?3",
      is_time(query.group) ? "bucket DESC" : "total(cost_nano_usd) DESC, bucket");
}

cost_total read_total(const sqlite_statement& select, cost_group group) {
  cost_total total;
  total.group = is_time(group) ? to_iso_8601(select.number(0)) : select.text(0);
  total.requests = select.number(1);
  total.cache_hits = select.number(2);
  total.coalesced = select.number(3);
  total.errors = select.number(4);
  total.usage = {.fresh_input = select.number(5),
                 .cached_input = select.number(6),
                 .cache_write = select.number(7),
                 .output = select.number(8),
                 .reasoning = select.number(9)};
  total.cost = to_money(select.number(10), select.number(11));
  total.direct = to_money(select.number(12), select.number(13));
  return total;
}

} // namespace

result<std::vector<cost_total>> sum_ledger(sqlite_database& database, const cost_query& query) {
  auto select = database.prepare(sum_sql(query));
  if (!select) {
    return select.error();
  }
  select->bind(0, first_entry_id_at(query.from_ms));
  select->bind(1, first_entry_id_at(query.until_ms));
  if (!query.tenant.empty()) {
    select->bind(2, query.tenant);
  }
  constexpr std::size_t rows_cap = 1'000'000;
  select->bind(3, static_cast<std::int64_t>(std::min(query.rows_max, rows_cap)));
  std::vector<cost_total> totals;
  int code = select->step();
  for (; code == SQLITE_ROW; code = select->step()) {
    totals.push_back(read_total(*select, query.group));
  }
  if (code != SQLITE_DONE) {
    return database.make_failure();
  }
  if (is_time(query.group)) {
    std::reverse(totals.begin(), totals.end());
  }
  return totals;
}

result<std::optional<ledger_row>> find_row(sqlite_database& database, std::string_view request_id,
                                           std::string_view tenant) {
  auto select = database.prepare(
      fmt::format("SELECT finished_ms, {}, explanation, bytes FROM ledger LEFT JOIN decisions USING (entry_id) "
                  "WHERE entry_id = ({})",
                  k_ledger_columns, k_select_entry));
  if (!select) {
    return select.error();
  }
  select->bind(0, request_id);
  select->bind(1, tenant);
  const int code = select->step();
  if (code != SQLITE_ROW) {
    return code == SQLITE_DONE ? result<std::optional<ledger_row>>{std::nullopt} : database.make_failure();
  }
  ledger_row row = read_row(*select);
  read_explanation(*select, k_ledger_column_count + 1, row);
  return std::optional{std::move(row)};
}

result<std::vector<feedback>> find_feedback(sqlite_database& database, std::string_view request_id,
                                            std::string_view tenant) {
  auto entry = database.prepare(
      fmt::format("SELECT entry_id, request_id, tenant FROM ledger WHERE entry_id = ({})", k_select_entry));
  auto select = database.prepare(k_select_feedback);
  if (!entry || !select) {
    return entry ? select.error() : entry.error();
  }
  entry->bind(0, request_id);
  entry->bind(1, tenant);
  std::vector<feedback> said;
  int code = entry->step();
  if (code == SQLITE_ROW) {
    ledger_row row;
    row.request_id = entry->text(1);
    row.tenant = entry->text(2);
    select->bind(0, entry->number(0));
    code = read_feedback(*select, row, said);
  }
  if (code != SQLITE_DONE) {
    return database.make_failure();
  }
  return said;
}

} // namespace inferenceflow::store
