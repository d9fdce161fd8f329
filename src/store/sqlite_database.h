/// One SQLite connection and its prepared statements, owned by RAII, errors as values.
///
/// Role:      the ledger's writer and its reader.
/// Lifecycle: open() → prepare()* → destroy statements → destroy database.
/// Threading: one thread at a time per connection.
/// Bounds:    page cache of k_page_cache_kib per connection.
/// Source:    SQLite C interface documentation.
#pragma once

#include "base/error.h"

#include <cstdint>
#include <memory>
#include <sqlite3.h>
#include <string>
#include <string_view>

namespace inferenceflow::store {

inline constexpr int k_page_cache_kib = 2'048;

class sqlite_statement {
public:
  sqlite_statement() = default;
  explicit sqlite_statement(sqlite3_stmt* handle)
      : handle_(handle) {}

  /// Parameters and columns count from 0. Text must live until reset().
  void bind(int parameter, std::string_view text) noexcept;
  void bind(int parameter, std::int64_t number) noexcept;
  /// What is not a number becomes NULL.
  void bind_real(int parameter, double number) noexcept;
  void bind_null(int parameter) noexcept;
  void bind_blob(int parameter, std::string_view bytes) noexcept;
  /// @returns SQLITE_ROW, SQLITE_DONE or an error code.
  [[nodiscard]] int step() noexcept { return sqlite3_step(handle_.get()); }
  void reset() noexcept { sqlite3_reset(handle_.get()); }

  [[nodiscard]] std::string text(int column) const;
  /// Lifetime: until the next step() or reset().
  [[nodiscard]] std::string_view blob(int column) const noexcept;
  [[nodiscard]] std::int64_t number(int column) const noexcept { return sqlite3_column_int64(handle_.get(), column); }
  [[nodiscard]] double real(int column) const noexcept { return sqlite3_column_double(handle_.get(), column); }
  [[nodiscard]] bool is_null(int column) const noexcept {
    return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
  }

private:
  struct finalizer {
    void operator()(sqlite3_stmt* handle) const noexcept { sqlite3_finalize(handle); }
  };
  std::unique_ptr<sqlite3_stmt, finalizer> handle_;
};

enum class open_mode : std::uint8_t { read_write, read_only };

class sqlite_database {
public:
  /// @param path  file or ":memory:"; read_write creates it, its folder must exist.
  /// @param code  if given, the result code of a failure.
  [[nodiscard]] static result<sqlite_database> open(const std::string& path, open_mode mode, int* code = nullptr);

  /// Runs statements that return nothing of interest. @returns a SQLite result code.
  [[nodiscard]] int run(const char* sql) noexcept {
    return sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  }
  /// As run(), with the failure as an unavailable error.
  [[nodiscard]] result<void> execute(const std::string& sql);
  [[nodiscard]] result<sqlite_statement> prepare(std::string_view sql);
  /// First column of the first row.
  [[nodiscard]] result<std::int64_t> number(std::string_view sql);

  /// Rows changed by the last insert.
  [[nodiscard]] int changes() const noexcept { return sqlite3_changes(handle_.get()); }
  /// Extended result code of the last call that failed.
  [[nodiscard]] int code() const noexcept { return sqlite3_extended_errcode(handle_.get()); }
  [[nodiscard]] bool read_only() const noexcept { return sqlite3_db_readonly(handle_.get(), "main") == 1; }
  /// "<path>: <reason>" of the last failure.
  [[nodiscard]] std::string failure() const;
  [[nodiscard]] error make_failure() const { return make_error(error_kind::unavailable, failure()); }

private:
  struct closer {
    void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
  };
  sqlite_database(std::unique_ptr<sqlite3, closer> handle, std::string path)
      : handle_(std::move(handle))
      , path_(std::move(path)) {}

  std::unique_ptr<sqlite3, closer> handle_;
  std::string path_;
};

} // namespace inferenceflow::store
