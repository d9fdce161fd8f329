#include "cost/price_table.h"

#include "cost/builtin_prices.h"
#include "cost/price_file.h"
#include "files/read_whole.h"

#include <algorithm>
#include <fmt/format.h>

namespace inferenceflow::cost {

namespace {

result<price_file> read_file(const std::string& path) {
  auto text = files::read_whole(path, k_price_file_bytes_max);
  if (!text) {
    return make_error(error_kind::invalid_request,
                      fmt::format("{}: {}; a price file is needed", path, text.error().message));
  }
  return parse_price_file(*text, path);
}

/// The operator's models come before the facts' own of the same provider; new providers come first of all.
void put_over(price_file& facts, price_file&& over) {
  std::vector<provider_facts> added;
  for (auto& provider : over.providers) {
    const auto known = std::find_if(facts.providers.begin(), facts.providers.end(),
                                    [&](const provider_facts& p) { return p.id == provider.id; });
    if (known == facts.providers.end()) {
      added.push_back(std::move(provider));
      continue;
    }
    const auto front_of = [](auto& to, auto& from) {
      to.insert(to.begin(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    };
    front_of(known->models, provider.models);
    front_of(known->apis, provider.apis);
    front_of(known->alias, provider.alias);
    front_of(known->claims, provider.claims);
    front_of(known->fallback, provider.fallback);
  }
  facts.providers.insert(facts.providers.begin(), std::make_move_iterator(added.begin()),
                         std::make_move_iterator(added.end()));
}

} // namespace

/// What a finished table holds.
class price_table::index {
public:
  price_file facts;
  std::vector<std::pair<std::string, price_handle>> configured; ///< key: provider, '\n', lower-case model or "*"
  price_handle ceiling;

  [[nodiscard]] price_handle find_configured(std::string_view provider, std::string_view model) const {
    const std::string key = fmt::format("{}\n{}", provider, model);
    const auto found =
        std::find_if(configured.begin(), configured.end(), [&](const auto& entry) { return entry.first == key; });
    return found == configured.end() ? nullptr : found->second;
  }

  [[nodiscard]] const provider_facts* find_id(std::string_view id) const {
    const auto found = std::find_if(facts.providers.begin(), facts.providers.end(),
                                    [&](const provider_facts& p) { return p.id == id; });
    return found == facts.providers.end() ? nullptr : &*found;
  }

  [[nodiscard]] const provider_facts* find_provider(std::string_view name, std::string_view model) const {
    if (const auto* by_id = find_id(name); by_id != nullptr) {
      return by_id;
    }
    const auto found = std::find_if(facts.providers.begin(), facts.providers.end(), [&](const provider_facts& p) {
      return name.empty() ? matches(p.claims, model) : matches(p.alias, name);
    });
    return found == facts.providers.end() ? nullptr : &*found;
  }

  [[nodiscard]] static price_handle find_model(const provider_facts& provider, std::string_view model) {
    const auto found = std::find_if(provider.models.begin(), provider.models.end(),
                                    [&](const model_facts& m) { return matches(m.names, model); });
    return found == provider.models.end() ? nullptr : found->prices;
  }
};

price_table::price_table(std::unique_ptr<const index> contents)
    : index_(std::move(contents)) {}
price_table::~price_table() = default;

result<std::shared_ptr<const price_table>> price_table::load(const price_table_options& options) {
  auto contents = std::make_unique<index>();
  auto facts = options.facts_file.empty() ? parse_price_file(builtin_prices(), "built-in prices")
                                          : read_file(options.facts_file);
  if (!facts) {
    return facts.error();
  }
  contents->facts = std::move(*facts);
  if (!options.override_file.empty()) {
    auto over = read_file(options.override_file);
    if (!over) {
      return over.error();
    }
    put_over(contents->facts, std::move(*over));
  }
  for (const auto& entry : options.configured) {
    auto prices = std::make_shared<model_prices>();
    prices->provider = entry.provider;
    prices->model = entry.model;
    prices->periods.push_back({.price = entry.price});
    contents->configured.emplace_back(fmt::format("{}\n{}", to_lower(entry.provider), to_lower(entry.model)),
                                      std::move(prices));
  }
  auto ceiling = std::make_shared<model_prices>();
  ceiling->periods.push_back({.price = options.ceiling});
  ceiling->ceiling = true;
  contents->ceiling = std::move(ceiling);
  return std::make_shared<const price_table>(std::unique_ptr<const index>(std::move(contents)));
}

price_handle price_table::lookup(std::string_view provider, std::string_view model) const {
  const std::string provider_name = to_lower(provider);
  const std::string model_name = to_lower(model);
  if (auto exact = index_->find_configured(provider_name, model_name)) {
    return exact;
  }
  if (auto any = index_->find_configured(provider_name, "*")) {
    return any;
  }
  const provider_facts* known = index_->find_provider(provider_name, model_name);
  if (known == nullptr) {
    return index_->ceiling;
  }
  if (auto own = index::find_model(*known, model_name)) {
    return own;
  }
  for (const auto& id : known->fallback) {
    if (const auto* other = index_->find_id(id); other != nullptr) {
      if (auto borrowed = index::find_model(*other, model_name)) {
        return borrowed;
      }
    }
  }
  return index_->ceiling;
}

std::string_view price_table::provider_at(std::string_view base_url) const {
  for (const auto& provider : index_->facts.providers) {
    if (std::any_of(provider.apis.begin(), provider.apis.end(),
                    [&](const std::string& api) { return is_under_api(base_url, api); })) {
      return provider.id;
    }
  }
  return {};
}

const price_facts_origin& price_table::origin() const {
  return index_->facts.origin;
}

} // namespace inferenceflow::cost
