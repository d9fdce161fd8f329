#include "app/application.h"

#include "app/codecs.h"
#include "app/compose.h"
#include "app/learned.h"
#include "app/route_budgets.h"
#include "config/difference.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <future>
#include <map>
#include <random>
#include <thread>
#include <utility>

namespace inferenceflow::app {

namespace {
constexpr std::chrono::milliseconds k_drain_poll{20};
/// For what aborted connections leave behind to unwind: microseconds, unless the machine is busy.
constexpr std::chrono::milliseconds k_abort_patience{1'000};
/// For Redis to take what was learned.
constexpr std::chrono::milliseconds k_keep_patience{500};
} // namespace

application::application(std::string config_path, config::settings settings)
    : config_path_(std::move(config_path))
    , settings_(std::make_shared<const config::settings>(std::move(settings)))
    , started_(clock_.steady_now())
    , started_wall_(clock_.wall_now()) {}

application::~application() {
  shut_down();
}

result<std::uint16_t> application::start() {
  if (const auto opened = open_parts(); !opened) {
    return opened.error();
  }
  const auto port = open_loops();
  if (!port) {
    return port.error();
  }
  runner_ =
      std::make_unique<api::batch_runner>(loops_.front()->loop(), loops_.front()->service(), std::random_device{}());
  batches_->on_news([this](std::int64_t batch) { runner_->heard(batch); });
  runner_->start();
  for (const auto& unit : loops_) {
    unit->start();
  }
  lanes_ = std::make_unique<lane_keeper>(loops_.front()->loop(), *services_);
  lanes_->start();
  restore_later(tiers_, *services_, *master_, settings_->cache.entry_bytes_max, loops_.front()->loop());
  log_startup(*port);
  return *port;
}

result<void> application::open_parts() {
  auto log = make_logger(settings_->log, clock_);
  if (!log) {
    return log.error();
  }
  log_ = std::move(*log);
  metrics_ = std::make_unique<telemetry::gateway_metrics>(IFLOW_VERSION, IFLOW_COMMIT);
  auto ledger = make_ledger(settings_->ledger, *log_);
  if (!ledger) {
    return ledger.error();
  }
  ledger_ = std::move(*ledger);
  cache_ = std::make_unique<cache::exact_cache>(cache_limits_of(settings_->cache), clock_);
  inflight_ = std::make_unique<cache::inflight_table>(inflight_limits_of(*settings_));
  if (const auto remembered = open_memory(); !remembered) {
    return remembered.error();
  }
  codecs_ = make_codecs();
  board_ = std::make_unique<dispatch::switchboard>(std::random_device{}());
  services_ = std::make_unique<pipeline::services>(pipeline::services{clock_,
                                                                      *cache_,
                                                                      *inflight_,
                                                                      *ledger_,
                                                                      *metrics_,
                                                                      *log_,
                                                                      *codecs_,
                                                                      *board_,
                                                                      *master_,
                                                                      *semantic_,
                                                                      {},
                                                                      *pace_,
                                                                      choices_});
  for (const auto& tier : tiers_) {
    services_->tiers.push_back(tier.get());
  }
  if (redis_) {
    services_->tiers.push_back(redis_.get());
  }
  prompt_cache_ = std::make_unique<prompt_cache::memory>(settings_->prompt_cache.bytes_max);
  blocking_ = std::make_unique<net::offload>();
  auto desk = make_batch_desk(*settings_);
  if (!desk) {
    return desk.error();
  }
  batches_ = std::move(*desk);
  engines_ = make_engines(settings_->local, *log_);
  metrics_->set_sampler([this] { return sample(); });
  return {};
}

/// What outlives a request: the secret that entries are sealed with, the second tier, the semantic index.
result<void> application::open_memory() {
  auto master = make_master_secret(settings_->cache);
  if (!master) {
    return master.error();
  }
  master_.emplace(std::move(*master));
  auto tiers = make_tiers(settings_->cache, clock_, *log_);
  if (!tiers) {
    return tiers.error();
  }
  tiers_ = std::move(*tiers);
  auto redis = make_redis(settings_->cache, *master_, clock_, *log_);
  if (!redis) {
    return redis.error();
  }
  redis_ = std::move(*redis);
  semantic_ = std::make_unique<semantic::semantic_cache>(semantic_limits_of(settings_->cache), std::random_device{}());
  load_index(settings_->cache, *semantic_, *log_);
  departures_ = std::make_unique<departures>(*semantic_, *cache_, !tiers_.empty() || redis_);
  cache_->observe(*departures_);
  embeddings_ = make_embeddings(settings_->cache);
  pace_ = std::make_unique<pipeline::miss_pace>(std::random_device{}());
  return {};
}

result<std::uint16_t> application::open_loops() {
  std::shared_ptr<boost::asio::ssl::context> tls;
  if (settings_->server.tls.enabled()) {
    auto loaded = http::load_server_tls(settings_->server.tls.certificate_file, settings_->server.tls.key_file);
    if (!loaded) {
      return loaded.error();
    }
    tls = std::move(*loaded);
  }
  const shared_parts shared{*services_,     engines_,          embeddings_,
                            *prompt_cache_, *blocking_,        *batches_,
                            draining_,      open_connections_, [this] { return health(); },
                            started_,       started_wall_};
  const std::size_t count =
      settings_->server.loops != 0 ? settings_->server.loops : std::max(1U, std::thread::hardware_concurrency());
  std::uint16_t port = settings_->server.port;
  for (std::size_t index = 0; index < count; ++index) {
    loops_.push_back(std::make_unique<loop_unit>(index, shared, *settings_, tls));
  }
  if (const auto installed = install(settings_); !installed) {
    return installed.error();
  }
  if (const auto unused = http::check_address_free(settings_->server.host, port); !unused) {
    return unused.error();
  }
  for (const auto& unit : loops_) {
    const auto bound = unit->listen(settings_->server.host, port);
    if (!bound) {
      return bound.error();
    }
    port = *bound; // port 0: the other loops share what the first one got
  }
  listen_to_replicas();
  return port;
}

void application::listen_to_replicas() {
  if (!redis_) {
    return;
  }
  for (const auto& unit : loops_) {
    redis_->add_loop(unit->loop());
  }
  redis_->on_news(news_for(*services_, *master_, settings_->cache.entry_bytes_max, *redis_, loops_.front()->loop()));
  redis_->start();
}

result<void> application::install(std::shared_ptr<const config::settings> next) {
  auto prices = make_prices(*next);
  if (!prices) {
    return prices.error();
  }
  auto learned = read_learned(*next);
  if (!learned) {
    return learned.error();
  }
  resume_budgets(*next, *ledger_, clock_, choices_.books, *log_);
  const auto routes = std::make_shared<const routing::route_table>(*next, *prices);
  allow_metric_names(*metrics_, *next);
  auto lines = std::make_shared<dispatch::line_table>(*board_, next, *routes);
  for (const auto& unit : loops_) {
    auto prepared = unit->prepare(next, routes, lines, *learned);
    if (!unit->loop().running()) {
      unit->adopt(std::move(prepared));
    } else {
      boost::asio::post(unit->loop().context(),
                        [&unit = *unit, prepared = std::move(prepared)]() mutable { unit.adopt(std::move(prepared)); });
    }
  }
  settings_ = std::move(next);
  const std::lock_guard lock{lines_mutex_};
  lines_ = std::move(lines);
  return {};
}

namespace {

/// Settings of the cache that hold until the next start: what was opened, and what made the vectors that are there.
void keep_until_restart(const config::cache_settings& now, config::cache_settings& next) {
  next.file = now.file;
  next.file_bytes_max = now.file_bytes_max;
  next.secret_env = now.secret_env;
  next.secret = now.secret;
  next.redis.url = now.redis.url;
  next.redis.connect_timeout = now.redis.connect_timeout;
  next.semantic_store.embedder = now.semantic_store.embedder;
  next.semantic_store.embed_timeout = now.semantic_store.embed_timeout;
  next.semantic_store.embeds_max = now.semantic_store.embeds_max;
}

} // namespace

void application::reload() {
  auto loaded = config::load_settings(config_path_, config::process_environment());
  for (const auto& problem : loaded.problems) {
    log_->write(problem.level == config::severity::error ? telemetry::log_level::error : telemetry::log_level::warn,
                config::to_string(problem), {});
  }
  if (!loaded.ok()) {
    log_->error("configuration not reloaded: the file has errors, nothing was changed", {{"file", config_path_}});
    metrics_->config_reloaded(false);
    return;
  }
  const auto changes = config::diff(*settings_, loaded.value);
  for (const auto& key : changes.needs_restart) {
    log_->warn("changed setting needs a restart; the old value stays in force", {{"key", key}});
  }
  for (const auto& key : changes.live) {
    log_->info("setting changed", {{"key", key}});
  }
  auto next = std::make_shared<config::settings>(std::move(loaded.value));
  next->server = settings_->server;
  next->local = settings_->local;
  const auto ledger = std::exchange(next->ledger, settings_->ledger);
  next->batches.path = settings_->batches.path;
  next->batches.pool = settings_->batches.pool;
  next->ledger.requests = ledger.requests;
  next->ledger.request_bytes_max = ledger.request_bytes_max;
  next->prompt_cache.bytes_max = settings_->prompt_cache.bytes_max;
  keep_until_restart(settings_->cache, next->cache);
  next->log.file = settings_->log.file;
  if (const auto installed = install(next); !installed) {
    log_->error("configuration not reloaded, nothing was changed", {{"reason", installed.error().message}});
    metrics_->config_reloaded(false);
    return;
  }
  log_->set_level(level_of(next->log.level));
  cache_->resize(cache_limits_of(next->cache));
  semantic_->resize(semantic_limits_of(next->cache));
  if (redis_) {
    redis_->set_find_budget(next->cache.redis.timeout);
  }
  metrics_->config_reloaded(true);
  log_->info("configuration reloaded", {{"file", config_path_}});
}

void application::shut_down() {
  if (draining_.exchange(true) || !log_) {
    return;
  }
  log_->info("shutting down", {{"connections", open_connections_.load()}});
  for (const auto& unit : loops_) {
    unit->drain();
  }
  if (runner_) {
    runner_->drain();
  }
  const auto patience = clock_.steady_now() + settings_->server.shutdown_grace;
  while (has_work() && clock_.steady_now() < patience) {
    std::this_thread::sleep_for(k_drain_poll);
  }
  if (runner_ && runner_->busy()) {
    log_->warn("grace period over: lines of batches are cancelled, and asked again after the next start");
  }
  if (const auto left = open_connections_.load(); left != 0) {
    log_->warn("grace period over: aborting connections", {{"connections", left}});
  }
  if (has_work()) {
    abort_work();
  }
  keep_learned();
  if (redis_) {
    redis_->stop();
  }
  for (const auto& unit : loops_) {
    unit->stop();
  }
  save_index(settings_->cache, *semantic_, *log_);
  metrics_->set_sampler({});
  // The blocking thread and the ledger's writer post to the loops: they fall silent before the loops go.
  blocking_.reset();
  if (batches_) {
    batches_->stop();
  }
  ledger_->flush();
  loops_.clear();
  engines_.reset();
  ledger_.reset(); // commits what was accepted
  log_->info("stopped");
  log_->flush();
}

bool application::has_work() const {
  return open_connections_.load() != 0 || (runner_ && runner_->busy());
}

void application::keep_learned() {
  if (!lanes_) { // nothing was opened
    return;
  }
  const auto ended = [this] { // of Redis; the file writes what it was given before it closes
    const auto did = redis_ ? redis_->stats() : cache::tier_stats{};
    return did.stored + did.dropped + did.errors;
  };
  const auto before = ended();
  std::promise<std::size_t> kept;
  boost::asio::post(loops_.front()->loop().context(), [this, &kept] { kept.set_value(lanes_->keep_now()); });
  const std::size_t given = kept.get_future().get();
  const auto patience = clock_.steady_now() + k_keep_patience;
  while (redis_ && ended() < before + given && clock_.steady_now() < patience) {
    std::this_thread::sleep_for(k_drain_poll);
  }
}

/// A call that clients of several loops share ends only when all of these loops have let go of it, and its ledger row
/// is written after that: so every loop still runs while they do.
void application::abort_work() {
  for (const auto& unit : loops_) {
    unit->abort();
  }
  if (runner_) {
    runner_->abort();
  }
  const auto patience = clock_.steady_now() + k_abort_patience;
  while (has_work() && clock_.steady_now() < patience) {
    std::this_thread::sleep_for(k_drain_poll);
  }
}

std::vector<api::component_health> application::health() const {
  std::vector<api::component_health> parts;
  const auto counts = ledger_->count();
  const bool failing = counts.dropped != 0 && counts.write_errors != 0;
  parts.push_back({"ledger", failing ? "unavailable" : "ok", failing ? "rows could not be written; see the log" : ""});
  if (!engines_) {
    return parts;
  }
  for (const auto& engine : engines_->all()) {
    const auto stats = engine->stats();
    const char* state = stats.state == engine::load_state::ready      ? "ready"
                        : stats.state == engine::load_state::loading  ? "loading"
                        : stats.state == engine::load_state::unloaded ? "unloaded"
                                                                      : "unavailable";
    parts.push_back({"local:" + engine->config().name, state, stats.load_error});
  }
  return parts;
}

telemetry::runtime_samples application::sample() {
  telemetry::runtime_samples samples;
  const auto cached = cache_->stats();
  samples.cache = {.hits = cached.hits,
                   .misses = cached.misses,
                   .stored = cached.stored,
                   .evicted = cached.evicted,
                   .bytes = cached.bytes,
                   .entries = cached.entries};
  if (const auto meant = semantic_->stats(); meant.entries != 0 || !meant.lanes.empty()) {
    double bound = 0;
    for (const auto& lane : meant.lanes) {
      bound = std::max(bound, lane.bound);
    }
    samples.semantic = {.entries = meant.entries, .bytes = meant.bytes, .error_bound = bound};
  }
  for (const cache::second_tier* tier : services_->tiers) {
    const auto did = tier->stats();
    samples.tiers.push_back(
        {.name = std::string(tier->name()), .stored = did.stored, .dropped = did.dropped, .errors = did.errors});
  }
  if (redis_) {
    const auto counts = redis_->client_statistics();
    samples.redis = {.up = redis_->stats().available ? 1.0 : 0.0,
                     .commands = counts.commands,
                     .timeouts = counts.timeouts,
                     .breakers_open = counts.breakers_open};
  }
  const auto rows = ledger_->count();
  samples.ledger = {.appended = rows.appended,
                    .written = rows.written,
                    .dropped = rows.dropped,
                    .errors = rows.write_errors,
                    .queue = rows.appended - std::min(rows.appended, rows.written + rows.duplicates + rows.dropped),
                    .bodies_left_out = rows.requests_dropped,
                    .explanations_left_out = rows.decisions_dropped,
                    .feedback = rows.feedback_written,
                    .feedback_left_out = rows.feedback_dropped};
  samples.batches = runner_ ? runner_->sample() : std::nullopt;
  prompt_cache_->meters.each([&samples](const std::string& provider, const prompt_cache::meter& meter) {
    if (meter.used()) {
      samples.prompt_caches.push_back(sample_of(provider, meter));
    }
  });
  if (engines_ && !engines_->all().empty()) {
    const auto pool = engines_->pool();
    samples.model_pool = {
        .bytes = pool.bytes, .bytes_max = pool.bytes_max, .loads = pool.loads, .unloads = pool.unloads};
    for (const auto& engine : engines_->all()) {
      samples.engines.push_back(sample_of(engine->config(), engine->stats()));
    }
  }
  sample_backends(samples);
  for (const auto& unit : loops_) {
    if (unit->loop().runs_here()) {
      const auto own = unit->pools();
      samples.pools.insert(samples.pools.end(), own.begin(), own.end());
    }
  }
  return samples;
}

/// Routes with settings of their own have machines of their own at one provider: a scrape sees them as one.
void application::sample_backends(telemetry::runtime_samples& samples) {
  const auto lines = [this] {
    const std::lock_guard lock{lines_mutex_};
    return lines_;
  }();
  if (!lines) {
    return;
  }
  std::map<std::string, telemetry::backend_sample> backends;
  for (const auto& view : lines->backends()) {
    auto& one = backends[view.provider];
    one.provider = view.provider;
    one.up = view.sick ? 0 : one.up;
    one.calls += view.in_flight;
    one.calls_limit += view.places;
    one.waiting += view.waiting;
  }
  for (auto& [name, one] : backends) {
    samples.backends.push_back(std::move(one));
  }
  std::map<std::pair<std::string, std::string>, double> breakers;
  for (const auto& view : lines->targets(clock_.steady_now())) {
    double& open = breakers[{view.provider, view.model}];
    const double state = view.breaker == resilience::breaker_state::open        ? 1.0
                         : view.breaker == resilience::breaker_state::half_open ? 0.5
                                                                                : 0.0;
    open = std::max(open, state);
  }
  for (const auto& [names, open] : breakers) {
    samples.breakers.push_back({.provider = names.first, .model = names.second, .open = open});
  }
}

void application::log_startup(std::uint16_t port) const {
  const auto& server = settings_->server;
  const std::string url = (server.tls.enabled() ? "https://" : "http://") + server.host + ':' + std::to_string(port);
  for (const auto& provider : settings_->providers) {
    if (!provider.enabled()) {
      log_->info("provider switched off", {{"provider", provider.name}, {"reason", provider.disabled_reason}});
    }
  }
  log_->info("listening", {{"url", url}, {"port", port}, {"loops", loops_.size()}, {"version", IFLOW_VERSION}});
}

} // namespace inferenceflow::app
