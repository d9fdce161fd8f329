#include "telemetry/metrics.h"

#include "telemetry/metrics_state.h"

#include <algorithm>
#include <mutex>
#include <utility>

namespace inferenceflow::telemetry {
namespace {

constexpr auto k_relaxed = std::memory_order_relaxed;

std::array<std::int64_t, k_token_parts> parts_of(const token_counts& tokens) {
  return {tokens.fresh_input, tokens.cached_input, tokens.cache_write, tokens.output, tokens.reasoning};
}

} // namespace

spend_series& spend_table::at(const label_values<provider_series>::entry& provider,
                              const label_values<model_series>::entry& model) {
  const auto key = (std::uint64_t{provider.index} << 32U) | model.index;
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = pairs_.find(key); found != pairs_.end()) {
      return found->second;
    }
  }
  const std::unique_lock lock(mutex_);
  // One place stays free for the pair that takes what no longer fits.
  const bool fits = pairs_.contains(key) || pairs_.size() + 1 < k_label_values_max;
  auto& series = pairs_[fits ? key : 0];
  if (series.provider.empty()) {
    series.provider = fits ? provider.name : "other";
    series.model = fits ? model.name : "other";
  }
  return series;
}

gateway_metrics::gateway_metrics(std::string_view version, std::string_view commit)
    : state_(std::make_unique<metrics_state>()) {
  state_->version = version;
  state_->commit = commit;
  for (const auto reason : k_semantic_skip_reasons) {
    state_->semantic_skipped.allow(std::string(reason));
  }
  for (const auto kind : k_semantic_veto_kinds) {
    state_->semantic_vetoed.allow(std::string(kind));
  }
  for (const auto tier : k_cache_tiers) {
    state_->tier_requests.allow(std::string(tier));
  }
}

gateway_metrics::~gateway_metrics() = default;

void gateway_metrics::allow_names(const std::vector<std::string>& providers, const std::vector<std::string>& models) {
  for (const auto& name : providers) {
    state_->providers.allow(name);
  }
  for (const auto& name : models) {
    state_->models.allow(name);
  }
}

void gateway_metrics::set_sampler(std::function<runtime_samples()> sampler) {
  state_->sampler = std::move(sampler);
}

void gateway_metrics::request_started() noexcept {
  state_->active_requests.fetch_add(1, k_relaxed);
}

void gateway_metrics::request_withdrawn() noexcept {
  state_->active_requests.fetch_sub(1, k_relaxed);
}

void gateway_metrics::request_finished(const request_sample& sample) noexcept {
  const auto operation = static_cast<std::size_t>(sample.operation);
  const auto cache = static_cast<std::size_t>(sample.cache);
  const auto status = static_cast<std::size_t>(class_of(sample.status));
  state_->requests[operation][cache][status].fetch_add(1, k_relaxed);
  state_->durations[operation][cache].observe(sample.elapsed);
  if (sample.first_byte) {
    state_->first_bytes[operation].observe(*sample.first_byte);
  }
  state_->active_requests.fetch_sub(1, k_relaxed);
}

void gateway_metrics::connection_opened() noexcept {
  state_->connections.fetch_add(1, k_relaxed);
}
void gateway_metrics::connection_closed() noexcept {
  state_->connections.fetch_sub(1, k_relaxed);
}

void gateway_metrics::websocket_opened() noexcept {
  state_->websockets.fetch_add(1, k_relaxed);
}
void gateway_metrics::websocket_closed() noexcept {
  state_->websockets.fetch_sub(1, k_relaxed);
}
void gateway_metrics::websocket_received() noexcept {
  state_->websocket_received.fetch_add(1, k_relaxed);
}
void gateway_metrics::websocket_sent() noexcept {
  state_->websocket_sent.fetch_add(1, k_relaxed);
}

void gateway_metrics::usage(const usage_sample& sample) {
  auto& provider = state_->providers.at(sample.provider);
  auto& model = state_->models.at(sample.model);
  const auto parts = parts_of(sample.tokens);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    model.series.tokens[i].fetch_add(std::max<std::int64_t>(parts[i], 0), k_relaxed);
  }
  if (sample.unpriced) {
    model.series.unpriced.fetch_add(1, k_relaxed);
  }
  auto& spend = state_->spend.at(provider, model);
  // A counter never falls, so a negative saving (a dearer answer than direct) is left to the ledger.
  spend.cost_nano_usd.fetch_add(std::max<std::int64_t>(sample.cost.nano_usd(), 0), k_relaxed);
  spend.saved_nano_usd.fetch_add(std::max<std::int64_t>(sample.saved.nano_usd(), 0), k_relaxed);
}

void gateway_metrics::upstream_request(std::string_view provider, std::chrono::nanoseconds elapsed) {
  state_->providers.at(provider).series.duration.observe(elapsed);
}

void gateway_metrics::upstream_error(std::string_view provider, error_kind kind) {
  state_->providers.at(provider).series.errors[static_cast<std::size_t>(kind)].fetch_add(1, k_relaxed);
}

void gateway_metrics::retried(std::string_view provider) {
  state_->providers.at(provider).series.retries.fetch_add(1, k_relaxed);
}

void gateway_metrics::hedged(std::string_view provider) {
  state_->providers.at(provider).series.hedges.fetch_add(1, k_relaxed);
}

void gateway_metrics::escalated(std::string_view provider) {
  state_->providers.at(provider).series.escalations.fetch_add(1, k_relaxed);
}

void gateway_metrics::explored(std::string_view provider) {
  state_->providers.at(provider).series.explorations.fetch_add(1, k_relaxed);
}

void gateway_metrics::coalesced() noexcept {
  state_->coalesced.fetch_add(1, k_relaxed);
}

void gateway_metrics::semantic_request(semantic_outcome outcome) noexcept {
  state_->semantic_requests[static_cast<std::size_t>(outcome)].fetch_add(1, k_relaxed);
}

void gateway_metrics::semantic_skipped(std::string_view reason) {
  state_->semantic_skipped.at(reason).series.fetch_add(1, k_relaxed);
}

void gateway_metrics::semantic_vetoed(std::string_view kind) {
  state_->semantic_vetoed.at(kind).series.fetch_add(1, k_relaxed);
}

void gateway_metrics::semantic_judged(semantic_verdict verdict) noexcept {
  state_->semantic_judged[static_cast<std::size_t>(verdict)].fetch_add(1, k_relaxed);
}

void gateway_metrics::semantic_embedded(std::chrono::nanoseconds elapsed) noexcept {
  state_->semantic_embeddings.observe(elapsed);
}

void gateway_metrics::semantic_looked_up(std::chrono::nanoseconds elapsed) noexcept {
  state_->semantic_lookups.observe(elapsed);
}

void gateway_metrics::cache_tier_request(std::string_view tier, tier_outcome outcome) {
  state_->tier_requests.at(tier).series[static_cast<std::size_t>(outcome)].fetch_add(1, k_relaxed);
}

void gateway_metrics::config_reloaded(bool succeeded) noexcept {
  (succeeded ? state_->reloads_succeeded : state_->reloads_failed).fetch_add(1, k_relaxed);
}

} // namespace inferenceflow::telemetry
