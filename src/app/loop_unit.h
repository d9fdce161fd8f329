/// Everything that exists once per event loop.
///
/// Role:      application keeps one per core.
/// Lifecycle: construct → adopt() → listen() → start() → drain() → abort() → stop().
/// Threading: made on the main thread before the loop runs; from then on its parts belong to the loop, and the
///            functions here post to it.
/// Bounds:    those of its parts.
#pragma once

#include "api/batch_desk.h"
#include "api/router.h"
#include "api/service.h"
#include "app/prober.h"
#include "config/settings.h"
#include "embedding/cached_embedder.h"
#include "engine/engine_set.h"
#include "http/server.h"
#include "net/event_loop.h"
#include "net/offload.h"
#include "pipeline/pipeline.h"
#include "pipeline/services.h"
#include "prompt_cache/advisor.h"
#include "telemetry/samples.h"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace inferenceflow::app {

/// What all loops share and loop_unit borrows.
struct shared_parts {
  const pipeline::services& services;
  std::shared_ptr<const engine::engine_set> engines; ///< may be null
  std::shared_ptr<embedding::shared_embeddings> embeddings;
  prompt_cache::memory& prompt_cache;
  net::offload& blocking;
  api::batch_desk& batches;
  const std::atomic<bool>& draining;
  std::atomic<std::size_t>& open_connections;
  std::function<std::vector<api::component_health>()> health;
  steady_time started;
  wall_time started_wall;
};

class loop_unit {
public:
  loop_unit(std::size_t index, const shared_parts& shared, const config::settings& settings,
            std::shared_ptr<boost::asio::ssl::context> tls);

  /// Builds this loop's providers for a configuration. Any thread; does not change what is served.
  [[nodiscard]] std::shared_ptr<const pipeline::generation>
  prepare(std::shared_ptr<const config::settings> settings, std::shared_ptr<const routing::route_table> routes,
          std::shared_ptr<dispatch::line_table> lines, std::shared_ptr<const pipeline::learned_files> learned);
  /// Serves by `next` from now on. Before start(), or on the loop.
  void adopt(std::shared_ptr<const pipeline::generation> next) { pipeline_.adopt(std::move(next)); }

  [[nodiscard]] result<std::uint16_t> listen(const std::string& host, std::uint16_t port) {
    return server_.listen(host, port);
  }
  void start();
  void drain();
  /// Closes every connection; what they waited for unwinds on the loop.
  void abort();
  /// Aborts what is left, then ends and joins the loop's thread.
  void stop();

  [[nodiscard]] net::event_loop& loop() noexcept { return loop_; }
  /// On the loop, or before it runs.
  [[nodiscard]] api::service& service() noexcept { return service_; }
  /// Connections of this loop's pools. On the loop.
  [[nodiscard]] std::vector<telemetry::pool_sample> pools() const;

private:
  [[nodiscard]] std::shared_ptr<providers::provider> make_upstream(const config::provider_settings& provider,
                                                                   const config::settings& settings,
                                                                   const std::shared_ptr<const dialogue::codec>& own);
  [[nodiscard]] std::shared_ptr<providers::provider>
  with_prompt_cache(std::shared_ptr<providers::provider> backend, const config::provider_settings& provider,
                    std::size_t index, std::shared_ptr<const routing::route_table> routes);

  shared_parts shared_;
  net::event_loop loop_;
  pipeline::pipeline pipeline_;
  api::service service_;
  http::server server_;
  prober prober_;
};

} // namespace inferenceflow::app
