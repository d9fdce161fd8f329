/// Public model names and what stands behind them.
///
/// Role:      pipeline/ resolves each request's model; api/ lists the names for /v1/models.
/// Lifecycle: built from settings and prices, immutable, swapped as a whole at reload.
/// Threading: immutable, so thread-safe.
/// Bounds:    as many routes as configured names; names by prefix resolve without growing the table.
#pragma once

#include "config/settings.h"
#include "cost/price_table.h"
#include "prompt_cache/wish.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace inferenceflow::routing {

/// Index of the in-process engine among providers; configured providers follow from 0.
inline constexpr std::size_t k_local_provider = SIZE_MAX;

/// A public name and what answers for it: one model of one provider, or several in order of preference.
struct route {
  std::string public_name;                       ///< what clients ask for
  std::string provider;                          ///< configured name; "local" for the in-process engine
  std::size_t provider_index = k_local_provider; ///< into settings.providers
  std::string upstream_model;                    ///< what the backend is asked for
  cost::price_handle price;
  config::cache_policy cache = config::cache_policy::automatic;
  std::chrono::seconds cache_ttl{0};
  config::semantic_settings semantic{}; ///< complete: nothing is left to inherit
  std::uint8_t trust = 0;               ///< a cache::trust_level: of its entries, and the least it takes
  bool pad_hits = false;                ///< a hit takes as long as a recent miss
  prompt_cache::mode prompt_cache = prompt_cache::mode::off;
  config::routing_settings routing{}; ///< complete: nothing is left to inherit
  config::model_traits traits{};      ///< of the model behind it
  std::uint64_t identity = 0; ///< hash of provider and upstream model, or of the whole chain: part of every cache key

  /// Who may answer, best first, each a route without a chain; empty = this one alone. Provider, upstream model and
  /// price above are those of the first.
  std::vector<std::shared_ptr<const route>> chain{};
  std::vector<std::uint32_t> weights{}; ///< of the chain's first members, which share the load as `balance` says
  config::balance_policy balance = config::balance_policy::in_order;
  config::resilience_settings resilience{}; ///< what is said for this name

  /// The member of the chain that a provider's answer came by; this route when there is no chain or no such member.
  [[nodiscard]] const route& made_by(std::string_view provider_name, std::string_view model) const noexcept;
};

class route_table {
public:
  route_table(const config::settings& settings, std::shared_ptr<const cost::price_table> prices);

  /// The route of a public name: a configured route, a provider's or local model, "provider/model", or any model of a
  /// provider with any_model. @returns null when nobody serves it.
  [[nodiscard]] std::shared_ptr<const route> find(std::string_view model) const;

  /// The price of any model of a configured provider. Linear in the provider's models: keep the handle.
  /// @param provider_index  into settings.providers.
  [[nodiscard]] cost::price_handle price(std::size_t provider_index, std::string_view model) const {
    return prices_->lookup(price_ids_[provider_index], model);
  }

  /// Every route that find() gives without making it, those of "provider/model" included; in no order.
  [[nodiscard]] std::vector<std::shared_ptr<const route>> every() const;

  /// Every configured name, sorted, for /v1/models.
  [[nodiscard]] const std::vector<std::shared_ptr<const route>>& all() const noexcept { return listed_; }

private:
  struct name_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const noexcept { return std::hash<std::string_view>{}(name); }
  };
  struct open_provider {
    std::string prefix; ///< "name/"
    std::string name;
    std::size_t index = 0;
  };
  using route_ptr = std::shared_ptr<const route>;

  void take_defaults(route& candidate) const;
  route_ptr add(route candidate);
  void add_model(route candidate);
  void add_local(const config::settings& settings);
  void add_providers(const config::settings& settings);
  void add_aliases(const config::settings& settings);
  struct alias_work {
    const std::vector<config::route_settings>& wanted;
    std::unordered_map<std::string_view, std::size_t> by_name;
    std::vector<bool> done;
  };
  void add_alias(std::size_t index, alias_work& work);
  void take_targets(const std::string& name, std::size_t index, alias_work& work, std::vector<route_ptr>& found);
  [[nodiscard]] route_ptr open_route(std::string_view model) const;

  std::shared_ptr<const cost::price_table> prices_;
  config::cache_policy default_policy_;
  std::chrono::seconds default_ttl_;
  config::semantic_settings default_semantic_;
  std::uint8_t default_trust_;
  bool default_pad_hits_;
  prompt_cache::mode default_prompt_cache_;
  config::routing_settings default_routing_;
  std::unordered_map<std::string, route_ptr, name_hash, std::equal_to<>> by_name_;
  std::unordered_map<std::string, route_ptr, name_hash, std::equal_to<>> qualified_; ///< by "provider/name"
  std::vector<open_provider> open_;
  std::vector<std::string> price_ids_; ///< per provider: id in the price table
  std::vector<route_ptr> listed_;
};

} // namespace inferenceflow::routing
