#include "bench/eviction/workload.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numbers>
#include <random>
#include <unordered_set>

namespace inferenceflow::bench {

namespace {

constexpr std::size_t k_requests = 100'000;
constexpr std::size_t k_items = 20'000;
constexpr double k_zipf_exponent = 0.9;
constexpr std::chrono::milliseconds k_gap{100};

// The standard library's distributions differ between implementations, its engines do not.
class portable_random {
public:
  explicit portable_random(std::uint64_t seed)
      : engine_(seed) {}
  std::uint64_t bits() { return engine_(); }
  double uniform() { return static_cast<double>(engine_() >> 11U) * 0x1.0p-53; }
  double normal() { return std::sqrt(-2.0 * std::log(1.0 - uniform())) * std::cos(2.0 * std::numbers::pi * uniform()); }
  std::int64_t tokens(double median, double sigma, std::int64_t max) {
    const double drawn = median * std::exp(sigma * normal());
    return std::clamp<std::int64_t>(std::llround(drawn), 1, max);
  }

private:
  std::mt19937_64 engine_;
};

} // namespace

std::size_t distinct_keys(const workload& load) {
  std::unordered_set<cache::cache_key, cache::cache_key_hash> keys;
  for (const auto& request : load.requests) {
    keys.insert(request.key);
  }
  return keys.size();
}

workload zipf_workload(std::uint64_t seed) {
  portable_random random{seed};
  std::vector<traced_request> items(k_items);
  std::vector<double> cumulative(k_items);
  double sum = 0;
  for (std::size_t i = 0; i < k_items; ++i) {
    items[i].key = {random.bits(), random.bits()};
    items[i].input_tokens = random.tokens(800, 1.2, 128'000);
    items[i].output_tokens = random.tokens(200, 1.0, 8'000);
    sum += std::pow(static_cast<double>(i + 1), -k_zipf_exponent);
    cumulative[i] = sum;
  }
  workload load{.name = "zipf",
                .synthetic = true,
                .source = fmt::format("seed {}, {} requests over {} items, Zipf exponent {}, log-normal token counts",
                                      seed, k_requests, k_items, k_zipf_exponent),
                .requests = {}};
  load.requests.reserve(k_requests);
  for (std::size_t i = 0; i < k_requests; ++i) {
    const auto at = std::lower_bound(cumulative.begin(), cumulative.end(), random.uniform() * sum);
    traced_request request = items[std::min(static_cast<std::size_t>(at - cumulative.begin()), k_items - 1)];
    request.at = k_gap * i;
    load.requests.push_back(request);
  }
  return load;
}

} // namespace inferenceflow::bench
