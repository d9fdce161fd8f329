#include "bench/vectors/measure.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <numeric>

namespace inferenceflow::bench {

namespace {

constexpr std::size_t k_wanted = 5;
constexpr std::size_t k_tell_every = 256;

double thread_cpu_us() {
  timespec now = {};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

double quantile(const std::vector<double>& sorted, double share) {
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

std::vector<vectors::entry_id> ids_of(const std::vector<vectors::neighbour>& found) {
  std::vector<vectors::entry_id> ids;
  for (const auto& each : found) {
    ids.push_back(each.id);
  }
  return ids;
}

std::vector<vectors::entry_id> nearest_ids(const vectors::vector_index& index, const std::vector<float>& query) {
  const auto found = index.nearest(scope_of(0, 1), query, k_wanted);
  return found ? ids_of(*found) : std::vector<vectors::entry_id>{};
}

/// Eight sums beside one another, which the compiler turns into vector instructions; one alone it may not reorder.
float dot_float(const std::vector<float>& a, const std::vector<float>& b) {
  std::array<float, 8> sums{};
  const std::size_t whole = a.size() / sums.size() * sums.size();
  for (std::size_t i = 0; i < whole; i += sums.size()) {
    for (std::size_t lane = 0; lane < sums.size(); ++lane) {
      sums[lane] += a[i + lane] * b[i + lane];
    }
  }
  float rest = 0;
  for (std::size_t i = whole; i < a.size(); ++i) {
    rest += a[i] * b[i];
  }
  return std::accumulate(sums.begin(), sums.end(), rest);
}

/// The ids of the nearest vectors of scope 0, by the vectors as they were.
std::vector<vectors::entry_id> nearest_float(const vector_source& source, std::size_t entries, std::size_t scopes,
                                             const std::vector<float>& query) {
  vectors::best_neighbours best{k_wanted};
  for (std::size_t i = 0; i < entries; i += scopes) {
    const auto& stored = source.stored[i];
    best.offer({.id = i, .similarity = dot_float(query, stored)});
  }
  return ids_of(best.take());
}

class recall_sum {
public:
  void add(const std::vector<vectors::entry_id>& found, const std::vector<vectors::entry_id>& truth) {
    if (truth.empty()) {
      return;
    }
    ++queries_;
    first_ += !found.empty() && found.front() == truth.front() ? 1U : 0U;
    wanted_ += truth.size();
    for (const auto id : found) {
      right_ += std::find(truth.begin(), truth.end(), id) != truth.end() ? 1U : 0U;
    }
  }
  [[nodiscard]] recall value() const {
    return {.first = static_cast<double>(first_) / static_cast<double>(queries_),
            .five = static_cast<double>(right_) / static_cast<double>(wanted_)};
  }

private:
  std::size_t queries_ = 0;
  std::size_t first_ = 0;
  std::size_t wanted_ = 0;
  std::size_t right_ = 0;
};

} // namespace

vectors::scope_id scope_of(std::size_t i, std::size_t scopes) {
  return {.high = i % scopes, .low = 1};
}

spread time_each(std::size_t count, const std::function<void(std::size_t)>& body, const progress& tell) {
  std::vector<double> wall;
  std::vector<double> cpu;
  for (std::size_t i = 0; i < count; ++i) {
    const auto started = std::chrono::steady_clock::now();
    const double cpu_started = thread_cpu_us();
    body(i);
    cpu.push_back(thread_cpu_us() - cpu_started);
    wall.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - started).count());
    if (i % k_tell_every == 0) {
      tell(static_cast<double>(i) / static_cast<double>(count));
    }
  }
  const double sum = std::accumulate(wall.begin(), wall.end(), 0.0);
  std::sort(wall.begin(), wall.end());
  std::sort(cpu.begin(), cpu.end());
  return {.mean = sum / static_cast<double>(count),
          .p50 = quantile(wall, 0.5),
          .p99 = quantile(wall, 0.99),
          .cpu_p99 = quantile(cpu, 0.99),
          .worst = wall.back()};
}

measured measure(vectors::vector_index& index, const vector_source& source, std::size_t entries, std::size_t scopes,
                 bool with_truth, const progress& tell) {
  measured row{.what = {},
               .entries = entries,
               .scopes = scopes,
               .insert = {},
               .lookup = {},
               .against_int8 = {},
               .against_float = {},
               .bytes_per_entry = 0};
  row.insert = time_each(
      entries, [&](std::size_t i) { (void)index.insert(scope_of(i, scopes), i, source.stored[i]); }, tell);
  row.bytes_per_entry = static_cast<double>(index.bytes()) / static_cast<double>(index.size());
  const auto look_up = [&](std::size_t i) { (void)index.nearest(scope_of(i, scopes), source.queries[i], k_wanted); };
  (void)time_each(source.queries.size(), look_up, [](double) {});
  row.lookup = time_each(source.queries.size(), look_up, [](double) {});
  if (!with_truth) {
    return row;
  }
  // The same rows, all compared: what a search in this scope would return if it missed nothing.
  auto exact = std::move(
      *vectors::vector_index::make(index.dimension(), {.bytes_max = index.bytes_max(), .exact_rows_max = entries + 1}));
  for (std::size_t i = 0; i < entries; i += scopes) {
    (void)exact->insert(scope_of(0, 1), i, source.stored[i]);
  }
  row.against_int8 = recall_of(index, *exact, source);
  recall_sum sum;
  for (std::size_t i = 0; i < source.queries.size(); ++i) {
    const auto& query = source.queries[i];
    sum.add(nearest_ids(index, query), nearest_float(source, entries, scopes, query));
    tell(static_cast<double>(i) / static_cast<double>(source.queries.size()));
  }
  row.against_float = sum.value();
  return row;
}

recall recall_of(const vectors::vector_index& index, const vectors::vector_index& truth, const vector_source& source) {
  recall_sum sum;
  for (const auto& query : source.queries) {
    sum.add(nearest_ids(index, query), nearest_ids(truth, query));
  }
  return sum.value();
}

} // namespace inferenceflow::bench
