#include "store/ledger_schema.h"
#include "store/tests/ledger_fixture.h"

#include <cmath>
#include <fmt/format.h>
#include <gmock/gmock.h>

namespace inferenceflow::store {
namespace {

class routed_test : public ledger_test {
protected:
  static ledger_row routed(std::string id, std::string explanation = "{\"route\":\"auto\"}") {
    ledger_row row = make_row(std::move(id));
    row.routed = routed_part{.role = routed_role::canary,
                             .strategy = "cost_optimal",
                             .tier = "small",
                             .chosen = "openai/gpt-4o-mini",
                             .propensity = 0.25,
                             .explored = true,
                             .quality = 0.93,
                             .confidence = 0.5,
                             .escalations = 2,
                             .complexity = 0.125,
                             .explanation = std::move(explanation)};
    return row;
  }

  static void write(ledger& book, ledger_row row) {
    EXPECT_TRUE(book.append(std::move(row), {}));
    book.flush();
  }

  [[nodiscard]] std::int64_t number(const std::string& sql) const {
    return *sqlite_database::open(path(), open_mode::read_only)->number(sql);
  }
};

TEST_F(routed_test, what_the_router_did_comes_back_whole) {
  const auto book = open(options());
  write(*book, routed("a"));
  const auto found = *book->find("a");
  ASSERT_TRUE(found && found->routed);
  const routed_part& got = *found->routed;
  EXPECT_EQ(got.role, routed_role::canary);
  EXPECT_EQ(got.strategy, "cost_optimal");
  EXPECT_EQ(got.tier, "small");
  EXPECT_EQ(got.chosen, "openai/gpt-4o-mini");
  EXPECT_DOUBLE_EQ(got.propensity, 0.25);
  EXPECT_TRUE(got.explored);
  EXPECT_EQ(got.quality, 0.93);
  EXPECT_EQ(got.confidence, 0.5);
  EXPECT_EQ(got.escalations, 2U);
  EXPECT_DOUBLE_EQ(got.complexity, 0.125);
  EXPECT_EQ(got.explanation, "{\"route\":\"auto\"}");
}

TEST_F(routed_test, what_is_not_known_stays_unknown) {
  const auto book = open(options());
  write(*book, make_row("plain"));
  EXPECT_FALSE((*book->find("plain"))->routed.has_value());
  ledger_row row = make_row("bare");
  row.routed.emplace();
  row.routed->quality = std::nan("");
  write(*book, std::move(row));
  const auto bare = *book->find("bare");
  ASSERT_TRUE(bare->routed.has_value());
  EXPECT_FALSE(bare->routed->quality.has_value());
  EXPECT_FALSE(bare->routed->confidence.has_value());
  EXPECT_EQ(bare->routed->explanation, "");
  EXPECT_EQ(number("SELECT count(*) FROM decisions"), 0);
}

TEST_F(routed_test, long_explanations_are_packed) {
  const auto book = open(options());
  const std::string text = "{\"a\":\"" + std::string(20'000, 'x') + "\"}";
  write(*book, routed("a", text));
  EXPECT_EQ((*book->find("a"))->routed->explanation, text);
  EXPECT_LT(number("SELECT length(explanation) FROM decisions"), 500);
}

TEST_F(routed_test, explanation_that_is_too_long_or_finds_no_room_is_left_out_and_counted) {
  ledger_options chosen = options();
  chosen.decisions_waiting_bytes_max = 100;
  chosen.group_interval = std::chrono::milliseconds{100};
  const auto book = open(chosen);
  EXPECT_TRUE(book->append(routed("huge", std::string(k_explanation_bytes_max + 1, 'x')), {}));
  EXPECT_TRUE(book->append(routed("long", std::string(101, 'x')), {}));
  EXPECT_EQ(book->count().decisions_dropped, 2U);
  for (const char* id : {"a", "b", "c"}) { // what is written makes room
    EXPECT_TRUE(book->append(routed(id, std::string(100, 'x')), {}));
    book->flush();
  }
  EXPECT_EQ(book->count().decisions_dropped, 2U);
  EXPECT_EQ(book->count().written, 5U);
  EXPECT_EQ((*book->find("huge"))->routed->explanation, "");
  EXPECT_EQ((*book->find("huge"))->routed->tier, "small");
  EXPECT_EQ((*book->find("c"))->routed->explanation, std::string(100, 'x'));
}

TEST_F(routed_test, refused_row_gives_its_room_back) {
  ledger_options chosen = options();
  chosen.queue_max = 1;
  chosen.group_interval = std::chrono::milliseconds{100};
  chosen.decisions_waiting_bytes_max = 100;
  const auto book = open(chosen);
  int refused = 0;
  for (int i = 0; i < 8; ++i) { // the writer may take one in between
    refused += book->append(routed("a", std::string(60, 'x')), {}) ? 0 : 1;
  }
  EXPECT_GT(refused, 0);
  book->flush();
  EXPECT_TRUE(book->append(routed("last", std::string(100, 'x')), {}));
  book->flush();
  EXPECT_EQ((*book->find("last"))->routed->explanation.size(), 100U);
}

TEST_F(routed_test, oldest_explanations_go_and_rows_stay) {
  ledger_options chosen = options();
  chosen.decisions = {.rows_max = 10, .bytes_max = 1 << 20};
  {
    const auto book = open(chosen);
    for (int i = 0; i < 30; ++i) {
      ledger_row row = routed(fmt::format("{}", i));
      row.finished_ms += i;
      EXPECT_TRUE(book->append(std::move(row), {}));
    }
  }
  EXPECT_LE(number("SELECT count(*) FROM decisions"), 10);
  EXPECT_GE(number("SELECT count(*) FROM decisions"), 8);
  const auto book = open(chosen);
  EXPECT_EQ((*book->find("0"))->routed->explanation, "");
  EXPECT_EQ((*book->find("0"))->routed->strategy, "cost_optimal");
  EXPECT_NE((*book->find("29"))->routed->explanation, "");
  EXPECT_EQ(number("SELECT count(*) FROM ledger"), 30);
}

TEST_F(routed_test, explanations_are_bounded_in_bytes_over_restarts) {
  ledger_options chosen = options();
  chosen.decisions = {.rows_max = 1'000, .bytes_max = 2'000};
  for (int i = 0; i < 12; ++i) {
    write(*open(chosen), routed(fmt::format("{}", i), fmt::format("{:0400}", i)));
  }
  EXPECT_LE(number("SELECT sum(size) FROM decisions"), 2'000);
  EXPECT_GE(number("SELECT count(*) FROM decisions"), 3);
}

TEST_F(routed_test, shadow_is_found_by_nobody_and_billed) {
  const auto book = open(options());
  write(*book, make_row("a"));
  ledger_row beside = routed("a");
  beside.routed->role = routed_role::shadow;
  beside.finished_ms += 5;
  beside.model_served = "other";
  write(*book, std::move(beside));
  EXPECT_EQ((*book->find("a"))->model_served, "m");
  EXPECT_EQ(book->totals({})->front().requests, 2);
}

TEST_F(routed_test, request_of_another_tenant_is_not_found) {
  const auto book = open(options());
  write(*book, make_row("a"));
  ledger_row theirs = make_row("a"); // an id that two tenants chose
  theirs.tenant = "other";
  theirs.finished_ms += 5;
  write(*book, std::move(theirs));
  EXPECT_EQ((*book->find("a", "default"))->tenant, "default");
  EXPECT_EQ((*book->find("a", "other"))->tenant, "other");
  EXPECT_FALSE(book->find("a", "third")->has_value());
  EXPECT_EQ((*book->find("a"))->tenant, "other") << "the newest of all";
}

TEST_F(routed_test, damaged_explanation_is_none) {
  const auto book = open(options());
  write(*book, routed("a", std::string(5'000, 'x')));
  auto raw = sqlite_database::open(path(), open_mode::read_write);
  ASSERT_EQ(raw->run("DROP TRIGGER decisions_no_update; UPDATE decisions SET explanation = x'000102'"), SQLITE_OK);
  EXPECT_EQ((*book->find("a"))->routed->explanation, "");
  ASSERT_EQ(raw->run("UPDATE decisions SET bytes = 1 << 40"), SQLITE_OK);
  EXPECT_EQ((*book->find("a"))->routed->explanation, "");
}

TEST_F(routed_test, explanations_and_feedback_cannot_be_changed) {
  const auto book = open(options());
  write(*book, routed("a"));
  EXPECT_TRUE(book->append_feedback({.request_id = "a", .tenant = "default", .score = 1}, {}));
  book->flush();
  auto raw = sqlite_database::open(path(), open_mode::read_write);
  EXPECT_NE(raw->run("UPDATE decisions SET explanation = x'00'"), SQLITE_OK);
  EXPECT_NE(raw->run("UPDATE feedback SET score = 0"), SQLITE_OK);
}

TEST_F(routed_test, finding_reads_by_index) {
  (void)open(options());
  auto raw = sqlite_database::open(path(), open_mode::read_only);
  auto plan = raw->prepare("EXPLAIN QUERY PLAN SELECT entry_id, size FROM decisions ORDER BY entry_id");
  ASSERT_EQ(plan->step(), SQLITE_ROW);
  auto sums = raw->prepare("EXPLAIN QUERY PLAN SELECT count(*), sum(size) FROM decisions");
  ASSERT_EQ(sums->step(), SQLITE_ROW);
  EXPECT_THAT(sums->text(3), testing::HasSubstr("COVERING INDEX decisions_by_size")) << "no reading of explanations";
}

TEST(routed_role, names_are_read_back) {
  for (const auto role : {routed_role::main, routed_role::shadow, routed_role::canary}) {
    EXPECT_EQ(routed_role_named(to_string(role)), role);
  }
  EXPECT_EQ(routed_role_named("else"), routed_role::main);
}

} // namespace
} // namespace inferenceflow::store
