#include "store/ledger_schema.h"
#include "store/ledger_writer.h"
#include "store/tests/ledger_fixture.h"

#include <atomic>
#include <fmt/format.h>

namespace inferenceflow::store {
namespace {

/// A writer whose random bits are 0 at first: the ids that it makes are known beforehand, all rows having one time.
class ledger_writer_test : public ledger_test {
protected:
  ledger_writer_test()
      : first_id_(first_entry_id_at(make_row("").finished_ms))
      , other_(sqlite_database::open(path(), open_mode::read_write)) {
    EXPECT_TRUE(migrate_ledger(*other_).has_value());
  }

  [[nodiscard]] std::unique_ptr<ledger_writer> make_writer(const char* pragmas = "") {
    auto database = sqlite_database::open(path(), open_mode::read_write);
    EXPECT_EQ(database->run(pragmas), SQLITE_OK);
    auto tables = ledger_tables::open(*database, {});
    EXPECT_TRUE(tables.has_value());
    ledger_options chosen = options();
    chosen.group_interval = std::chrono::milliseconds{100};
    chosen.on_error = [this](const std::string&) {
      if (errors_++ == 0 && on_first_error_) {
        on_first_error_();
      }
    };
    return std::make_unique<ledger_writer>(std::move(*database), std::move(*tables),
                                           entry_ids([this] { return draw(); }), chosen);
  }

  /// Appends "1" … and waits until they are settled.
  void write_rows(ledger_writer& writer, int rows) {
    for (int i = 1; i <= rows; ++i) {
      ASSERT_TRUE(writer.append(make_row(fmt::format("{}", i)), [this](bool good) { committed_ += good ? 1 : 0; }));
    }
    writer.flush();
  }

  /// Writes a row under `entry_id` as another process would.
  void write_beside(std::int64_t entry_id, std::string request_id) {
    auto inserts = prepare_inserts(*other_);
    const ledger_row row = make_row(std::move(request_id));
    bind_row(inserts->plain, entry_id, row);
    EXPECT_EQ(inserts->plain.step(), SQLITE_DONE);
  }

  /// From now on a COMMIT of whoever checks foreign keys fails, until allow_commits().
  void refuse_commits() {
    EXPECT_EQ(other_->run("CREATE TABLE parent (id INTEGER PRIMARY KEY);"
                          "CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED);"
                          "CREATE TRIGGER refuse AFTER INSERT ON ledger BEGIN INSERT INTO child VALUES (1); END"),
              SQLITE_OK);
  }
  void allow_commits() { EXPECT_EQ(other_->run("INSERT INTO parent VALUES (1)"), SQLITE_OK); }

  [[nodiscard]] std::int64_t number(const std::string& sql) { return *other_->number(sql); }

  [[nodiscard]] std::uint32_t draw() {
    if (same_draws_ > 0) {
      --same_draws_;
      return random_;
    }
    return random_++;
  }

  std::uint32_t random_ = 0;
  int same_draws_ = 0; ///< so many draws that do not help
  std::int64_t first_id_;
  result<sqlite_database> other_;
  std::function<void()> on_first_error_;
  std::atomic<int> errors_{0};
  std::atomic<int> committed_{0};
};

constexpr const char* k_checks_foreign_keys = "PRAGMA foreign_keys = ON";

TEST_F(ledger_writer_test, rows_are_numbered_in_order) {
  const auto writer = make_writer();
  write_rows(*writer, 3);
  EXPECT_EQ(number("SELECT min(entry_id) FROM ledger"), first_id_);
  EXPECT_EQ(number("SELECT entry_id FROM ledger WHERE request_id = '3'"), first_id_ + 2);
}

TEST_F(ledger_writer_test, taken_id_costs_no_row) {
  write_beside(first_id_ + 1, "theirs");
  const auto writer = make_writer();
  write_rows(*writer, 3);
  EXPECT_EQ(committed_, 3);
  EXPECT_EQ(errors_, 0);
  EXPECT_EQ(writer->count().written, 3U);
  EXPECT_EQ(writer->count().duplicates, 0U);
  EXPECT_EQ(number("SELECT count(*) FROM ledger"), 4);
  // Random bits are drawn anew, so that the two processes do not meet again.
  EXPECT_EQ(number("SELECT entry_id FROM ledger WHERE request_id = '2'"), first_id_ + (1 << 10) + 2);
  EXPECT_EQ(number("SELECT entry_id FROM ledger WHERE request_id = '3'"), first_id_ + (1 << 10) + 3);
}

TEST_F(ledger_writer_test, many_taken_ids_cost_no_row) {
  ASSERT_EQ(other_->run("BEGIN"), SQLITE_OK);
  for (std::int64_t i = 0; i < 1'024; ++i) { // all that this millisecond has for the first random bits
    write_beside(first_id_ + i, "theirs");
  }
  ASSERT_EQ(other_->run("COMMIT"), SQLITE_OK);
  same_draws_ = 5'000; // more than one attempt tries
  const auto writer = make_writer();
  write_rows(*writer, 2);
  EXPECT_EQ(committed_, 2);
  EXPECT_EQ(errors_, 1) << "an attempt gives up before it has tried all";
  EXPECT_EQ(number("SELECT count(*) FROM ledger WHERE request_id <> 'theirs'"), 2);
}

TEST_F(ledger_writer_test, rows_keep_the_time_at_which_they_finished) {
  const auto writer = make_writer();
  for (const std::int64_t finished_ms : {1'790'000'000'007, 1'790'000'000'003, 0L}) { // a clock may go back
    ledger_row row = make_row("row");
    row.finished_ms = finished_ms;
    ASSERT_TRUE(writer->append(std::move(row), {}));
  }
  writer->flush();
  auto select = other_->prepare("SELECT finished_ms FROM ledger ORDER BY entry_id");
  for (const std::int64_t finished_ms : {0L, 1'790'000'000'003, 1'790'000'000'007}) {
    ASSERT_EQ(select->step(), SQLITE_ROW);
    EXPECT_EQ(select->number(0), finished_ms);
  }
}

// One row each from here on where the group must be known: how many rows a group gathers is up to the scheduler.

TEST_F(ledger_writer_test, commit_that_failed_and_took_effect_is_not_billed_twice) {
  refuse_commits();
  const auto writer = make_writer(k_checks_foreign_keys);
  on_first_error_ = [this] {
    write_beside(first_id_, "1"); // what the failed commit would have left on disk, had it taken effect
    allow_commits();
  };
  write_rows(*writer, 1);
  EXPECT_EQ(errors_, 1);
  EXPECT_EQ(committed_, 1);
  EXPECT_EQ(writer->count().duplicates, 1U);
  EXPECT_EQ(writer->count().written, 0U);
  EXPECT_EQ(number("SELECT count(*) FROM ledger"), 1);
}

TEST_F(ledger_writer_test, commit_that_failed_without_effect_is_written_once) {
  refuse_commits();
  const auto writer = make_writer(k_checks_foreign_keys);
  on_first_error_ = [this] { allow_commits(); };
  write_rows(*writer, 3);
  EXPECT_EQ(committed_, 3);
  EXPECT_EQ(writer->count().duplicates, 0U);
  EXPECT_EQ(writer->count().written, 3U);
  EXPECT_EQ(writer->count().write_errors, 1U);
  EXPECT_EQ(number("SELECT count(*) FROM ledger"), 3);
  EXPECT_EQ(number("SELECT max(entry_id) FROM ledger"), first_id_ + 2) << "the first attempt's ids";
}

TEST_F(ledger_writer_test, group_after_an_unclear_commit_is_a_plain_one_again) {
  refuse_commits();
  const auto writer = make_writer(k_checks_foreign_keys);
  on_first_error_ = [this] { allow_commits(); };
  write_rows(*writer, 2);
  write_beside(first_id_ + 2, "theirs");
  write_rows(*writer, 1);
  EXPECT_EQ(committed_, 3);
  EXPECT_EQ(writer->count().written, 3U);
  EXPECT_EQ(writer->count().duplicates, 0U);
  EXPECT_EQ(number("SELECT count(*) FROM ledger"), 4);
}

TEST_F(ledger_writer_test, attempt_that_never_reached_its_commit_gives_taken_ids_up) {
  // An error that is not the row's own fault, so the first attempt ends before its COMMIT.
  ASSERT_EQ(other_->run("CREATE TRIGGER refuse AFTER INSERT ON ledger BEGIN "
                        "SELECT abs(-9223372036854775808); END"),
            SQLITE_OK);
  const auto writer = make_writer();
  on_first_error_ = [this] {
    EXPECT_EQ(other_->run("DROP TRIGGER refuse"), SQLITE_OK);
    write_beside(first_id_, "theirs");
  };
  write_rows(*writer, 1);
  EXPECT_EQ(errors_, 1);
  EXPECT_EQ(committed_, 1);
  EXPECT_EQ(writer->count().written, 1U);
  EXPECT_EQ(writer->count().duplicates, 0U);
  EXPECT_EQ(number("SELECT count(*) FROM ledger"), 2);
}

} // namespace
} // namespace inferenceflow::store
