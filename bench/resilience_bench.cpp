// What the decisions of src/resilience/ cost. Each request takes several of them: each has to stay below 200 ns.
#include "resilience/adaptive_concurrency.h"
#include "resilience/balancer.h"
#include "resilience/circuit_breaker.h"
#include "resilience/fallback_plan.h"
#include "resilience/hedge_policy.h"
#include "resilience/retry_budget.h"
#include "resilience/retry_policy.h"

#include <benchmark/benchmark.h>
#include <chrono>
#include <cstdint>
#include <deque>
#include <vector>

namespace {

using namespace inferenceflow;
using namespace inferenceflow::resilience;
using namespace std::chrono_literals;

constexpr steady_time k_start{1h};

/// Time that passes by itself, ten microseconds per decision, so that windows roll and averages decay.
class passing_time {
public:
  steady_time next() { return now_ += 10us; }

private:
  steady_time now_ = k_start;
};

void breaker_call(benchmark::State& state) {
  circuit_breaker breaker{{}};
  passing_time time;
  std::uint64_t n = 0;
  for (auto _ : state) {
    const steady_time now = time.next();
    const breaker_permit permit = breaker.enter(now);
    ++n % 16 == 0 ? breaker.failed(permit, now) : breaker.succeeded(permit, now);
    benchmark::DoNotOptimize(permit);
  }
}
BENCHMARK(breaker_call);

void breaker_open_refusal(benchmark::State& state) {
  circuit_breaker breaker{{}};
  for (int i = 0; i < 5; ++i) {
    breaker.failed(breaker.enter(k_start), k_start);
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(breaker.enter(k_start + 1s));
  }
}
BENCHMARK(breaker_open_refusal);

void balancer_choice(benchmark::State& state, balance_policy policy, bool equal_weights) {
  const auto count = static_cast<std::size_t>(state.range(0));
  std::deque<target_load> loads;
  std::vector<balanced_target> members;
  for (std::size_t i = 0; i < count; ++i) {
    loads.emplace_back();
    loads.back().started(100);
    loads.back().finished(100, 100, 1ms * (i + 1), k_start);
    loads.back().started(1'000 + i);
    members.push_back(
        {.load = &loads.back(), .identity = i, .weight = equal_weights ? 1 : 1 + static_cast<std::uint32_t>(i % 3)});
  }
  balancer group{{.policy = policy, .sticky_floor_tokens = 0}, std::move(members)};
  random_stream random{1};
  passing_time time;
  std::uint64_t prefix = 0;
  const candidate_set usable = ~candidate_set{2}; // one is out
  for (auto _ : state) {
    benchmark::DoNotOptimize(group.choose(usable, mix_bits(++prefix), time.next(), random));
  }
}
BENCHMARK_CAPTURE(balancer_choice, weighted, balance_policy::weighted, false)->Arg(4)->Arg(16);
BENCHMARK_CAPTURE(balancer_choice, least_outstanding, balance_policy::least_outstanding, false)->Arg(4)->Arg(16);
BENCHMARK_CAPTURE(balancer_choice, peak_ewma, balance_policy::peak_ewma, false)->Arg(4)->Arg(16);
BENCHMARK_CAPTURE(balancer_choice, sticky, balance_policy::sticky, true)->Arg(4)->Arg(16);
BENCHMARK_CAPTURE(balancer_choice, sticky_weighted, balance_policy::sticky, false)->Arg(4)->Arg(16);

void load_of_one_call(benchmark::State& state) {
  target_load load;
  passing_time time;
  for (auto _ : state) {
    load.started(500);
    load.finished(500, 200, 2s, time.next());
  }
  benchmark::DoNotOptimize(load.outstanding_tokens());
}
BENCHMARK(load_of_one_call);

void budget_request_and_retry(benchmark::State& state) {
  retry_budget budget{{}};
  passing_time time;
  for (auto _ : state) {
    const steady_time now = time.next();
    budget.on_request(now);
    benchmark::DoNotOptimize(budget.try_spend(now));
  }
}
BENCHMARK(budget_request_and_retry);

void retry_decision_with_backoff(benchmark::State& state) {
  const retry_policy policy{{}};
  random_stream random{1};
  passing_time time;
  for (auto _ : state) {
    const steady_time now = time.next();
    benchmark::DoNotOptimize(
        policy.decide({.what = fault::server_error, .attempts_made = 2, .now = now, .deadline = now + 1min}, random));
  }
}
BENCHMARK(retry_decision_with_backoff);

void hedge_decision(benchmark::State& state) {
  hedge_policy policy{{}};
  first_token_times times{{}};
  passing_time time;
  for (auto _ : state) {
    const steady_time now = time.next();
    policy.on_request(now);
    benchmark::DoNotOptimize(policy.delay(times, false));
    benchmark::DoNotOptimize(policy.try_hedge(now));
  }
}
BENCHMARK(hedge_decision);

void hedge_record(benchmark::State& state) {
  first_token_times times{{}};
  random_stream random{1};
  passing_time time;
  for (auto _ : state) {
    times.record(100ms + std::chrono::microseconds{random.below(900'000)}, time.next());
  }
  benchmark::DoNotOptimize(times.quantile());
}
BENCHMARK(hedge_record);

void limiter_call(benchmark::State& state) {
  adaptive_concurrency limiter{{}};
  passing_time time;
  for (auto _ : state) {
    benchmark::DoNotOptimize(limiter.try_acquire());
    limiter.first_token(200ms, time.next());
    limiter.release();
  }
}
BENCHMARK(limiter_call);

void queue_offer_and_next(benchmark::State& state) {
  admission_queue queue{{}};
  passing_time time;
  waiter_id id = 0;
  for (; id < 100; ++id) {
    benchmark::DoNotOptimize(queue.offer(id, k_start + 1h, k_start));
  }
  for (auto _ : state) {
    const steady_time now = time.next();
    benchmark::DoNotOptimize(queue.offer(++id, now + 5s, now));
    benchmark::DoNotOptimize(queue.next(now));
  }
}
BENCHMARK(queue_offer_and_next);

/// All decisions of one request that is answered at the first attempt.
void whole_request(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  std::deque<backend> backends;
  std::deque<target> targets;
  std::vector<plan_candidate> chain;
  for (std::size_t i = 0; i < count; ++i) {
    backends.emplace_back(backend_settings{});
    targets.emplace_back(backends.back(), target_settings{});
    chain.push_back({.to = &targets.back()});
  }
  const plan_settings settings;
  const retry_policy retries{{}};
  retry_budget budget{{}};
  hedge_policy hedges{{}};
  random_stream random{1};
  const plan_services services{settings, retries, budget, hedges, random};
  passing_time time;
  for (auto _ : state) {
    fallback_plan plan{services, {.candidates = chain}, {.id = 1, .tokens = 500}};
    const plan_action sent = plan.begin(time.next());
    benchmark::DoNotOptimize(plan.on_first_byte(sent.attempt, time.next()));
    benchmark::DoNotOptimize(plan.on_success(sent.attempt, 200, time.next()));
  }
}
BENCHMARK(whole_request)->Arg(1)->Arg(4)->Arg(16);

} // namespace
