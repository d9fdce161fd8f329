#include "api/routing_wishes.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <string>
#include <vector>

namespace inferenceflow::api {

namespace {

constexpr std::string_view k_budget = "x-inferenceflow-budget-usd";
constexpr std::string_view k_latency_slo = "x-inferenceflow-latency-slo-ms";
constexpr std::string_view k_min_confidence = "x-inferenceflow-min-confidence";
constexpr std::string_view k_models = "x-inferenceflow-route-models";
constexpr std::string_view k_tags = "x-inferenceflow-route-tags";
constexpr std::size_t k_words_max = 64;

/// The whole text as one number.
template <class Number> std::optional<Number> number_in(std::string_view text) {
  Number value{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ec == std::errc{} && read.ptr == text.data() + text.size() ? std::optional{value} : std::nullopt;
}

error refused(std::string_view header, std::string_view allowed) {
  return make_error(error_kind::invalid_request, fmt::format("header {}: {}", header, allowed), std::string{header});
}

/// "a, b,c"; an empty list where there are more than k_words_max, or an empty one among them.
std::vector<std::string> words_in(std::string_view text) {
  std::vector<std::string> words;
  while (words.size() < k_words_max) {
    const auto comma = text.find(',');
    std::string_view word = text.substr(0, comma);
    word.remove_prefix(std::min(word.find_first_not_of(" \t"), word.size()));
    word = word.substr(0, word.find_last_not_of(" \t") + 1);
    if (word.empty()) {
      return {};
    }
    words.emplace_back(word);
    if (comma == std::string_view::npos) {
      return words;
    }
    text.remove_prefix(comma + 1);
  }
  return {};
}

result<void> read_words(const http::request_head& head, std::string_view name, std::vector<std::string>& into) {
  if (const auto given = head.find(name)) {
    into = words_in(*given);
    if (into.empty()) {
      return refused(name, fmt::format("must be 1 to {} names, separated by commas", k_words_max));
    }
  }
  return {};
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
  if (const auto models = read_words(head, k_models, wish.models); !models) {
    return models.error();
  }
  return read_words(head, k_tags, wish.tags);
}

} // namespace inferenceflow::api
