#include "bench/vectors/report.h"

#include "vectors/scope_vectors.h"

#include <boost/json.hpp>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>

namespace inferenceflow::bench {

namespace {

boost::json::object to_json(const spread& times) {
  return {{"mean_us", times.mean},
          {"p50_us", times.p50},
          {"p99_us", times.p99},
          {"cpu_p99_us", times.cpu_p99},
          {"worst_us", times.worst}};
}

boost::json::object to_json(const recall& found) {
  return {{"at_1", found.first}, {"at_5", found.five}};
}

boost::json::object to_json(const measured& row) {
  return {{"what", row.what},
          {"entries", row.entries},
          {"scopes", row.scopes},
          {"insert", to_json(row.insert)},
          {"lookup", to_json(row.lookup)},
          {"recall_int8", to_json(row.against_int8)},
          {"recall_float", to_json(row.against_float)},
          {"bytes_per_entry", row.bytes_per_entry}};
}

void print_sizes(const vector_report& report) {
  fmt::print("\n{:>8} {:>7} | {:>8} {:>8} {:>8} | {:>9} {:>9} {:>10} | {:>7} {:>7} {:>7} {:>7} | {:>6}\n", "entries",
             "scopes", "find p50", "p99", "cpu p99", "insert", "p99", "worst", "int8@1", "int8@5", "float@1", "float@5",
             "bytes");
  for (const auto& row : report.sizes) {
    fmt::print("{:>8} {:>7} | {:>8.1f} {:>8.1f} {:>8.1f} | {:>9.1f} {:>9.1f} {:>10.1f} | {:>7.4f} {:>7.4f} {:>7.4f} "
               "{:>7.4f} | {:>6.0f}\n",
               row.entries, row.scopes, row.lookup.p50, row.lookup.p99, row.lookup.cpu_p99, row.insert.mean,
               row.insert.p99, row.insert.worst, row.against_int8.first, row.against_int8.five, row.against_float.first,
               row.against_float.five, row.bytes_per_entry);
  }
}

} // namespace

void print(const vector_report& report) {
  fmt::print("\nvectors: {}; kernel {}; seed {}; times in microseconds, one thread\n", report.source, report.kernel,
             report.seed);
  fmt::print("\n{:>8} {:>10} {:>10}   rows of one scope, median search (threshold in force: {})\n", "rows", "exact",
             "graph", vectors::k_exact_rows_max);
  for (const auto& row : report.crossovers) {
    fmt::print("{:>8} {:>10.1f} {:>10.1f}\n", row.rows, row.exact_us, row.graph_us);
  }
  print_sizes(report);
  const auto& turned = report.turned_over;
  fmt::print("\nevery one of {} entries replaced: {:.1f} us per change (p99 {:.1f}); find p50 {:.1f}, p99 {:.1f}, cpu "
             "p99 {:.1f}; int8@1 {:.4f}, int8@5 {:.4f}\n",
             turned.entries, turned.change.mean, turned.change.p99, turned.lookup.p50, turned.lookup.p99,
             turned.lookup.cpu_p99, turned.against_int8.first, turned.against_int8.five);
  fmt::print("{} entries saved in {:.0f} ms ({:.1f} MB), loaded in {:.0f} ms, {}\n", report.kept.entries,
             report.kept.save_ms, static_cast<double>(report.kept.file_bytes) / 1e6, report.kept.load_ms,
             report.kept.same ? "finding the same" : "NOT FINDING THE SAME");
}

result<void> write_json(const std::string& file, const vector_report& report) {
  boost::json::array crossovers;
  for (const auto& row : report.crossovers) {
    crossovers.push_back({{"rows", row.rows}, {"exact_us", row.exact_us}, {"graph_us", row.graph_us}});
  }
  boost::json::array sizes;
  for (const auto& row : report.sizes) {
    sizes.push_back(to_json(row));
  }
  const auto& turned = report.turned_over;
  const boost::json::object index{{"source", report.source},
                                  {"kernel", report.kernel},
                                  {"seed", report.seed},
                                  {"lookup_target_us", report.lookup_target_us},
                                  {"exact_rows_max", vectors::k_exact_rows_max},
                                  {"crossover", std::move(crossovers)},
                                  {"sizes", std::move(sizes)},
                                  {"turnover",
                                   {{"entries", turned.entries},
                                    {"change", to_json(turned.change)},
                                    {"lookup", to_json(turned.lookup)},
                                    {"recall_int8", to_json(turned.against_int8)}}},
                                  {"persistence",
                                   {{"entries", report.kept.entries},
                                    {"file_bytes", report.kept.file_bytes},
                                    {"save_ms", report.kept.save_ms},
                                    {"load_ms", report.kept.load_ms},
                                    {"same", report.kept.same}}}};
  std::error_code ignored; // the stream below tells
  std::filesystem::create_directories(std::filesystem::path(file).parent_path(), ignored);
  std::ofstream output{file};
  output << boost::json::serialize(boost::json::object{{"target", "bench-semantic"}, {"index", index}}) << '\n';
  output.close();
  if (!output) {
    return make_error(error_kind::unavailable, fmt::format("{} cannot be written", file));
  }
  return {};
}

} // namespace inferenceflow::bench
