#include "escalation/logistic.h"
#include "escalation/trust.h"
#include "statistics/calibration.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

namespace inferenceflow::escalation {

namespace {

constexpr std::size_t k_folds = 5;
/// Beyond it lies no signal, and sums of squares lose what they are to tell.
constexpr double k_signal_max = 1e6;

/// Files are often sorted; this order is not.
std::uint64_t mixed(std::size_t row, std::uint64_t seed) {
  std::uint64_t x = row + 1 + seed * 0x9E3779B97F4A7C15U; // splitmix64's finisher
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31U);
}

std::size_t fold_of(std::size_t row, std::uint64_t seed) {
  return static_cast<std::size_t>(mixed(row, seed) % k_folds);
}

bool sound(const signals& seen) {
  const auto harmless = [](const std::optional<double>& number) {
    return !number || std::fabs(*number) <= k_signal_max; // false for NaN
  };
  return harmless(seen.logprob_mean) && harmless(seen.logprob_min) && harmless(seen.margin) && harmless(seen.entropy) &&
         harmless(seen.agreement) && harmless(seen.score) && harmless(seen.support);
}

result<void> check(std::span<const labelled> rows, const trust_options& options) {
  const auto refused = [](std::string message, const char* param) {
    return make_error(error_kind::invalid_request, std::move(message), param);
  };
  if (rows.size() < k_rows_min || rows.size() > k_rows_max) {
    return refused(fmt::format("{} labelled answers; {} to {} are needed", rows.size(), k_rows_min, k_rows_max),
                   "labels");
  }
  if (!(options.ridge > 0) || !(options.class_ridge > 0)) {
    return refused("ridge and class_ridge must be above 0", "ridge");
  }
  const auto wrong = std::count_if(rows.begin(), rows.end(), [](const labelled& row) { return row.wrong; });
  if (wrong == 0 || wrong == static_cast<std::ptrdiff_t>(rows.size())) {
    return refused(
        fmt::format("{} of the labelled answers are wrong; nothing can be told from that", wrong == 0 ? "none" : "all"),
        "labels");
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!sound(rows[i].seen) || rows[i].label.size() > k_label_bytes_max) {
      return refused(fmt::format("row {}: a signal that is no number within ±{}, or a class of more than {} bytes",
                                 i + 1, k_signal_max, k_label_bytes_max),
                     "labels");
    }
  }
  return {};
}

/// The classes with enough rows, most rows first, at most k_classes_max.
std::vector<std::pair<std::string_view, std::vector<std::size_t>>> large_classes(std::span<const labelled> rows,
                                                                                 std::span<const std::size_t> chosen) {
  std::map<std::string_view, std::vector<std::size_t>> by_label;
  for (const std::size_t at : chosen) {
    if (!rows[at].label.empty()) {
      by_label[rows[at].label].push_back(at);
    }
  }
  std::vector<std::pair<std::string_view, std::vector<std::size_t>>> large;
  for (auto& [label, members] : by_label) {
    if (members.size() >= k_class_rows_min) {
      large.emplace_back(label, std::move(members));
    }
  }
  std::stable_sort(large.begin(), large.end(),
                   [](const auto& a, const auto& b) { return a.second.size() > b.second.size(); });
  large.resize(std::min(large.size(), k_classes_max));
  return large;
}

statistics::monotone_map map_of(const std::vector<statistics::observation>& seen) {
  auto fitted = statistics::fit(seen);
  return fitted ? std::move(*fitted) : statistics::monotone_map{};
}

} // namespace

void trust::learn_weights(std::span<const labelled> rows, std::span<const std::size_t> chosen,
                          const trust_options& options) {
  const auto rows_of = [&](std::span<const std::size_t> members) {
    std::vector<logistic_row> made;
    made.reserve(members.size());
    for (const std::size_t at : members) {
      made.push_back({.inputs = scaled(rows[at].seen), .positive = rows[at].wrong});
    }
    return made;
  };
  common_ = fit_logistic(rows_of(chosen), {.centre = {}, .ridge = options.ridge, .constant_ridge = 0});
  classes_.clear();
  for (const auto& [label, members] : large_classes(rows, chosen)) {
    class_part part;
    part.own = fit_logistic(
        rows_of(members), {.centre = common_, .ridge = options.class_ridge, .constant_ridge = options.class_ridge / 4});
    part.rows = members.size();
    classes_.emplace(label, std::move(part));
  }
}

void trust::learn_maps(std::span<const labelled> rows, const trust_options& options) {
  // Scores of rows by weights that never saw them.
  std::vector<double> scores(rows.size());
  for (std::size_t fold = 0; fold < k_folds; ++fold) {
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (fold_of(i, options.seed) != fold) {
        others.push_back(i);
      }
    }
    trust without;
    without.scaling_ = scaling_;
    without.learn_weights(rows, others, options);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (fold_of(i, options.seed) == fold) {
        scores[i] = without.score(without.scaled(rows[i].seen), without.part_of(rows[i].label));
      }
    }
  }
  // Maps of three folds tell how far they can be trusted on the other two; maps of all are kept.
  const auto learn_from = [&](const auto& wanted) {
    std::vector<statistics::observation> all;
    std::map<std::string_view, std::vector<statistics::observation>> by_class;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (wanted(i)) {
        const statistics::observation one{.x = scores[i], .y = rows[i].wrong ? 1.0 : 0.0, .weight = 1};
        all.push_back(one);
        by_class[rows[i].label].push_back(one);
      }
    }
    map_ = map_of(all);
    for (auto& [label, part] : classes_) {
      const auto& own = by_class[label];
      part.map = own.size() >= k_class_calibrated_min ? map_of(own) : statistics::monotone_map{};
    }
  };
  const auto held = [&](std::size_t row) { return fold_of(row, options.seed) >= 3; };
  learn_from([&](std::size_t row) { return !held(row); });
  std::vector<std::size_t> judged;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (held(i)) {
      judged.push_back(i);
    }
  }
  // Equal predictions fall into bins in the order of rows.
  std::sort(judged.begin(), judged.end(), [&](std::size_t a, std::size_t b) {
    return mixed(a, options.seed) / k_folds < mixed(b, options.seed) / k_folds;
  });
  std::vector<double> predicted;
  std::vector<double> observed;
  for (const std::size_t at : judged) {
    predicted.push_back(calibrated(scores[at], part_of(rows[at].label)));
    observed.push_back(rows[at].wrong ? 1 : 0);
  }
  calibration_error_ = statistics::calibration_error(predicted, observed);
  learn_from([](std::size_t) { return true; });
}

result<trust> trust::fit(std::span<const labelled> rows, const trust_options& options) {
  if (const auto checked = check(rows, options); !checked) {
    return checked.error();
  }
  trust made;
  made.rows_ = rows.size();
  const auto wrong = std::count_if(rows.begin(), rows.end(), [](const labelled& row) { return row.wrong; });
  made.wrong_share_ = static_cast<double>(wrong) / static_cast<double>(rows.size());
  made.learn_scaling(rows);
  std::vector<std::size_t> all(rows.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  made.learn_weights(rows, all, options);
  made.learn_maps(rows, options);
  return made;
}

} // namespace inferenceflow::escalation
