// Keys of `resilience`, which also stands in entries of providers and routes.
#include "config/setting_rows.h"

namespace inferenceflow::config::rows {
namespace {

// NOLINTBEGIN(readability-identifier-naming): the rows below read as a table; short names keep one setting on one line.
using enum value_kind;
constexpr auto live = takes_effect::live;
using S = resilience_settings;
constexpr auto retry = &S::retry;
using R = retry_choices;
constexpr auto breaker = &S::breaker;
using B = breaker_choices;
constexpr auto health = &S::health;
using H = health_choices;
constexpr auto hedge = &S::hedge;
using G = hedge_choices;
constexpr auto concurrency = &S::concurrency;
using C = concurrency_choices;
constexpr auto queue = &S::queue;
using Q = queue_choices;
// NOLINTEND(readability-identifier-naming)

constexpr std::string_view k_probe_words[] = {"never", "sick", "always"};
constexpr std::string_view k_refusal_words[] = {"429", "503"};

const setting k_settings[] = {
    ranged("retry.attempts_max", count, at<retry, &R::attempts_max>, 1, 10, live,
           "Sends per request, the first included; 1 never sends again."),
    ranged("retry.backoff_base_ms", time_ms, at<retry, &R::backoff_base>, 1, 10'000, live,
           "Longest pause before the second send; doubles with each, at random below that."),
    ranged("retry.backoff_max_ms", time_ms, at<retry, &R::backoff_max>, 1, k_minute_ms, live, "Longest pause of all."),
    ranged("retry.retry_after_max_ms", time_ms, at<retry, &R::retry_after_max>, 0, 10 * k_minute_ms, live,
           "A longer Retry-After is passed on instead of waited for."),
    ranged("retry.deadline_ms", time_ms, at<retry, &R::deadline>, 1, k_hour_ms, live,
           "No send begins later than this after the request came."),
    ranged("retry.budget_percent", count, at<retry, &R::budget_percent>, 0, 100, live,
           "Retries per hundred requests, so that they cannot bury a slow backend."),
    ranged("retry.budget_floor_per_s", count, at<retry, &R::budget_floor_per_s>, 0, 1'000, live,
           "Retries per second that are allowed whatever the traffic."),
    plain("retry.after_filter", boolean, at<retry, &R::after_filter>, live,
          "A refusal by a provider's content filter goes on to the next target."),

    ranged("breaker.window_ms", time_ms, at<breaker, &B::window>, 1'000, 10 * k_minute_ms, live,
           "Time over which the share of failures is taken."),
    ranged("breaker.failure_percent", count, at<breaker, &B::failure_percent>, 1, 100, live,
           "Share of failed calls that opens the breaker of a model on a backend."),
    ranged("breaker.calls_min", count, at<breaker, &B::calls_min>, 1, 100'000, live,
           "No share is taken of fewer calls."),
    ranged("breaker.consecutive_failures", count, at<breaker, &B::consecutive_failures>, 0, 1'000, live,
           "Failures in a row that open it; 0 is never."),
    ranged("breaker.open_time_ms", time_ms, at<breaker, &B::open_time>, 100, 10 * k_minute_ms, live,
           "Time it stays open at first; doubles each time in a row."),
    ranged("breaker.open_time_max_ms", time_ms, at<breaker, &B::open_time_max>, 100, k_hour_ms, live,
           "Longest time it stays open."),

    ranged("keys.refused_time_ms", time_ms, at<&S::keys, &key_choices::refused_time>, 1'000, 24 * k_hour_ms, live,
           "Time a key sits out after 401, 402 or 403."),
    ranged("keys.limited_time_ms", time_ms, at<&S::keys, &key_choices::limited_time>, 1, 10 * k_minute_ms, live,
           "Time a key sits out after 429 without Retry-After; doubles in a row."),

    one_of("health.probe", at<health, &H::probe>, k_probe_words, live,
           "Which backends are asked for their list of models, without a client's request."),
    ranged("health.call_failures", count, at<health, &H::call_failures>, 0, 1'000, live,
           "Calls in a row without connection or answer that make a backend sick; 0 is never."),
    ranged("health.probe_failures", count, at<health, &H::probe_failures>, 1, 100, live,
           "Failed probes in a row that make it sick."),
    ranged("health.successes", count, at<health, &H::successes>, 1, 100, live,
           "Good probes or calls in a row that make it well."),
    ranged("health.probe_interval_ms", time_ms, at<health, &H::probe_interval>, 100, k_hour_ms, live,
           "Time between probes of a well backend without traffic (probe: always)."),
    ranged("health.sick_time_ms", time_ms, at<health, &H::sick_time>, 100, k_hour_ms, live,
           "Time after which a sick backend gets calls again (probe: never)."),

    plain("hedge.enabled", boolean, at<hedge, &G::enabled>, live,
          "Ask the next target too when a stream's first token is late; the first to answer wins."),
    ranged("hedge.quantile_permille", count, at<hedge, &G::quantile_permille>, 500, 999, live,
           "Late is this quantile of the target's times to first token."),
    ranged("hedge.share_percent", count, at<hedge, &G::share_percent>, 0, 100, live,
           "Hedges per hundred requests at most."),
    ranged("hedge.samples_min", count, at<hedge, &G::samples_min>, 1, 100'000, live,
           "No hedges before so many times are known."),
    ranged("hedge.delay_min_ms", time_ms, at<hedge, &G::delay_min>, 1, k_minute_ms, live,
           "Nothing is late before this."),
    ranged("hedge.delay_max_ms", time_ms, at<hedge, &G::delay_max>, 1, 10 * k_minute_ms, live,
           "Targets whose quantile is longer are not hedged."),

    plain("concurrency.adaptive", boolean, at<concurrency, &C::adaptive>, live,
          "Find out from times to first token how many calls a backend takes at once."),
    ranged("concurrency.calls_max", count, at<concurrency, &C::calls_max>, 1, 100'000, live,
           "Calls to one backend at once, all loops together; further ones queue."),
    ranged("concurrency.calls_min", count, at<concurrency, &C::calls_min>, 1, 10'000, live, "Adaptive goes no lower."),
    ranged("concurrency.calls_first", count, at<concurrency, &C::calls_first>, 1, 100'000, live,
           "Adaptive begins here."),
    ranged("concurrency.tolerance_percent", count, at<concurrency, &C::tolerance_percent>, 100, 1'000, live,
           "Times to first token up to this share of the usual one are no sign of load."),

    ranged("queue.waiters_max", count, at<queue, &Q::waiters_max>, 0, 1'000'000, live,
           "Requests that may wait for a place at a backend; then they are refused."),
    ranged("queue.wait_max_ms", time_ms, at<queue, &Q::wait_max>, 1, 10 * k_minute_ms, live,
           "Longest wait; who would wait longer is refused at once, with Retry-After."),
    one_of("queue.refuse_with", at<queue, &Q::refusal>, k_refusal_words, live, "Status of that refusal."),

    ranged("load_decay_ms", time_ms, at<&S::load_decay>, 1, k_hour_ms, live,
           "Memory of the average time per token that balance: peak_ewma compares."),
    ranged("sticky_load_percent", count, at<&S::sticky_load_percent>, 101, 1'000, live,
           "balance: sticky passes a conversation on when its target has more than this share of the fair load."),
    plain("continue_elsewhere", boolean, at<&S::continue_elsewhere>, live,
          "A stream that breaks after its first token is continued by the next target."),
};
static_assert(std::size(k_settings) <= k_resilience_rows_max);

} // namespace

const setting_scope k_resilience_scope{k_settings, {}, {}};

} // namespace inferenceflow::config::rows
