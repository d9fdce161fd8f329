#include "store/table_room.h"

#include <fmt/format.h>

namespace inferenceflow::store {

namespace {

/// Too much is trimmed to so much of the limits, so that not every new row drops an old one.
constexpr std::int64_t k_trim_to_percent = 94;

} // namespace

result<table_room> table_room::open(sqlite_database& database, std::string_view table, std::string_view key,
                                    std::string_view age, const room_limits& limits) {
  table_room room{limits};
  auto sizes = database.prepare(fmt::format("SELECT count(*), coalesce(sum(size), 0) FROM {}", table));
  if (!sizes) {
    return sizes.error();
  }
  // The rows whose sizes add up to what is too much, oldest first, and at least so many.
  auto drop = database.prepare(
      fmt::format("DELETE FROM {0} WHERE {1} IN (SELECT {1} FROM (SELECT {1}, "
                  "row_number() OVER age AS number, sum(size) OVER age - size AS before "
                  "FROM {0} WINDOW age AS (ORDER BY {2} ROWS UNBOUNDED PRECEDING)) WHERE number <= ?1 OR before < ?2)",
                  table, key, age));
  if (!drop) {
    return drop.error();
  }
  room.sizes_ = std::move(*sizes);
  room.drop_ = std::move(*drop);
  room.recount();
  return room;
}

int table_room::trim() {
  if (fits()) {
    return SQLITE_DONE;
  }
  recount(); // before anything is lost: another process may have dropped rows
  if (fits()) {
    return SQLITE_DONE;
  }
  const bool rows_over = rows_ > limits_.rows_max;
  const bool bytes_over = bytes_ > limits_.bytes_max;
  drop_.bind(0, rows_over ? rows_ - limits_.rows_max * k_trim_to_percent / 100 : 0);
  drop_.bind(1, bytes_over ? bytes_ - limits_.bytes_max / 100 * k_trim_to_percent : 0);
  const int code = drop_.step();
  drop_.reset();
  recount();
  return code;
}

void table_room::recount() {
  if (sizes_.step() == SQLITE_ROW) {
    rows_ = sizes_.number(0);
    bytes_ = sizes_.number(1);
  }
  sizes_.reset();
}

} // namespace inferenceflow::store
