#include "semantic/tests/cache_fixture.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <limits>
#include <random>

namespace inferenceflow::semantic {
namespace {

using namespace testing;

TEST_F(semantic_cache_test, an_empty_one_finds_nothing) {
  const auto ruled = ask("What is the capital of France?", vector_of(1, 0), fixed_rule());
  EXPECT_FALSE(ruled.hit);
  EXPECT_EQ(cache_.stats().entries, 0U);
  EXPECT_EQ(cache_.stats().lanes.front().requests, 1U);
}

TEST_F(semantic_cache_test, a_fixed_threshold_serves_from_there_on) {
  const entry_id kept = put("How do I bake bread at home?", vector_of(1, 0), 1);
  const auto near = ask("How can I bake bread at home?", vector_of(1, 0.5), fixed_rule(0.85F));
  ASSERT_TRUE(near.hit);
  EXPECT_EQ(near.hit->entry, kept);
  EXPECT_EQ(near.hit->key, key_of(1));
  EXPECT_NEAR(near.hit->similarity, std::cos(0.5), 0.01);
  EXPECT_FALSE(ask("How can I bake bread at home?", vector_of(1, 0.6), fixed_rule(0.85F)).hit);
  EXPECT_EQ(cache_.stats().lanes.front().hits, 1U);
}

TEST_F(semantic_cache_test, the_veto_passes_over_what_differs_and_takes_the_next) {
  put("What is 15% of 80?", vector_of(1, 0), 1);
  const auto vetoed = ask("What is 20% of 80?", vector_of(1, 0.01), fixed_rule());
  EXPECT_FALSE(vetoed.hit);
  EXPECT_TRUE(vetoed.vetoed & differs::k_numbers);
  EXPECT_EQ(cache_.stats().lanes.front().vetoed, 1U);
  EXPECT_TRUE(ask("What is 20% of 80?", vector_of(1, 0.01), fixed_rule(0.85F, false)).hit);
  const entry_id right = put("what is 20% of 80", vector_of(1, 0.2), 2);
  const auto served = ask("What is 20% of 80?", vector_of(1, 0.01), fixed_rule());
  ASSERT_TRUE(served.hit);
  EXPECT_EQ(served.hit->entry, right);
  EXPECT_EQ(cache_.stats().lanes.front().vetoed, 1U) << "a request that was served was not kept from anything";
}

TEST_F(semantic_cache_test, scopes_never_mix) {
  put("How do I bake bread?", vector_of(1, 0), 1);
  const auto elsewhere =
      ask("How do I bake bread?", vector_of(1, 0), fixed_rule(0.0F), k_lane, {.high = k_scope.high, .low = 10});
  EXPECT_FALSE(elsewhere.hit);
  const auto also = ask("How do I bake bread?", vector_of(1, 0), fixed_rule(0.0F), k_lane, {.high = 4, .low = 9});
  EXPECT_FALSE(also.hit);
  EXPECT_TRUE(ask("How do I bake bread?", vector_of(1, 0), fixed_rule()).hit);
}

TEST_F(semantic_cache_test, verified_explores_before_it_serves_and_learns) {
  std::mt19937_64 draws{3};
  std::normal_distribution<double> spread{0, 0.15};
  std::size_t first_hits = 0;
  std::size_t last_hits = 0;
  std::size_t wrong = 0;
  constexpr int k_requests = 3'000;
  for (int i = 0; i < k_requests; ++i) {
    const auto subject = static_cast<std::size_t>(draws() % 12);
    const auto vector = vector_of(subject, spread(draws));
    const std::string text = "Tell me about subject " + std::string(1, "abcdefghijkl"[subject]);
    const auto ruled = ask(text, vector, verified_rule());
    const auto subject_of = [](const cache::cache_key& key) { return key.low % 100; };
    if (ruled.hit) {
      (i < k_requests / 2 ? first_hits : last_hits) += 1U;
      wrong += subject_of(ruled.hit->key) != subject ? 1U : 0U;
      continue;
    }
    const entry_id fresh = put(text, vector, static_cast<std::uint64_t>(i + 1) * 100 + subject);
    for (const weighed& each : ruled.taken.candidates) {
      const auto near = cache_.near(asked(text, vector));
      ASSERT_TRUE(near);
      const auto found = std::find_if(near->begin(), near->end(),
                                      [&](const near_entry& one) { return one.of.entry == each.of.entry; });
      const bool right = found != near->end() && subject_of(found->key) == subject;
      cache_.learn(k_lane, ruled.taken, each, right, fresh);
    }
  }
  EXPECT_LT(first_hits, last_hits);
  EXPECT_GT(last_hits, 900U);
  EXPECT_LE(wrong, 0.02 * k_requests);
  const lane_stats lane = cache_.stats().lanes.front();
  EXPECT_EQ(lane.requests, 3'000U);
  EXPECT_EQ(lane.hits, first_hits + last_hits);
  EXPECT_EQ(lane.error_max, 0.02);
  EXPECT_LE(lane.bound, 0.021);
  EXPECT_GT(lane.audits, 10U);
  EXPECT_GT(lane.judged_right, 100U);
}

/// The same decisions whatever another lane was taught.
TEST_F(semantic_cache_test, evidence_does_not_cross_lanes) {
  const auto hits_of_victim = [](bool poisoned) {
    semantic_cache cache{{}, 7};
    const auto one = vector_of(1, 0);
    const vectors::scope_id other_scope{.high = 66, .low = 1};
    const auto teach = [&](lane_id lane, vectors::scope_id scope, bool right, int times) {
      std::size_t hits = 0;
      for (int i = 0; i < times; ++i) {
        const question of = asked("How do I bake bread at home?", one, lane, scope);
        const auto near = cache.near(of);
        const auto ruled = cache.decide(of, *near, verified_rule(), k_name);
        hits += ruled.hit ? 1U : 0U;
        if (!ruled.hit && !ruled.taken.candidates.empty()) {
          cache.learn(lane, ruled.taken, ruled.taken.candidates.front(), right, 0);
        }
      }
      return hits;
    };
    for (const auto& scope : {k_scope, other_scope}) {
      cache.keep(cache.open(asked("How can I bake bread at home?", one, scope == k_scope ? 1 : 2, scope), key_of(1)),
                 key_of(scope.high));
    }
    if (poisoned) { // a tenant claims that everything near is right
      EXPECT_GT(teach(2, other_scope, true, 1'500), 100U);
    }
    return teach(1, k_scope, false, 500); // where it is wrong
  };
  EXPECT_EQ(hits_of_victim(false), 0U);
  EXPECT_EQ(hits_of_victim(true), 0U);
}

TEST_F(semantic_cache_test, a_pending_entry_is_found_and_followed) {
  const auto vector = vector_of(1, 0);
  const entry_id id = cache_.open(asked("How do I bake bread?", vector), key_of(77));
  auto ruled = ask("How do I bake bread?", vector, fixed_rule());
  ASSERT_TRUE(ruled.hit);
  EXPECT_TRUE(ruled.hit->pending);
  EXPECT_EQ(ruled.hit->running_key, key_of(77));
  cache_.keep(id, key_of(78));
  ruled = ask("How do I bake bread?", vector, fixed_rule());
  ASSERT_TRUE(ruled.hit);
  EXPECT_FALSE(ruled.hit->pending);
  EXPECT_EQ(ruled.hit->key, key_of(78));
}

TEST_F(semantic_cache_test, what_was_dropped_serves_no_more) {
  const auto vector = vector_of(1, 0);
  const entry_id id = put("How do I bake bread?", vector, 1);
  cache_.drop(id);
  cache_.drop(id);
  EXPECT_FALSE(ask("How do I bake bread?", vector, fixed_rule()).hit);
  put("How do I bake bread?", vector, 2);
  EXPECT_TRUE(cache_.drop_key(key_of(2)));
  EXPECT_FALSE(cache_.drop_key(key_of(2)));
  EXPECT_FALSE(ask("How do I bake bread?", vector, fixed_rule()).hit);
  EXPECT_EQ(cache_.stats().entries, 0U);
  EXPECT_EQ(cache_.stats().bytes, 0U);
}

TEST_F(semantic_cache_test, an_entry_that_was_erased_between_search_and_decision) {
  const auto vector = vector_of(1, 0);
  const entry_id id = put("How do I bake bread?", vector, 1);
  const question of = asked("How do I bake bread?", vector);
  const auto near = cache_.near(of);
  ASSERT_TRUE(near);
  cache_.drop(id);
  const auto ruled = cache_.decide(of, *near, verified_rule(), k_name);
  ASSERT_FALSE(ruled.taken.candidates.empty());
  cache_.learn(k_lane, ruled.taken, ruled.taken.candidates.front(), true, 0); // of what has gone: no fault
  EXPECT_EQ(cache_.stats().lanes.front().judged_right, 1U);
  cache_.learn(99, ruled.taken, ruled.taken.candidates.front(), true, 0); // of a lane that has gone
}

TEST_F(semantic_cache_test, an_answer_asked_for_again_replaces_the_older_entry) {
  const auto vector = vector_of(1, 0);
  put("How do I bake bread?", vector, 1);
  const entry_id again = put("How do I bake bread?", vector, 1);
  EXPECT_EQ(cache_.stats().entries, 1U);
  EXPECT_EQ(ask("How do I bake bread?", vector, fixed_rule()).hit->entry, again);
}

TEST_F(semantic_cache_test, keeping_what_is_not_there_takes_nothing_else_out) {
  const auto vector = vector_of(1, 0);
  const entry_id kept = put("How do I bake bread?", vector, 1);
  cache_.keep(0, key_of(1));
  cache_.keep(12'345, key_of(1));
  const auto ruled = ask("How do I bake bread?", vector, fixed_rule());
  ASSERT_TRUE(ruled.hit);
  EXPECT_EQ(ruled.hit->entry, kept);
}

TEST_F(semantic_cache_test, stays_within_its_bytes_and_gives_up_what_was_not_used) {
  constexpr std::size_t k_bytes = 64 * 1024;
  semantic_cache small{{.bytes_max = k_bytes}, 1};
  for (const bool one_scope : {true, false}) {
    for (std::uint64_t i = 1; i <= 2'000; ++i) {
      const auto vector = vector_of(i % 16, 0.001 * static_cast<double>(i));
      const vectors::scope_id scope{.high = 1, .low = one_scope ? 0 : i};
      const question of = asked("How do I bake bread?", vector, k_lane, scope);
      const entry_id id = small.open(of, key_of(i));
      ASSERT_NE(id, 0U) << i;
      small.keep(id, key_of(i));
      ASSERT_LE(small.stats().bytes, k_bytes);
      ASSERT_FALSE(small.near(of)->empty()) << "the newest is there, " << i;
    }
    EXPECT_GT(small.stats().entries, 40U);
  }
  EXPECT_GT(small.stats().evicted, 3'000U);
  small.resize({.bytes_max = k_bytes / 4});
  EXPECT_LE(small.stats().bytes, k_bytes / 4);
}

TEST_F(semantic_cache_test, calls_in_flight_do_not_burst_the_bound) {
  constexpr std::size_t k_bytes = 16 * 1024;
  semantic_cache small{{.bytes_max = k_bytes}, 1};
  std::vector<entry_id> open;
  const auto vector = vector_of(1, 0);
  for (std::uint64_t i = 1; i <= 200; ++i) {
    if (const entry_id id = small.open(asked("How do I bake bread?", vector), key_of(i)); id != 0) {
      open.push_back(id);
    }
    ASSERT_LE(small.stats().bytes, k_bytes);
  }
  EXPECT_GT(open.size(), 10U);
  EXPECT_LT(open.size(), 200U) << "no room is told, and nobody's call is taken from who waits for it";
  for (const entry_id id : open) {
    small.keep(id, key_of(id));
  }
  EXPECT_NE(small.open(asked("How do I bake bread?", vector), key_of(999)), 0U);
}

TEST_F(semantic_cache_test, a_turn_larger_than_the_whole_cache_is_not_kept) {
  semantic_cache small{{.bytes_max = 4'096}, 1};
  const std::string huge(100'000, 'x');
  const auto vector = vector_of(1, 0);
  EXPECT_EQ(small.open(asked(huge, vector), key_of(1)), 0U);
  EXPECT_EQ(small.stats().bytes, 0U);
}

TEST_F(semantic_cache_test, is_restored_from_what_was_kept) {
  const auto vector = vector_of(1, 0);
  const question of = asked("How do I bake bread?", vector);
  semantic_cache later{{}, 2};
  const kept_question kept{.scope = of.scope, .key = key_of(1), .text = of.text};
  ASSERT_TRUE(later.restore(kept, vector));
  ASSERT_TRUE(later.restore(kept, vector)) << "once more: what is there already is left";
  EXPECT_EQ(later.stats().entries, 1U);
  const auto ruled = later.decide(of, *later.near(of), fixed_rule(), k_name);
  ASSERT_TRUE(ruled.hit);
  EXPECT_EQ(ruled.hit->key, key_of(1));
  EXPECT_FALSE(ruled.hit->pending);
  EXPECT_EQ(later.key_of(ruled.hit->entry), key_of(1));
}

TEST_F(semantic_cache_test, a_bound_that_is_raised_lets_more_in) {
  semantic_cache small{{.bytes_max = 4'096}, 1};
  const auto fill = [&small](std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t i = from; i < to; ++i) {
      const auto vector = vector_of(i, 1);
      small.keep(small.open(asked("How do I bake bread?", vector), key_of(i)), key_of(i));
    }
  };
  fill(1, 50);
  const auto before = small.stats().entries;
  EXPECT_LE(small.stats().bytes, 4'096U);
  small.resize({.bytes_max = 64'000});
  fill(50, 100);
  EXPECT_GE(small.stats().entries, before + 20);
}

TEST_F(semantic_cache_test, vectors_that_are_none_are_refused) {
  put("How do I bake bread?", vector_of(1, 0), 1);
  auto broken = vector_of(1, 0);
  broken[3] = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> other_length(7, 1);
  const std::vector<float> zero(32, 0);
  const std::vector<float> empty;
  for (const auto& bad : {broken, other_length, zero, empty}) {
    const question of = asked("How do I bake bread?", bad);
    const auto near = cache_.near(of);
    ASSERT_FALSE(near);
    EXPECT_EQ(near.error().kind, error_kind::invalid_request);
    EXPECT_EQ(cache_.open(of, key_of(9)), 0U);
    EXPECT_FALSE(cache_.restore({.scope = k_scope, .key = key_of(9), .text = "x"}, bad));
  }
  EXPECT_EQ(cache_.stats().entries, 1U);
}

TEST_F(semantic_cache_test, only_so_many_lanes_are_remembered) {
  semantic_cache small{{.bytes_max = 1U << 20U, .lanes_max = 3}, 1};
  const auto vector = vector_of(1, 0);
  const auto ask_as = [&](lane_id lane) {
    const question of = asked("How do I bake bread?", vector, lane);
    (void)small.decide(of, {}, verified_rule(), {.tenant = std::to_string(lane), .route = "chat"});
  };
  for (const lane_id lane : {1U, 2U, 3U, 1U, 4U}) {
    ask_as(lane);
  }
  std::vector<std::string> tenants;
  for (const lane_stats& each : small.stats().lanes) {
    tenants.push_back(each.name.tenant);
  }
  EXPECT_THAT(tenants, ::testing::UnorderedElementsAre("1", "3", "4")) << "2 was used longest ago";
  for (lane_id lane = 10; lane < 500; ++lane) {
    ask_as(lane);
  }
  EXPECT_EQ(small.stats().lanes.size(), 3U);
}

TEST_F(semantic_cache_test, a_changed_bound_applies_to_a_lane_at_once) {
  (void)ask("How do I bake bread?", vector_of(1, 0), verified_rule(0.02));
  EXPECT_EQ(cache_.stats().lanes.front().error_max, 0.02);
  (void)ask("How do I bake bread?", vector_of(1, 0), verified_rule(0.005));
  EXPECT_EQ(cache_.stats().lanes.front().error_max, 0.005);
  (void)ask("How do I bake bread?", vector_of(1, 0), fixed_rule());
  EXPECT_EQ(cache_.stats().lanes.front().error_max, 0);
  EXPECT_EQ(cache_.stats().lanes.front().bound, 0);
}

TEST_F(semantic_cache_test, answers_found_to_say_the_same_share_a_record) {
  const auto first = vector_of(1, 0);
  const auto second = vector_of(1, 0.3);
  put("How do I bake bread?", first, 1);
  const auto ruled = ask("How can I bake some bread?", second, verified_rule());
  const entry_id fresh = put("How can I bake some bread?", second, 2);
  ASSERT_FALSE(ruled.taken.candidates.empty());
  cache_.learn(k_lane, ruled.taken, ruled.taken.candidates.front(), true, fresh);
  const auto near = cache_.near(asked("How to bake bread?", first));
  ASSERT_TRUE(near);
  ASSERT_EQ(near->size(), 2U);
  EXPECT_EQ((*near)[0].of.answer, (*near)[1].of.answer);
  EXPECT_EQ((*near)[1].of.answers.right, 1);
  EXPECT_EQ((*near)[1].of.own.right, 0) << "its own record is its own";
}

} // namespace
} // namespace inferenceflow::semantic
