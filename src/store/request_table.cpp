#include "store/request_table.h"

#include "store/kept_body.h"

#include <cstring>
#include <memory>
#include <utility>
#include <xxhash.h>

namespace inferenceflow::store {

namespace {

/// What a row takes beside its texts: keys, numbers, its places in two indexes.
constexpr std::int64_t k_row_overhead_bytes = 160;
int finish(sqlite_statement& statement) {
  const int code = statement.step();
  statement.reset();
  return code;
}

} // namespace

request_key key_of(const kept_request& asked, std::string_view tenant) {
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
  request_key key{};
  std::memcpy(key.data(), canonical.digest, key.size());
  return key;
}

result<request_table> request_table::open(sqlite_database& database, const request_limits& limits) {
  auto room = table_room::open(database, "requests", "id", "last_ms, id",
                               {.rows_max = limits.rows_max, .bytes_max = limits.bytes_max});
  if (!room) {
    return room.error();
  }
  request_table table{std::move(*room)};
  const std::pair<sqlite_statement*, std::string_view> all[] = {
      {&table.again_, "UPDATE requests SET count = count + 1, last_ms = max(last_ms, ?2) WHERE key = ?1"},
      {&table.first_, "INSERT INTO requests (key, path, tenant, body, body_bytes, size, count, first_ms, last_ms) "
                      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?7)"}};
  for (const auto& [statement, sql] : all) {
    auto prepared = database.prepare(sql);
    if (!prepared) {
      return prepared.error();
    }
    *statement = std::move(*prepared);
  }
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
    room_.added(size);
  }
  return code;
}

int request_table::count_up(sqlite_database& database, const request_key& key, const kept_request& asked,
                            std::string_view tenant, std::int64_t at_ms) {
  const std::string_view key_view{key.data(), key.size()};
  again_.bind_blob(0, key_view);
  again_.bind(1, at_ms);
  const int code = finish(again_);
  return code != SQLITE_DONE || database.changes() > 0 ? code : insert(key_view, asked, tenant, at_ms);
}

} // namespace inferenceflow::store
