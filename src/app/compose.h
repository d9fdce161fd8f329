/// From settings to the parts of the process: one function per part.
///
/// Role:      application calls them in order.
/// Lifecycle: each returns an owner.
/// Threading: main thread, at start and reload.
/// Bounds:    those of the settings.
#pragma once

#include "api/batch_desk.h"
#include "base/clock.h"
#include "base/error.h"
#include "cache/exact_cache.h"
#include "cache/inflight_table.h"
#include "cache/second_tier.h"
#include "cache/tenant_secret.h"
#include "config/settings.h"
#include "cost/price_table.h"
#include "engine/engine_set.h"
#include "http/server.h"
#include "prompt_cache/meter.h"
#include "store/ledger.h"
#include "store/redis_tier/redis_tier.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include <memory>
#include <vector>

namespace inferenceflow::app {

[[nodiscard]] telemetry::log_level level_of(config::log_level level);
[[nodiscard]] cache::cache_limits cache_limits_of(const config::cache_settings& settings);
[[nodiscard]] cache::inflight_limits inflight_limits_of(const config::settings& settings);
[[nodiscard]] http::connection_limits connection_limits_of(const config::server_settings& settings);

/// @returns unavailable when the log file cannot be opened.
[[nodiscard]] result<std::unique_ptr<telemetry::logger>> make_logger(const config::log_settings& settings,
                                                                     const clock_source& clock);
/// @returns what is wrong with the override file.
[[nodiscard]] result<std::shared_ptr<const cost::price_table>> make_prices(const config::settings& settings);
/// @returns unavailable naming the path and the reason.
[[nodiscard]] result<std::unique_ptr<store::ledger>> make_ledger(const config::ledger_settings& settings,
                                                                 telemetry::logger& log);
/// @returns unavailable naming the path and the reason.
[[nodiscard]] result<std::unique_ptr<api::batch_desk>> make_batch_desk(const config::settings& settings);
/// The configured secret; else the one beside the cache's file, made when there is none; else a random one.
[[nodiscard]] result<cache::master_secret> make_master_secret(const config::cache_settings& settings);
/// What stands behind the memory, fastest first; empty when nothing is configured.
/// @returns unavailable naming the file that cannot be used.
[[nodiscard]] result<std::vector<std::unique_ptr<cache::second_tier>>>
make_tiers(const config::cache_settings& settings, const clock_source& clock, telemetry::logger& log);
/// The tier that replicas share; null when cache.redis.url is empty. It connects to nothing yet.
/// @returns invalid_request for an address that is none.
[[nodiscard]] result<std::unique_ptr<store::redis_tier::redis_tier>> make_redis(const config::cache_settings& settings,
                                                                                const cache::master_secret& master,
                                                                                const clock_source& clock,
                                                                                telemetry::logger& log);
/// Starts loading every local model. Null when local.enabled is false.
[[nodiscard]] std::shared_ptr<const engine::engine_set> make_engines(const config::local_settings& settings,
                                                                     telemetry::logger& log);
[[nodiscard]] telemetry::engine_sample sample_of(const engine::model_config& model, const engine::engine_stats& stats);
[[nodiscard]] telemetry::prompt_cache_sample sample_of(const std::string& provider, const prompt_cache::meter& meter);
/// Names that may become label values.
void allow_metric_names(telemetry::gateway_metrics& metrics, const config::settings& settings);

} // namespace inferenceflow::app
