#include "replay/intervals.h"

#include <limits>

namespace inferenceflow::replay {

namespace {

struct groups {
  resampled by = resampled::nothing;
  std::vector<paired_cost> sums;
};

groups groups_of(const totals& of) {
  if (of.users.unnamed() == 0) {
    if (auto users = of.users.sums(); users.size() >= k_groups_min) {
      return {resampled::users, std::move(users)};
    }
  }
  std::vector<paired_cost> busy;
  for (const auto& block : of.times.sums()) {
    if (block.direct_nano_usd != 0) {
      busy.push_back(block);
    }
  }
  return {busy.size() < k_groups_min ? resampled::nothing : resampled::stretches, std::move(busy)};
}

double saved_share(std::span<const std::uint32_t> rows, const std::vector<paired_cost>& sums) {
  double direct = 0;
  double cost = 0;
  for (const auto row : rows) {
    direct += static_cast<double>(sums[row].direct_nano_usd);
    cost += static_cast<double>(sums[row].cost_nano_usd);
  }
  return direct > 0 ? 1 - cost / direct : std::numeric_limits<double>::quiet_NaN();
}

saving_interval resample(const groups& from, const statistics::statistic& value,
                         const statistics::bootstrap_plan& plan) {
  saving_interval made{.by = from.by, .groups = from.sums.size()};
  if (from.by != resampled::nothing) {
    if (const auto found = statistics::bootstrap_interval(from.sums.size(), value, plan)) {
      made.share = *found;
    }
  }
  return made;
}

} // namespace

std::string_view to_string(resampled what) noexcept {
  switch (what) {
  case resampled::nothing: return "nothing";
  case resampled::users: return "users";
  case resampled::stretches: return "stretches of time";
  }
  return {};
}

saving_interval interval_of(const totals& of, const statistics::bootstrap_plan& plan) {
  const groups from = groups_of(of);
  return resample(
      from, [&](std::span<const std::uint32_t> rows) { return saved_share(rows, from.sums); }, plan);
}

saving_interval difference_of(const totals& first, const totals& second, const statistics::bootstrap_plan& plan) {
  const groups a = groups_of(first);
  const groups b = groups_of(second);
  if (a.by != b.by || a.sums.size() != b.sums.size()) {
    return {};
  }
  return resample(
      a, [&](std::span<const std::uint32_t> rows) { return saved_share(rows, b.sums) - saved_share(rows, a.sums); },
      plan);
}

} // namespace inferenceflow::replay
