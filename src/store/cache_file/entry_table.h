/// Entries of the cache in one SQLite table, bounded in bytes: what was used longest ago goes first.
///
/// Role:      cache_file reads through one and writes through another.
/// Lifecycle: open() → any calls → destroy.
/// Threading: one thread at a time per table; several tables may be open on one file.
/// Bounds:    bytes_max over charged bytes (trim()); file_bytes_max over the file's pages, enforced by SQLite.
/// Source:    SQLite documentation: WAL mode, result codes.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "cache/entry_filter.h"
#include "cache/tenant_secret.h"
#include "store/sqlite_database.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inferenceflow::store::cache_file {

/// What a row takes beside its bytes: name, labels, three index entries, page slack.
inline constexpr std::int64_t k_row_overhead_bytes = 256;
/// After trimming this much of bytes_max is in use: 1 - 1 / this is left free, so that not every group trims.
inline constexpr std::int64_t k_trim_to_percent = 95;

struct table_limits {
  std::int64_t bytes_max = 0;
  std::int64_t file_bytes_max = 0; ///< of the database file; WAL and freed pages that wait for use come on top
};

enum class open_fault : std::uint8_t {
  foreign, ///< another program's database: not ours to touch
  broken,  ///< corrupt, or of another format of ours: may be set aside
  failed,  ///< cannot be opened or made
};

class entry_table {
public:
  struct failure {
    open_fault fault;
    std::string reason;
  };

  /// Opens the table, making it when the file is new.
  [[nodiscard]] static std::optional<entry_table> open(const std::string& path, const table_limits& limits,
                                                       failure& why);

  /// The bytes under `name` unless they have expired.
  [[nodiscard]] result<std::optional<std::string>> find(const cache::entry_name& name, std::int64_t now_ms);

  /// Between begin() and commit(): each fails with `unavailable`, after which rollback() is due.
  [[nodiscard]] result<void> begin() { return run("BEGIN IMMEDIATE"); }
  [[nodiscard]] result<void> commit() { return run("COMMIT"); }
  void rollback();

  /// @param bytes  whose label can be read; others are left out. @returns false for those.
  [[nodiscard]] result<bool> put(const cache::entry_name& name, std::string_view bytes, std::int64_t now_ms,
                                 std::int64_t expires_ms);
  [[nodiscard]] result<void> touch(const cache::entry_name& name, std::int64_t now_ms);
  /// @returns rows removed.
  [[nodiscard]] result<std::uint64_t> erase(const cache::entry_name& name);
  [[nodiscard]] result<std::uint64_t> erase_where(const cache::entry_filter& filter);
  /// Removes what has expired when the bound is exceeded or asked for, then what was used longest ago.
  /// @param bytes_max  instead of the limit's.
  /// @returns rows removed.
  [[nodiscard]] result<std::uint64_t> trim(std::int64_t now_ms, std::int64_t bytes_max);

  /// The largest id there is, 0 when empty.
  [[nodiscard]] result<std::int64_t> last_id();
  /// Visits at most `count_max` live entries with ids in (after, last], by id.
  /// @returns the last id that was visited, or `last` when there is no more.
  using visitor = std::function<bool(const cache::entry_name&, std::string_view)>;
  [[nodiscard]] result<std::int64_t> visit(std::int64_t after, std::int64_t last, std::size_t count_max,
                                           std::int64_t now_ms, const visitor& see);

  [[nodiscard]] std::int64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::int64_t entries() const noexcept { return entries_; }
  /// The last failure says that the file is no (whole) database.
  [[nodiscard]] bool broken() const noexcept;
  /// The last failure says that there was no room for more.
  [[nodiscard]] bool full() const noexcept { return (failure_code_ & 0xff) == SQLITE_FULL; }

private:
  explicit entry_table(sqlite_database database)
      : database_(std::move(database)) {}
  [[nodiscard]] result<void> set_up(const table_limits& limits);
  [[nodiscard]] result<void> prepare();
  [[nodiscard]] result<void> count();
  [[nodiscard]] result<void> remove(std::int64_t id, std::int64_t size);
  [[nodiscard]] result<void> finish(sqlite_statement& statement);
  using row_list = std::vector<std::pair<std::int64_t, std::int64_t>>; ///< ids and sizes
  [[nodiscard]] result<row_list> rows_of(sqlite_statement& statement);
  [[nodiscard]] result<void> run(const std::string& sql);
  [[nodiscard]] result<std::int64_t> number(std::string_view sql);
  /// Keeps the code of the failure: what is called afterwards, a rollback for one, forgets it.
  [[nodiscard]] error failed();

  sqlite_database database_;
  sqlite_statement find_, size_of_, put_, touch_, remove_, labels_, oldest_, expired_, walk_;
  std::int64_t bytes_ = 0;
  std::int64_t entries_ = 0;
  int failure_code_ = SQLITE_OK;
};

} // namespace inferenceflow::store::cache_file
