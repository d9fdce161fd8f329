#include "store/kept_body.h"
#include "store/kept_requests.h"
#include "store/ledger_schema.h"
#include "store/tests/ledger_fixture.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace inferenceflow::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class kept_requests_test : public ledger_test {
protected:
  /// A row at `at_ms` that brings `body`.
  static ledger_row asking(std::string body, std::int64_t at_ms = 1'700'000'000'000, std::string tenant = "default") {
    ledger_row row = make_row("r");
    row.finished_ms = at_ms;
    row.tenant = std::move(tenant);
    row.asked = kept_request{.path = "/v1/chat/completions", .body = std::move(body)};
    return row;
  }

  void write(const ledger_options& chosen, std::vector<ledger_row> rows) {
    const auto book = open(chosen);
    for (auto& row : rows) {
      EXPECT_TRUE(book->append(std::move(row), {}));
    }
  }

  /// "<count> <tenant> <body>" of what comes most often.
  [[nodiscard]] std::vector<std::string> ranking(std::int64_t since_ms = 0, std::size_t requests_max = 1'000) const {
    std::vector<std::string> lines;
    auto reader = kept_requests::open(path());
    EXPECT_TRUE(reader.has_value()) << reader.error().message;
    for (const std::int64_t name : *reader->most_repeated(since_ms, requests_max)) {
      const auto found = reader->read(name);
      EXPECT_TRUE(found.has_value() && found->has_value());
      lines.push_back(fmt::format("{} {} {}", (*found)->count, (*found)->tenant, (*found)->asked.body));
    }
    return lines;
  }
};

TEST_F(kept_requests_test, are_counted_by_path_tenant_and_body) {
  ledger_row elsewhere = asking("a");
  elsewhere.asked->path = "/v1/messages";
  write(options(), {asking("a"), asking("b"), asking("a"), asking("a", 1'700'000'000'005, "t"), asking("a"), elsewhere,
                    asking("b"), make_row("without")});
  EXPECT_THAT(ranking(), ElementsAre("3 default a", "2 default b", "1 t a", "1 default a"));
}

TEST_F(kept_requests_test, survive_the_ledger_and_are_counted_on) {
  write(options(), {asking("a")});
  write(options(), {asking("a")});
  EXPECT_THAT(ranking(), ElementsAre("2 default a"));
}

TEST_F(kept_requests_test, most_repeated_of_a_time_are_the_asked_number) {
  write(options(), {asking("old", 1'000), asking("old", 1'000), asking("new", 2'000), asking("newer", 3'000)});
  EXPECT_THAT(ranking(2'000), ElementsAre("1 default newer", "1 default new"));
  EXPECT_THAT(ranking(0, 1), ElementsAre("2 default old"));
  EXPECT_THAT(ranking(3'001), IsEmpty());
}

TEST_F(kept_requests_test, clock_that_goes_back_leaves_the_latest_time) {
  write(options(), {asking("a", 3'000), asking("a", 2'000)});
  EXPECT_THAT(ranking(3'000), ElementsAre("2 default a"));
}

TEST_F(kept_requests_test, long_bodies_are_packed_and_come_back_whole) {
  const std::string text(50'000, 'x');
  std::string binary(3'000, '\0');
  for (std::size_t i = 0; i < binary.size(); ++i) {
    binary[i] = static_cast<char>(i * i * 2'654'435'761U >> 13U);
  }
  write(options(), {asking(text), asking(text), asking(binary), asking("")});
  EXPECT_THAT(ranking(), testing::UnorderedElementsAre("2 default " + text, "1 default " + binary, "1 default "));
  auto raw = sqlite_database::open(path(), open_mode::read_only);
  EXPECT_LT(*raw->number("SELECT length(body) FROM requests WHERE body_bytes = 50000"), 500);
}

TEST_F(kept_requests_test, least_recently_asked_go_when_there_are_too_many) {
  ledger_options chosen = options();
  chosen.requests.rows_max = 10;
  std::vector<ledger_row> rows{asking("first", 1'000), asking("second", 1'001)};
  for (int i = 0; i < 9; ++i) {
    rows.push_back(asking(fmt::format("{}", i), 2'000 + i));
  }
  rows.push_back(asking("second", 3'000));
  write(chosen, rows);
  const auto left = ranking();
  EXPECT_LE(left.size(), 10U);
  EXPECT_GE(left.size(), 8U);
  EXPECT_THAT(left, testing::Contains("2 default second"));
  EXPECT_THAT(left, testing::Contains("1 default 8"));
  EXPECT_THAT(left, testing::Not(testing::Contains("1 default first")));
}

TEST_F(kept_requests_test, least_recently_asked_go_when_they_are_too_long) {
  ledger_options chosen = options();
  chosen.requests.bytes_max = 5'000;
  std::vector<ledger_row> rows;
  for (int i = 0; i < 40; ++i) {
    rows.push_back(asking(fmt::format("{:0500}", i), 1'000 + i));
  }
  write(chosen, rows);
  auto raw = sqlite_database::open(path(), open_mode::read_only);
  EXPECT_LE(*raw->number("SELECT sum(size) FROM requests"), 5'000);
  EXPECT_GE(*raw->number("SELECT count(*) FROM requests"), 5);
  EXPECT_EQ(*raw->number("SELECT min(last_ms) FROM requests"), 1'040 - *raw->number("SELECT count(*) FROM requests"));
  EXPECT_EQ(*raw->number("SELECT count(*) FROM ledger"), 40) << "rows that were billed stay";
}

TEST_F(kept_requests_test, one_request_longer_than_all_may_be_is_dropped_alone) {
  ledger_options chosen = options();
  chosen.requests.bytes_max = 1'000;
  write(chosen, {asking(fmt::format("{:02000}", 1)), make_row("billed")});
  EXPECT_LE(ranking().size(), 1U);
  EXPECT_EQ(open(options())->totals({})->front().requests, 2);
}

TEST_F(kept_requests_test, bodies_beyond_what_may_wait_are_left_out_and_counted) {
  ledger_options chosen = options();
  chosen.requests_waiting_bytes_max = 10;
  chosen.group_interval = std::chrono::milliseconds{100};
  const auto book = open(chosen);
  EXPECT_TRUE(book->append(asking(std::string(11, 'x')), {}));
  EXPECT_EQ(book->count().requests_dropped, 1U);
  for (int i = 0; i < 3; ++i) { // what is written makes room
    EXPECT_TRUE(book->append(asking(std::string(10, 'y')), {}));
    book->flush();
  }
  EXPECT_EQ(book->count().requests_dropped, 1U);
  EXPECT_EQ(book->count().written, 4U);
  EXPECT_THAT(ranking(), ElementsAre("3 default yyyyyyyyyy"));
}

TEST_F(kept_requests_test, what_is_no_ledger_cannot_be_read) {
  EXPECT_THAT(kept_requests::open(path()).error().message, HasSubstr(path()));
  auto other = sqlite_database::open(path(), open_mode::read_write);
  ASSERT_EQ(other->run("CREATE TABLE t (a)"), SQLITE_OK);
  EXPECT_THAT(kept_requests::open(path()).error().message, HasSubstr("not a ledger"));
}

TEST_F(kept_requests_test, damaged_or_missing_row_is_an_error_or_nothing) {
  write(options(), {asking(std::string(5'000, 'x'))});
  auto raw = sqlite_database::open(path(), open_mode::read_write);
  auto reader = kept_requests::open(path());
  const std::int64_t name = reader->most_repeated(0, 1)->front();
  ASSERT_EQ(raw->run("UPDATE requests SET body = x'00010203'"), SQLITE_OK);
  EXPECT_THAT(reader->read(name).error().message, HasSubstr("unpacked"));
  ASSERT_EQ(raw->run("UPDATE requests SET body_bytes = 1 << 40"), SQLITE_OK);
  EXPECT_THAT(reader->read(name).error().message, HasSubstr("impossible length"));
  EXPECT_FALSE(reader->read(name + 1)->has_value());
}

TEST_F(kept_requests_test, writing_fails_and_is_tried_again_without_counting_twice) {
  ledger_options chosen = options();
  int failures = 0;
  auto raw = sqlite_database::open(path(), open_mode::read_write);
  chosen.on_error = [&](const std::string&) {
    if (++failures == 1) {
      EXPECT_EQ(raw->run("DROP TRIGGER stop"), SQLITE_OK);
    }
  };
  const auto book = open(chosen);
  // The second body of the group fails for a reason that is not its own.
  ASSERT_EQ(raw->run("CREATE TRIGGER stop BEFORE INSERT ON requests WHEN NEW.body_bytes = 2 BEGIN "
                     "SELECT RAISE(ABORT, 'full') WHERE json('{') IS NULL; END"),
            SQLITE_OK);
  for (const char* body : {"a", "bb", "a"}) {
    EXPECT_TRUE(book->append(asking(body), {}));
  }
  book->flush();
  EXPECT_EQ(failures, 1);
  EXPECT_EQ(book->count().written, 3U);
  EXPECT_THAT(ranking(), ElementsAre("2 default a", "1 default bb"));
}

TEST(kept_body, short_ones_stay_as_they_are) {
  EXPECT_EQ(pack_body("abc"), "abc");
  EXPECT_EQ(pack_body(std::string(k_compress_from_bytes, 'x')), std::string(k_compress_from_bytes, 'x'));
  EXPECT_LT(pack_body(std::string(k_compress_from_bytes + 1, 'x')).size(), 100U);
}

} // namespace
} // namespace inferenceflow::store
