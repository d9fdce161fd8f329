#include "routing/route_table.h"

#include "config/trust_number.h"

#include <algorithm>
#include <xxhash.h>

namespace inferenceflow::routing {

namespace {

constexpr std::string_view k_local_name = "local";

std::uint64_t identity_of(const route& candidate) {
  std::string text = candidate.provider + '\n' + candidate.upstream_model;
  for (const auto& member : candidate.chain) {
    text.append("\n\n").append(member->provider).append("\n").append(member->upstream_model);
  }
  return XXH3_64bits(text.data(), text.size());
}

prompt_cache::mode mode_of(config::prompt_cache_mode mode) {
  switch (mode) {
  case config::prompt_cache_mode::off: return prompt_cache::mode::off;
  case config::prompt_cache_mode::observe: return prompt_cache::mode::observe;
  case config::prompt_cache_mode::on: return prompt_cache::mode::on;
  }
  return prompt_cache::mode::off;
}

prompt_cache::mode mode_of(config::prompt_cache_choice choice, prompt_cache::mode otherwise) {
  switch (choice) {
  case config::prompt_cache_choice::automatic: return otherwise;
  case config::prompt_cache_choice::off: return prompt_cache::mode::off;
  case config::prompt_cache_choice::observe: return prompt_cache::mode::observe;
  case config::prompt_cache_choice::on: return prompt_cache::mode::on;
  }
  return otherwise;
}

} // namespace

const route& route::made_by(std::string_view provider_name, std::string_view model) const noexcept {
  for (const auto& member : chain) {
    if (member->provider == provider_name && member->upstream_model == model) {
      return *member;
    }
  }
  return *this;
}

route_table::route_table(const config::settings& settings, std::shared_ptr<const cost::price_table> prices)
    : prices_(std::move(prices))
    , default_policy_(settings.cache.policy)
    , default_ttl_(settings.cache.ttl)
    , default_semantic_(settings.cache.semantic)
    , default_trust_(config::trust_number(settings.cache.trust).value_or(0)) // the loader lets nothing else pass
    , default_pad_hits_(settings.cache.pad_hits)
    , default_prompt_cache_(mode_of(settings.prompt_cache.mode))
    , default_routing_(settings.routing) {
  for (const auto& provider : settings.providers) {
    const std::string_view known = prices_->provider_at(provider.base_url);
    price_ids_.emplace_back(!provider.price_provider.empty() ? provider.price_provider
                            : known.empty()                  ? provider.name
                                                             : std::string{known});
  }
  add_local(settings);
  add_providers(settings);
  add_aliases(settings);
  std::sort(listed_.begin(), listed_.end(),
            [](const route_ptr& a, const route_ptr& b) { return a->public_name < b->public_name; });
}

/// What of the cache's settings holds for a name that no route changes.
void route_table::take_defaults(route& candidate) const {
  candidate.cache = default_policy_;
  candidate.cache_ttl = default_ttl_;
  candidate.semantic = default_semantic_;
  candidate.trust = default_trust_;
  candidate.pad_hits = default_pad_hits_;
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
  take_defaults(candidate);
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
                    .traits = model.traits,
                    .identity = 0};
    candidate.traits.context_tokens = model.context_tokens;
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
                      .prompt_cache = default_prompt_cache_,
                      .traits = model.traits,
                      .identity = 0});
    }
    if (provider.any_model) {
      open_.push_back({provider.name + '/', provider.name, index});
    }
  }
}

void route_table::add_aliases(const config::settings& settings) {
  alias_work work{.wanted = settings.routes, .by_name = {}, .done = std::vector<bool>(settings.routes.size(), false)};
  for (std::size_t i = 0; i < settings.routes.size(); ++i) {
    work.by_name.emplace(settings.routes[i].model, i);
  }
  for (std::size_t i = 0; i < settings.routes.size(); ++i) {
    add_alias(i, work);
  }
}

/// The targets behind one name of a route's: a model, or those of another route, which is then settled first. The
/// loader has refused circles and names that nobody serves.
// NOLINTNEXTLINE(misc-no-recursion): as deep as there are routes in a row
void route_table::take_targets(const std::string& name, std::size_t index, alias_work& work,
                               std::vector<route_ptr>& found) {
  if (const auto other = work.by_name.find(name); other != work.by_name.end() && other->second != index) {
    add_alias(other->second, work);
  }
  const route_ptr target = find(name);
  if (!target) {
    return;
  }
  const auto take = [&found](const route_ptr& one) {
    const auto same = [&one](const route_ptr& other) { return other->identity == one->identity; };
    if (std::none_of(found.begin(), found.end(), same)) {
      found.push_back(one);
    }
  };
  if (target->chain.empty()) {
    take(target);
  }
  for (const route_ptr& member : target->chain) {
    take(member);
  }
}

// NOLINTNEXTLINE(misc-no-recursion): see take_targets()
void route_table::add_alias(std::size_t index, alias_work& work) {
  if (work.done[index]) {
    return;
  }
  work.done[index] = true;
  const config::route_settings& wanted = work.wanted[index];
  std::vector<route_ptr> members;
  std::vector<std::uint32_t> weights;
  if (wanted.targets.empty()) { // without any target the name's own model has its cache policy changed
    take_targets(wanted.target.empty() ? wanted.model : wanted.target, index, work, members);
    weights.resize(members.size(), 1);
  }
  for (const auto& target : wanted.targets) {
    take_targets(target.target, index, work, members);
    weights.resize(members.size(), static_cast<std::uint32_t>(target.weight));
  }
  for (const auto& name : wanted.fallbacks) {
    take_targets(name, index, work, members);
  }
  if (members.empty()) {
    return;
  }
  const auto named = [&](const route& target) {
    route renamed = target;
    renamed.public_name = wanted.model;
    renamed.cache = wanted.cache == config::cache_policy::automatic ? default_policy_ : wanted.cache;
    renamed.cache_ttl = wanted.cache_ttl.count() != 0 ? wanted.cache_ttl : default_ttl_;
    renamed.semantic = config::merged(default_semantic_, wanted.semantic);
    renamed.trust = wanted.cache_trust.empty() ? default_trust_ : config::trust_number(wanted.cache_trust).value_or(0);
    renamed.pad_hits = wanted.cache_pad_hits == config::pad_choice::automatic
                           ? default_pad_hits_
                           : wanted.cache_pad_hits == config::pad_choice::on;
    renamed.prompt_cache = mode_of(wanted.prompt_cache, default_prompt_cache_);
    renamed.resilience = wanted.resilience;
    renamed.routing = config::merged(default_routing_, wanted.routing);
    return renamed;
  };
  route candidate = named(*members.front());
  if (members.size() > 1) {
    candidate.weights = std::move(weights);
    candidate.balance = wanted.balance;
    for (const route_ptr& member : members) {
      candidate.chain.push_back(std::make_shared<const route>(named(*member)));
    }
  }
  std::erase_if(listed_, [&](const route_ptr& listed) { return listed->public_name == wanted.model; });
  by_name_.erase(candidate.public_name); // a route wins over a model of the same name
  add(std::move(candidate));
}

std::vector<std::shared_ptr<const route>> route_table::every() const {
  std::vector<route_ptr> all;
  for (const auto& [name, found] : by_name_) {
    all.push_back(found);
  }
  for (const auto& [name, found] : qualified_) {
    all.push_back(found);
  }
  return all;
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
                      .prompt_cache = default_prompt_cache_,
                      .identity = 0};
      candidate.price = prices_->lookup(price_ids_[provider.index], candidate.upstream_model);
      take_defaults(candidate);
      candidate.identity = identity_of(candidate);
      return std::make_shared<const route>(std::move(candidate));
    }
  }
  return nullptr;
}

} // namespace inferenceflow::routing
