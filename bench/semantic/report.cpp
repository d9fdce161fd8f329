#include "bench/semantic/report.h"

#include "bench/semantic/claims.h"

#include <boost/json.hpp>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <utility>

namespace inferenceflow::bench {

namespace {

/// With or without veto, whichever serves more.
const replayed* best_of_all_fixed(const std::vector<replayed>& rows, const replayed& beside) {
  const replayed* plain = best_fixed(rows, beside, "static");
  const replayed* veto = best_fixed(rows, beside, "static+veto");
  return plain == nullptr || (veto != nullptr && veto->hits > plain->hits) ? veto : plain;
}

std::vector<std::string> sets_of(const std::vector<replayed>& rows) {
  std::vector<std::string> sets;
  for (const auto& row : rows) {
    if (sets.empty() || sets.back() != row.set) {
      sets.push_back(row.set);
    }
  }
  return sets;
}

bool is_shown(const replayed& row) {
  if (!row.mode.starts_with("static")) {
    return true;
  }
  const long percent = std::lround(row.bound * 100);
  return percent % 5 == 0 || percent == 99;
}

result<std::ofstream> opened(const std::string& path) {
  if (const auto folder = std::filesystem::path(path).parent_path(); !folder.empty()) {
    std::error_code ignored;
    std::filesystem::create_directories(folder, ignored);
  }
  std::ofstream file(path);
  if (!file) {
    return make_error(error_kind::unavailable, fmt::format("{} cannot be written", path));
  }
  return file;
}

std::string ratio_text(const replayed& row, const replayed* fixed) {
  if (!row.mode.starts_with("verified")) {
    return "";
  }
  if (fixed == nullptr || fixed->hits == 0) {
    return row.hits > 0 ? "no threshold serves any" : "both serve none";
  }
  return fmt::format("{:.2f} x {} {:.2f}", static_cast<double>(row.hits) / static_cast<double>(fixed->hits),
                     fixed->mode, fixed->bound);
}

} // namespace

void print_tables(const std::vector<replayed>& rows, const run_facts& facts) {
  fmt::print("\nseed {}, data {}\nembedder {}\nprice of an answer: {}\n", facts.seed, facts.data, facts.embedder,
             facts.price);
  for (const auto& set : sets_of(rows)) {
    fmt::print("\n{}\n  {:<14} {:>6} {:>8} {:>7} {:>7} {:>6} {:>8} {:>17} {:>8} {:>9}  {}\n", set, "mode", "bound",
               "requests", "hits", "hit %", "wrong", "error %", "95 % interval", "of hits", "saved $",
               "hits beside the best threshold with no more error");
    for (const auto& row : rows) {
      if (row.set != set || !is_shown(row)) {
        continue;
      }
      const auto [low, high] = confidence95(row.wrong, row.requests);
      const double of_hits = row.hits == 0 ? 0 : static_cast<double>(row.wrong) / static_cast<double>(row.hits);
      const bool over = row.mode.starts_with("verified") && row.error() > row.bound;
      fmt::print("  {:<14} {:>6} {:>8} {:>7} {:>7.2f} {:>6} {:>8.3f} {:>8.3f} … {:<6.3f} {:>6.2f} % {:>9.4f}  {}{}\n",
                 row.mode, row.mode == "exact" ? "" : fmt::format("{:.3g}", row.bound), row.requests, row.hits,
                 100 * row.hit_rate(), row.wrong, 100 * row.error(), 100 * low, 100 * high, 100 * of_hits,
                 row.saved_usd, ratio_text(row, best_of_all_fixed(rows, row)), over ? "  OVER ITS BOUND" : "");
    }
  }
}

void print_claims(const std::vector<replayed>& rows) {
  fmt::print("\nsummary\n");
  for (const auto& each : claims_of(rows)) {
    fmt::print("  {:<12} {}\n", outcome_name(each.what), each.text);
    if (!each.figures.empty()) {
      fmt::print("  {:<12}   {}\n", "", each.figures);
    }
  }
}

result<void> write_report(const std::vector<replayed>& rows, const run_facts& facts, const std::string& path) {
  auto file = opened(path);
  if (!file) {
    return file.error();
  }
  boost::json::array listed;
  boost::json::array comparisons;
  for (const auto& row : rows) {
    const auto [low, high] = confidence95(row.wrong, row.requests);
    boost::json::object each{{"set", row.set},
                             {"mode", row.mode},
                             {"requests", row.requests},
                             {"hits", row.hits},
                             {"wrong", row.wrong},
                             {"error", row.error()},
                             {"error_ci95", boost::json::array{low, high}},
                             {"saved_usd", row.saved_usd},
                             {"exact_hits", row.exact},
                             {"vetoed", row.vetoed},
                             {"explored", row.explored}};
    if (row.mode.starts_with("verified")) {
      each["delta"] = row.bound;
      each["bound_in_force"] = row.in_force;
      const replayed* fixed = best_of_all_fixed(rows, row);
      comparisons.push_back({{"set", row.set},
                             {"mode", row.mode},
                             {"delta", row.bound},
                             {"kept", row.error() <= row.bound},
                             {"hits", row.hits},
                             {"best_static", fixed == nullptr ? "" : fixed->mode},
                             {"best_static_threshold", fixed == nullptr ? 0 : fixed->bound},
                             {"best_static_hits", fixed == nullptr ? 0 : fixed->hits}});
    } else if (row.mode != "exact") {
      each["threshold"] = row.bound;
    }
    listed.push_back(std::move(each));
  }
  boost::json::array claims;
  for (const auto& each : claims_of(rows)) {
    claims.push_back({{"claim", each.text}, {"outcome", outcome_name(each.what)}, {"figures", each.figures}});
  }
  const boost::json::object whole{{"seed", facts.seed},         {"data", facts.data},
                                  {"embedder", facts.embedder}, {"price", facts.price},
                                  {"rows", std::move(listed)},  {"comparisons", std::move(comparisons)},
                                  {"claims", std::move(claims)}};
  *file << boost::json::serialize(whole) << '\n';
  return file->good() ? result<void>{} : make_error(error_kind::unavailable, fmt::format("{}: disk full?", path));
}

result<void> write_plot_data(const std::vector<replayed>& rows, const std::string& path) {
  auto file = opened(path);
  if (!file) {
    return file.error();
  }
  for (const auto& set : sets_of(rows)) {
    for (const auto* name : {"static", "static+veto", "verified", "verified+veto"}) {
      *file << fmt::format("# {} | {}\n", set, name);
      for (const auto& row : rows) {
        if (row.set == set && row.mode == name) {
          *file << fmt::format("{:.6f} {:.6f} {:.4f}\n", 100 * row.hit_rate(), 100 * row.error(), row.bound);
        }
      }
      *file << "\n\n";
    }
  }
  return file->good() ? result<void>{} : make_error(error_kind::unavailable, fmt::format("{}: disk full?", path));
}

} // namespace inferenceflow::bench
