#include "batches/discount_pool.h"

#include <gtest/gtest.h>
#include <map>
#include <random>
#include <set>

namespace inferenceflow::batches {
namespace {

using namespace std::chrono_literals;
using step = discount_pool::step;

const wall_time k_now{1'700'000'000s};

pool_line line_of(std::int64_t id, wall_time deadline = k_now + 24h) {
  return {.id = id, .target = "openai/gpt", .bytes = 100, .deadline = deadline};
}

template <class Step> const Step* as(const step& said) {
  return std::get_if<Step>(&said);
}

/// A pool whose batch of `count` lines has been sent as "r".
discount_pool with_sent(int count, const pool_limits& limits = {}) {
  discount_pool pool{limits};
  for (int id = 1; id <= count; ++id) {
    EXPECT_TRUE(pool.offer(line_of(id), k_now));
  }
  const auto said = pool.next(k_now + 60s);
  EXPECT_NE(as<discount_pool::submit>(said), nullptr);
  pool.sent(1, "r", k_now + 60s);
  return pool;
}

TEST(discount_pool, takes_only_what_can_wait) {
  discount_pool pool{{.bytes_max = 1'000, .pooled_max = 2}};
  pool_line tools = line_of(1);
  tools.tool_loop = true;
  EXPECT_FALSE(pool.offer(tools, k_now));
  EXPECT_FALSE(pool.offer(line_of(1, k_now + 1h), k_now)) << "its deadline is near";
  pool_line big = line_of(1);
  big.bytes = 1'001;
  EXPECT_FALSE(pool.offer(big, k_now));
  EXPECT_TRUE(pool.offer(line_of(1), k_now));
  EXPECT_TRUE(pool.offer(line_of(2), k_now));
  EXPECT_FALSE(pool.offer(line_of(3), k_now)) << "the pool is full";
}

TEST(discount_pool, gathers_for_a_while_and_no_longer_than_it_is_full) {
  discount_pool pool{{.lines_min = 2, .lines_max = 3}};
  EXPECT_TRUE(pool.offer(line_of(1), k_now));
  EXPECT_TRUE(pool.offer(line_of(2), k_now));
  const auto waits = pool.next(k_now);
  ASSERT_NE(as<discount_pool::wait>(waits), nullptr);
  EXPECT_EQ(as<discount_pool::wait>(waits)->until, k_now + 60s);
  EXPECT_TRUE(pool.offer(line_of(3), k_now));
  const auto full = pool.next(k_now);
  ASSERT_NE(as<discount_pool::submit>(full), nullptr);
  EXPECT_EQ(as<discount_pool::submit>(full)->lines, (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_TRUE(pool.offer(line_of(4), k_now));
  const auto few = pool.next(k_now + 60s);
  ASSERT_NE(as<discount_pool::promote>(few), nullptr) << "one is not worth a batch";
  EXPECT_EQ(as<discount_pool::promote>(few)->lines, (std::vector<std::int64_t>{4}));
}

TEST(discount_pool, keeps_targets_and_far_deadlines_apart) {
  discount_pool pool{{.lines_min = 1}};
  pool_line other = line_of(2);
  other.target = "anthropic/claude";
  EXPECT_TRUE(pool.offer(line_of(1), k_now));
  EXPECT_TRUE(pool.offer(other, k_now));
  EXPECT_TRUE(pool.offer(line_of(3, k_now + 26h), k_now));
  EXPECT_TRUE(pool.offer(line_of(4, k_now + 24h + 30min), k_now));
  std::map<std::int64_t, std::vector<std::int64_t>> sent;
  for (int i = 0; i < 3; ++i) {
    const auto said = pool.next(k_now + 60s);
    ASSERT_NE(as<discount_pool::submit>(said), nullptr);
    sent[as<discount_pool::submit>(said)->batch] = as<discount_pool::submit>(said)->lines;
  }
  EXPECT_EQ(sent[1], (std::vector<std::int64_t>{1, 4}));
  EXPECT_EQ(sent[2], (std::vector<std::int64_t>{2}));
  EXPECT_EQ(sent[3], (std::vector<std::int64_t>{3}));
}

TEST(discount_pool, polls_less_and_less_and_settles_once) {
  discount_pool pool = with_sent(10);
  wall_time now = k_now + 60s;
  std::chrono::seconds last = 0s;
  for (int i = 0; i < 12; ++i) {
    const auto waits = pool.next(now);
    ASSERT_NE(as<discount_pool::wait>(waits), nullptr);
    const auto pause = std::chrono::duration_cast<std::chrono::seconds>(as<discount_pool::wait>(waits)->until - now);
    EXPECT_GE(pause, last);
    EXPECT_LE(pause, 300s);
    last = pause;
    now += pause;
    ASSERT_NE(as<discount_pool::poll>(pool.next(now)), nullptr);
    pool.polled(1, i == 11, now);
  }
  ASSERT_NE(as<discount_pool::collect>(pool.next(now)), nullptr);
  std::vector<std::pair<std::int64_t, line_fate>> results{{1, line_fate::answered},
                                                          {1, line_fate::answered},
                                                          {2, line_fate::refused},
                                                          {3, line_fate::undone},
                                                          {99, line_fate::answered}};
  EXPECT_EQ(pool.collected(1, results), (std::vector<std::int64_t>{1, 2}));
  const auto rest = pool.next(now);
  ASSERT_NE(as<discount_pool::promote>(rest), nullptr);
  EXPECT_EQ(as<discount_pool::promote>(rest)->lines.size(), 8U);
  EXPECT_TRUE(pool.collected(1, results).empty()) << "told again";
  EXPECT_EQ(pool.pooled(), 0U);
}

TEST(discount_pool, calls_back_then_promotes_as_the_deadline_nears) {
  discount_pool pool = with_sent(10);
  const wall_time call = k_now + 24h - 30min;
  ASSERT_NE(as<discount_pool::poll>(pool.next(call - 1s)), nullptr);
  pool.polled(1, false, call - 1s);
  ASSERT_NE(as<discount_pool::call_back>(pool.next(call)), nullptr);
  EXPECT_EQ(as<discount_pool::call_back>(pool.next(call + 1s)), nullptr) << "once";
  const auto late = pool.next(k_now + 24h - 15min);
  ASSERT_NE(as<discount_pool::promote>(late), nullptr);
  EXPECT_EQ(as<discount_pool::promote>(late)->lines.size(), 10U);
  pool.polled(1, true, call);
  EXPECT_TRUE(pool.collected(1, {{1, line_fate::answered}}).empty()) << "comes too late, and is not settled twice";
}

TEST(discount_pool, sends_again_and_then_asks_itself) {
  discount_pool pool{{.lines_min = 1, .sends_max = 2}};
  EXPECT_TRUE(pool.offer(line_of(1), k_now));
  ASSERT_NE(as<discount_pool::submit>(pool.next(k_now + 60s)), nullptr);
  pool.send_failed(1, true, k_now + 60s);
  ASSERT_NE(as<discount_pool::submit>(pool.next(k_now + 10min)), nullptr);
  pool.send_failed(1, true, k_now + 10min);
  ASSERT_NE(as<discount_pool::promote>(pool.next(k_now + 10min)), nullptr);
  EXPECT_TRUE(pool.offer(line_of(2), k_now));
  ASSERT_NE(as<discount_pool::submit>(pool.next(k_now + 60s)), nullptr);
  pool.send_failed(2, false, k_now + 60s);
  ASSERT_NE(as<discount_pool::promote>(pool.next(k_now + 60s)), nullptr);
}

TEST(discount_pool, after_a_restart_looks_for_what_it_may_have_sent) {
  discount_pool pool{{}};
  pool.restore(7, "", {line_of(1), line_of(2)}, k_now);
  pool.restore(9, "r9", {line_of(3)}, k_now);
  auto said = pool.next(k_now);
  ASSERT_NE(as<discount_pool::look_for>(said), nullptr);
  pool.found(7, "r7", k_now);
  said = pool.next(k_now);
  ASSERT_NE(as<discount_pool::poll>(said), nullptr);
  EXPECT_EQ(as<discount_pool::poll>(said)->remote, "r9");
  pool.polled(9, false, k_now);
  discount_pool other{{.lines_min = 1}};
  other.restore(7, "", {line_of(1), line_of(2)}, k_now);
  ASSERT_NE(as<discount_pool::look_for>(other.next(k_now)), nullptr);
  other.found(7, std::nullopt, k_now);
  ASSERT_NE(as<discount_pool::submit>(other.next(k_now)), nullptr) << "it never left";
}

/// A provider that loses, delays and refuses as it likes: every line ends once, and in time.
TEST(discount_pool, looks_before_it_sends_again_when_nobody_knows) {
  discount_pool pool{{.lines_min = 1, .sends_max = 2}};
  EXPECT_TRUE(pool.offer(line_of(1), k_now));
  wall_time now = k_now + 60s;
  ASSERT_NE(as<discount_pool::submit>(pool.next(now)), nullptr);
  pool.send_unclear(1, now);
  ASSERT_NE(as<discount_pool::wait>(pool.next(now)), nullptr) << "the provider has time to show it";
  now += 15s;
  ASSERT_NE(as<discount_pool::look_for>(pool.next(now)), nullptr);
  pool.look_failed(1, now);
  ASSERT_NE(as<discount_pool::wait>(pool.next(now + 20s)), nullptr);
  now += 30s;
  ASSERT_NE(as<discount_pool::look_for>(pool.next(now)), nullptr);
  pool.found(1, std::nullopt, now);
  ASSERT_NE(as<discount_pool::submit>(pool.next(now)), nullptr);
  pool.send_unclear(1, now);
  now += 15s;
  ASSERT_NE(as<discount_pool::look_for>(pool.next(now)), nullptr);
  pool.found(1, std::nullopt, now);
  EXPECT_NE(as<discount_pool::promote>(pool.next(now)), nullptr) << "two attempts are enough";
  EXPECT_EQ(pool.pooled(), 0U);
}

TEST(discount_pool, what_nobody_wants_leaves_or_is_called_back) {
  discount_pool pool = with_sent(10);
  EXPECT_TRUE(pool.offer(line_of(11), k_now));
  EXPECT_TRUE(pool.offer(line_of(12), k_now));
  EXPECT_EQ(pool.drop([](std::int64_t line) { return line > 5; }), (std::vector<std::int64_t>{11, 12}));
  EXPECT_EQ(pool.pooled(), 10U);
  const wall_time now = k_now + 61s;
  EXPECT_NE(as<discount_pool::wait>(pool.next(now)), nullptr) << "others are in that batch";
  EXPECT_TRUE(pool.drop([](std::int64_t) { return true; }).empty());
  EXPECT_NE(as<discount_pool::call_back>(pool.next(now)), nullptr);
  EXPECT_NE(as<discount_pool::poll>(pool.next(now + 15s)), nullptr);
  pool.polled(1, true, now + 15s);
  ASSERT_NE(as<discount_pool::collect>(pool.next(now + 15s)), nullptr);
  EXPECT_EQ(pool.collected(1, {{3, line_fate::answered}}), (std::vector<std::int64_t>{3})) << "it is paid for";
}

TEST(discount_pool, a_batch_that_was_forgotten_is_called_back_before_it_is_promoted) {
  discount_pool pool{{}};
  pool.restore(7, "r", {line_of(1, k_now + 10min)}, k_now);
  EXPECT_NE(as<discount_pool::call_back>(pool.next(k_now)), nullptr);
  EXPECT_NE(as<discount_pool::promote>(pool.next(k_now)), nullptr);
}

TEST(discount_pool, every_line_ends_once_and_in_time_over_random_providers) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    std::mt19937_64 random{seed};
    const pool_limits limits{.lines_min = 3, .lines_max = 20, .open_max = 3};
    discount_pool pool{limits};
    std::map<std::int64_t, wall_time> waiting;
    std::map<std::int64_t, std::vector<std::int64_t>> sent;
    const auto ends = [&](std::int64_t line, wall_time now) {
      ASSERT_EQ(waiting.count(line), 1U) << "seed " << seed << ", line " << line;
      EXPECT_LE(now, waiting[line] - limits.promote_before + 1s) << "seed " << seed;
      waiting.erase(line);
    };
    wall_time now = k_now;
    std::int64_t offered = 0;
    for (int guard = 0; guard < 20'000 && (offered < 200 || !waiting.empty()); ++guard) {
      if (offered < 200 && random() % 3 == 0) {
        const pool_line line = line_of(++offered, now + 3h + std::chrono::minutes{random() % 300});
        if (pool.offer(line, now)) {
          waiting[line.id] = line.deadline;
        }
        continue;
      }
      const auto said = pool.next(now);
      if (const auto* idle = as<discount_pool::wait>(said)) {
        now = std::max(now + 1s, std::min(idle->until, offered < 200 ? now + 30s : idle->until));
      } else if (const auto* send = as<discount_pool::submit>(said)) {
        EXPECT_LE(send->lines.size(), limits.lines_max);
        sent[send->batch] = send->lines;
        const auto luck = random() % 10;
        luck < 6   ? pool.sent(send->batch, "r", now)
        : luck < 7 ? pool.send_unclear(send->batch, now)
        : luck < 9 ? pool.send_failed(send->batch, true, now)
                   : pool.send_failed(send->batch, false, now);
      } else if (const auto* search = as<discount_pool::look_for>(said)) {
        const auto luck = random() % 3;
        luck == 0   ? pool.look_failed(search->batch, now)
        : luck == 1 ? pool.found(search->batch, std::nullopt, now)
                    : pool.found(search->batch, "r", now);
      } else if (const auto* ask = as<discount_pool::poll>(said)) {
        random() % 5 == 0 ? pool.poll_failed(ask->batch, now) : pool.polled(ask->batch, random() % 20 == 0, now);
      } else if (const auto* fetch = as<discount_pool::collect>(said)) {
        std::vector<std::pair<std::int64_t, line_fate>> results;
        for (const auto line : sent[fetch->batch]) {
          if (random() % 5 != 0) {
            results.emplace_back(line, static_cast<line_fate>(random() % 3));
          }
        }
        for (const auto line : pool.collected(fetch->batch, results)) {
          ends(line, now);
        }
      } else if (const auto* direct = as<discount_pool::promote>(said)) {
        for (const auto line : direct->lines) {
          ends(line, now);
        }
      }
    }
    EXPECT_TRUE(waiting.empty()) << "seed " << seed;
    EXPECT_EQ(pool.pooled(), 0U) << "seed " << seed;
  }
}

} // namespace
} // namespace inferenceflow::batches
