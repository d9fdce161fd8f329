#include "quality/trial.h"

#include "quality/forest_fit.h"
#include "quality/linear_fit.h"
#include "quality/mean_model.h"
#include "quality/neighbour_model.h"

namespace inferenceflow::quality {

std::vector<trial_kind> all_kinds(bool vectors) {
  std::vector<trial_kind> kinds;
  kinds.push_back({.what = family::mean, .name = "best single", .strengths = {0}});
  kinds.push_back({.what = family::linear, .name = "linear", .strengths = {5, 15, 50, 150}});
  kinds.push_back({.what = family::forest, .name = "forest", .strengths = {5, 15, 40}});
  if (vectors) {
    kinds.push_back({.what = family::neighbours, .vectors = true, .name = "kNN", .strengths = {30, 100, 300}});
    kinds.push_back({.what = family::linear, .vectors = true, .name = "linear+vector", .strengths = {5, 15, 50, 150}});
    kinds.push_back({.what = family::forest, .vectors = true, .name = "forest+vector", .strengths = {5, 15, 40}});
  }
  return kinds;
}

std::vector<std::unique_ptr<scorer>> fit_kind(const design& from, std::span<const std::uint32_t> subset,
                                              const trial_kind& kind, std::span<const float> strengths,
                                              std::size_t trees, std::uint64_t seed) {
  const targets wanted = targets::make(from, subset);
  if (kind.what == family::linear) {
    return fit_linear(from, subset, wanted, {.vectors = kind.vectors}, strengths);
  }
  std::vector<std::unique_ptr<scorer>> made;
  for (const float strength : strengths) {
    const auto count = static_cast<std::size_t>(strength);
    switch (kind.what) {
    case family::forest:
      made.push_back(
          fit_forest(from, subset, wanted, {.trees = trees, .leaf_min = count, .vectors = kind.vectors, .seed = seed}));
      break;
    case family::neighbours: made.push_back(fit_neighbours(from, subset, wanted, {.neighbours = count})); break;
    case family::linear:
    case family::mean: made.push_back(std::make_unique<mean_model>(wanted.means)); break;
    }
  }
  return made;
}

void try_out_of_fold(const design& from, const std::vector<std::uint32_t>& folds, const training_options& options,
                     std::vector<trial_kind>& kinds) {
  std::size_t done = 0;
  for (trial_kind& kind : kinds) {
    kind.predicted.assign(kind.strengths.size(), std::vector<float>(from.rows * from.models));
  }
  for (std::uint32_t fold = 0; fold < options.folds; ++fold) {
    std::vector<std::uint32_t> inside;
    std::vector<std::uint32_t> outside;
    for (std::uint32_t row = 0; row < from.rows; ++row) {
      (folds[row] == fold ? outside : inside).push_back(row);
    }
    for (trial_kind& kind : kinds) {
      if (options.progress) {
        options.progress({.done = done, .of = options.folds * kinds.size(), .what = kind.name});
      }
      const auto fitted = fit_kind(from, inside, kind, kind.strengths, options.trial_trees, options.seed + fold);
      for (std::size_t i = 0; i < fitted.size(); ++i) {
        for (const std::uint32_t row : outside) {
          static_cast<void>(
              fitted[i]->score(from.row(row), std::span{kind.predicted[i]}.subspan(row * from.models, from.models)));
        }
      }
      ++done;
    }
  }
  for (trial_kind& kind : kinds) {
    for (std::size_t i = 0; i < kind.predicted.size(); ++i) {
      const gain won = pairwise_gain(kind.predicted[i], from.scores, from.models);
      if (i == 0 || won.mean > kind.won.mean) {
        kind.best = i;
        kind.won = won;
      }
    }
  }
}

} // namespace inferenceflow::quality
