#include "app/loop_unit.h"

#include "app/codecs.h"
#include "app/compose.h"
#include "app/remembered.h"
#include "providers/local/local_provider.h"
#include "providers/native/native_provider.h"
#include "providers/openai/upstream_provider.h"
#include "providers/prompt_caching/prompt_caching_provider.h"
#include "providers/translation/translating_provider.h"

#include <boost/asio/post.hpp>
#include <future>
#include <random>

namespace inferenceflow::app {

namespace {

http::server_options server_options_of(const config::settings& settings, api::service& service,
                                       std::shared_ptr<boost::asio::ssl::context> tls) {
  http::server_options options;
  options.limits = connection_limits_of(settings.server);
  options.connections_max = settings.server.connections_max;
  options.tls = std::move(tls);
  options.handle = api::make_router(service);
  options.render = api::make_error_renderer();
  options.on_connection = [&metrics = service.shared.metrics](bool opened) {
    opened ? metrics.connection_opened() : metrics.connection_closed();
  };
  options.on_exception = [&log = service.shared.log](const std::exception& failure) {
    log.error("connection ended by an exception", {{"reason", failure.what()}});
  };
  return options;
}

} // namespace

loop_unit::loop_unit(std::size_t index, const shared_parts& shared, const config::settings& settings,
                     std::shared_ptr<boost::asio::ssl::context> tls)
    : shared_(shared)
    , loop_(index)
    , pipeline_(shared.services, loop_, std::random_device{}())
    , service_{.shared = shared.services,
               .life = pipeline_,
               .blocking = shared.blocking,
               .batches = shared.batches,
               .scanner = {},
               .secrets = cache::tenant_secrets{shared.services.master},
               .draining = shared.draining,
               .health = shared.health,
               .started = shared.started,
               .started_wall = shared.started_wall,
               .version = IFLOW_VERSION,
               .on_feedback =
                   [&books = shared.services.choices.books](const store::feedback& said, const store::ledger_row&) {
                     if (said.score) {
                       books.learn(pipeline::answer_name(said.tenant, said.request_id), *said.score);
                     }
                   }}
    , server_(loop_, server_options_of(settings, service_, std::move(tls)), shared.open_connections)
    , prober_(loop_, pipeline_, shared.services.clock, shared.services.log) {}

std::shared_ptr<const pipeline::generation> loop_unit::prepare(std::shared_ptr<const config::settings> settings,
                                                               std::shared_ptr<const routing::route_table> routes,
                                                               std::shared_ptr<dispatch::line_table> lines,
                                                               std::shared_ptr<const pipeline::learned_files> learned) {
  auto next = std::make_shared<pipeline::generation>();
  const auto& codecs = shared_.services.codecs;
  const auto for_all = [&](std::shared_ptr<providers::provider> backend, std::shared_ptr<const dialogue::codec> own) {
    return std::make_shared<providers::translation::translating_provider>(
        std::move(backend), std::move(own), codecs, shared_.services.clock, settings->upstream.event_bytes_max);
  };
  if (shared_.engines) {
    next->providers.local =
        for_all(std::make_shared<providers::local::local_provider>("local", shared_.engines, shared_.services.clock),
                backend_codec(codecs, {}));
  }
  for (std::size_t i = 0; i < settings->providers.size(); ++i) {
    const auto& provider = settings->providers[i];
    if (!provider.enabled()) {
      next->providers.upstreams.push_back(nullptr);
      continue;
    }
    const auto own = backend_codec(codecs, provider);
    auto backend = with_prompt_cache(make_upstream(provider, *settings, own), provider, i, routes);
    next->providers.upstreams.push_back(for_all(std::move(backend), own));
  }
  next->routes = std::move(routes);
  next->learned = std::move(learned);
  next->embedder = make_embedder(*settings, shared_.engines, *next, shared_.embeddings, loop_, shared_.services.log);
  next->settings = std::move(settings);
  next->lines = std::move(lines);
  return next;
}

std::shared_ptr<providers::provider> loop_unit::make_upstream(const config::provider_settings& provider,
                                                              const config::settings& settings,
                                                              const std::shared_ptr<const dialogue::codec>& own) {
  if (provider.protocol == dialogue::protocol::openai_chat) {
    return std::make_shared<providers::openai::upstream_provider>(loop_, provider, settings.upstream, own);
  }
  return std::make_shared<providers::native::native_provider>(
      loop_, provider, settings.upstream, own, providers::native::authorization_of(provider), shared_.services.clock);
}

std::shared_ptr<providers::provider> loop_unit::with_prompt_cache(std::shared_ptr<providers::provider> backend,
                                                                  const config::provider_settings& provider,
                                                                  std::size_t index,
                                                                  std::shared_ptr<const routing::route_table> routes) {
  return std::make_shared<providers::prompt_caching::prompt_caching_provider>(
      std::move(backend), providers::prompt_caching::traits_of(provider),
      [routes = std::move(routes), index](std::string_view model) { return routes->price(index, model); },
      shared_.prompt_cache, shared_.services.clock);
}

void loop_unit::start() {
  server_.start();
  if (loop_.index() == 0) { // one for the whole process
    prober_.start();
  }
  loop_.start();
}

void loop_unit::drain() {
  boost::asio::post(loop_.context(), [this] { server_.drain(); });
}

void loop_unit::abort() {
  boost::asio::post(loop_.context(), [this] { server_.abort(); });
}

void loop_unit::stop() {
  // Aborted connections unwind on the loop, so that their scopes cancel upstream calls and local generations.
  boost::asio::post(loop_.context(), [this] {
    server_.abort();
    boost::asio::post(loop_.context(), [this] { loop_.stop(); });
  });
  loop_.join();
}

std::vector<telemetry::pool_sample> loop_unit::pools() const {
  std::vector<telemetry::pool_sample> samples;
  const auto& current = *pipeline_.current();
  for (std::size_t i = 0; i < current.providers.upstreams.size(); ++i) {
    const auto& upstream = current.providers.upstreams[i];
    if (const auto counts = upstream ? upstream->connections() : std::nullopt) {
      samples.push_back({.provider = current.settings->providers[i].name, .idle = counts->idle, .busy = counts->busy});
    }
  }
  return samples;
}

} // namespace inferenceflow::app
