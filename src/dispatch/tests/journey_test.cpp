#include "dispatch/journey.h"
#include "dispatch/line_table.h"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>

namespace inferenceflow::dispatch {
namespace {

using resilience::fault;
using resilience::plan_step;
using namespace std::chrono_literals;

constexpr steady_time k_start{1h};

config::provider_settings provider(const std::string& name) {
  config::provider_settings made;
  made.name = name;
  made.base_url = "http://127.0.0.1:9/" + name;
  made.models.push_back({"m", "m"});
  return made;
}

config::settings two_providers() {
  config::settings settings;
  settings.local.enabled = false;
  settings.providers = {provider("one"), provider("two")};
  config::route_settings both{.model = "both", .target = {}};
  both.targets = {{"one/m", 1}, {"two/m", 1}};
  settings.routes.push_back(both);
  return settings;
}

struct fixture {
  explicit fixture(const config::settings& settings)
      : routes(settings, *cost::price_table::load({}))
      , lines(board, std::make_shared<const config::settings>(settings), routes) {}
  std::shared_ptr<line> of(std::string_view name) { return lines.of(routes.find(name)); }

  switchboard board{7};
  routing::route_table routes;
  line_table lines;
};

resilience::attempt_failure failed(fault what) {
  return {.what = what, .told = make_error(error_kind::upstream_failed, "broken")};
}

TEST(journey, goes_on_to_the_next_target) {
  fixture all{two_providers()};
  journey way{all.board, all.of("both"), {.tokens = 10}};
  const auto first = way.begin(k_start);
  ASSERT_EQ(first.step, plan_step::send);
  EXPECT_EQ(way.along().routes[first.candidate]->provider, "one");
  const auto second = way.on_failure(first.attempt, failed(fault::server_error), k_start);
  ASSERT_EQ(second.step, plan_step::send);
  EXPECT_EQ(way.along().routes[second.candidate]->provider, "two");
  EXPECT_FALSE(way.on_success(second.attempt, 5, k_start));
  EXPECT_EQ(way.sends(), 2U);
}

TEST(journey, what_a_journey_learns_the_next_one_knows) {
  auto settings = two_providers();
  settings.resilience.breaker.consecutive_failures = 1;
  fixture all{settings};
  {
    journey way{all.board, all.of("both"), {}};
    const auto first = way.begin(k_start);
    EXPECT_EQ(way.on_failure(first.attempt, failed(fault::server_error), k_start).step, plan_step::send);
  }
  journey next{all.board, all.of("both"), {}};
  EXPECT_EQ(next.begin(k_start).candidate, 1U) << "the breaker of the first is open";
  const auto views = all.lines.targets(k_start);
  EXPECT_TRUE(std::any_of(views.begin(), views.end(), [](const auto& view) {
    return view.provider == "one" && view.breaker == resilience::breaker_state::open;
  }));
}

TEST(journey, routes_that_say_the_same_share_a_breaker_and_others_do_not) {
  auto settings = two_providers();
  config::route_settings own{.model = "own", .target = "one/m"};
  own.resilience.breaker.consecutive_failures = 77;
  own.resilience.said.set(); // as the loader does for the keys of the file
  settings.routes.push_back(own);
  settings.routes.push_back({.model = "alike", .target = "one/m"});
  fixture all{settings};
  EXPECT_EQ(all.of("alike")->targets[0], all.of("both")->targets[0]);
  EXPECT_NE(all.of("own")->targets[0], all.of("both")->targets[0]);
}

TEST(journey, machines_outlive_a_reload_that_does_not_concern_them) {
  const auto settings = two_providers();
  fixture all{settings};
  const auto before = all.of("both")->targets;
  auto changed = settings;
  changed.providers[1].api_keys = {"another key"};
  const routing::route_table routes{changed, *cost::price_table::load({})};
  line_table lines{all.board, std::make_shared<const config::settings>(changed), routes};
  const auto after = lines.of(routes.find("both"))->targets;
  EXPECT_EQ(after[0], before[0]);
  EXPECT_NE(after[1], before[1]);
}

struct one_place {
  one_place() {
    settings.resilience.concurrency.calls_max = 1;
    settings.resilience.concurrency.calls_min = 1;
    settings.resilience.queue.waiters_max = 1;
  }
  config::settings settings = two_providers();
};

TEST(journey, a_freed_place_goes_to_who_waits_and_wakes_it_once) {
  fixture all{one_place{}.settings};
  auto first = std::make_unique<journey>(all.board, all.of("one/m"), resilience::plan_request{});
  ASSERT_EQ(first->begin(k_start).step, plan_step::send);
  journey second{all.board, all.of("one/m"), {}};
  ASSERT_EQ(second.begin(k_start).step, plan_step::queued);
  int woken = 0;
  ASSERT_TRUE(second.await_turn([&woken] { ++woken; }));
  journey third{all.board, all.of("one/m"), {}};
  const auto refused = third.begin(k_start);
  EXPECT_EQ(refused.step, plan_step::give_up);
  EXPECT_EQ(refused.why.kind, error_kind::rate_limited);
  EXPECT_TRUE(refused.why.retry_after);
  first.reset(); // gives its place back
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(second.end_wait(k_start + 1s).step, plan_step::send);
  EXPECT_EQ(all.lines.backends()[0].in_flight + all.lines.backends()[1].in_flight, 1U);
}

TEST(journey, who_waits_too_long_is_refused_and_out_of_the_queue) {
  fixture all{one_place{}.settings};
  journey first{all.board, all.of("one/m"), {}};
  ASSERT_EQ(first.begin(k_start).step, plan_step::send);
  journey second{all.board, all.of("one/m"), {}};
  ASSERT_EQ(second.begin(k_start).step, plan_step::queued);
  EXPECT_EQ(second.end_wait(k_start + 10s).step, plan_step::give_up);
  EXPECT_TRUE(all.board.waiting.empty());
}

TEST(journey, a_turn_that_came_before_the_wait_is_not_lost) {
  fixture all{one_place{}.settings};
  auto first = std::make_unique<journey>(all.board, all.of("one/m"), resilience::plan_request{});
  ASSERT_EQ(first->begin(k_start).step, plan_step::send);
  journey second{all.board, all.of("one/m"), {}};
  ASSERT_EQ(second.begin(k_start).step, plan_step::queued);
  first.reset();
  EXPECT_FALSE(second.await_turn([] { FAIL() << "nobody waits"; }));
  EXPECT_EQ(second.end_wait(k_start).step, plan_step::send);
}

TEST(journey, many_threads_never_hold_more_places_than_there_are) {
  auto settings = one_place{}.settings;
  settings.resilience.concurrency.calls_max = 3;
  settings.resilience.queue.waiters_max = 1'000;
  fixture all{settings};
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::atomic<int> served{0};
  const auto work = [&] {
    for (int turn = 0; turn < 500; ++turn) {
      journey way{all.board, all.of("one/m"), {}};
      auto next = way.begin(std::chrono::steady_clock::now());
      if (next.step == plan_step::queued) {
        std::atomic<bool> woken{false};
        if (way.await_turn([&woken] { woken.store(true); })) {
          while (!woken.load()) {
            std::this_thread::yield();
          }
        }
        next = way.end_wait(std::chrono::steady_clock::now());
      }
      ASSERT_EQ(next.step, plan_step::send);
      const int now_inside = ++inside;
      int seen = most.load();
      while (seen < now_inside && !most.compare_exchange_weak(seen, now_inside)) {
      }
      --inside;
      EXPECT_FALSE(way.on_success(next.attempt, 1, std::chrono::steady_clock::now()));
      ++served;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back(work);
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(served.load(), 3'000);
  EXPECT_LE(most.load(), 3);
}

TEST(line_table, open_names_share_their_machines_and_are_bounded) {
  auto settings = two_providers();
  settings.providers[0].any_model = true;
  fixture all{settings};
  const auto first = all.of("one/unlisted");
  EXPECT_EQ(first, all.of("one/unlisted"));
  for (std::size_t i = 0; i < line_table::k_open_lines_max + 10; ++i) {
    ASSERT_TRUE(all.of("one/x" + std::to_string(i)));
  }
  EXPECT_LE(all.lines.targets(k_start).size(), line_table::k_open_lines_max + 4);
}

TEST(line_table, gives_each_due_probe_once) {
  auto settings = two_providers();
  settings.resilience.health.probe = config::probe_when::always;
  fixture all{settings};
  const auto later = k_start + 1h;
  auto due = all.lines.take_due_probes(later);
  ASSERT_EQ(due.size(), 2U);
  EXPECT_TRUE(all.lines.take_due_probes(later).empty());
  EXPECT_FALSE(all.lines.probed(*due[0], true, later));
  EXPECT_TRUE(all.lines.take_due_probes(later).empty());
  EXPECT_EQ(all.lines.take_due_probes(later + 1h).size(), 1U) << "the other one is still under way";
}

} // namespace
} // namespace inferenceflow::dispatch
