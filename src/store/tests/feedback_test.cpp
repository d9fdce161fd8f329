#include "store/sqlite_database.h"
#include "store/tests/ledger_fixture.h"

#include <atomic>
#include <fmt/format.h>
#include <gmock/gmock.h>

namespace inferenceflow::store {
namespace {

using testing::ElementsAre;

class feedback_test : public ledger_test {
protected:
  static feedback saying(std::string id, double score, std::string source = "", std::string comment = "") {
    return {.request_id = std::move(id),
            .tenant = "default",
            .source = std::move(source),
            .score = score,
            .comment = std::move(comment),
            .at_ms = make_row("").finished_ms + 1'000};
  }

  /// What became of it.
  static feedback_receipt say(ledger& book, feedback said) {
    feedback_receipt got;
    EXPECT_TRUE(book.append_feedback(std::move(said), [&](const feedback_receipt& receipt) { got = receipt; }));
    book.flush();
    return got;
  }

  static std::vector<std::string> lines(ledger& book, std::string_view id) {
    std::vector<std::string> found;
    for (const feedback& each : *book.feedback_on(id, "default")) {
      found.push_back(
          fmt::format("{}:{}{}", each.source, each.score ? fmt::format("{}", *each.score) : "-", each.label));
    }
    return found;
  }
};

TEST_F(feedback_test, is_recorded_with_the_request_it_is_about) {
  const auto book = open(options());
  ASSERT_TRUE(book->append(make_row("a"), {}));
  // In one group with the row.
  const auto receipt = say(*book, {.request_id = "a",
                                   .tenant = "default",
                                   .source = "ann",
                                   .label = "half-right",
                                   .comment = "not the date",
                                   .at_ms = 1'700'000'000'009});
  EXPECT_EQ(receipt.outcome, feedback_outcome::recorded);
  EXPECT_EQ(receipt.row.model_served, "m");
  const auto said = *book->feedback_on("a");
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].request_id, "a");
  EXPECT_EQ(said[0].tenant, "default");
  EXPECT_EQ(said[0].source, "ann");
  EXPECT_FALSE(said[0].score.has_value());
  EXPECT_EQ(said[0].label, "half-right");
  EXPECT_EQ(said[0].comment, "not the date");
  EXPECT_EQ(said[0].at_ms, 1'700'000'000'009);
  EXPECT_EQ(book->count().feedback_written, 1U);
  EXPECT_EQ(book->count().written, 1U) << "feedback is no row";
}

TEST_F(feedback_test, repeating_oneself_writes_nothing_and_a_change_of_mind_is_kept) {
  const auto book = open(options());
  ASSERT_TRUE(book->append(make_row("a"), {}));
  EXPECT_EQ(say(*book, saying("a", 1, "ann")).outcome, feedback_outcome::recorded);
  EXPECT_EQ(say(*book, saying("a", 1, "ann")).outcome, feedback_outcome::repeated);
  EXPECT_EQ(say(*book, saying("a", 1, "bob")).outcome, feedback_outcome::recorded);
  EXPECT_EQ(say(*book, saying("a", 0, "ann")).outcome, feedback_outcome::recorded);
  EXPECT_EQ(say(*book, saying("a", 1, "ann")).outcome, feedback_outcome::recorded);
  EXPECT_EQ(say(*book, saying("a", 1, "ann", "really")).outcome, feedback_outcome::recorded);
  EXPECT_THAT(lines(*book, "a"), ElementsAre("ann:1", "bob:1", "ann:0", "ann:1", "ann:1"));
  EXPECT_EQ(book->count().feedback_written, 5U);
}

TEST_F(feedback_test, nobody_speaks_of_what_is_not_his) {
  const auto book = open(options());
  ledger_row shadow = make_row("shadow");
  shadow.routed = routed_part{.role = routed_role::shadow};
  ASSERT_TRUE(book->append(make_row("a"), {}));
  ASSERT_TRUE(book->append(std::move(shadow), {}));
  feedback theirs = saying("a", 1);
  theirs.tenant = "other";
  EXPECT_EQ(say(*book, theirs).outcome, feedback_outcome::unknown_request);
  EXPECT_EQ(say(*book, saying("b", 1)).outcome, feedback_outcome::unknown_request);
  EXPECT_EQ(say(*book, saying("shadow", 1)).outcome, feedback_outcome::unknown_request);
  EXPECT_THAT(lines(*book, "a"), testing::IsEmpty());
  EXPECT_TRUE(book->feedback_on("b")->empty());
}

TEST_F(feedback_test, late_word_is_refused) {
  ledger_options chosen = options();
  chosen.said.age_max = std::chrono::milliseconds{500};
  const auto book = open(chosen);
  ASSERT_TRUE(book->append(make_row("a"), {}));
  EXPECT_EQ(say(*book, saying("a", 1)).outcome, feedback_outcome::too_late);
  feedback early = saying("a", 1);
  early.at_ms -= 500;
  EXPECT_EQ(say(*book, early).outcome, feedback_outcome::recorded);
}

TEST_F(feedback_test, one_request_cannot_take_everything) {
  ledger_options chosen = options();
  chosen.said.per_request_max = 3;
  const auto book = open(chosen);
  ASSERT_TRUE(book->append(make_row("a"), {}));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(say(*book, saying("a", 0.1 * i)).outcome, feedback_outcome::recorded);
  }
  EXPECT_EQ(say(*book, saying("a", 0.9)).outcome, feedback_outcome::too_many);
  EXPECT_EQ(say(*book, saying("a", 0.2)).outcome, feedback_outcome::repeated);
}

TEST_F(feedback_test, oldest_goes_when_there_is_too_much) {
  ledger_options chosen = options();
  chosen.said.rows_max = 10;
  const auto book = open(chosen);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(book->append(make_row(fmt::format("{}", i)), {}));
    say(*book, saying(fmt::format("{}", i), 1));
  }
  EXPECT_THAT(lines(*book, "0"), testing::IsEmpty());
  EXPECT_THAT(lines(*book, "19"), ElementsAre(":1"));
  const auto left = *sqlite_database::open(path(), open_mode::read_only)->number("SELECT count(*) FROM feedback");
  EXPECT_LE(left, 10);
  EXPECT_GE(left, 8);
}

TEST_F(feedback_test, not_every_new_word_drops_an_old_one) {
  ledger_options chosen = options();
  chosen.said.rows_max = 50;
  const auto book = open(chosen);
  for (int i = 0; i < 51; ++i) {
    ASSERT_TRUE(book->append(make_row(fmt::format("{}", i)), {}));
    say(*book, saying(fmt::format("{}", i), 1));
  }
  EXPECT_EQ(*sqlite_database::open(path(), open_mode::read_only)->number("SELECT count(*) FROM feedback"), 47);
}

TEST_F(feedback_test, beyond_what_may_wait_it_is_refused_and_counted) {
  ledger_options chosen = options();
  chosen.feedback_waiting_max = 2;
  chosen.group_interval = std::chrono::milliseconds{100};
  const auto book = open(chosen);
  auto other = sqlite_database::open(path(), open_mode::read_write);
  ASSERT_EQ(other->run("BEGIN IMMEDIATE"), SQLITE_OK); // nothing is settled meanwhile
  std::atomic<int> settled = 0;
  const auto count = [&](const feedback_receipt&) { ++settled; };
  EXPECT_TRUE(book->append_feedback(saying("a", 1), count));
  EXPECT_TRUE(book->append_feedback(saying("a", 1), count));
  EXPECT_FALSE(book->append_feedback(saying("a", 1), count));
  EXPECT_TRUE(book->append(make_row("a"), {})) << "rows have the queue";
  EXPECT_EQ(book->count().feedback_dropped, 1U);
  ASSERT_EQ(other->run("COMMIT"), SQLITE_OK);
  book->flush();
  EXPECT_EQ(settled, 2);
  EXPECT_TRUE(book->append_feedback(saying("a", 1), count));
}

TEST_F(feedback_test, failed_group_is_written_again_once) {
  ledger_options chosen = options();
  auto raw = sqlite_database::open(path(), open_mode::read_write);
  int failures = 0;
  chosen.on_error = [&](const std::string&) {
    if (++failures == 1) {
      EXPECT_EQ(raw->run("DROP TRIGGER stop"), SQLITE_OK);
    }
  };
  const auto book = open(chosen);
  ASSERT_EQ(raw->run("CREATE TRIGGER stop BEFORE INSERT ON feedback WHEN NEW.score = 0 BEGIN "
                     "SELECT RAISE(ABORT, 'full') WHERE json('{') IS NULL; END"),
            SQLITE_OK);
  ASSERT_TRUE(book->append(make_row("a"), {}));
  ASSERT_TRUE(book->append_feedback(saying("a", 1), {}));
  const auto receipt = say(*book, saying("a", 0));
  EXPECT_EQ(failures, 1);
  EXPECT_EQ(receipt.outcome, feedback_outcome::recorded);
  EXPECT_THAT(lines(*book, "a"), ElementsAre(":1", ":0"));
  EXPECT_EQ(book->count().feedback_written, 2U);
  EXPECT_EQ(book->count().written, 1U);
}

TEST_F(feedback_test, what_cannot_be_written_is_lost_and_says_so) {
  ledger_options chosen = options();
  chosen.on_error = [](const std::string&) {};
  const auto book = open(chosen);
  auto raw = sqlite_database::open(path(), open_mode::read_write);
  ASSERT_EQ(raw->run("CREATE TRIGGER stop BEFORE INSERT ON feedback BEGIN SELECT RAISE(ABORT, 'never'); END"),
            SQLITE_OK);
  ASSERT_TRUE(book->append(make_row("a"), {}));
  EXPECT_EQ(say(*book, saying("a", 1)).outcome, feedback_outcome::lost);
  EXPECT_EQ(book->count().feedback_dropped, 1U);
  EXPECT_EQ(book->count().written, 1U) << "the row beside it is there";
}

TEST_F(feedback_test, closing_before_a_failing_disk_recovers_loses_it_and_says_so) {
  ledger_options chosen = options();
  chosen.close_patience = std::chrono::milliseconds{50};
  auto other = sqlite_database::open(path(), open_mode::read_write);
  feedback_outcome outcome = feedback_outcome::recorded;
  {
    const auto book = open(chosen);
    ASSERT_EQ(other->run("BEGIN IMMEDIATE"), SQLITE_OK);
    ASSERT_TRUE(book->append_feedback(saying("a", 1), [&](const feedback_receipt& got) { outcome = got.outcome; }));
  }
  EXPECT_EQ(outcome, feedback_outcome::lost);
}

TEST(feedback_score, is_the_mean_of_the_last_words) {
  const auto said = [](std::string source, std::optional<double> score) {
    return feedback{.source = std::move(source), .score = score};
  };
  EXPECT_EQ(score_of({}), std::nullopt);
  EXPECT_EQ(score_of(std::vector{said("a", 0.25)}), 0.25);
  EXPECT_EQ(score_of(std::vector{said("a", 0), said("b", 0.5), said("a", 1)}), 0.75);
  EXPECT_EQ(score_of(std::vector{said("a", std::nullopt)}), std::nullopt);
  EXPECT_EQ(score_of(std::vector{said("a", 1), said("a", std::nullopt)}), std::nullopt) << "taken back";
}

} // namespace
} // namespace inferenceflow::store
