#include "store/request_table.h"

#include "store/kept_body.h"

#include <array>
#include <cstring>
#include <utility>
#include <xxhash.h>

namespace inferenceflow::store {

namespace {

/// What a row takes beside its texts: keys, numbers, its places in two indexes.
constexpr std::int64_t k_row_overhead_bytes = 160;
/// Too much is trimmed to so much of the limits, so that not every new request drops an old one.
constexpr std::int64_t k_trim_to_percent = 94;

using key_bytes = std::array<char, 16>;

/// Of path, tenant and body, with their lengths, so that no border can be shifted.
key_bytes key_of(const kept_request& asked, std::string_view tenant) {
  struct freer {
    void operator()(XXH3_state_t* state) const noexcept { XXH3_freeState(state); }
  };
  const std::unique_ptr<XXH3_state_t, freer> state{XXH3_createState()};
  XXH3_128bits_reset(state.get());
  for (const std::string_view piece : {std::string_view{asked.path}, tenant, std::string_view{asked.body}}) {
    const std::uint64_t length = piece.size();
    XXH3_128bits_update(state.get(), &length, sizeof length);
    XXH3_128bits_update(state.get(), piece.data(), piece.size());
  }
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state.get()));
  key_bytes key{};
  std::memcpy(key.data(), canonical.digest, key.size());
  return key;
}

int finish(sqlite_statement& statement) {
  const int code = statement.step();
  statement.reset();
  return code;
}

} // namespace

result<request_table> request_table::open(sqlite_database& database, const request_limits& limits) {
  request_table table{limits};
  const std::pair<sqlite_statement*, std::string_view> all[] = {
      {&table.again_, "UPDATE requests SET count = count + 1, last_ms = max(last_ms, ?2) WHERE key = ?1"},
      {&table.first_, "INSERT INTO requests (key, path, tenant, body, body_bytes, size, count, first_ms, last_ms) "
                      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?7)"},
      {&table.sizes_, "SELECT count(*), coalesce(sum(size), 0) FROM requests"},
      // The rows whose sizes add up to what is too much, oldest first, and at least so many.
      {&table.drop_, "DELETE FROM requests WHERE id IN (SELECT id FROM (SELECT id, "
                     "row_number() OVER age AS number, sum(size) OVER age - size AS before "
                     "FROM requests WINDOW age AS (ORDER BY last_ms, id ROWS UNBOUNDED PRECEDING)) "
                     "WHERE number <= ?1 OR before < ?2)"}};
  for (const auto& [statement, sql] : all) {
    auto prepared = database.prepare(sql);
    if (!prepared) {
      return prepared.error();
    }
    *statement = std::move(*prepared);
  }
  table.recount();
  return table;
}

int request_table::insert(std::string_view key, const kept_request& asked, std::string_view tenant,
                          std::int64_t at_ms) {
  const std::string packed = pack_body(asked.body);
  const auto size = static_cast<std::int64_t>(packed.size() + asked.path.size() + tenant.size()) + k_row_overhead_bytes;
  first_.bind_blob(0, key);
  first_.bind(1, asked.path);
  first_.bind(2, tenant);
  first_.bind_blob(3, packed);
  first_.bind(4, static_cast<std::int64_t>(asked.body.size()));
  first_.bind(5, size);
  first_.bind(6, at_ms);
  const int code = finish(first_);
  if (code == SQLITE_DONE) {
    ++rows_;
    bytes_ += size;
  }
  return code;
}

int request_table::count_up(sqlite_database& database, const kept_request& asked, std::string_view tenant,
                            std::int64_t at_ms) {
  const key_bytes key = key_of(asked, tenant);
  const std::string_view key_view{key.data(), key.size()};
  again_.bind_blob(0, key_view);
  again_.bind(1, at_ms);
  const int code = finish(again_);
  return code != SQLITE_DONE || database.changes() > 0 ? code : insert(key_view, asked, tenant, at_ms);
}

int request_table::trim() {
  if (rows_ <= limits_.rows_max && bytes_ <= limits_.bytes_max) {
    return SQLITE_DONE;
  }
  recount(); // before anything is lost: another process may have dropped rows
  if (rows_ <= limits_.rows_max && bytes_ <= limits_.bytes_max) {
    return SQLITE_DONE;
  }
  const bool rows_over = rows_ > limits_.rows_max;
  const bool bytes_over = bytes_ > limits_.bytes_max;
  drop_.bind(0, rows_over ? rows_ - limits_.rows_max * k_trim_to_percent / 100 : 0);
  drop_.bind(1, bytes_over ? bytes_ - limits_.bytes_max / 100 * k_trim_to_percent : 0);
  const int code = finish(drop_);
  recount();
  return code;
}

void request_table::recount() {
  if (sizes_.step() == SQLITE_ROW) {
    rows_ = sizes_.number(0);
    bytes_ = sizes_.number(1);
  }
  sizes_.reset();
}

} // namespace inferenceflow::store
