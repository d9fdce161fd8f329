#include "store/cache_file/entry_table.h"

#include "cache/entry_codec.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>
#include <vector>

namespace inferenceflow::store::cache_file {

namespace {

/// "IFCE": tells our files from other programs' SQLite databases.
constexpr std::int64_t k_application_id = 0x49464345;
constexpr std::int64_t k_schema_version = 1;
/// Rows that are looked at per query while trimming: deleting under a running query is undefined.
constexpr std::size_t k_trim_rows = 256;

constexpr const char* k_create = R"sql(
CREATE TABLE entries (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       BLOB    NOT NULL UNIQUE,
  expires_ms INTEGER NOT NULL,
  used_ms    INTEGER NOT NULL,
  size       INTEGER NOT NULL,
  answer_key BLOB    NOT NULL,
  tenant     TEXT    NOT NULL,
  operation  TEXT    NOT NULL,
  model      TEXT    NOT NULL,
  tags       TEXT    NOT NULL,
  bytes      BLOB    NOT NULL
) STRICT;
CREATE INDEX entries_by_use ON entries (used_ms, id, size);
CREATE INDEX entries_by_end ON entries (expires_ms, id, size);
PRAGMA application_id = {};
PRAGMA user_version = {};
)sql";

std::string key_bytes(const cache::cache_key& key) {
  return cache::to_hex(key);
}

/// The other way round; a row that we did not write gives some key, which no filter is harmed by.
cache::cache_key key_from(std::string_view hex) {
  cache::cache_key key;
  for (std::size_t i = 0; i < hex.size() && i < 32; ++i) {
    const auto digit = static_cast<std::uint64_t>(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10) & 0xFU;
    std::uint64_t& half = i < 16 ? key.high : key.low;
    half = half << 4U | digit;
  }
  return key;
}

bool is_broken(int code) {
  const int primary = code & 0xff;
  return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

} // namespace

std::optional<entry_table> entry_table::open(const std::string& path, const table_limits& limits, failure& why) {
  int code = SQLITE_OK;
  auto database = sqlite_database::open(path, open_mode::read_write, &code);
  if (!database) {
    why = {is_broken(code) ? open_fault::broken : open_fault::failed, database.error().message};
    return std::nullopt;
  }
  entry_table table{std::move(*database)};
  const auto owner = table.number("PRAGMA application_id");
  const auto version = table.number("PRAGMA user_version");
  const auto tables = table.number("SELECT count(*) FROM sqlite_schema");
  if (!owner || !version || !tables) {
    why = {table.broken() ? open_fault::broken : open_fault::failed, table.database_.failure()};
    return std::nullopt;
  }
  if (*tables != 0 && *owner != k_application_id) {
    why = {open_fault::foreign, path + ": is another program's database, not a file of cache entries"};
    return std::nullopt;
  }
  if (*tables != 0 && *version != k_schema_version) {
    why = {open_fault::broken,
           fmt::format("{}: has format {}, this program writes {}", path, *version, k_schema_version)};
    return std::nullopt;
  }
  for (const auto& step : {table.set_up(limits), table.prepare(), table.count()}) {
    if (!step) {
      why = {table.broken() ? open_fault::broken : open_fault::failed, step.error().message};
      return std::nullopt;
    }
  }
  return table;
}

result<void> entry_table::set_up(const table_limits& limits) {
  // Two that open a new file at once: the second finds the table made when it gets the lock.
  for (const char* step : {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", "BEGIN IMMEDIATE"}) {
    if (auto done = run(step); !done) {
      return done;
    }
  }
  const auto tables = number("SELECT count(*) FROM sqlite_schema");
  if (!tables) {
    rollback();
    return tables.error();
  }
  if (*tables == 0) {
    if (auto made = run(fmt::format(fmt::runtime(k_create), k_application_id, k_schema_version)); !made) {
      rollback();
      return made;
    }
  }
  if (auto done = commit(); !done) {
    return done;
  }
  const auto page_bytes = number("PRAGMA page_size");
  if (!page_bytes) {
    return page_bytes.error();
  }
  return run(
      fmt::format("PRAGMA max_page_count = {}", std::max<std::int64_t>(16, limits.file_bytes_max / *page_bytes)));
}

result<void> entry_table::prepare() {
  const std::pair<sqlite_statement*, std::string_view> all[] = {
      {&find_, "SELECT bytes FROM entries WHERE name = ?1 AND expires_ms > ?2"},
      {&size_of_, "SELECT id, size FROM entries WHERE name = ?1"},
      {&put_,
       "INSERT INTO entries (name, expires_ms, used_ms, size, answer_key, tenant, operation, model, tags, bytes) "
       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"},
      {&touch_, "UPDATE entries SET used_ms = max(used_ms, ?2) WHERE name = ?1"},
      {&remove_, "DELETE FROM entries WHERE id = ?1"},
      {&labels_, "SELECT id, size, answer_key, tenant, operation, model, tags FROM entries"},
      {&oldest_, "SELECT id, size FROM entries ORDER BY used_ms, id LIMIT ?1"},
      {&expired_, "SELECT id, size FROM entries WHERE expires_ms <= ?2 ORDER BY expires_ms LIMIT ?1"},
      {&walk_,
       "SELECT id, name, bytes FROM entries WHERE id > ?1 AND id <= ?2 AND expires_ms > ?3 ORDER BY id LIMIT ?4"}};
  for (const auto& [statement, sql] : all) {
    auto prepared = database_.prepare(sql);
    if (!prepared) {
      return prepared.error();
    }
    *statement = std::move(*prepared);
  }
  return {};
}

result<void> entry_table::count() {
  const auto entries = number("SELECT count(*) FROM entries");
  const auto bytes = number("SELECT coalesce(sum(size), 0) FROM entries");
  if (!entries || !bytes) {
    return entries ? bytes.error() : entries.error();
  }
  entries_ = *entries;
  bytes_ = *bytes;
  return {};
}

bool entry_table::broken() const noexcept {
  return is_broken(failure_code_);
}

error entry_table::failed() {
  failure_code_ = database_.code();
  return database_.make_failure();
}

result<void> entry_table::run(const std::string& sql) {
  if (database_.run(sql.c_str()) != SQLITE_OK) {
    return failed();
  }
  return {};
}

result<std::int64_t> entry_table::number(std::string_view sql) {
  auto got = database_.number(sql);
  if (!got) {
    return failed();
  }
  return got;
}

void entry_table::rollback() {
  const int why = failure_code_;
  (void)database_.run("ROLLBACK");
  (void)count(); // stale counts are put right by the next that works
  failure_code_ = why;
}

result<void> entry_table::finish(sqlite_statement& statement) {
  const int code = statement.step();
  if (code == SQLITE_DONE) {
    statement.reset();
    return {};
  }
  const error why = failed();
  statement.reset();
  return why;
}

result<std::optional<std::string>> entry_table::find(const cache::entry_name& name, std::int64_t now_ms) {
  find_.bind_blob(0, cache::view_of(name));
  find_.bind(1, now_ms);
  std::optional<std::string> found;
  const int code = find_.step();
  if (code == SQLITE_ROW) {
    found.emplace(find_.blob(0));
  }
  if (code != SQLITE_ROW && code != SQLITE_DONE) {
    const error why = failed();
    find_.reset();
    return why;
  }
  find_.reset();
  return found;
}

result<void> entry_table::remove(std::int64_t id, std::int64_t size) {
  remove_.bind(0, id);
  auto gone = finish(remove_);
  if (gone && database_.changes() > 0) {
    bytes_ -= size;
    --entries_;
  }
  return gone;
}

result<bool> entry_table::put(const cache::entry_name& name, std::string_view bytes, std::int64_t now_ms,
                              std::int64_t expires_ms) {
  const auto label = cache::peek_label(bytes);
  if (!label) {
    return false;
  }
  if (auto before = erase(name); !before) {
    return before.error();
  }
  const auto size = static_cast<std::int64_t>(bytes.size()) + k_row_overhead_bytes;
  const std::string key = key_bytes(label->key);
  put_.bind_blob(0, cache::view_of(name));
  put_.bind(1, expires_ms);
  put_.bind(2, now_ms);
  put_.bind(3, size);
  put_.bind_blob(4, key);
  put_.bind(5, label->tenant);
  put_.bind(6, label->operation);
  put_.bind(7, label->model);
  put_.bind(8, label->tags.text());
  put_.bind_blob(9, bytes);
  if (auto written = finish(put_); !written) {
    return written.error();
  }
  bytes_ += size;
  ++entries_;
  return true;
}

result<void> entry_table::touch(const cache::entry_name& name, std::int64_t now_ms) {
  touch_.bind_blob(0, cache::view_of(name));
  touch_.bind(1, now_ms);
  return finish(touch_);
}

result<std::uint64_t> entry_table::erase(const cache::entry_name& name) {
  size_of_.bind_blob(0, cache::view_of(name));
  const int code = size_of_.step();
  const std::int64_t id = size_of_.number(0);
  const std::int64_t size = size_of_.number(1);
  const error why = code == SQLITE_ROW || code == SQLITE_DONE ? error{} : failed();
  size_of_.reset();
  if (code == SQLITE_DONE) {
    return std::uint64_t{0};
  }
  if (code != SQLITE_ROW) {
    return why;
  }
  if (auto gone = remove(id, size); !gone) {
    return gone.error();
  }
  return std::uint64_t{1};
}

result<std::uint64_t> entry_table::erase_where(const cache::entry_filter& filter) {
  const cache::entry_tags no_tags;
  row_list meant;
  int code = labels_.step();
  for (; code == SQLITE_ROW; code = labels_.step()) {
    const cache::cache_key key = key_from(labels_.blob(2));
    const std::string tenant = labels_.text(3);
    const std::string operation = labels_.text(4);
    const std::string model = labels_.text(5);
    const auto tags = cache::entry_tags::parse(labels_.text(6));
    if (matches(filter, {key, tenant, operation, model, tags ? *tags : no_tags})) {
      meant.emplace_back(labels_.number(0), labels_.number(1));
    }
  }
  const error why = code == SQLITE_DONE ? error{} : failed();
  labels_.reset();
  if (code != SQLITE_DONE) {
    return why;
  }
  for (const auto& [id, size] : meant) {
    if (auto gone = remove(id, size); !gone) {
      return gone.error();
    }
  }
  return static_cast<std::uint64_t>(meant.size());
}

result<entry_table::row_list> entry_table::rows_of(sqlite_statement& statement) {
  row_list rows;
  int code = statement.step();
  for (; code == SQLITE_ROW; code = statement.step()) {
    rows.emplace_back(statement.number(0), statement.number(1));
  }
  const error why = code == SQLITE_DONE ? error{} : failed();
  statement.reset();
  if (code != SQLITE_DONE) {
    return why;
  }
  return rows;
}

result<std::uint64_t> entry_table::trim(std::int64_t now_ms, std::int64_t bytes_max) {
  std::uint64_t removed = 0;
  const std::int64_t target = bytes_max / 100 * k_trim_to_percent;
  bool expired_left = true;
  while (expired_left ? bytes_ > bytes_max : bytes_ > target) {
    sqlite_statement& next = expired_left ? expired_ : oldest_;
    next.bind(0, static_cast<std::int64_t>(k_trim_rows));
    if (expired_left) {
      next.bind(1, now_ms);
    }
    const auto rows = rows_of(next);
    if (!rows) {
      return rows.error();
    }
    if (rows->empty() && !expired_left) {
      break;
    }
    for (const auto& [id, size] : *rows) {
      if (!expired_left && bytes_ <= target) {
        break;
      }
      if (auto gone = remove(id, size); !gone) {
        return gone.error();
      }
      ++removed;
    }
    if (rows->size() < k_trim_rows && expired_left) {
      expired_left = false;
      if (bytes_ <= bytes_max) {
        break; // the expired were enough
      }
    }
  }
  return removed;
}

result<std::int64_t> entry_table::last_id() {
  return number("SELECT coalesce(max(id), 0) FROM entries");
}

result<std::int64_t> entry_table::visit(std::int64_t after, std::int64_t last, std::size_t count_max,
                                        std::int64_t now_ms, const visitor& see) {
  walk_.bind(0, after);
  walk_.bind(1, last);
  walk_.bind(2, now_ms);
  walk_.bind(3, static_cast<std::int64_t>(count_max));
  std::int64_t reached = last;
  std::size_t seen = 0;
  int code = walk_.step();
  for (; code == SQLITE_ROW; code = walk_.step()) {
    const std::string_view held = walk_.blob(1);
    cache::entry_name name{};
    std::copy_n(held.begin(), std::min(held.size(), name.size()), name.begin());
    ++seen;
    const bool more = see(name, walk_.blob(2));
    reached = more && seen == count_max ? walk_.number(0) : last;
    if (!more) {
      break;
    }
  }
  const bool cut_short = code != SQLITE_DONE && code != SQLITE_ROW;
  const error why = cut_short ? failed() : error{};
  walk_.reset();
  if (cut_short) {
    return why;
  }
  return reached;
}

} // namespace inferenceflow::store::cache_file
