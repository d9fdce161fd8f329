/// Prices of every known model: the built-in facts, the operator's file over them, configured prices over both.
///
/// Role:      app/ loads it at start and on reload; pipeline/ looks up once per (provider, model) and keeps the handle.
/// Lifecycle: load() → shared_ptr<const price_table>; a reload builds a new table, old handles stay valid.
/// Threading: immutable after load(), so safe from any thread.
/// Bounds:    k_price_file_bytes_max per file; model ids ≤ k_model_id_bytes_max.
/// Source:    data/prices.json (built by scripts/prices/build.py), format in src/cost/README.md.
#pragma once

#include "base/error.h"
#include "cost/model_price.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::cost {

inline constexpr std::size_t k_price_file_bytes_max = 16U << 20U;
inline constexpr std::size_t k_model_id_bytes_max = 256;

/// Shared, immutable. Never null when it comes from lookup().
using price_handle = std::shared_ptr<const model_prices>;

/// A price from the configuration: a local model's, or a contract's.
struct configured_price {
  std::string provider; ///< name of the provider in the configuration
  std::string model;    ///< exact id; "*" = every model of the provider
  model_price price;
};

struct price_table_options {
  std::string facts_file = {};                   ///< replaces the built-in data/prices.json; empty = built in
  std::string override_file = {};                ///< same format; its models win over the facts; empty = none
  std::vector<configured_price> configured = {}; ///< win over both files
  model_price ceiling =
      flat_price({15'000'000'000}, {75'000'000'000}); ///< for models without a price: 15 / 75 USD per Mtok
};

/// Where the facts come from; for /v1/metrics/cost and logs.
struct price_facts_origin {
  std::string source;
  std::string commit;
  std::string date; ///< ISO 8601 day
  std::string licence;
  std::size_t models = 0;
};

class price_table {
public:
  /// Reads and checks everything.
  /// @returns invalid_request naming file, key and what is allowed: unreadable, not JSON, unknown key, price missing,
  ///          negative, absurd or not exact, duplicate model, tiers out of order.
  [[nodiscard]] static result<std::shared_ptr<const price_table>> load(const price_table_options& options);

  ~price_table();
  price_table(const price_table&) = delete;
  price_table& operator=(const price_table&) = delete;

  /// The price of `model` at `provider`. Linear in the provider's models (microseconds): keep the handle.
  /// @param provider  configured name, or a price-table id or alias of it ("openai", "google", "bedrock"); empty = by
  /// model name alone.
  /// @param model     as sent upstream; dated suffixes and aliases match by the facts' rules. Case does not matter.
  /// @returns the price, or the ceiling (`->ceiling` is true) when nothing matches. Never null.
  [[nodiscard]] price_handle lookup(std::string_view provider, std::string_view model) const;

  /// The price-table id of the provider whose API lives at `base_url`, e.g. "openai" for https://api.openai.com/v1;
  /// empty when unknown. Pass it to lookup() when the configured name is not a known id. Lifetime: as the table.
  [[nodiscard]] std::string_view provider_at(std::string_view base_url) const;

  [[nodiscard]] const price_facts_origin& origin() const;

private:
  class index;

public:
  /// For load(): nobody else can name an index.
  explicit price_table(std::unique_ptr<const index> contents);

private:
  std::unique_ptr<const index> index_;
};

/// Exact value of a decimal such as "0.0025" (US dollars per million tokens): digits, optionally a point and up to nine
/// decimals; no sign, exponent or space.
/// @returns invalid_request saying what is allowed; also above k_price_max.
[[nodiscard]] result<token_price> parse_token_price(std::string_view decimal);

} // namespace inferenceflow::cost
