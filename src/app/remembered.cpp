#include "app/remembered.h"

#include "app/lane_keeper.h"
#include "embedding/hashed_embedder.h"
#include "embedding/local_embedder.h"
#include "embedding/upstream_embedder.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cstring>

namespace inferenceflow::app {

void departures::on_gone(const cache::cache_key& key, const cache::cached_answer& /*answer*/,
                         cache::departure why) noexcept {
  if ((why == cache::departure::evicted && outlived_) || cache_.contains(key)) {
    return;
  }
  index_.drop_key(key);
}

semantic::semantic_limits semantic_limits_of(const config::cache_settings& settings) {
  return {.bytes_max = settings.semantic_store.bytes_max};
}

std::shared_ptr<embedding::shared_embeddings> make_embeddings(const config::cache_settings& settings) {
  return std::make_shared<embedding::shared_embeddings>(embedding::embedding_limits{
      .in_flight_max = settings.semantic_store.embeds_max, .timeout = settings.semantic_store.embed_timeout});
}

namespace {

/// By the semantic cache, or by a router that looks at vectors.
bool is_wanted(const config::settings& settings, const pipeline::learned_files& learned) {
  const bool by_router = std::any_of(learned.routers.begin(), learned.routers.end(),
                                     [](const auto& router) { return !router.second->space().empty(); });
  if (by_router) {
    return true;
  }
  const auto on = [](const config::semantic_settings& each) { return each.mode != config::semantic_mode::off; };
  return on(settings.cache.semantic) ||
         std::any_of(settings.routes.begin(), settings.routes.end(),
                     [&](const auto& route) { return on(config::merged(settings.cache.semantic, route.semantic)); });
}

/// The first local model that makes vectors; empty when there is none.
std::string first_local(const config::settings& settings) {
  for (const auto& model : settings.local.models) {
    if (settings.local.enabled && model.kind == config::model_kind::embedding) {
      return model.name;
    }
  }
  return {};
}

std::shared_ptr<embedding::embedder> by_route(const routing::route& route,
                                              const std::shared_ptr<const engine::engine_set>& engines,
                                              const pipeline::generation& generation, telemetry::logger& log) {
  if (route.provider_index == routing::k_local_provider) {
    auto made = embedding::local_embedder::make(engines, route.upstream_model);
    if (!made) {
      log.error("semantic cache without an embedder", {{"reason", made.error().message}});
      return nullptr;
    }
    return std::move(*made);
  }
  const auto& backend = generation.providers.upstreams[route.provider_index];
  return backend ? std::make_shared<embedding::upstream_embedder>(
                       backend, embedding::upstream_options{.model = route.upstream_model})
                 : nullptr;
}

} // namespace

std::shared_ptr<embedding::embedder> make_embedder(const config::settings& settings,
                                                   const std::shared_ptr<const engine::engine_set>& engines,
                                                   const pipeline::generation& generation,
                                                   const std::shared_ptr<embedding::shared_embeddings>& shared,
                                                   net::event_loop& loop, telemetry::logger& log) {
  if (!is_wanted(settings, *generation.learned)) {
    return nullptr;
  }
  const std::string& named = settings.cache.semantic_store.embedder;
  std::shared_ptr<embedding::embedder> inner;
  if (named == config::k_hashed_embedder) {
    inner = std::make_shared<embedding::hashed_embedder>();
  } else {
    const std::string model = named.empty() ? first_local(settings) : named;
    const auto route = model.empty() ? nullptr : generation.routes->find(model);
    inner = route && (engines || route->provider_index != routing::k_local_provider)
                ? by_route(*route, engines, generation, log)
                : nullptr;
  }
  if (!inner) {
    log.warn("the semantic cache or a router is on, but there is no model to make vectors: both do without",
             {{"key", "cache.semantic_store.embedder"}, {"value", named}});
    return nullptr;
  }
  return std::make_shared<embedding::cached_embedder>(std::move(inner), shared, loop.wheel());
}

namespace {

struct restored_counts {
  std::size_t answers = 0;
  std::size_t questions = 0;
  std::size_t lanes = 0;
  std::size_t rejected = 0;
};

/// One entry of the tier into memory and index.
class restorer {
public:
  restorer(const pipeline::services& services, const cache::master_secret& master, std::size_t entry_bytes_max)
      : services_(services)
      , secrets_(master)
      , entry_bytes_max_(entry_bytes_max) {}

  bool take(const cache::entry_name& name, std::string_view bytes) {
    const auto label = cache::peek_label(bytes);
    if (!label) {
      ++counts_.rejected;
      return true;
    }
    const auto now = services_.clock.wall_now();
    const auto read = cache::decode_entry(bytes, name, secrets_.of(label->tenant),
                                          {.bytes_max = entry_bytes_max_, .least = {}, .now = now});
    if (!read || read->answer->tenant != label->tenant) {
      counts_.rejected += !read && read.error() == cache::entry_fault::expired ? 0U : 1U;
      return true;
    }
    if (holds_lane(*read)) {
      if (auto memory = lane_in(*read)) {
        lanes_.push_back(std::move(*memory));
      }
      return true;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(read->expires - now);
    counts_.answers += services_.cache.store(read->key, read->answer, left) ? 1U : 0U;
    if (read->semantic) {
      counts_.questions += restore(*read) ? 1U : 0U;
    }
    return true;
  }
  /// What was learned about entries goes where they are: after them.
  void relearn() {
    for (const auto& memory : lanes_) {
      counts_.lanes += services_.semantic.relearn(memory) ? 1U : 0U;
    }
    lanes_.clear();
  }
  [[nodiscard]] const restored_counts& counts() const { return counts_; }

private:
  bool restore(const cache::kept_entry& read) {
    const auto& part = *read.semantic;
    if (part.form != cache::vector_form::float32 || part.vector.size() % sizeof(float) != 0) {
      return false;
    }
    std::vector<float> vector(part.vector.size() / sizeof(float));
    std::memcpy(vector.data(), part.vector.data(), part.vector.size());
    return services_.semantic
        .restore({.scope = {.high = part.scope.high, .low = part.scope.low}, .key = read.key, .text = part.text},
                 vector)
        .has_value();
  }

  const pipeline::services& services_;
  cache::tenant_secrets secrets_;
  std::size_t entry_bytes_max_;
  restored_counts counts_;
  std::vector<semantic::lane_memory> lanes_;
};

/// Whether the saved vectors belong to the entries of this tier.
enum class index_of : std::uint8_t { this_tier, none };

net::task<void> restore(const pipeline::services& services, cache::second_tier& tier, std::shared_ptr<restorer> into,
                        index_of saved) {
  // A lambda with captures inside co_await would be destroyed twice (docs/adr/0015).
  const cache::second_tier::visitor take = [into](const cache::entry_name& name, std::string_view bytes) {
    return into->take(name, bytes);
  };
  const auto visited = co_await tier.for_each(take);
  if (!visited) {
    services.log.warn("the cache could not be filled from its second tier; it fills as requests come",
                      {{"tier", tier.name()}, {"reason", visited.error().message}});
    co_return;
  }
  into->relearn();
  if (saved == index_of::this_tier) {
    services.semantic.forget_unclaimed();
  }
  const auto& counts = into->counts();
  services.log.info("cache filled from its second tier", {{"tier", tier.name()},
                                                          {"visited", *visited},
                                                          {"answers", counts.answers},
                                                          {"questions", counts.questions},
                                                          {"lanes", counts.lanes},
                                                          {"rejected", counts.rejected}});
}

void restore_from(cache::second_tier& tier, const pipeline::services& services, const cache::master_secret& master,
                  std::size_t entry_bytes_max, net::event_loop& loop, index_of saved) {
  boost::asio::co_spawn(loop.context(),
                        restore(services, tier, std::make_shared<restorer>(services, master, entry_bytes_max), saved),
                        boost::asio::detached);
}

} // namespace

store::redis_tier::news_events news_for(const pipeline::services& services, const cache::master_secret& master,
                                        std::size_t entry_bytes_max, cache::second_tier& tier, net::event_loop& loop) {
  const auto heard = std::make_shared<restorer>(services, master, entry_bytes_max);
  store::redis_tier::news_events events;
  events.stored = [heard](const cache::entry_name& name, const std::string& bytes) {
    heard->take(name, bytes);
    heard->relearn();
  };
  events.erased_where = [&services](const cache::entry_filter& filter) { services.cache.erase_where(filter); };
  events.listening = [&services, &master, &tier, &loop, entry_bytes_max](bool first) {
    if (!first) {
      services.cache.erase_where({});
    }
    restore_from(tier, services, master, entry_bytes_max, loop, index_of::none);
  };
  return events;
}

namespace {

std::string index_file(const config::cache_settings& settings) {
  return settings.file + ".index";
}

} // namespace

void load_index(const config::cache_settings& settings, semantic::semantic_cache& into, telemetry::logger& log) {
  if (settings.file.empty()) {
    return;
  }
  const auto loaded = into.load_index(index_file(settings));
  if (loaded) {
    log.info("semantic index loaded", {{"vectors", *loaded}});
  } else if (loaded.error().kind != error_kind::not_found) {
    log.warn("the semantic index could not be loaded; it is built again from the answers that are kept",
             {{"reason", loaded.error().message}});
  }
}

void save_index(const config::cache_settings& settings, semantic::semantic_cache& of, telemetry::logger& log) {
  if (settings.file.empty()) {
    return;
  }
  if (const auto saved = of.save_index(index_file(settings)); !saved) {
    log.warn("the semantic index could not be saved; the next start builds it from the answers that are kept",
             {{"reason", saved.error().message}});
  }
}

void restore_later(const std::vector<std::unique_ptr<cache::second_tier>>& tiers, const pipeline::services& services,
                   const cache::master_secret& master, std::size_t entry_bytes_max, net::event_loop& loop) {
  for (const auto& tier : tiers) {
    restore_from(*tier, services, master, entry_bytes_max, loop, index_of::this_tier);
  }
}

} // namespace inferenceflow::app
