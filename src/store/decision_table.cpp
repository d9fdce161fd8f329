#include "store/decision_table.h"

#include "store/kept_body.h"

#include <string>
#include <utility>

namespace inferenceflow::store {

namespace {

/// What a row takes beside its text.
constexpr std::int64_t k_row_overhead_bytes = 48;

} // namespace

result<decision_table> decision_table::open(sqlite_database& database, const decision_limits& limits) {
  auto room = table_room::open(database, "decisions", "entry_id", "entry_id",
                               {.rows_max = limits.rows_max, .bytes_max = limits.bytes_max});
  if (!room) {
    return room.error();
  }
  auto insert = database.prepare("INSERT INTO decisions (entry_id, explanation, bytes, size) VALUES (?1, ?2, ?3, ?4)");
  if (!insert) {
    return insert.error();
  }
  decision_table table{std::move(*room)};
  table.insert_ = std::move(*insert);
  return table;
}

int decision_table::keep(std::int64_t entry_id, std::string_view explanation) {
  const std::string packed = pack_body(explanation);
  const auto size = static_cast<std::int64_t>(packed.size()) + k_row_overhead_bytes;
  insert_.bind(0, entry_id);
  insert_.bind_blob(1, packed);
  insert_.bind(2, static_cast<std::int64_t>(explanation.size()));
  insert_.bind(3, size);
  const int code = insert_.step();
  insert_.reset();
  if (code == SQLITE_DONE) {
    room_.added(size);
  }
  return code;
}

} // namespace inferenceflow::store
