/// Reads one price file: data/prices.json or the operator's own, same format (README.md).
///
/// Role:      price_table loads through it.
/// Lifecycle: pure function.
/// Threading: thread-safe.
/// Bounds:    the caller bounds the text's size; counts and prices as in model_price.h.
#pragma once

#include "base/error.h"
#include "cost/match_rule.h"
#include "cost/price_table.h"

#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::cost {

/// One model as the file has it.
struct model_facts {
  match_rule names; ///< the id itself is always among them
  price_handle prices;
};

/// One provider as the file has it.
struct provider_facts {
  std::string id;
  std::vector<std::string> apis;     ///< for is_under_api()
  match_rule alias;                  ///< other names of the provider
  match_rule claims;                 ///< model names that belong to it when no provider is named
  std::vector<std::string> fallback; ///< ids of providers whose models it also serves at their prices
  std::vector<model_facts> models;   ///< the first that matches wins
};

struct price_file {
  price_facts_origin origin;
  std::vector<provider_facts> providers;
};

/// @param json  the file's text.
/// @param name  what messages call the file.
/// @returns invalid_request, message "<name>: <key path>: <what is wrong>; <what is allowed>".
[[nodiscard]] result<price_file> parse_price_file(std::string_view json, const std::string& name);

} // namespace inferenceflow::cost
