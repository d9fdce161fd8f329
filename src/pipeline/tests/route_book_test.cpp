#include "pipeline/route_book.h"
#include "resilience/random_stream.h"
#include "routing/choice/choose.h"

#include <gtest/gtest.h>

namespace inferenceflow::pipeline {
namespace {

const std::vector<std::string> k_arms{"p/dear", "p/cheap"};
const steady_time k_start{std::chrono::hours{1}};

config::routing_settings learns() {
  config::routing_settings wanted;
  wanted.strategy = config::routing_strategy::cost_optimal;
  wanted.learn = true;
  wanted.explore_percent = 5;
  return wanted;
}

config::routing_settings budget(double usd) {
  config::routing_settings wanted;
  wanted.strategy = config::routing_strategy::cost_optimal;
  wanted.budget_usd = usd;
  wanted.budget_period = std::chrono::seconds{3'600};
  return wanted;
}

/// A kind of prompt, as the bandit sees it.
bandit_view seen_as(float code) {
  bandit_view seen(48, 0.0F);
  seen[0] = code;
  return seen;
}

routing::decision choice(const std::vector<double>& quality) {
  std::vector<routing::candidate> among{{.provider = "p", .model = "dear", .quality = quality[0]},
                                        {.provider = "p", .model = "cheap", .quality = quality[1]}};
  const auto dear = cost::flat_price(token_price{10'000'000'000}, token_price{10'000'000'000});
  const auto cheap = cost::flat_price(token_price{1'000'000'000}, token_price{1'000'000'000});
  among[0].price = &dear;
  among[1].price = &cheap;
  return routing::choose("auto", {.prompt_bytes = 4'000}, among, {.quality_min = 0.9});
}

/// Serves `count` requests of one kind; the cheap model is right with this probability, the dear one with 0.9.
struct world {
  route_book book{k_arms, learns(), k_start};
  resilience::random_stream random{7};
  int number = 0;

  /// @returns how many went to the cheap model.
  int serve(int count, const bandit_view& seen, double cheap_right) {
    int cheap = 0;
    for (int i = 0; i < count; ++i) {
      const std::vector<double> priors{0.9, 0.9};
      std::vector<double> quality = priors;
      book.correct(seen, quality);
      auto made = choice(quality);
      book.explore(seen, priors, random.unit(), made);
      cheap += made.chosen == 1 ? 1 : 0;
      const double right = made.chosen == 1 ? cheap_right : 0.9;
      const std::string id = std::to_string(++number);
      book.note(id, k_arms[static_cast<std::size_t>(made.chosen)], seen, 0.9);
      EXPECT_TRUE(book.learn(id, random.unit() < right ? 1 : 0));
    }
    return cheap;
  }
};

TEST(route_book, feedback_turns_the_choice_away_from_a_model_that_fails_and_keeps_trying_it) {
  world all;
  const auto code = seen_as(1);
  EXPECT_GT(all.serve(100, code, 0.9), 80) << "cheap and as good";
  all.serve(800, code, 0.2);
  const int after = all.serve(400, code, 0.2);
  EXPECT_LT(after, 100) << "it fails: the dear one is asked";
  EXPECT_GT(after, 0) << "and the cheap one is tried now and then";
}

TEST(route_book, a_model_that_gets_better_is_found_again) {
  world all;
  const auto code = seen_as(1);
  all.serve(600, code, 0.1);
  all.serve(6'000, code, 1.0);
  EXPECT_GT(all.serve(200, code, 1.0), 120);
}

TEST(route_book, learns_of_its_own_answers_only) {
  route_book book{k_arms, learns(), k_start};
  book.note("a", "p/unknown", seen_as(1), 0.5);
  EXPECT_FALSE(book.learn("a", 1));
  EXPECT_FALSE(book.learn("never asked", 1));
  book.note("b", "p/dear", seen_as(1), 0.5);
  EXPECT_TRUE(book.learn("b", 1));
}

TEST(route_book, what_waits_for_feedback_is_bounded_and_the_oldest_goes) {
  route_book book{k_arms, learns(), k_start};
  for (std::size_t i = 0; i <= route_book::k_waiting_max; ++i) {
    book.note(std::to_string(i), "p/dear", {}, 0.5);
  }
  EXPECT_FALSE(book.learn("0", 1));
  book.note("1", "p/cheap", seen_as(1), 0.5); // asked again under the same id
  EXPECT_TRUE(book.learn("1", 1));
}

TEST(route_book, exploration_has_the_probability_that_it_says) {
  route_book book{k_arms, learns(), k_start};
  resilience::random_stream random{3};
  int explored = 0;
  double said = 0;
  constexpr int k_draws = 4'000;
  for (int i = 0; i < k_draws; ++i) {
    auto made = choice({0.9, 0.9});
    book.explore(seen_as(1), std::vector<double>{0.9, 0.9}, random.unit(), made);
    EXPECT_EQ(made.order.front(), static_cast<std::size_t>(made.chosen));
    EXPECT_EQ(made.candidates[made.order.front()].why, routing::verdict::chosen);
    explored += made.explored ? 1 : 0;
    said += made.explored ? made.propensity : 1 - made.propensity;
    EXPECT_LT(made.propensity, 1);
    EXPECT_NE(made.candidates[made.order.back()].why, routing::verdict::chosen) << "one is chosen";
  }
  EXPECT_GT(explored, 0);
  EXPECT_NEAR(static_cast<double>(explored) / k_draws, said / k_draws, 0.02);
}

TEST(route_book, never_tries_what_cannot_be_asked_or_nobody_knows) {
  route_book book{k_arms, learns(), k_start};
  resilience::random_stream random{3};
  for (int i = 0; i < 2'000; ++i) {
    auto made = choice({0.9, 0.9});
    made.candidates[0].why = routing::verdict::unhealthy;
    made.order = {1};
    book.explore(seen_as(1), std::vector<double>{0.9, 0.9}, random.unit(), made);
    EXPECT_EQ(made.chosen, 1);
  }
  std::vector<double> quality{0.9, -1};
  book.correct(seen_as(1), quality);
  EXPECT_EQ(quality[1], -1) << "without a word of feedback it stays unknown";
  for (int i = 0; i < 200; ++i) {
    book.note("r", "p/cheap", seen_as(1), -1);
    EXPECT_TRUE(book.learn("r", 0.5));
  }
  book.correct(seen_as(1), quality);
  EXPECT_NEAR(quality[1], 0.5, 0.01) << "as it was said";
}

TEST(route_book, a_short_memory_forgets) {
  auto wanted = learns();
  const auto after_a_turn = [&](std::chrono::seconds memory) {
    wanted.forget = memory;
    route_book book{k_arms, wanted, k_start};
    for (int i = 0; i < 2'000; ++i) {
      book.note("r", "p/cheap", seen_as(1), 0.9);
      (void)book.learn("r", i < 1'500 ? 0 : 1);
    }
    std::vector<double> quality{0.9, 0.9};
    book.correct(seen_as(1), quality);
    return quality[1];
  };
  EXPECT_GT(after_a_turn(std::chrono::hours{1}), 0.8);
  EXPECT_LT(after_a_turn(std::chrono::hours{24 * 365}), 0.5);
}

TEST(route_book, a_budget_is_never_passed_and_renews) {
  route_book book{k_arms, budget(1.0), k_start};
  money spent;
  int served = 0;
  for (int i = 0; i < 1'000; ++i) {
    const auto held = book.budget()->reserve(money::from_nano_usd(5'000'000), k_start + std::chrono::seconds{i});
    if (held) {
      book.budget()->settle(*held, money::from_nano_usd(5'000'000), k_start + std::chrono::seconds{i});
      spent += money::from_nano_usd(5'000'000);
      ++served;
    }
  }
  EXPECT_LE(spent, money::from_nano_usd(1'010'000'000));
  EXPECT_EQ(served, 200);
  EXPECT_GT(book.budget()->usd_price(k_start + std::chrono::seconds{1'000}), 0);
  EXPECT_EQ(book.budget()->renewal(k_start + std::chrono::seconds{1'000}).count(), 2'600);
  EXPECT_TRUE(book.budget()->reserve(money::from_nano_usd(5'000'000), k_start + std::chrono::seconds{3'700}));
  EXPECT_EQ(book.budget()->renewal(k_start + std::chrono::seconds{3 * 3'600 + 600}).count(), 3'000);
}

TEST(route_book, a_route_without_a_budget_has_no_purse) {
  EXPECT_FALSE(route_book(k_arms, learns(), k_start).budget());
}

TEST(route_books, a_reload_keeps_what_was_learned_and_spent) {
  route_books books;
  auto wanted = budget(1.0);
  wanted.learn = true;
  const auto first = books.of("auto", k_arms, wanted, k_start);
  ASSERT_TRUE(first);
  EXPECT_EQ(books.of("auto", k_arms, wanted, k_start), first);
  const auto held = first->budget()->reserve(money::from_nano_usd(900'000'000), k_start);
  first->budget()->settle(*held, money::from_nano_usd(900'000'000), k_start);
  for (int i = 0; i < 50; ++i) {
    first->note("r", "p/cheap", seen_as(1), 0.9);
    EXPECT_TRUE(books.learn("r", 0));
  }
  const std::vector<std::string> more{"p/new", "p/cheap"};
  const auto second = books.of("auto", more, wanted, k_start);
  ASSERT_NE(second, first);
  std::vector<double> quality{0.9, 0.9};
  second->correct(seen_as(1), quality);
  EXPECT_LT(quality[1], 0.5) << "of the same name";
  EXPECT_NEAR(quality[0], 0.9, 1e-9);
  EXPECT_FALSE(second->budget()->reserve(money::from_nano_usd(200'000'000), k_start)) << "spent stays spent";
  const auto later = k_start + std::chrono::seconds{1'800};
  wanted.explore_percent = 20;
  const auto third = books.of("auto", more, wanted, later);
  EXPECT_NE(third, second) << "what is configured counts at once";
  EXPECT_EQ(third->budget()->renewal(later).count(), 1'800) << "the period goes on";
}

TEST(route_books, what_is_under_way_at_a_reload_is_settled_and_learned_from) {
  route_books books;
  auto wanted = budget(1.0);
  wanted.learn = true;
  const auto first = books.of("auto", k_arms, wanted, k_start);
  first->note("r", "p/cheap", seen_as(1), 0.9);
  const auto held = first->budget()->reserve(money::from_nano_usd(900'000'000), k_start);
  ASSERT_TRUE(held);
  const auto second = books.of("auto", std::vector<std::string>{"p/new", "p/cheap"}, wanted, k_start);
  EXPECT_FALSE(second->budget()->reserve(money::from_nano_usd(500'000'000), k_start))
      << "set aside by who is under way";
  first->budget()->settle(*held, money::from_nano_usd(100'000'000), k_start);
  EXPECT_TRUE(second->budget()->reserve(money::from_nano_usd(500'000'000), k_start));
  EXPECT_TRUE(second->learn("r", 0));
}

TEST(route_book, repeating_a_word_teaches_nothing_more) {
  route_book book{k_arms, learns(), k_start};
  const auto expected = [&book] {
    std::vector<double> quality{0.9, 0.9};
    book.correct(seen_as(1), quality);
    return quality[0];
  };
  book.note("r", "p/dear", seen_as(1), 0.9);
  EXPECT_TRUE(book.learn("r", 0));
  const double once = expected();
  EXPECT_TRUE(book.learn("r", 0));
  EXPECT_EQ(expected(), once);
}

TEST(route_books, a_restart_and_a_changed_budget_keep_what_was_spent) {
  const auto cents = [](int amount) { return money::from_nano_usd(amount * 10'000'000LL); };
  route_books books;
  books.resume("auto", {.spent = cents(90), .began = k_start - std::chrono::minutes{50}});
  const auto first = books.of("auto", k_arms, budget(1.0), k_start);
  EXPECT_FALSE(first->budget()->reserve(cents(20), k_start));
  EXPECT_EQ(first->budget()->renewal(k_start).count(), 600);
  const auto held = first->budget()->reserve(cents(5), k_start);
  first->budget()->settle(*held, cents(5), k_start);
  books.resume("auto", {.spent = cents(95), .began = k_start - std::chrono::minutes{50}});
  EXPECT_EQ(books.of("auto", k_arms, budget(1.0), k_start), first) << "it has counted itself";
  const auto larger = books.of("auto", k_arms, budget(1.2), k_start);
  EXPECT_FALSE(larger->budget()->reserve(cents(30), k_start));
  EXPECT_TRUE(larger->budget()->reserve(cents(25), k_start));
  EXPECT_TRUE(books.of("other", k_arms, budget(1.0), k_start)->budget()->reserve(cents(100), k_start));
}

TEST(route_books, routes_that_neither_learn_nor_save_have_none) {
  route_books books;
  EXPECT_FALSE(books.of("auto", k_arms, config::routing_settings{}, k_start));
  EXPECT_FALSE(books.learn("r", 1));
}

} // namespace
} // namespace inferenceflow::pipeline
