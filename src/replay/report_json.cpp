#include "replay/report.h"

#include <boost/json.hpp>

namespace inferenceflow::replay {

namespace json = boost::json;

namespace {

json::object counted(const counted_cost& of) {
  return {{"requests", of.requests}, {"direct_nano_usd", of.direct.nano_usd()}};
}

json::value interval_json(const saving_interval& of) {
  json::object made{{"resampled", std::string{to_string(of.by)}}, {"groups", of.groups}};
  made["low"] = of.share ? json::value(of.share->low) : json::value(nullptr);
  made["high"] = of.share ? json::value(of.share->high) : json::value(nullptr);
  return made;
}

json::object levers_json(const lever_sums& sums) {
  json::object made;
  for (std::size_t i = 0; i < k_levers; ++i) {
    made[std::string{key_of(static_cast<lever>(i))}] =
        json::object{{"requests", sums[i].requests}, {"saved_nano_usd", sums[i].saved.nano_usd()}};
  }
  return made;
}

json::object gaps_json(const unjudged& of) {
  return {{"no_body", counted(of.no_body)},          {"unreadable", counted(of.unreadable)},
          {"parameters", counted(of.parameters)},    {"no_usage", counted(of.no_usage)},
          {"no_latency", counted(of.no_latency)},    {"not_served", counted(of.not_served)},
          {"ceiling", counted(of.ceiling)},          {"unrouted", counted(of.unrouted)},
          {"unrated", counted(of.unrated)},          {"unescalated", counted(of.unescalated)},
          {"no_embedding", counted(of.no_embedding)}};
}

json::object earned_json(const learning::off_policy_report& of) {
  return {{"rows", of.rows},
          {"logged", of.logged.value},
          {"doubly_robust", of.doubly_robust.value},
          {"low", of.doubly_robust.interval.low},
          {"high", of.doubly_robust.interval.high},
          {"effective_rows", of.effective_rows},
          {"doubt", of.doubt}};
}

json::object run_json(const totals& of, const saving_interval& interval) {
  const double direct = of.judged.direct.usd();
  json::object made{{"configuration", of.name},
                    {"requests", of.judged.requests},
                    {"calls", of.calls},
                    {"direct_nano_usd", of.judged.direct.nano_usd()},
                    {"cost_nano_usd", of.cost.nano_usd()},
                    {"saved_share", direct > 0 ? 1 - of.cost.usd() / direct : 0.0},
                    {"interval", interval_json(interval)},
                    {"levers", levers_json(of.levers)},
                    {"not_judged", gaps_json(of.lacking)}};
  if (of.qualities != 0) {
    made["expected_quality"] = json::object{{"requests", of.qualities},
                                            {"chosen", of.quality / static_cast<double>(of.qualities)},
                                            {"logged", of.direct_quality / static_cast<double>(of.qualities)}};
  }
  return made;
}

json::object log_json(const replayed& of) {
  const auto& counts = of.counts;
  json::object skipped;
  constexpr const char* k_keys[k_skip_reasons] = {"broken", "too_long", "no_request", "failed", "duplicate", "shadow"};
  for (std::size_t i = 0; i < k_skip_reasons; ++i) {
    skipped[k_keys[i]] = counts.skipped[i];
  }
  json::object unpriced;
  for (const auto& [name, model] : of.unpriced) {
    unpriced[name] = json::object{{"requests", model.requests}, {"tokens", model.tokens}};
  }
  return {{"path", of.log},
          {"kind", of.kind},
          {"lines", counts.lines},
          {"usable", counts.usable},
          {"skipped", std::move(skipped)},
          {"unpriced", std::move(unpriced)},
          {"untimed", counts.untimed},
          {"sorted", counts.sorted},
          {"clamped", counts.clamped},
          {"forward_jumps", counts.forward_jumps},
          {"first_ms", counts.first_ms},
          {"last_ms", counts.last_ms},
          {"claimed_requests", of.claimed_requests},
          {"claimed_nano_usd", of.claimed.nano_usd()},
          {"claimed_direct_nano_usd", of.claimed_direct.nano_usd()}};
}

} // namespace

std::string report_json(const replayed& of) {
  json::array runs;
  for (std::size_t i = 0; i < of.runs.size(); ++i) {
    auto run = run_json(of.runs[i], of.intervals[i]);
    if (of.earned[i]) {
      run["feedback"] = earned_json(*of.earned[i]);
    }
    if (i > 0) {
      run["against_first"] = interval_json(of.differences[i - 1]);
    }
    runs.push_back(std::move(run));
  }
  const json::object whole{{"log", log_json(of)},
                           {"seed", of.plan.seed},
                           {"rounds", of.plan.rounds},
                           {"level", of.plan.level},
                           {"configurations", std::move(runs)}};
  return json::serialize(whole) + "\n";
}

} // namespace inferenceflow::replay
