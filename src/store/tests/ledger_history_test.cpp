#include "store/ledger_history.h"
#include "store/tests/ledger_fixture.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace inferenceflow::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ledger_history_test : public ledger_test {
protected:
  static ledger_row asking(std::string id, std::int64_t at_ms, std::string body) {
    ledger_row row = make_row(std::move(id));
    row.finished_ms = at_ms;
    row.asked = kept_request{.path = "/v1/chat/completions", .body = std::move(body)};
    return row;
  }

  static void say(ledger& book, std::string id, double score) {
    EXPECT_TRUE(book.append_feedback({.request_id = std::move(id), .tenant = "default", .score = score}, {}));
  }

  [[nodiscard]] std::vector<past_request> read(const history_query& asked = {}) const {
    std::vector<past_request> all;
    auto history = ledger_history::open(path(), asked);
    EXPECT_TRUE(history.has_value()) << history.error().message;
    for (auto each = history->next(); each.has_value() && *each; each = history->next()) {
      all.push_back(std::move(**each));
    }
    EXPECT_EQ(*history->count(), static_cast<std::int64_t>(all.size()));
    return all;
  }

  static std::vector<std::string> ids(const std::vector<past_request>& all) {
    std::vector<std::string> found;
    for (const auto& each : all) {
      found.push_back(each.row.request_id);
    }
    return found;
  }
};

TEST_F(ledger_history_test, joins_rows_with_bodies_explanations_and_feedback) {
  {
    const auto book = open(options());
    ledger_row routed = asking("a", 1'700'000'000'000, std::string(3'000, 'a'));
    routed.routed = routed_part{.strategy = "balanced", .explanation = "{}"};
    EXPECT_TRUE(book->append(std::move(routed), {}));
    EXPECT_TRUE(book->append(asking("b", 1'700'000'000'001, std::string(3'000, 'a')), {}));
    EXPECT_TRUE(book->append(make_row("c"), {}));
    say(*book, "a", 0);
    say(*book, "a", 1);
  }
  const auto all = read();
  ASSERT_THAT(ids(all), testing::UnorderedElementsAre("a", "b", "c"));
  EXPECT_EQ(all.back().row.request_id, "b") << "in order of time";
  EXPECT_FALSE(all.back().row.routed.has_value());
  EXPECT_EQ(all.back().row.asked->body, std::string(3'000, 'a')) << "one body, two rows";
  const auto& first = all[0].row.request_id == "a" ? all[0] : all[1];
  EXPECT_EQ(first.row.routed->explanation, "{}");
  EXPECT_EQ(first.row.asked->path, "/v1/chat/completions");
  EXPECT_TRUE(first.body_was_kept);
  ASSERT_EQ(first.said.size(), 2U);
  EXPECT_EQ(score_of(first.said), 1);
  const auto& plain = all[0].row.request_id == "a" ? all[1] : all[0];
  EXPECT_FALSE(plain.body_was_kept);
  EXPECT_FALSE(plain.row.asked.has_value());
}

TEST_F(ledger_history_test, gives_a_span_of_time_or_only_what_was_judged) {
  {
    const auto book = open(options());
    for (int i = 0; i < 6; ++i) {
      EXPECT_TRUE(book->append(asking(fmt::format("{}", i), 1'700'000'000'000 + i * 1'000, "x"), {}));
    }
    say(*book, "1", 1);
    say(*book, "4", 1);
    say(*book, "4", 0);
    say(*book, "5", 0);
  }
  EXPECT_THAT(ids(read({.from_ms = 1'700'000'001'000, .until_ms = 1'700'000'003'000})), ElementsAre("1", "2"));
  EXPECT_THAT(ids(read({.judged_only = true})), ElementsAre("1", "4", "5"));
  EXPECT_THAT(ids(read({.until_ms = 1'700'000'005'000, .judged_only = true})), ElementsAre("1", "4"));
  EXPECT_THAT(ids(read({.from_ms = 1'800'000'000'000})), ElementsAre());
}

TEST_F(ledger_history_test, body_that_was_dropped_is_told_from_one_never_kept) {
  ledger_options chosen = options();
  chosen.requests.rows_max = 1;
  {
    const auto book = open(chosen);
    EXPECT_TRUE(book->append(asking("a", 1'700'000'000'000, "a"), {}));
    EXPECT_TRUE(book->append(asking("b", 1'700'000'000'001, "b"), {}));
    EXPECT_TRUE(book->append(asking("c", 1'700'000'000'002, "c"), {}));
  }
  const auto all = read();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_TRUE(all[0].body_was_kept);
  EXPECT_FALSE(all[0].row.asked.has_value());
}

TEST_F(ledger_history_test, goes_on_beside_a_writer) {
  const auto book = open(options());
  EXPECT_TRUE(book->append(asking("a", 1'700'000'000'000, "a"), {}));
  book->flush();
  auto history = ledger_history::open(path(), {});
  EXPECT_EQ((*history->next())->row.request_id, "a");
  EXPECT_FALSE(history->next()->has_value());
  EXPECT_TRUE(book->append(asking("b", 1'700'000'000'001, "b"), {}));
  book->flush();
  EXPECT_EQ((*history->next())->row.request_id, "b");
}

TEST_F(ledger_history_test, what_is_no_ledger_cannot_be_read) {
  EXPECT_THAT(ledger_history::open(path(), {}).error().message, HasSubstr(path()));
}

} // namespace
} // namespace inferenceflow::store
