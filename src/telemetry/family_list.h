/// Families of metrics on their way into Prometheus' text format.
///
/// Role:      the files metrics_expose*.cpp fill one at each scrape.
/// Lifecycle: made, filled and turned into text within one call of gateway_metrics::expose().
/// Threading: one thread.
/// Bounds:    those of who fills it.
#pragma once

#include "telemetry/metrics_state.h"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inferenceflow::telemetry {

struct label {
  std::string_view name;
  std::string_view value;
};

/// Collects families; a family without a sample is left out.
class family_list {
public:
  void begin(std::string name, std::string help, prometheus::MetricType type) {
    families_.push_back({std::move(name), std::move(help), type, {}});
  }

  void number(std::initializer_list<label> labels, double value) {
    auto& metric = add(labels);
    (families_.back().type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  }
  void number(std::initializer_list<label> labels, std::uint64_t value) { number(labels, static_cast<double>(value)); }

  void durations(std::initializer_list<label> labels, const histogram_snapshot& snapshot) {
    auto& histogram = add(labels).histogram;
    std::uint64_t cumulative = 0;
    for (std::size_t i = 0; i < snapshot.counts.size(); ++i) {
      cumulative += snapshot.counts[i];
      const auto bound = i < k_duration_bounds_us.size() ? static_cast<double>(k_duration_bounds_us[i]) * 1e-6
                                                         : std::numeric_limits<double>::infinity();
      histogram.bucket.push_back({cumulative, bound});
    }
    histogram.sample_count = cumulative;
    histogram.sample_sum = static_cast<double>(snapshot.sum_us) * 1e-6;
  }

  void counted(std::initializer_list<label> labels, const counted_sample& sample) {
    auto& histogram = add(labels).histogram;
    std::uint64_t cumulative = 0;
    for (std::size_t i = 0; i < sample.counts.size(); ++i) {
      cumulative += sample.counts[i];
      const auto bound = i < sample.bounds.size() ? sample.bounds[i] : std::numeric_limits<double>::infinity();
      histogram.bucket.push_back({cumulative, bound});
    }
    histogram.sample_count = cumulative;
    histogram.sample_sum = sample.sum;
  }

  void counter(std::string name, std::string help, std::uint64_t value) {
    begin(std::move(name), std::move(help), prometheus::MetricType::Counter);
    number({}, value);
  }
  void gauge(std::string name, std::string help, double value) {
    begin(std::move(name), std::move(help), prometheus::MetricType::Gauge);
    number({}, value);
  }

  [[nodiscard]] std::string text() {
    families_.erase(std::remove_if(families_.begin(), families_.end(), [](const auto& f) { return f.metric.empty(); }),
                    families_.end());
    std::ostringstream out;
    prometheus::TextSerializer{}.Serialize(out, families_);
    return std::move(out).str();
  }

private:
  prometheus::ClientMetric& add(std::initializer_list<label> labels) {
    auto& metric = families_.back().metric.emplace_back();
    for (const auto& one : labels) {
      metric.label.push_back({std::string(one.name), std::string(one.value)});
    }
    return metric;
  }
  std::vector<prometheus::MetricFamily> families_;
};

/// What local models do.
void add_engines(family_list& out, const runtime_samples& samples);
/// Semantic cache, and the tiers of the cache.
void add_semantic(family_list& out, const metrics_state& state, const runtime_samples& samples);
void add_cache_tiers(family_list& out, const metrics_state& state, const runtime_samples& samples);

} // namespace inferenceflow::telemetry
