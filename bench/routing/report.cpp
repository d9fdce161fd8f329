#include "bench/routing/report.h"

#include <boost/json.hpp>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>

namespace inferenceflow::bench {

namespace json = boost::json;

void print_set(const set_result& done) {
  fmt::print("\n{} ({} rows)\n{:<20}", done.set, done.rows, "");
  for (const auto& figure : done.methods.back().figures) {
    fmt::print(" {:>26}", figure.metric);
  }
  fmt::print("\n");
  for (const auto& method : done.methods) {
    fmt::print("{:<20}", method.method);
    for (const auto& figure : method.figures) {
      fmt::print(" {:>10.3f} [{:.3f}, {:.3f}]", figure.value, figure.ci95.low, figure.ci95.high);
    }
    fmt::print("\n");
  }
  std::fflush(stdout);
}

result<void> write_report(const std::string& path, const std::vector<set_result>& all) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream report{path};
  std::ofstream curves{std::filesystem::path(path).replace_extension(".dat")};
  report << "[\n";
  bool first = true;
  for (const auto& set : all) {
    for (const auto& method : set.methods) {
      for (const auto& figure : method.figures) {
        const auto finite = [](double x) {
          return std::isfinite(x) ? json::value(std::round(x * 1e4) / 1e4) : json::value(nullptr);
        };
        json::object row{
            {"set", set.set}, {"method", method.method}, {"metric", figure.metric}, {"value", finite(figure.value)}};
        row["ci95"] = json::array{finite(figure.ci95.low), finite(figure.ci95.high)};
        report << (first ? "" : ",\n") << json::serialize(row);
        first = false;
      }
      curves << "# " << set.set << " | " << method.method << "\n";
      for (const auto& point : method.curve) {
        curves << point.cost << " " << point.quality << "\n";
      }
      curves << "\n\n";
    }
  }
  report << "\n]\n";
  report.flush();
  curves.flush();
  if (!report || !curves) {
    return make_error(error_kind::unavailable, fmt::format("{} cannot be written", path));
  }
  return {};
}

} // namespace inferenceflow::bench
