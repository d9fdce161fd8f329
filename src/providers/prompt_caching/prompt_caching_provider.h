/// Puts cache marks and cache keys into requests where they pay.
///
/// Role:      stands before a backend, behind its translation. A call whose route says off passes as if it were not
///            there.
/// Lifecycle: as the backend, which it owns.
/// Threading: one event loop.
/// Bounds:    k_prices_max prices are kept; one copy of a body that is changed.
#pragma once

#include "config/settings.h"
#include "cost/price_table.h"
#include "prompt_cache/advisor.h"
#include "providers/provider.h"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace inferenceflow::providers::prompt_caching {

/// What is known of an upstream from its settings.
[[nodiscard]] prompt_cache::upstream_traits traits_of(const config::provider_settings& settings);

class prompt_caching_provider final : public provider {
public:
  static constexpr std::size_t k_prices_max = 1'024;
  using price_of = std::function<cost::price_handle(std::string_view model)>;

  /// @param backend  never null.
  /// @param price    the price of a model of this backend, never null; asked once per model.
  /// Lifetime: `memory` and `clock` outlive it.
  prompt_caching_provider(std::shared_ptr<provider> backend, prompt_cache::upstream_traits traits, price_of price,
                          prompt_cache::memory& memory, const clock_source& clock);

  [[nodiscard]] std::string_view name() const noexcept override { return backend_->name(); }
  [[nodiscard]] dialogue::protocol speaks() const noexcept override { return backend_->speaks(); }
  [[nodiscard]] std::optional<connection_counts> connections() const override { return backend_->connections(); }
  [[nodiscard]] std::size_t key_count() const noexcept override { return backend_->key_count(); }
  [[nodiscard]] net::task<std::optional<error>> probe(std::size_t key, net::cancel_scope& scope) override {
    return backend_->probe(key, scope);
  }
  [[nodiscard]] net::task<result<side_answer>> exchange(const side_request& request, std::size_t answer_bytes_max,
                                                        net::cancel_scope& scope) override {
    return backend_->exchange(request, answer_bytes_max, scope);
  }

  [[nodiscard]] net::task<result<answer>> perform(const call& request, event_sink& sink,
                                                  net::cancel_scope& scope) override;

private:
  [[nodiscard]] net::task<result<answer>> advised(const call& request, event_sink& sink, net::cancel_scope& scope);
  [[nodiscard]] const cost::price_handle& price_for(std::string_view model);

  std::shared_ptr<provider> backend_;
  price_of price_;
  std::map<std::string, cost::price_handle, std::less<>> prices_;
  prompt_cache::advisor advisor_;
};

} // namespace inferenceflow::providers::prompt_caching
