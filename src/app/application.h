/// The running gateway: ordered start, reload, drain and stop.
///
/// Role:      `inferenceflow serve` runs one.
/// Lifecycle: start() → reload()* → shut_down() → destroyed.
/// Threading: main thread; loops, engines, ledger and log have threads of their own.
/// Bounds:    shut_down() takes at most shutdown_grace and then what a ledger commit takes.
#pragma once

#include "api/batch_desk.h"
#include "api/batch_runner.h"
#include "api/service.h"
#include "app/lane_keeper.h"
#include "app/loop_unit.h"
#include "app/remembered.h"
#include "base/clock.h"
#include "base/error.h"
#include "cache/exact_cache.h"
#include "cache/inflight_table.h"
#include "cache/tenant_secret.h"
#include "config/load.h"
#include "config/settings.h"
#include "cost/price_table.h"
#include "dispatch/line_table.h"
#include "engine/engine_set.h"
#include "net/offload.h"
#include "prompt_cache/advisor.h"
#include "store/ledger.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace inferenceflow::app {

class application {
public:
  application(std::string config_path, config::settings settings);
  ~application();
  application(const application&) = delete;
  application& operator=(const application&) = delete;

  /// Opens everything and serves. @returns the port, or what could not be opened and why.
  [[nodiscard]] result<std::uint16_t> start();

  /// Loads the configuration file again. A bad one changes nothing and is logged with its reasons. Settings that need
  /// a restart keep their value and are named in the log.
  void reload();

  /// Stops accepting, waits for requests in flight (shutdown_grace), then stops everything in order.
  void shut_down();

private:
  void abort_work();
  /// Connections are open, or lines of batches in flight.
  [[nodiscard]] bool has_work() const;
  void keep_learned();
  [[nodiscard]] result<void> open_parts();
  [[nodiscard]] result<void> open_memory();
  void listen_to_replicas();
  [[nodiscard]] result<std::uint16_t> open_loops();
  [[nodiscard]] result<void> install(std::shared_ptr<const config::settings> next);
  [[nodiscard]] std::vector<api::component_health> health() const;
  [[nodiscard]] telemetry::runtime_samples sample();
  void sample_backends(telemetry::runtime_samples& samples);
  void log_startup(std::uint16_t port) const;

  // Declared in order of construction; destroyed in reverse, so that what is used outlives its users.
  system_clock_source clock_;
  std::string config_path_;
  std::shared_ptr<const config::settings> settings_;
  steady_time started_;
  wall_time started_wall_;
  std::unique_ptr<telemetry::logger> log_;
  std::unique_ptr<telemetry::gateway_metrics> metrics_;
  std::unique_ptr<store::ledger> ledger_;
  std::unique_ptr<cache::exact_cache> cache_;
  std::unique_ptr<cache::inflight_table> inflight_;
  std::unique_ptr<semantic::semantic_cache> semantic_;
  std::unique_ptr<departures> departures_;
  std::shared_ptr<embedding::shared_embeddings> embeddings_;
  std::unique_ptr<pipeline::miss_pace> pace_;
  pipeline::choice_memory choices_;
  std::vector<std::unique_ptr<cache::second_tier>> tiers_; ///< of this machine
  std::unique_ptr<store::redis_tier::redis_tier> redis_;   ///< null when none is configured
  std::optional<cache::master_secret> master_;
  std::shared_ptr<const engine::engine_set> engines_;
  std::unique_ptr<const dialogue::codec_set> codecs_;
  std::unique_ptr<dispatch::switchboard> board_;
  std::mutex lines_mutex_;                      ///< a scrape runs on any loop
  std::shared_ptr<dispatch::line_table> lines_; ///< of settings_
  std::unique_ptr<pipeline::services> services_;
  std::unique_ptr<prompt_cache::memory> prompt_cache_;
  std::unique_ptr<net::offload> blocking_;
  std::unique_ptr<api::batch_desk> batches_;
  std::atomic<bool> draining_{false};
  std::atomic<std::size_t> open_connections_{0};
  std::unique_ptr<lane_keeper> lanes_;        ///< on the first loop
  std::unique_ptr<api::batch_runner> runner_; ///< on the first loop, whose coroutines it outlives
  std::vector<std::unique_ptr<loop_unit>> loops_;
};

} // namespace inferenceflow::app
