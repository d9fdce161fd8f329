#include "bench/cascade/report.h"

#include "statistics/bootstrap.h"
#include "statistics/calibration.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <numeric>
#include <random>

namespace inferenceflow::bench {

namespace json = boost::json;

namespace {

struct point {
  double cost = 0; ///< relative to the best service
  double accuracy = 0;
};

/// Means over some groups, each as often as it is named.
struct summary {
  std::vector<point> dials = {};
  double best_accuracy = 0;
};

summary summed(const outcome& seen, const reference& best, std::span<const std::uint32_t> groups) {
  std::vector<double> cost(seen.dials);
  std::vector<double> right(seen.dials);
  double best_cost = 0;
  double best_right = 0;
  double questions = 0;
  for (const std::uint32_t group : groups) {
    for (std::size_t dial = 0; dial < seen.dials; ++dial) {
      cost[dial] += seen.cost[group * seen.dials + dial];
      right[dial] += seen.right[group * seen.dials + dial];
    }
    best_cost += best.cost[group];
    best_right += best.right[group];
    questions += best.questions[group];
  }
  summary made{.best_accuracy = best_right / questions};
  for (std::size_t dial = 0; dial < seen.dials; ++dial) {
    made.dials.push_back({.cost = cost[dial] / best_cost, .accuracy = right[dial] / questions});
  }
  return made;
}

/// Between the first dial that reaches this share of the best service's accuracy and the one before it; NaN where none
/// does.
double cost_at(const summary& from, double share_of_best) {
  const double wanted = share_of_best * from.best_accuracy;
  for (std::size_t dial = 0; dial < from.dials.size(); ++dial) {
    const point& here = from.dials[dial];
    if (here.accuracy < wanted) {
      continue;
    }
    if (dial == 0) {
      return here.cost;
    }
    const point& before = from.dials[dial - 1];
    const double share = (wanted - before.accuracy) / (here.accuracy - before.accuracy);
    return before.cost + share * (here.cost - before.cost);
  }
  return std::nan("");
}

std::vector<std::uint32_t> all_groups(const recorded_set& set) {
  std::vector<std::uint32_t> all(set.groups);
  std::iota(all.begin(), all.end(), 0U);
  return all;
}

template <class statistic>
figure resampled(const recorded_set& set, const outcome& seen, std::string metric, std::uint64_t seed,
                 const statistic& value) {
  figure made{.set = set.name, .method = seen.method, .metric = std::move(metric)};
  const double found = value(all_groups(set));
  made.value = std::isfinite(found) ? std::optional{found} : std::nullopt;
  if (const auto range = statistics::bootstrap_interval(set.groups, value, {.rounds = k_rounds, .seed = seed});
      range && made.value) {
    made.ci95 = {range->low, range->high};
  }
  return made;
}

figure calibration_of(const recorded_set& set, const outcome& seen, std::uint64_t seed) {
  figure made{.set = set.name, .method = seen.method, .metric = "ece_p_wrong"};
  const auto error_of = [&](std::span<const std::uint32_t> rows) {
    std::vector<double> predicted;
    std::vector<double> observed;
    for (const std::uint32_t row : rows) {
      predicted.push_back(seen.p_wrong[row]);
      observed.push_back(seen.was_wrong[row]);
    }
    return statistics::calibration_error(predicted, observed);
  };
  // Equal predictions fall into bins in the order of rows, and files are sorted by label.
  std::vector<std::uint32_t> order(seen.p_wrong.size());
  std::iota(order.begin(), order.end(), 0U);
  std::mt19937_64 draws{seed};
  std::shuffle(order.begin(), order.end(), draws);
  made.value = error_of(order);
  const auto range =
      statistics::bootstrap_interval(seen.p_wrong.size(), error_of, {.rounds = k_rounds / 4, .seed = seed});
  if (range) {
    made.ci95 = {range->low, range->high};
  }
  return made;
}

result<void> write(const json::value& document, const std::string& path) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream file{path};
  file << json::serialize(document) << '\n';
  return file.flush() ? result<void>{}
                      : result<void>{make_error(error_kind::unavailable, fmt::format("{} cannot be written", path))};
}

} // namespace

std::vector<figure> figures_of(const recorded_set& set, const outcome& seen, std::uint64_t seed) {
  const reference best = reference_of(set);
  std::vector<figure> made;
  for (const auto& [metric, share] :
       {std::pair{"cost_at_equal_accuracy", 1.0}, std::pair{"cost_at_98_percent", 0.98}}) {
    made.push_back(resampled(set, seen, metric, seed, [&, wanted = share](std::span<const std::uint32_t> groups) {
      return cost_at(summed(seen, best, groups), wanted);
    }));
  }
  if (seen.method == "random") {
    return made;
  }
  made.push_back(resampled(set, seen, "cost_dial_learned", seed, [&](std::span<const std::uint32_t> groups) {
    return summed(seen, best, groups).dials[k_even_dial].cost;
  }));
  made.push_back(resampled(set, seen, "accuracy_gain_dial_learned", seed, [&](std::span<const std::uint32_t> groups) {
    const auto found = summed(seen, best, groups);
    return found.dials[k_even_dial].accuracy - found.best_accuracy;
  }));
  const auto even = summed(seen, best, all_groups(set)).dials[k_even_dial];
  const double oracle = oracle_cost(set, even.accuracy);
  auto regret = resampled(set, seen, "regret_to_oracle_cost", seed, [&](std::span<const std::uint32_t> groups) {
    return summed(seen, best, groups).dials[k_even_dial].cost - oracle;
  });
  made.push_back(std::move(regret));
  if (!seen.p_wrong.empty()) {
    made.push_back(calibration_of(set, seen, seed));
  }
  return made;
}

std::vector<figure> figures_of(const recorded_set& set, const std::vector<promise>& promises) {
  std::vector<figure> made;
  for (const promise& each : promises) {
    const std::string method =
        each.confidence > 0 ? fmt::format("conformal, confidence {}", each.confidence) : "conformal, expectation";
    const auto add = [&](const char* metric, double value, bool share) {
      figure one{.set = set.name, .method = method, .metric = fmt::format("{}_alpha_{}", metric, each.alpha)};
      if (each.fault.empty()) {
        one.value = value;
        if (share) {
          const double width = 1.96 * std::sqrt(std::max(value * (1 - value), 0.0) / k_resplits);
          one.ci95 = {std::max(value - width, 0.0), std::min(value + width, 1.0)};
        }
      }
      made.push_back(std::move(one));
    };
    add("kept", each.kept, true);
    add("risk", each.risk, false);
    add("served", each.served, false);
  }
  return made;
}

curve curve_of(const recorded_set& set, const outcome& seen) {
  const reference best = reference_of(set);
  curve made{.set = set.name, .method = seen.method};
  for (const point& each : summed(seen, best, all_groups(set)).dials) {
    made.points.emplace_back(each.cost, each.accuracy);
  }
  return made;
}

void print_table(const std::vector<figure>& rows) {
  fmt::print("{:<18} {:<26} {:<28} {:>8}  {}\n", "set", "method", "metric", "value", "95 % interval");
  for (const figure& row : rows) {
    const std::string value = row.value ? fmt::format("{:.4f}", *row.value) : "-";
    const std::string range = row.ci95 ? fmt::format("{:.4f} to {:.4f}", row.ci95->first, row.ci95->second) : "";
    fmt::print("{:<18} {:<26} {:<28} {:>8}  {}\n", row.set, row.method, row.metric, value, range);
  }
}

result<void> write_figures(const std::vector<figure>& rows, const std::string& path) {
  json::array made;
  for (const figure& row : rows) {
    made.push_back(
        json::object{{"set", row.set},
                     {"method", row.method},
                     {"metric", row.metric},
                     {"value", row.value ? json::value(*row.value) : json::value()},
                     {"ci95", row.ci95 ? json::value(json::array{row.ci95->first, row.ci95->second}) : json::value()}});
  }
  return write(made, path);
}

result<void> write_curves(const std::vector<curve>& rows, const std::string& path) {
  json::array made;
  for (const curve& row : rows) {
    json::array points;
    for (const auto& [cost, accuracy] : row.points) {
      points.push_back(json::array{cost, accuracy});
    }
    made.push_back(json::object{{"set", row.set}, {"method", row.method}, {"points", std::move(points)}});
  }
  return write(made, path);
}

result<void> write_plot_data(const std::vector<curve>& rows, const std::string& path) {
  std::ofstream file{path};
  for (const curve& row : rows) {
    std::string name = row.set;
    std::replace(name.begin(), name.end(), ' ', '_');
    file << fmt::format("# {} | {}\n", name, row.method);
    for (const auto& [cost, accuracy] : row.points) {
      file << fmt::format("{} {}\n", cost, accuracy);
    }
    file << "\n\n";
  }
  return file.flush() ? result<void>{}
                      : result<void>{make_error(error_kind::unavailable, fmt::format("{} cannot be written", path))};
}

} // namespace inferenceflow::bench
