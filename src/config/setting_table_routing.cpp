// Keys of `routing`, which also stands in entries of routes.
#include "config/setting_rows.h"

namespace inferenceflow::config::rows {
namespace {

// NOLINTBEGIN(readability-identifier-naming): the rows below read as a table; short names keep one setting on one line.
using enum value_kind;
constexpr auto live = takes_effect::live;
using R = routing_settings;
constexpr auto escalation = &R::escalation;
using E = escalation_settings;
constexpr auto other = &R::other;
using O = other_choice_settings;
// NOLINTEND(readability-identifier-naming)

constexpr std::string_view k_strategy_words[] = {"in_order", "cost_optimal", "latency_optimal", "balanced"};
constexpr std::uint64_t k_percent_max = 100 * k_millionths;
constexpr std::uint64_t k_usd_max = 1'000'000 * k_millionths;

const setting k_settings[] = {
    one_of("strategy", at<&R::strategy>, k_strategy_words, live,
           "Which of a route's targets is asked first: the first, the cheapest or the fastest that is good enough, or "
           "both weighed.",
           "ROUTING_STRATEGY"),
    ranged("cost_weight", decimal, at<&R::cost_weight>, 0, k_millionths, live,
           "Weight of cost against time in strategy balanced.", "COST_WEIGHT"),
    ranged("quality_min", decimal, at<&R::quality_min>, 0, k_millionths, live,
           "Share of the best target's expected quality that another one must reach to be good enough."),
    ranged(
        "quality_weight", decimal, at<&R::quality_weight>, 0, 1'000 * k_millionths, live,
        "What all of the best target's quality is worth, in costs of a request to it; 0 looks at quality_min alone."),
    plain("file", file, at<&R::file>, live, "Router file, from `inferenceflow router train`; empty predicts nothing."),
    plain("tags", text_list, at<&R::tags>, live, "Tags that a target must have to be asked."),
    ranged("budget.usd", decimal, at<&R::budget_usd>, 0, k_usd_max, live,
           "US dollars that a route may spend in each period; 0 is no bound."),
    ranged("budget.period_s", time_s, at<&R::budget_period>, 60, 365 * k_day_s, live,
           "Length of such a period; they follow each other from 1970-01-01 00:00 UTC on."),
    plain("learn.enabled", boolean, at<&R::learn>, live, "Learn from feedback while serving."),
    ranged("learn.explore_percent", decimal, at<&R::explore_percent>, 0, 50 * k_millionths, live,
           "Share of requests, in percent, that are sent elsewhere to learn; never inside tool loops."),
    ranged("learn.forget_s", time_s, at<&R::forget>, 60, 365 * k_day_s, live, "Time after which feedback counts half."),
    plain("escalation.enabled", boolean, at<escalation, &E::enabled>, live,
          "Ask the next target when an answer is not trusted."),
    plain("escalation.file", file, at<escalation, &E::file>, live,
          "Trust file, from `inferenceflow router trust`; empty goes by confidence_min, format and refusals."),
    ranged("escalation.risk_max", decimal, at<escalation, &E::risk_max>, 1'000, k_millionths / 2, live,
           "Share of requests that may get a wrong answer from a cheaper target than the last; needs a trust file."),
    ranged("escalation.confidence_min", decimal, at<escalation, &E::confidence_min>, 0, k_millionths, live,
           "Answers whose confidence is lower are not trusted."),
    ranged("escalation.wrong_usd", decimal, at<escalation, &E::wrong_usd>, 0, k_usd_max, live,
           "What a wrong answer costs in US dollars: escalate when that, times its probability, is more than the next "
           "target; 0 lets the risk decide alone."),
    ranged("escalation.samples", count, at<escalation, &E::samples>, 1, 16, live,
           "Answers of the first target that are compared; each is paid for."),
    ranged("escalation.hold_tokens_max", count, at<escalation, &E::hold_tokens_max>, 1, 100'000, live,
           "Tokens of a stream that are held back until it is trusted."),
    ranged("escalation.hold_ms", time_ms, at<escalation, &E::hold>, 1, k_hour_ms, live,
           "Time that a stream is held back for this."),
    one_of("other.strategy", at<other, &O::strategy>, k_strategy_words, live,
           "Another choice, tried beside the one in force: its strategy."),
    plain("other.file", file, at<other, &O::file>, live, "Its router file; empty is the same."),
    ranged("other.cost_weight", decimal, at<other, &O::cost_weight>, 0, k_millionths, live, "Its cost_weight."),
    ranged("other.quality_min", decimal, at<other, &O::quality_min>, 0, k_millionths, live, "Its quality_min."),
    ranged("other.score_percent", decimal, at<other, &O::score_percent>, 0, k_percent_max, live,
           "Share of requests that it decides too, without effect."),
    ranged("other.send_percent", decimal, at<other, &O::send_percent>, 0, k_percent_max, live,
           "Share of requests that are also sent to its choice; the answers are compared, and the second is paid for."),
    ranged("other.serve_percent", decimal, at<other, &O::serve_percent>, 0, k_percent_max, live,
           "Share of requests that its choice answers; never inside tool loops."),
};
static_assert(std::size(k_settings) <= k_routing_rows_max);

} // namespace

const setting_scope k_routing_scope{k_settings, {}, {}};

} // namespace inferenceflow::config::rows
