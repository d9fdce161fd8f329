#include "bench/eviction/report.h"

#include <boost/json.hpp>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>

namespace inferenceflow::bench {

namespace {

constexpr double k_kib = 1024.0;

boost::json::object to_json(const replay_outcome& outcome, std::size_t bytes_of_all) {
  return {{"policy", to_string(outcome.policy)},
          {"bytes_max", outcome.bytes_max},
          {"share_of_all_bytes", static_cast<double>(outcome.bytes_max) / static_cast<double>(bytes_of_all)},
          {"hit_ratio", outcome.hit_ratio()},
          {"byte_hit_ratio", outcome.byte_hit_ratio()},
          {"saved_usd", outcome.saved.usd()},
          {"spent_usd", outcome.spent.usd()},
          {"saved_ratio", outcome.saved_ratio()},
          {"evicted", outcome.evicted},
          {"refused", outcome.refused}};
}

boost::json::object to_json(const experiment& each) {
  boost::json::array outcomes;
  for (const auto& outcome : each.outcomes) {
    outcomes.push_back(to_json(outcome, each.bytes_of_all));
  }
  return {{"workload", each.workload},      {"synthetic", each.synthetic},    {"source", each.source},
          {"prices", each.prices},          {"requests", each.requests},      {"distinct", each.distinct},
          {"all_bytes", each.bytes_of_all}, {"outcomes", std::move(outcomes)}};
}

} // namespace

void print_table(const std::vector<experiment>& experiments) {
  for (const auto& each : experiments) {
    fmt::print("\n{}{}, prices: {}\n  {} requests, {} distinct, {:.0f} KiB hold every answer ({})\n", each.workload,
               each.synthetic ? " (SYNTHETIC, nothing recorded)" : "", each.prices, each.requests, each.distinct,
               static_cast<double>(each.bytes_of_all) / k_kib, each.source);
    fmt::print("  {:>9} {:>6}  {:<14} {:>7} {:>7} {:>11} {:>7} {:>8} {:>8}\n", "bound KiB", "of all", "", "hits",
               "bytes", "saved USD", "saved", "evicted", "refused");
    for (const auto& outcome : each.outcomes) {
      const auto bound = static_cast<double>(outcome.bytes_max);
      fmt::print("  {:>9.0f} {:>5.1f}%  {:<14} {:>6.2f}% {:>6.2f}% {:>11.6f} {:>6.2f}% {:>8} {:>8}\n", bound / k_kib,
                 100 * bound / static_cast<double>(each.bytes_of_all), to_string(outcome.policy),
                 100 * outcome.hit_ratio(), 100 * outcome.byte_hit_ratio(), outcome.saved.usd(),
                 100 * outcome.saved_ratio(), outcome.evicted, outcome.refused);
    }
  }
}

result<void> write_json(const std::string& file, const std::vector<experiment>& experiments) {
  boost::json::array all;
  for (const auto& each : experiments) {
    all.push_back(to_json(each));
  }
  const boost::json::object report{{"target", "bench-eviction"}, {"experiments", std::move(all)}};
  std::error_code ignored; // the stream below tells
  std::filesystem::create_directories(std::filesystem::path(file).parent_path(), ignored);
  std::ofstream output{file};
  output << boost::json::serialize(report) << '\n';
  output.close();
  if (!output) {
    return make_error(error_kind::unavailable, fmt::format("{} cannot be written", file));
  }
  return {};
}

} // namespace inferenceflow::bench
