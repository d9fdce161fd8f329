#include "store/entry_ids.h"
#include "store/ledger.h"
#include "store/ledger_query.h"
#include "store/ledger_schema.h"
#include "store/ledger_writer.h"

#include <filesystem>
#include <fmt/format.h>
#include <mutex>
#include <random>
#include <type_traits>

namespace inferenceflow::store {

namespace {

constexpr std::string_view k_in_memory = ":memory:";
constexpr std::chrono::milliseconds k_group_interval_max{100};
constexpr std::size_t k_queue_max_max = 16U << 20U;

class sqlite_ledger final : public ledger {
public:
  sqlite_ledger(std::unique_ptr<ledger_writer> writer, std::optional<sqlite_database> reader)
      : writer_(std::move(writer))
      , reader_(std::move(reader)) {}

  [[nodiscard]] bool append(ledger_row row, std::function<void(bool)> committed) override {
    return writer_->append(std::move(row), std::move(committed));
  }

  [[nodiscard]] bool append_feedback(feedback said, std::function<void(const feedback_receipt&)> settled) override {
    return writer_->append_feedback(std::move(said), std::move(settled));
  }

  void flush() override { writer_->flush(); }

  [[nodiscard]] result<std::vector<cost_total>> totals(const cost_query& query) override {
    return read([&](sqlite_database& database) { return sum_ledger(database, query); });
  }

  [[nodiscard]] result<std::optional<ledger_row>> find(std::string_view request_id, std::string_view tenant) override {
    return read([&](sqlite_database& database) { return find_row(database, request_id, tenant); });
  }

  [[nodiscard]] result<std::vector<feedback>> feedback_on(std::string_view request_id,
                                                          std::string_view tenant) override {
    return read([&](sqlite_database& database) { return find_feedback(database, request_id, tenant); });
  }

  [[nodiscard]] counters count() const override { return writer_->count(); }

private:
  template <class Read> [[nodiscard]] std::invoke_result_t<Read, sqlite_database&> read(Read run) {
    if (!reader_) {
      return writer_->with_connection(run);
    }
    const std::lock_guard lock(reader_mutex_);
    return run(*reader_);
  }

  std::unique_ptr<ledger_writer> writer_;
  std::mutex reader_mutex_;
  std::optional<sqlite_database> reader_; ///< none for a database in memory, which only the writer's connection sees
};

result<void> check(const ledger_options& options) {
  if (options.path.empty()) {
    return make_error(error_kind::invalid_request, "the ledger needs a file name or \":memory:\"", "path");
  }
  if (options.group_interval.count() < 1 || options.group_interval > k_group_interval_max) {
    return make_error(error_kind::invalid_request,
                      fmt::format("group_interval is {} ms; 1 to {} ms are allowed", options.group_interval.count(),
                                  k_group_interval_max.count()),
                      "group_interval");
  }
  if (options.queue_max == 0 || options.queue_max > k_queue_max_max) {
    return make_error(error_kind::invalid_request,
                      fmt::format("queue_max is {}; 1 to {} rows are allowed", options.queue_max, k_queue_max_max),
                      "queue_max");
  }
  if (options.commit_rows_max == 0) {
    return make_error(error_kind::invalid_request, "commit_rows_max is 0; at least one row is needed",
                      "commit_rows_max");
  }
  if (options.requests.rows_max < 1 || options.requests.bytes_max < 1) {
    return make_error(error_kind::invalid_request, "at least one request and one byte must be allowed", "requests");
  }
  if (options.decisions.rows_max < 1 || options.decisions.bytes_max < 1 || options.said.rows_max < 1 ||
      options.said.bytes_max < 1 || options.said.per_request_max < 1) {
    return make_error(error_kind::invalid_request, "at least one decision and one feedback must be allowed",
                      "decisions");
  }
  return {};
}

result<void> create_folder_of(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  std::error_code failure;
  if (!folder.empty()) {
    std::filesystem::create_directories(folder, failure);
  }
  if (failure) {
    return make_error(error_kind::unavailable,
                      fmt::format("{}: its folder cannot be created: {}", path, failure.message()));
  }
  return {};
}

/// Opened, in WAL mode, migrated.
result<sqlite_database> open_for_writing(const ledger_options& options) {
  auto database = sqlite_database::open(options.path, open_mode::read_write);
  if (!database) {
    return database;
  }
  if (database->read_only()) {
    return make_error(error_kind::unavailable,
                      fmt::format("{}: is read-only; the ledger must be writable", options.path));
  }
  const std::string pragmas =
      fmt::format("PRAGMA journal_mode = WAL; PRAGMA synchronous = {}; PRAGMA journal_size_limit = 67108864",
                  options.mode == durability::sync ? "FULL" : "NORMAL");
  if (auto set = database->execute(pragmas); !set) {
    return set.error();
  }
  if (auto migrated = migrate_ledger(*database); !migrated) {
    error failure = migrated.error();
    if (!failure.message.starts_with(options.path)) {
      failure.message = fmt::format("{}: {}", options.path, failure.message);
    }
    return failure;
  }
  return database;
}

entry_ids make_entry_ids() {
  return entry_ids{[] { return std::random_device{}(); }};
}

} // namespace

result<std::unique_ptr<ledger>> open_sqlite_ledger(ledger_options options) {
  if (auto good = check(options); !good) {
    return good.error();
  }
  const bool in_memory = options.path == k_in_memory;
  if (!in_memory) {
    if (auto created = create_folder_of(options.path); !created) {
      return created.error();
    }
  }
  auto database = open_for_writing(options);
  if (!database) {
    return database.error();
  }
  auto tables = ledger_tables::open(*database, options);
  if (!tables) {
    return tables.error();
  }
  std::optional<sqlite_database> reader;
  if (!in_memory) {
    auto opened = sqlite_database::open(options.path, open_mode::read_only);
    if (!opened) {
      return opened.error();
    }
    reader = std::move(*opened);
  }
  auto writer = std::make_unique<ledger_writer>(std::move(*database), std::move(*tables), make_entry_ids(), options);
  return std::unique_ptr<ledger>(std::make_unique<sqlite_ledger>(std::move(writer), std::move(reader)));
}

} // namespace inferenceflow::store
