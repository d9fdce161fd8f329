#include "replay/replay.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::replay {

namespace {

constexpr std::uint64_t k_progress_every = 256;

std::string why_nothing(const feed_counts& counts, const replayed& found) {
  std::string why = fmt::format("{}: nothing in it can be used; of {} lines", found.log, counts.lines);
  for (std::size_t i = 0; i < k_skip_reasons; ++i) {
    if (counts.skipped[i] != 0) {
      why += fmt::format(", {} {}", counts.skipped[i], to_string(static_cast<skip_reason>(i)));
    }
  }
  std::uint64_t unpriced = 0;
  for (const auto& [name, model] : found.unpriced) {
    unpriced += model.requests;
  }
  if (unpriced != 0) {
    why += fmt::format(", {} of models without a known price ({}, …)", unpriced, found.unpriced.begin()->first);
  }
  return why;
}

void count_unpriced(const asked& one, replayed& into) {
  const std::string& name = one.logged->served.empty() ? one.logged->model : one.logged->served;
  const bool room = into.unpriced.size() < k_unpriced_names_max || into.unpriced.contains(name);
  auto& sum = into.unpriced[room ? name : "other"];
  ++sum.requests;
  sum.tokens += one.usage.total();
}

std::optional<learning::off_policy_report> earned_by(const totals& run, const statistics::bootstrap_plan& plan) {
  if (run.judgements.empty()) {
    return std::nullopt;
  }
  auto judged = learning::judge_policy(run.judgements, {.resamples = plan.rounds, .seed = plan.seed});
  return judged ? std::optional{std::move(*judged)} : std::nullopt;
}

} // namespace

result<replayed> replay(log_feed& log, const std::string& path, replay_options options,
                        const dialogue::codec_set& codecs) {
  if (options.runs.empty() || options.runs.size() > k_configurations_max) {
    return make_error(error_kind::invalid_request, fmt::format("{} configurations: 1 to {} can be compared",
                                                               options.runs.size(), k_configurations_max));
  }
  replayed found{.log = path, .kind = std::string{log.reader().kind()}, .plan = options.plan};
  const auto prices = options.runs.front().what.prices;
  asked_reader reader{*prices, codecs};
  for (auto& [from, to] : options.names) {
    reader.rename(from, to);
  }
  std::vector<std::unique_ptr<simulation>> simulations;
  for (auto& run : options.runs) {
    auto choice = run.choice ? std::move(run.choice) : std::make_unique<targets_in_turn>();
    simulations.push_back(
        std::make_unique<simulation>(std::move(run.what), codecs, std::move(choice), std::move(run.similar)));
  }
  while (const auto logged = log.next()) {
    const asked one = reader.read(*logged);
    if (one.lacking.price) {
      count_unpriced(one, found);
      continue;
    }
    if (logged->claimed) {
      ++found.claimed_requests;
      found.claimed += *logged->claimed;
      found.claimed_direct += one.direct;
    }
    for (auto& each : simulations) {
      each->take(one, reader.scanner());
    }
    if (options.on_progress && log.counts().usable % k_progress_every == 0) {
      options.on_progress(log.reader().taken(), log.reader().total());
    }
  }
  found.counts = log.counts();
  if (simulations.front()->sums().judged.requests == 0) {
    return make_error(error_kind::invalid_request, why_nothing(found.counts, found));
  }
  if (options.on_progress) {
    options.on_progress(log.reader().total(), log.reader().total());
  }
  for (auto& each : simulations) {
    each->finish();
    found.runs.push_back(each->sums());
    found.intervals.push_back(interval_of(found.runs.back(), options.plan));
    found.earned.push_back(earned_by(found.runs.back(), options.plan));
    if (found.runs.size() > 1) {
      found.differences.push_back(difference_of(found.runs.front(), found.runs.back(), options.plan));
    }
  }
  return found;
}

} // namespace inferenceflow::replay
