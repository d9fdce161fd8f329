#include "bench/wire/report.h"

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <string_view>

namespace inferenceflow::bench {

namespace json = boost::json;

namespace {

constexpr std::size_t k_losses_shown = 8;

std::map<std::string, score> sums_of(const tally& counted) {
  std::map<std::string, score> all;
  for (const auto& [provider, checks] : counted.providers()) {
    for (const auto& [check, one] : checks) {
      all[check].equal += one.equal;
      all[check].lossy += one.lossy;
      all[check].failed += one.failed;
    }
  }
  return all;
}

/// Exchanges that are no chat of the seven protocols, by provider and path; identifiers in paths are left out.
std::map<std::string, int> outside(const recordings& data) {
  std::map<std::string, int> found;
  for (const auto& row : data.rows) {
    if (row.asked == operation::other) {
      ++found[row.provider];
    }
  }
  return found;
}

void print_losses(const tally& counted, const std::string& check) {
  const auto found = counted.losses().find(check);
  if (found == counted.losses().end()) {
    return;
  }
  std::vector<std::pair<int, std::string>> by_count;
  for (const auto& [field, count] : found->second) {
    by_count.emplace_back(-count, field);
  }
  std::sort(by_count.begin(), by_count.end());
  std::string line;
  for (std::size_t i = 0; i < std::min(by_count.size(), k_losses_shown); ++i) {
    line += fmt::format("{}{} ×{}", line.empty() ? "" : ", ", by_count[i].second, -by_count[i].first);
  }
  const auto more = by_count.size() - std::min(by_count.size(), k_losses_shown);
  fmt::print("      losses: {}{}\n", line, more == 0 ? std::string{} : fmt::format(", and {} more", more));
}

json::object to_json(const score& one) {
  return {{"equal", one.equal}, {"lossy", one.lossy}, {"failed", one.failed}};
}

} // namespace

void print_report(const recordings& data, const tally& counted, const run_facts& facts) {
  fmt::print("\n{} rows of {} ({}), {} malformed, seed {}, {:.1f} s\n", data.rows.size(), data.source, facts.side,
             data.malformed.size(), facts.seed, facts.seconds);
  for (const auto& row : data.malformed) {
    fmt::print("  MALFORMED line {}: {}\n", row.line, row.why);
  }
  fmt::print("\n{:<42} {:<22} {:>6} {:>6} {:>6}\n", "provider", "check", "equal", "lossy", "failed");
  for (const auto& [provider, checks] : counted.providers()) {
    for (const auto& [check, one] : checks) {
      fmt::print("{:<42} {:<22} {:>6} {:>6} {:>6}\n", provider, check, one.equal, one.lossy, one.failed);
    }
  }
  fmt::print("\nall providers\n");
  for (const auto& [check, one] : sums_of(counted)) {
    fmt::print("  {:<22} {:>6} of {:>6}{}{}\n", check, one.equal + one.lossy, one.total(),
               one.lossy == 0 ? std::string{} : fmt::format(", {} of them with named losses", one.lossy),
               one.failed == 0 ? std::string{} : fmt::format(", {} FAILED", one.failed));
    print_losses(counted, check);
  }
  std::map<std::string, int> shown;
  for (const auto& each : counted.failures()) {
    if (++shown[each.check] <= k_failures_shown) {
      fmt::print("FAILED {}: {} {}: {}\n", each.check, each.provider, each.place, each.why);
    }
  }
  int others = 0;
  std::string names;
  for (const auto& [provider, count] : outside(data)) {
    others += count;
    names += fmt::format("{}{} {}", names.empty() ? "" : ", ", provider, count);
  }
  fmt::print("\n{} rows are no chat in one of the protocols and were not checked: {}\n", others, names);
}

result<void> write_report(const std::string& file, const recordings& data, const tally& counted,
                          const run_facts& facts) {
  json::object providers;
  for (const auto& [provider, checks] : counted.providers()) {
    json::object of;
    for (const auto& [check, one] : checks) {
      of[check] = to_json(one);
    }
    providers[provider] = std::move(of);
  }
  json::object checks;
  for (const auto& [check, one] : sums_of(counted)) {
    checks[check] = to_json(one);
    if (const auto lost = counted.losses().find(check); lost != counted.losses().end()) {
      json::object& of = checks[check].get_object();
      of["losses"] = json::value_from(lost->second);
    }
  }
  json::array failures;
  for (const auto& each : counted.failures()) {
    failures.push_back({{"check", each.check}, {"provider", each.provider}, {"place", each.place}, {"why", each.why}});
  }
  json::array malformed;
  for (const auto& row : data.malformed) {
    malformed.push_back({{"line", row.line}, {"why", row.why}});
  }
  const json::object report{{"target", "eval-wire"},
                            {"data", std::filesystem::path(data.source).filename().string()},
                            {"side", facts.side},
                            {"seed", facts.seed},
                            {"seconds", facts.seconds},
                            {"rows", data.rows.size()},
                            {"malformed", std::move(malformed)},
                            {"outside", json::value_from(outside(data))},
                            {"checks", std::move(checks)},
                            {"providers", std::move(providers)},
                            {"failures", std::move(failures)}};
  std::error_code ignored; // the stream below tells
  std::filesystem::create_directories(std::filesystem::path(file).parent_path(), ignored);
  std::ofstream output{file};
  output << json::serialize(report) << '\n';
  output.close();
  if (!output) {
    return make_error(error_kind::unavailable, fmt::format("{} cannot be written", file));
  }
  return {};
}

} // namespace inferenceflow::bench
