#include "api/routing_wishes.h"

#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <string>

namespace inferenceflow::api {

namespace {

constexpr std::string_view k_budget = "x-inferenceflow-budget-usd";
constexpr std::string_view k_latency_slo = "x-inferenceflow-latency-slo-ms";
constexpr std::string_view k_min_confidence = "x-inferenceflow-min-confidence";

/// The whole text as one number.
template <class Number> std::optional<Number> number_in(std::string_view text) {
  Number value{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ec == std::errc{} && read.ptr == text.data() + text.size() ? std::optional{value} : std::nullopt;
}

error refused(std::string_view header, std::string_view allowed) {
  return make_error(error_kind::invalid_request, fmt::format("header {}: {}", header, allowed), std::string{header});
}

} // namespace

std::optional<money> budget_of(double usd) noexcept {
  if (!(usd > 0 && usd <= k_budget_usd_max)) { // so that what is not a number is refused too
    return std::nullopt;
  }
  const auto nano_usd = static_cast<std::int64_t>(std::llround(usd * 1e9));
  return nano_usd > 0 ? std::optional{money::from_nano_usd(nano_usd)} : std::nullopt;
}

result<void> read_routing_headers(const http::request_head& head, pipeline::routing_wish& wish) {
  if (const auto given = head.find(k_budget)) {
    const auto usd = number_in<double>(*given);
    wish.budget = usd ? budget_of(*usd) : std::nullopt;
    if (!wish.budget) {
      return refused(k_budget, k_budget_allowed);
    }
  }
  if (const auto given = head.find(k_latency_slo)) {
    const auto ms = number_in<std::int64_t>(*given);
    if (!ms || *ms < 1 || *ms > k_latency_slo_ms_max) {
      return refused(k_latency_slo, k_latency_slo_allowed);
    }
    wish.latency_slo = std::chrono::milliseconds{*ms};
  }
  if (const auto given = head.find(k_min_confidence)) {
    wish.min_confidence = number_in<double>(*given);
    if (!wish.min_confidence || !(*wish.min_confidence >= 0 && *wish.min_confidence <= 1)) {
      return refused(k_min_confidence, k_min_confidence_allowed);
    }
  }
  return {};
}

} // namespace inferenceflow::api
