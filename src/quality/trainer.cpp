#include "quality/trainer.h"

#include "quality/trial.h"
#include "statistics/isotonic.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <random>

namespace inferenceflow::quality {

namespace {

error refused(std::string why) {
  return make_error(error_kind::invalid_request, std::move(why));
}

/// The set without models that too few rows tell about, and without rows that are left with none.
training_set with_known_models(const training_set& from, std::vector<std::string>& dropped) {
  std::vector<std::size_t> kept;
  for (std::size_t m = 0; m < from.models.size(); ++m) {
    const auto count = std::count_if(from.rows.begin(), from.rows.end(),
                                     [m](const example& row) { return !std::isnan(row.scores[m]); });
    if (static_cast<std::size_t>(count) >= k_scores_min) {
      kept.push_back(m);
    } else {
      dropped.push_back(from.models[m]);
    }
  }
  training_set made;
  made.space = from.space;
  made.read = from.read;
  for (const std::size_t m : kept) {
    made.models.push_back(from.models[m]);
  }
  for (const example& row : from.rows) {
    example one = row;
    one.scores.clear();
    one.output_tokens.clear();
    bool any = false;
    for (const std::size_t m : kept) {
      one.scores.push_back(row.scores[m]);
      any = any || !std::isnan(row.scores[m]);
      if (!row.output_tokens.empty()) {
        one.output_tokens.push_back(row.output_tokens[m]);
      }
    }
    if (any) {
      made.rows.push_back(std::move(one));
    }
  }
  settle_dimensions(made);
  group_copies(made);
  return made;
}

bool all_alike(const training_set& from) {
  float first = std::nanf("");
  for (const example& row : from.rows) {
    for (const float score : row.scores) {
      if (std::isnan(score)) {
        continue;
      }
      if (std::isnan(first)) {
        first = score;
      }
      if (score != first) {
        return false;
      }
    }
  }
  return true;
}

/// Fewer rows than these say little of a level; a hundredth of all, where those are more.
constexpr std::size_t k_level_rows_min = 20;

/// Neighbours in bunches, each as one observation: the ends of the line would else be those of single rows.
std::vector<statistics::observation> bunched(std::vector<statistics::observation> rows) {
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.x < b.x; });
  const std::size_t size = std::max(k_level_rows_min, rows.size() / 100);
  const std::size_t count = std::max<std::size_t>(1, rows.size() / size);
  std::vector<statistics::observation> made;
  for (std::size_t bunch = 0; bunch < count; ++bunch) {
    statistics::observation one{.x = 0, .y = 0, .weight = 0};
    for (std::size_t i = bunch * rows.size() / count; i < (bunch + 1) * rows.size() / count; ++i) {
      one.x += rows[i].x;
      one.y += rows[i].y;
      one.weight += 1;
    }
    made.push_back({.x = one.x / one.weight, .y = one.y / one.weight, .weight = one.weight});
  }
  return made;
}

/// The monotone line through the blocks' middles: it steps nowhere, so what was told apart before still is.
statistics::monotone_map calibrate(std::span<const float> predicted, std::span<const float> scores, std::size_t model,
                                   std::size_t models) {
  std::vector<statistics::observation> rows;
  for (std::size_t i = model; i < scores.size(); i += models) {
    if (!std::isnan(scores[i])) {
      rows.push_back({.x = static_cast<double>(predicted[i]), .y = static_cast<double>(scores[i])});
    }
  }
  const auto line = statistics::fit(bunched(std::move(rows)));
  if (!line) {
    return {};
  }
  // Both ends of a block say the same; between the middles the line is straight.
  std::vector<statistics::monotone_map::point> middles;
  const auto points = line->points();
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i + 1 < points.size() && points[i + 1].y == points[i].y) {
      middles.push_back({.x = (points[i].x + points[i + 1].x) / 2, .y = points[i].y});
      ++i;
    } else {
      middles.push_back(points[i]);
    }
  }
  auto made = statistics::monotone_map::from_points(std::move(middles));
  return made ? *made : *line;
}

std::vector<token_line> fit_tokens(const training_set& from, float& log_bytes) {
  double sum = 0;
  for (const example& row : from.rows) {
    sum += std::log1p(static_cast<double>(row.text.size()));
  }
  const double middle = sum / static_cast<double>(from.rows.size());
  log_bytes = static_cast<float>(middle);
  std::vector<token_line> lines(from.models.size());
  for (std::size_t m = 0; m < from.models.size(); ++m) {
    double count = 0, x = 0, y = 0, xx = 0, xy = 0, tokens = 0;
    for (const example& row : from.rows) {
      if (row.output_tokens.empty() || std::isnan(row.output_tokens[m])) {
        continue;
      }
      const double dx = std::log1p(static_cast<double>(row.text.size())) - middle;
      const double dy = std::log1p(static_cast<double>(row.output_tokens[m]));
      count += 1, x += dx, y += dy, xx += dx * dx, xy += dx * dy, tokens += static_cast<double>(row.output_tokens[m]);
    }
    if (count < static_cast<double>(k_scores_min)) {
      continue;
    }
    // Ten rows' worth of a slope of nought.
    const double slope = (xy - x * y / count) / (xx - x * x / count + 10);
    const double at_mean = (y - slope * x) / count;
    double plain = 0;
    for (const example& row : from.rows) {
      if (row.output_tokens.empty() || std::isnan(row.output_tokens[m])) {
        continue;
      }
      plain += std::exp(at_mean + slope * (std::log1p(static_cast<double>(row.text.size())) - middle));
    }
    lines[m] = {.at_mean = static_cast<float>(at_mean),
                .slope = static_cast<float>(slope),
                .smear = static_cast<float>(tokens / plain)};
  }
  return lines;
}

struct chosen_mix {
  std::vector<std::size_t> kinds;
  std::vector<float> predicted;
  gain won;
  std::string name;
};

/// The kinds whose plain average does best out of fold; the mean alone unless another is better by more than chance.
chosen_mix choose(const design& rows, const std::vector<trial_kind>& kinds, bool vectors, std::string_view only) {
  std::vector<std::size_t> usable;
  for (std::size_t i = 1; i < kinds.size(); ++i) {
    if ((vectors || !kinds[i].vectors) && (only.empty() || kinds[i].name == only)) {
      usable.push_back(i);
    }
  }
  chosen_mix best{.kinds = {0}, .predicted = kinds[0].out_of_fold(), .won = {}, .name = std::string{kinds[0].name}};
  for (std::size_t bits = 1; bits < (std::size_t{1} << usable.size()); ++bits) {
    chosen_mix one;
    one.predicted.assign(rows.rows * rows.models, 0);
    for (std::size_t i = 0; i < usable.size(); ++i) {
      if ((bits >> i & 1U) == 0) {
        continue;
      }
      one.kinds.push_back(usable[i]);
      one.name += (one.name.empty() ? "" : ", ") + std::string{kinds[usable[i]].name};
    }
    for (const std::size_t kind : one.kinds) {
      const auto& from = kinds[kind].out_of_fold();
      for (std::size_t i = 0; i < from.size(); ++i) {
        one.predicted[i] += from[i] / static_cast<float>(one.kinds.size());
      }
    }
    one.won = pairwise_gain(one.predicted, rows.scores, rows.models);
    if (one.won.mean > best.won.mean && one.won.mean > one.won.error) {
      best = std::move(one);
    }
  }
  if (!only.empty() && best.kinds.front() == 0 && !usable.empty()) {
    best = {.kinds = usable,
            .predicted = kinds[usable.front()].out_of_fold(),
            .won = kinds[usable.front()].won,
            .name = std::string{only}};
  }
  return best;
}

/// Fits what was chosen on all rows, adds it to the scorers and calibrates the mixture.
mixture settle(const design& rows, const chosen_mix& mix, const std::vector<trial_kind>& kinds,
               const training_options& options, std::map<std::size_t, std::uint32_t>& places,
               std::vector<std::unique_ptr<scorer>>& scorers) {
  mixture made;
  made.name = mix.name;
  std::vector<std::uint32_t> all(rows.rows);
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    all[i] = i;
  }
  for (const std::size_t kind : mix.kinds) {
    if (!places.contains(kind)) {
      const float strength = kinds[kind].strengths[kinds[kind].best];
      places.emplace(kind, static_cast<std::uint32_t>(scorers.size()));
      scorers.push_back(
          std::move(fit_kind(rows, all, kinds[kind], {&strength, 1}, options.trees, options.seed).front()));
    }
    made.members.push_back(places.at(kind));
    made.shares.push_back(1 / static_cast<float>(mix.kinds.size()));
  }
  for (std::size_t m = 0; m < rows.models; ++m) {
    made.calibration.push_back(calibrate(mix.predicted, rows.scores, m, rows.models));
    std::size_t count = 0;
    for (std::size_t i = m; i < rows.scores.size(); i += rows.models) {
      count += std::isnan(rows.scores[i]) ? 0U : 1U;
    }
    made.calibration_rows.push_back(static_cast<float>(count));
  }
  return made;
}

candidate_score judged(std::string name, std::span<const float> predicted, const design& rows) {
  const gain won = pairwise_gain(predicted, rows.scores, rows.models);
  return {.name = std::move(name),
          .gain = won.mean,
          .gain_error = won.error,
          .squared_error = squared_error(predicted, rows.scores),
          .best_quality = best_quality(predicted, rows.scores, rows.models)};
}

candidate_score judged_random(const design& rows, std::span<const float> means, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  std::vector<float> predicted(rows.scores.size());
  for (float& x : predicted) {
    x = static_cast<float>(static_cast<double>(random() >> 11U) * 0x1.0p-53);
  }
  candidate_score made = judged("random mix", predicted, rows);
  // Its order is chance, but what it expects of a model is that model's mean.
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    predicted[i] = means[i % rows.models];
  }
  made.squared_error = squared_error(predicted, rows.scores);
  return made;
}

training_facts facts_of(const training_set& set, const design& rows, const std::vector<trial_kind>& kinds,
                        const training_options& options) {
  training_facts facts;
  facts.date = options.date;
  facts.rows = rows.rows;
  facts.folds = options.folds;
  facts.seed = options.seed;
  facts.left_out = set.read.broken + set.read.without_scores;
  for (std::size_t m = 0; m < rows.models; ++m) {
    double sum = 0;
    double count = 0;
    for (std::size_t i = m; i < rows.scores.size(); i += rows.models) {
      if (!std::isnan(rows.scores[i])) {
        sum += static_cast<double>(rows.scores[i]), count += 1;
      }
    }
    facts.mean_scores.push_back(static_cast<float>(sum / std::max(1.0, count)));
  }
  facts.candidates.push_back(judged_random(rows, facts.mean_scores, options.seed));
  for (const trial_kind& kind : kinds) {
    if (!kind.predicted.empty()) {
      facts.candidates.push_back(judged(std::string{kind.name}, kind.out_of_fold(), rows));
    }
  }
  return facts;
}

} // namespace

std::vector<std::uint32_t> assign_folds(const std::vector<std::uint64_t>& groups, std::size_t folds,
                                        std::uint64_t seed) {
  std::vector<std::pair<std::uint64_t, std::vector<std::uint32_t>>> bundles;
  std::map<std::uint64_t, std::size_t> places;
  for (std::uint32_t row = 0; row < groups.size(); ++row) {
    const auto [place, added] =
        groups[row] == 0 ? std::pair{places.end(), true} : places.try_emplace(groups[row], bundles.size());
    if (added) {
      bundles.emplace_back();
    }
    bundles[place == places.end() || added ? bundles.size() - 1 : place->second].second.push_back(row);
  }
  std::mt19937_64 random{seed};
  for (auto& bundle : bundles) {
    bundle.first = random();
  }
  // The big ones first, each to the fold that has least; chance decides between equals.
  std::sort(bundles.begin(), bundles.end(), [](const auto& a, const auto& b) {
    return a.second.size() != b.second.size() ? a.second.size() > b.second.size() : a.first < b.first;
  });
  std::vector<std::uint32_t> assigned(groups.size(), 0);
  std::vector<std::size_t> sizes(folds, 0);
  for (const auto& bundle : bundles) {
    const auto least = static_cast<std::size_t>(std::min_element(sizes.begin(), sizes.end()) - sizes.begin());
    sizes[least] += bundle.second.size();
    for (const std::uint32_t row : bundle.second) {
      assigned[row] = static_cast<std::uint32_t>(least);
    }
  }
  return assigned;
}

result<std::shared_ptr<const router>> train(const training_set& from, const training_options& options) {
  return train_only(from, options, {});
}

result<std::shared_ptr<const router>> train_only(const training_set& from, const training_options& options,
                                                 std::string_view only) {
  if (options.folds < 2 || options.folds > training_options::k_folds_max || options.trees == 0 ||
      options.trial_trees == 0) {
    return refused(fmt::format("{} folds; 2 to {} are possible", options.folds, training_options::k_folds_max));
  }
  if (from.rows.size() < k_rows_min) {
    return refused(fmt::format("{} rows with scores; at least {} are needed", from.rows.size(), k_rows_min));
  }
  std::vector<std::string> dropped;
  training_set set = with_known_models(from, dropped);
  if (set.models.empty()) {
    return refused(fmt::format("no model has {} scores", k_scores_min));
  }
  if (all_alike(set)) {
    return refused("all scores are the same: there is nothing to choose by");
  }
  std::vector<std::uint64_t> groups;
  for (const example& row : set.rows) {
    groups.push_back(row.group);
  }
  auto distinct = groups;
  std::sort(distinct.begin(), distinct.end());
  const auto count = static_cast<std::size_t>(std::unique(distinct.begin(), distinct.end()) - distinct.begin());
  if (count < 2 * options.folds) {
    return refused(
        fmt::format("{} groups of rows; at least {} are needed for {} folds", count, 2 * options.folds, options.folds));
  }
  if (!options.vectors) {
    set.dimensions = 0;
  }

  const design rows = design::make(set);
  std::vector<trial_kind> kinds = all_kinds(set.dimensions > 0);
  std::erase_if(
      kinds, [&](const trial_kind& kind) { return !only.empty() && kind.what != family::mean && kind.name != only; });
  try_out_of_fold(rows, assign_folds(groups, options.folds, options.seed), options, kinds);

  router_parts parts;
  parts.facts = facts_of(set, rows, kinds, options);
  parts.facts.dropped_models = std::move(dropped);
  std::map<std::size_t, std::uint32_t> places;
  const chosen_mix text = choose(rows, kinds, false, only);
  parts.text = settle(rows, text, kinds, options, places, parts.scorers);
  chosen_mix best = text;
  if (set.dimensions > 0) {
    const chosen_mix vector = choose(rows, kinds, true, only);
    // Vectors have to be worth their embedding.
    const bool reads =
        std::any_of(vector.kinds.begin(), vector.kinds.end(), [&](std::size_t kind) { return kinds[kind].vectors; });
    if (reads && vector.won.mean > text.won.mean) {
      parts.vector = settle(rows, vector, kinds, options, places, parts.scorers);
      parts.dimensions = static_cast<std::uint32_t>(set.dimensions);
      parts.space = set.space;
      best = vector;
    }
  }
  for (const chosen_mix* mix : std::array<const chosen_mix*, 2>{&text, &best}) {
    if (mix->kinds.size() > 1 && (mix == &text || best.name != text.name)) {
      parts.facts.candidates.push_back(judged("mix of " + mix->name, mix->predicted, rows));
    }
  }
  for (candidate_score& one : parts.facts.candidates) {
    one.chosen = one.name == best.name || one.name == text.name || one.name == "mix of " + best.name ||
                 one.name == "mix of " + text.name;
  }
  parts.tokens = fit_tokens(set, parts.log_bytes);
  parts.models = std::move(set.models);
  return std::make_shared<const router>(std::move(parts));
}

} // namespace inferenceflow::quality
