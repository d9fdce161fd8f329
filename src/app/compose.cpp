#include "app/compose.h"

#include "app/models/catalog.h"
#include "batches/store.h"
#include "store/cache_file/cache_file.h"
#include "telemetry/log_file.h"

#include <filesystem>

namespace inferenceflow::app {

telemetry::log_level level_of(config::log_level level) {
  switch (level) {
  case config::log_level::debug: return telemetry::log_level::debug;
  case config::log_level::info: return telemetry::log_level::info;
  case config::log_level::warn: return telemetry::log_level::warn;
  case config::log_level::error: return telemetry::log_level::error;
  }
  return telemetry::log_level::info;
}

namespace {

cache::eviction_policy policy_of(config::cache_eviction chosen) {
  switch (chosen) {
  case config::cache_eviction::gdsf: return cache::eviction_policy::gdsf;
  case config::cache_eviction::lru: return cache::eviction_policy::lru;
  case config::cache_eviction::s3_gdsf: return cache::eviction_policy::s3_gdsf;
  case config::cache_eviction::probation_gdsf: return cache::eviction_policy::probation_gdsf;
  }
  return cache::eviction_policy::probation_gdsf;
}

} // namespace

cache::cache_limits cache_limits_of(const config::cache_settings& settings) {
  cache::cache_limits limits;
  limits.bytes_max = settings.bytes_max;
  limits.entry_bytes_max = settings.entry_bytes_max;
  limits.policy = policy_of(settings.eviction);
  limits.rent_usd_per_gib_month = settings.rent_usd_per_gib_month;
  return limits;
}

cache::inflight_limits inflight_limits_of(const config::settings& settings) {
  cache::inflight_limits limits;
  limits.answer_bytes_max = settings.cache.entry_bytes_max;
  return limits;
}

http::connection_limits connection_limits_of(const config::server_settings& settings) {
  return {.parser = {.header_bytes_max = settings.header_bytes_max, .body_bytes_max = settings.body_bytes_max},
          .header_timeout = settings.header_timeout,
          .body_timeout = settings.body_timeout,
          .idle_timeout = settings.idle_timeout,
          .write_timeout = settings.write_timeout};
}

result<std::unique_ptr<telemetry::logger>> make_logger(const config::log_settings& settings,
                                                       const clock_source& clock) {
  auto sink = telemetry::open_log_file(settings.file);
  if (!sink) {
    return sink.error();
  }
  return std::make_unique<telemetry::logger>(std::move(*sink), level_of(settings.level), clock);
}

result<std::shared_ptr<const cost::price_table>> make_prices(const config::settings& settings) {
  cost::price_table_options options;
  options.override_file = settings.cost.prices_file;
  options.ceiling = cost::flat_price(settings.cost.ceiling.input, settings.cost.ceiling.output);
  const config::price_settings unpriced{};
  for (const auto& model : settings.local.models) {
    const auto& price = model.price == unpriced ? settings.cost.local : model.price;
    auto flat = cost::flat_price(price.input, price.output);
    flat.tiers.front().cached_input = price.cached_input;
    options.configured.push_back({.provider = "local", .model = model.name, .price = std::move(flat)});
  }
  return cost::price_table::load(options);
}

result<std::unique_ptr<store::ledger>> make_ledger(const config::ledger_settings& settings, telemetry::logger& log) {
  store::ledger_options options;
  options.path = settings.path;
  options.mode =
      settings.durability == config::ledger_durability::sync ? store::durability::sync : store::durability::group;
  options.group_interval = settings.group_interval;
  options.queue_max = settings.queue_max;
  options.on_error = [&log](const std::string& message) { log.error("ledger", {{"reason", message}}); };
  return store::open_sqlite_ledger(std::move(options));
}

result<std::unique_ptr<api::batch_desk>> make_batch_desk(const config::settings& settings) {
  constexpr std::string_view k_in_memory = ":memory:";
  std::string path = settings.batches.path;
  if (path.empty()) {
    path = settings.ledger.path == k_in_memory
               ? std::string{k_in_memory}
               : (std::filesystem::path(settings.ledger.path).parent_path() / "batches.sqlite").string();
  }
  auto store = batches::batch_store::open(path, settings.ledger.durability == config::ledger_durability::sync);
  if (!store) {
    return store.error();
  }
  return std::make_unique<api::batch_desk>(std::move(*store));
}

result<cache::master_secret> make_master_secret(const config::cache_settings& settings) {
  if (!settings.secret.empty()) {
    return cache::master_secret::from_text(settings.secret);
  }
  return settings.file.empty() ? cache::master_secret::random()
                               : cache::master_secret::load_or_make(settings.file + ".secret");
}

result<std::vector<std::unique_ptr<cache::second_tier>>> make_tiers(const config::cache_settings& settings,
                                                                    const clock_source& clock, telemetry::logger& log) {
  std::vector<std::unique_ptr<cache::second_tier>> tiers;
  if (!settings.file.empty()) {
    auto opened = store::cache_file::cache_file::open({.path = settings.file,
                                                       .bytes_max = static_cast<std::int64_t>(settings.file_bytes_max),
                                                       .on_warning =
                                                           [&log](const std::string& what) {
                                                             log.warn("cache file", {{"reason", what}});
                                                           }},
                                                      clock);
    if (!opened) {
      return opened.error();
    }
    tiers.push_back(std::move(*opened));
  }
  return tiers;
}

result<std::unique_ptr<store::redis_tier::redis_tier>> make_redis(const config::cache_settings& settings,
                                                                  const cache::master_secret& master,
                                                                  const clock_source& clock, telemetry::logger& log) {
  if (settings.redis.url.empty()) {
    return nullptr;
  }
  auto target = redis::parse_address(settings.redis.url);
  if (!target) {
    return target.error();
  }
  store::redis_tier::tier_options options;
  options.redis.target = std::move(*target);
  options.redis.connect_timeout = settings.redis.connect_timeout;
  options.find_budget = settings.redis.timeout;
  options.on_warning = [&log](const std::string& what) { log.warn("shared cache", {{"reason", what}}); };
  return std::make_unique<store::redis_tier::redis_tier>(std::move(options), master, clock);
}

std::shared_ptr<const engine::engine_set> make_engines(const config::local_settings& settings, telemetry::logger& log) {
  if (!settings.enabled || settings.models.empty()) {
    return nullptr;
  }
  std::vector<engine::model_config> wanted;
  for (const auto& model : settings.models) {
    wanted.push_back(models::engine_config(settings, model));
  }
  return std::make_shared<const engine::engine_set>(
      std::move(wanted),
      [&log](engine::log_level level, std::string_view text) {
        const auto mapped = level == engine::log_level::error     ? telemetry::log_level::error
                            : level == engine::log_level::warning ? telemetry::log_level::warn
                                                                  : telemetry::log_level::debug;
        const telemetry::log_field field{"text", text};
        log.write(mapped, "llama.cpp", {&field, 1});
      },
      engine::residency_limits{.bytes_max = settings.bytes_max});
}

namespace {

template <std::size_t Bounds>
telemetry::counted_sample counted(const engine::tally<Bounds>& of, const std::array<double, Bounds>& bounds) {
  return {{bounds.begin(), bounds.end()}, {of.counts.begin(), of.counts.end()}, of.sum};
}

} // namespace

telemetry::engine_sample sample_of(const engine::model_config& model, const engine::engine_stats& stats) {
  const auto& load = stats.load;
  telemetry::engine_sample sample{.model = model.name,
                                  .queue_depth = load.waiting,
                                  .active_sequences = load.busy_sequences,
                                  .tokens = load.prompt_tokens + load.completion_tokens,
                                  .preemptions = load.preemptions,
                                  .recomputed_tokens = load.recomputed_tokens,
                                  .reused_tokens = load.reused_tokens,
                                  .kept_cells = load.kept_cells,
                                  .token_budget = load.token_budget,
                                  .bytes = stats.bytes};
  if (model.kind == engine::model_kind::embedding) {
    return sample;
  }
  sample.step_s = counted(load.step_time, engine::k_step_bounds_s);
  sample.batch_sequences = counted(load.batch_size, engine::k_batch_bounds);
  for (const auto lane : k_all_lanes) {
    const auto& of = load.lanes[index_of(lane)];
    sample.lanes.push_back({std::string(to_string(lane)), of.waiting, counted(of.wait, engine::k_wait_bounds_s)});
  }
  return sample;
}

telemetry::prompt_cache_sample sample_of(const std::string& provider, const prompt_cache::meter& meter) {
  return {.provider = provider,
          .read_tokens = meter.read_tokens.load(),
          .written_tokens = meter.written_tokens.load(),
          .marked = meter.marked.load(),
          .missed = meter.missed.load(),
          .refused = meter.refused.load(),
          .saved_usd = money::from_nano_usd(meter.saved_nano_usd.load()).usd(),
          .spent_usd = money::from_nano_usd(meter.spent_nano_usd.load()).usd(),
          .would_save_usd = money::from_nano_usd(meter.would_save_nano_usd.load()).usd(),
          .would_spend_usd = money::from_nano_usd(meter.would_spend_nano_usd.load()).usd()};
}

void allow_metric_names(telemetry::gateway_metrics& metrics, const config::settings& settings) {
  std::vector<std::string> providers{"local"};
  std::vector<std::string> models;
  for (const auto& model : settings.local.models) {
    models.push_back(model.name);
  }
  for (const auto& provider : settings.providers) {
    providers.push_back(provider.name);
    for (const auto& model : provider.models) {
      models.push_back(model.upstream_name);
    }
  }
  metrics.allow_names(providers, models);
}

} // namespace inferenceflow::app
