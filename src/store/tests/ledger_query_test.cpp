#include "store/ledger.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

namespace inferenceflow::store {
namespace {

constexpr std::int64_t k_hour_ms = 3'600'000;
constexpr std::int64_t k_start_ms = 1'700'006'400'000; // 2023-11-15T00:00:00Z

class ledger_query_test : public testing::Test {
protected:
  ledger_query_test() {
    ledger_options options;
    options.path = ":memory:";
    auto opened = open_sqlite_ledger(options);
    book_ = std::move(*opened);
  }

  ledger_row& add(std::string model, std::string tenant, std::int64_t cost_nano_usd, std::int64_t at_ms = k_start_ms) {
    ledger_row row;
    row.request_id = fmt::format("id-{}", rows_.size());
    row.finished_ms = at_ms;
    row.tenant = std::move(tenant);
    row.model_requested = "route-" + model;
    row.model_served = std::move(model);
    row.cache = "miss";
    row.cost = money::from_nano_usd(cost_nano_usd);
    row.direct = row.cost;
    rows_.push_back(std::move(row));
    return rows_.back();
  }

  std::vector<cost_total> totals(const cost_query& query) {
    for (const auto& row : rows_) {
      EXPECT_TRUE(book_->append(row, {}));
    }
    book_->flush();
    auto summed = book_->totals(query);
    EXPECT_TRUE(summed.has_value());
    return *summed;
  }

  static std::vector<std::string> groups(const std::vector<cost_total>& totals) {
    std::vector<std::string> names;
    for (const auto& total : totals) {
      names.push_back(total.group);
    }
    return names;
  }

  std::vector<ledger_row> rows_;
  std::unique_ptr<ledger> book_;
};

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(ledger_query_test, empty_ledger_has_no_lines) {
  EXPECT_THAT(totals({}), IsEmpty());
}

TEST_F(ledger_query_test, sums_every_part) {
  auto& hit = add("m", "t", 0);
  hit.cache = "hit";
  hit.direct = money::from_nano_usd(70);
  hit.usage = {.fresh_input = 1, .cached_input = 2, .cache_write = 3, .output = 4, .reasoning = 5};
  auto& shared = add("m", "t", 0);
  shared.cache = "coalesced";
  shared.direct = money::from_nano_usd(30);
  auto& alike = add("m", "t", 0);
  alike.cache = "semantic";
  alike.direct = money::from_nano_usd(5);
  auto& failed = add("m", "t", 10);
  failed.error_kind = "upstream_failed";
  failed.usage = {.fresh_input = 10, .cached_input = 20, .cache_write = 30, .output = 40, .reasoning = 50};
  const auto all = totals({});
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].group, "");
  EXPECT_EQ(all[0].requests, 4);
  EXPECT_EQ(all[0].cache_hits, 2);
  EXPECT_EQ(all[0].coalesced, 1);
  EXPECT_EQ(all[0].errors, 1);
  EXPECT_EQ(all[0].cost, money::from_nano_usd(10));
  EXPECT_EQ(all[0].direct, money::from_nano_usd(115));
  EXPECT_EQ(all[0].saved(), money::from_nano_usd(105));
  EXPECT_EQ(
      all[0].usage,
      (cost::token_usage{.fresh_input = 11, .cached_input = 22, .cache_write = 33, .output = 44, .reasoning = 55}));
}

TEST_F(ledger_query_test, what_was_sent_to_another_choice_has_a_group) {
  add("m", "t", 5);
  add("m", "t", 7).routed = routed_part{.role = routed_role::main};
  add("m", "t", 11).routed = routed_part{.role = routed_role::canary};
  add("m", "t", 100).routed = routed_part{.role = routed_role::shadow};
  const auto by_role = totals({.group = cost_group::role});
  EXPECT_THAT(groups(by_role), ElementsAre("shadow", "canary", "main", ""));
  EXPECT_EQ(by_role.front().cost, money::from_nano_usd(100));
}

TEST_F(ledger_query_test, groups_come_most_expensive_first) {
  add("cheap", "a", 1);
  add("dear", "b", 100);
  add("middle", "a", 20);
  add("middle", "b", 20);
  EXPECT_THAT(groups(totals({.group = cost_group::model})), ElementsAre("dear", "middle", "cheap"));
  EXPECT_THAT(groups(*book_->totals({.group = cost_group::tenant})), ElementsAre("b", "a"));
  EXPECT_THAT(groups(*book_->totals({.group = cost_group::route, .tenant = "b"})),
              ElementsAre("route-dear", "route-middle"));
  EXPECT_THAT(groups(*book_->totals({.group = cost_group::model, .tenant = "a"})), ElementsAre("middle", "cheap"));
  EXPECT_THAT(groups(*book_->totals({.group = cost_group::model, .rows_max = 1})), ElementsAre("dear"));
}

TEST_F(ledger_query_test, time_buckets_are_the_latest_in_order_of_time) {
  add("m", "t", 900, k_start_ms);
  add("m", "t", 1, k_start_ms + k_hour_ms - 1);
  add("m", "t", 1, k_start_ms + k_hour_ms);
  add("m", "t", 1, k_start_ms + 25 * k_hour_ms);
  EXPECT_THAT(groups(totals({.group = cost_group::hour})),
              ElementsAre("2023-11-15T00:00:00Z", "2023-11-15T01:00:00Z", "2023-11-16T01:00:00Z"));
  const auto days = *book_->totals({.group = cost_group::day});
  EXPECT_THAT(groups(days), ElementsAre("2023-11-15T00:00:00Z", "2023-11-16T00:00:00Z"));
  EXPECT_EQ(days[0].requests, 3);
  EXPECT_THAT(groups(*book_->totals({.group = cost_group::hour, .rows_max = 1})), ElementsAre("2023-11-16T01:00:00Z"));
}

TEST_F(ledger_query_test, from_is_inclusive_and_until_is_not) {
  add("m", "t", 1, k_start_ms);
  add("m", "t", 2, k_start_ms + 1);
  add("m", "t", 4, k_start_ms + 2);
  const auto some = totals({.from_ms = k_start_ms, .until_ms = k_start_ms + 2});
  EXPECT_EQ(some[0].cost, money::from_nano_usd(3));
}

TEST_F(ledger_query_test, sums_saturate_instead_of_wrapping) {
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  add("m", "t", largest);
  add("m", "t", largest);
  auto& absurd = add("m", "t", 0);
  absurd.usage.output = largest;
  absurd.usage.fresh_input = -5;
  const auto all = totals({});
  EXPECT_EQ(all[0].cost.nano_usd(), largest);
  EXPECT_EQ(all[0].usage.output, cost::k_tokens_max);
  EXPECT_EQ(all[0].usage.fresh_input, 0);
}

} // namespace
} // namespace inferenceflow::store
