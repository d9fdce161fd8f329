#include "store/sqlite_database.h"

#include <fmt/format.h>

namespace inferenceflow::store {

namespace {

/// How long one statement waits for another process's lock before it reports "locked".
constexpr int k_busy_timeout_ms = 1'000;

} // namespace

void sqlite_statement::bind(int parameter, std::string_view text) noexcept {
  // SQLite takes a null pointer for NULL, and an empty view may hold one.
  sqlite3_bind_text64(handle_.get(), parameter + 1, text.empty() ? "" : text.data(), text.size(), SQLITE_STATIC,
                      SQLITE_UTF8);
}

void sqlite_statement::bind(int parameter, std::int64_t number) noexcept {
  sqlite3_bind_int64(handle_.get(), parameter + 1, number);
}

void sqlite_statement::bind_real(int parameter, double number) noexcept {
  sqlite3_bind_double(handle_.get(), parameter + 1, number);
}

void sqlite_statement::bind_null(int parameter) noexcept {
  sqlite3_bind_null(handle_.get(), parameter + 1);
}

void sqlite_statement::bind_blob(int parameter, std::string_view bytes) noexcept {
  sqlite3_bind_blob64(handle_.get(), parameter + 1, bytes.empty() ? "" : bytes.data(), bytes.size(), SQLITE_STATIC);
}

std::string_view sqlite_statement::blob(int column) const noexcept {
  const void* const bytes = sqlite3_column_blob(handle_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column));
  return bytes == nullptr ? std::string_view{} : std::string_view{static_cast<const char*>(bytes), size};
}

std::string sqlite_statement::text(int column) const {
  const unsigned char* bytes = sqlite3_column_text(handle_.get(), column);
  const int size = sqlite3_column_bytes(handle_.get(), column);
  return bytes == nullptr ? std::string{} : std::string(bytes, bytes + size);
}

result<sqlite_database> sqlite_database::open(const std::string& path, open_mode mode, int* code_out) {
  const int flags =
      (mode == open_mode::read_write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY) |
      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  sqlite_database database{std::unique_ptr<sqlite3, closer>(raw), path};
  if (code_out != nullptr) {
    *code_out = code;
  }
  if (code != SQLITE_OK) {
    return raw == nullptr ? make_error(error_kind::unavailable, fmt::format("{}: {}", path, sqlite3_errstr(code)))
                          : database.make_failure();
  }
  sqlite3_busy_timeout(raw, k_busy_timeout_ms);
  if (auto sized = database.execute(fmt::format("PRAGMA cache_size = -{}", k_page_cache_kib)); !sized) {
    if (code_out != nullptr) {
      *code_out = database.code();
    }
    return sized.error();
  }
  return database;
}

result<void> sqlite_database::execute(const std::string& sql) {
  if (run(sql.c_str()) != SQLITE_OK) {
    return make_failure();
  }
  return {};
}

result<sqlite_statement> sqlite_database::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &raw,
                         nullptr) != SQLITE_OK) {
    return make_failure();
  }
  return sqlite_statement{raw};
}

result<std::int64_t> sqlite_database::number(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) {
    return statement.error();
  }
  if (statement->step() != SQLITE_ROW) {
    return make_failure();
  }
  return statement->number(0);
}

std::string sqlite_database::failure() const {
  return fmt::format("{}: {}", path_, sqlite3_errmsg(handle_.get()));
}

} // namespace inferenceflow::store
