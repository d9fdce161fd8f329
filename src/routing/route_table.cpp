#include "routing/route_table.h"

#include <algorithm>
#include <xxhash.h>

namespace inferenceflow::routing {

namespace {

constexpr std::string_view k_local_name = "local";

std::uint64_t identity_of(const route& candidate) {
  const std::string text = candidate.provider + '\n' + candidate.upstream_model;
  return XXH3_64bits(text.data(), text.size());
}

} // namespace

route_table::route_table(const config::settings& settings, std::shared_ptr<const cost::price_table> prices)
    : prices_(std::move(prices))
    , default_policy_(settings.cache.policy)
    , default_ttl_(settings.cache.ttl) {
  for (const auto& provider : settings.providers) {
    const std::string_view known = prices_->provider_at(provider.base_url);
    price_ids_.emplace_back(known.empty() ? provider.name : std::string{known});
  }
  add_local(settings);
  add_providers(settings);
  add_aliases(settings);
  std::sort(listed_.begin(), listed_.end(),
            [](const route_ptr& a, const route_ptr& b) { return a->public_name < b->public_name; });
}

route_table::route_ptr route_table::add(route candidate) {
  candidate.identity = identity_of(candidate);
  auto shared = std::make_shared<const route>(std::move(candidate));
  if (by_name_.emplace(shared->public_name, shared).second) {
    listed_.push_back(shared);
  }
  return shared;
}

void route_table::add_model(route candidate) {
  const std::string qualified = candidate.provider + '/' + candidate.public_name;
  qualified_.emplace(qualified, add(std::move(candidate)));
}

void route_table::add_local(const config::settings& settings) {
  if (!settings.local.enabled) {
    return;
  }
  for (const auto& model : settings.local.models) {
    route candidate{.public_name = model.name,
                    .provider = std::string{k_local_name},
                    .provider_index = k_local_provider,
                    .upstream_model = model.name,
                    .price = prices_->lookup(k_local_name, model.name),
                    .cache = default_policy_,
                    .cache_ttl = default_ttl_,
                    .identity = 0};
    add_model(candidate);
    for (const auto& alias : model.aliases) {
      candidate.public_name = alias;
      add_model(candidate);
    }
  }
}

void route_table::add_providers(const config::settings& settings) {
  for (std::size_t index = 0; index < settings.providers.size(); ++index) {
    const auto& provider = settings.providers[index];
    for (const auto& model : provider.models) {
      add_model(route{.public_name = model.name,
                      .provider = provider.name,
                      .provider_index = index,
                      .upstream_model = model.upstream_name,
                      .price = prices_->lookup(price_ids_[index], model.upstream_name),
                      .cache = default_policy_,
                      .cache_ttl = default_ttl_,
                      .identity = 0});
    }
    if (provider.any_model) {
      open_.push_back({provider.name + '/', provider.name, index});
    }
  }
}

void route_table::add_aliases(const config::settings& settings) {
  // A route may point to another one: resolve those whose target is settled, until none is left. The loader has refused
  // cycles and dangling targets.
  std::vector<const config::route_settings*> pending;
  for (const auto& wanted : settings.routes) {
    pending.push_back(&wanted);
  }
  const auto waits = [&](const config::route_settings& wanted) {
    return std::any_of(pending.begin(), pending.end(), [&](const config::route_settings* other) {
      return other != &wanted && !wanted.target.empty() && other->model == wanted.target;
    });
  };
  bool progressed = true;
  while (progressed) {
    progressed = false;
    for (std::size_t i = 0; i < pending.size(); ++i) {
      const config::route_settings& wanted = *pending[i];
      // An empty target changes the cache policy of the model of that name.
      const route_ptr target = waits(wanted) ? nullptr : find(wanted.target.empty() ? wanted.model : wanted.target);
      if (!target) {
        continue;
      }
      route candidate = *target;
      candidate.public_name = wanted.model;
      candidate.cache = wanted.cache == config::cache_policy::automatic ? default_policy_ : wanted.cache;
      candidate.cache_ttl = wanted.cache_ttl.count() != 0 ? wanted.cache_ttl : default_ttl_;
      pending.erase(pending.begin() + static_cast<std::ptrdiff_t>(i));
      std::erase_if(listed_, [&](const route_ptr& listed) { return listed->public_name == wanted.model; });
      by_name_.erase(candidate.public_name); // a route wins over a model of the same name
      add(std::move(candidate));
      progressed = true;
      break;
    }
  }
}

std::shared_ptr<const route> route_table::find(std::string_view model) const {
  if (const auto found = by_name_.find(model); found != by_name_.end()) {
    return found->second;
  }
  // "provider/model" names a model of one provider even when another one offers the same name.
  if (const auto found = qualified_.find(model); found != qualified_.end()) {
    return found->second;
  }
  return open_route(model);
}

std::shared_ptr<const route> route_table::open_route(std::string_view model) const {
  for (const auto& provider : open_) {
    if (model.size() > provider.prefix.size() && model.starts_with(provider.prefix)) {
      route candidate{.public_name = std::string{model},
                      .provider = provider.name,
                      .provider_index = provider.index,
                      .upstream_model = std::string{model.substr(provider.prefix.size())},
                      .price = nullptr,
                      .cache = default_policy_,
                      .cache_ttl = default_ttl_,
                      .identity = 0};
      candidate.price = prices_->lookup(price_ids_[provider.index], candidate.upstream_model);
      candidate.identity = identity_of(candidate);
      return std::make_shared<const route>(std::move(candidate));
    }
  }
  return nullptr;
}

} // namespace inferenceflow::routing
