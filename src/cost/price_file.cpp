#include "cost/price_file.h"

#include "cost/price_reader.h"

#include <fmt/format.h>
#include <set>

namespace inferenceflow::cost {

namespace {

using element = price_reader::element;

constexpr std::string_view k_format = "inferenceflow-prices-1";
constexpr std::size_t k_text_bytes_max = 1'024;

/// The parts of one tier as far as the file names them.
struct tier_draft {
  std::int64_t above = 0;
  std::optional<token_price> input;
  std::optional<token_price> cached_input;
  std::optional<token_price> cache_write;
  std::optional<token_price> cache_write_hour;
  std::optional<token_price> output;
  std::optional<token_price> reasoning;

  /// @returns true when `key` is a price of a tier.
  bool read(price_reader& reader, std::string_view key, const std::string& path, element value) {
    for (const auto& [name, part] :
         {std::pair{"input", &tier_draft::input}, std::pair{"cached_input", &tier_draft::cached_input},
          std::pair{"cache_write", &tier_draft::cache_write}, std::pair{"output", &tier_draft::output},
          std::pair{"reasoning", &tier_draft::reasoning},
          std::pair{"cache_write_hour", &tier_draft::cache_write_hour}}) {
      if (key == name) {
        this->*part = reader.price(path, value);
        return true;
      }
    }
    return false;
  }

  /// A part without a price is never free: prompt parts cost as fresh input, a write for an hour as any other write,
  /// output as input (embedding models have no output), reasoning as output.
  [[nodiscard]] price_tier finish(price_reader& reader, const std::string& path) const {
    if (!input) {
      reader.fail(path, "has no \"input\" price");
      return {};
    }
    const token_price out = output.value_or(*input);
    return {.input_above = above,
            .input = *input,
            .cached_input = cached_input.value_or(*input),
            .cache_write = cache_write.value_or(*input),
            .output = out,
            .reasoning = reasoning.value_or(out),
            .cache_write_hour = cache_write_hour.value_or(cache_write.value_or(*input))};
  }
};

void read_tiers(price_reader& reader, const std::string& path, element value, std::vector<price_tier>& tiers) {
  reader.each_item(path, value, [&](const std::string& item_path, element item) {
    tier_draft draft;
    reader.each_field(item_path, item,
                      {"above", "input", "cached_input", "cache_write", "cache_write_hour", "output", "reasoning"},
                      [&](std::string_view key, const std::string& key_path, element member) {
                        if (!draft.read(reader, key, key_path, member)) {
                          draft.above = reader.integer(key_path, member, 1, k_tokens_max);
                        }
                      });
    if (draft.above <= tiers.back().input_above) {
      reader.fail(item_path + ".above", "must be there and rise from tier to tier");
    }
    tiers.push_back(draft.finish(reader, item_path));
  });
  if (tiers.size() > k_price_tiers_max) {
    reader.fail(path, fmt::format("has too many tiers; at most {} with the base", k_price_tiers_max));
  }
}

/// One price set while its members arrive in any order.
struct period_draft {
  tier_draft base;
  std::optional<element> tiers;
  std::string tiers_path;
  price_period period;

  bool read(price_reader& reader, std::string_view key, const std::string& path, element value) {
    if (key == "tiers") {
      tiers = value;
      tiers_path = path;
    } else if (key == "per_request") {
      period.price.per_request = money::from_nano_usd(reader.price(path, value).nano_usd_per_mtok);
    } else if (key == "from") {
      period.from_ms = reader.day(path, value);
    } else if (key == "daily_from_s") {
      period.daily_from_s = static_cast<std::int32_t>(reader.integer(path, value, 0, 86'400));
    } else if (key == "daily_until_s") {
      period.daily_until_s = static_cast<std::int32_t>(reader.integer(path, value, 0, 86'400));
    } else {
      return base.read(reader, key, path, value);
    }
    return true;
  }

  [[nodiscard]] price_period finish(price_reader& reader, const std::string& path) {
    period.price.tiers = {base.finish(reader, path)};
    if (tiers) {
      read_tiers(reader, tiers_path, *tiers, period.price.tiers);
    }
    return std::move(period);
  }
};

void read_periods(price_reader& reader, const std::string& path, element value, std::vector<price_period>& periods) {
  reader.each_item(path, value, [&](const std::string& item_path, element item) {
    period_draft draft;
    reader.each_field(item_path, item,
                      {"from", "daily_from_s", "daily_until_s", "input", "cached_input", "cache_write",
                       "cache_write_hour", "output", "reasoning", "per_request", "tiers"},
                      [&](std::string_view key, const std::string& key_path, element member) {
                        draft.read(reader, key, key_path, member);
                      });
    periods.push_back(draft.finish(reader, item_path));
  });
  if (periods.empty() || periods.size() > k_price_periods_max) {
    reader.fail(path, fmt::format("must have 1 to {} entries", k_price_periods_max));
  }
}

model_facts read_model(price_reader& reader, const std::string& path, element value, const std::string& provider) {
  auto prices = std::make_shared<model_prices>();
  prices->provider = provider;
  model_facts facts;
  period_draft draft;
  reader.each_field(path, value,
                    {"id", "match", "periods", "input", "cached_input", "cache_write", "cache_write_hour", "output",
                     "reasoning", "per_request", "tiers"},
                    [&](std::string_view key, const std::string& key_path, element member) {
                      if (key == "id") {
                        prices->model = reader.text(key_path, member, k_model_id_bytes_max);
                      } else if (key == "match") {
                        facts.names = reader.rule(key_path, member);
                      } else if (key == "periods") {
                        read_periods(reader, key_path, member, prices->periods);
                      } else {
                        draft.read(reader, key, key_path, member);
                      }
                    });
  if (prices->model.empty()) {
    reader.fail(path, "has no \"id\"");
  }
  const bool draft_used = draft.base.input || draft.base.output || draft.tiers;
  if (!prices->periods.empty() && draft_used) {
    reader.fail(path, "has prices both in \"periods\" and outside; use one of them");
  }
  if (prices->periods.empty()) {
    prices->periods.push_back(draft.finish(reader, fmt::format("{} (\"{}\")", path, prices->model)));
  }
  facts.names.push_back({{.kind = match_kind::equals, .text = to_lower(prices->model)}});
  facts.prices = std::move(prices);
  return facts;
}

provider_facts read_provider(price_reader& reader, const std::string& path, element value) {
  provider_facts facts;
  std::optional<element> models;
  reader.each_field(path, value, {"id", "name", "sources", "api", "alias", "claims", "fallback", "models"},
                    [&](std::string_view key, const std::string& key_path, element member) {
                      if (key == "id") {
                        facts.id = to_lower(reader.text(key_path, member, k_text_bytes_max));
                      } else if (key == "name") {
                        (void)reader.text(key_path, member, k_text_bytes_max);
                      } else if (key == "sources") {
                        (void)reader.texts(key_path, member, k_text_bytes_max);
                      } else if (key == "api") {
                        facts.apis = reader.texts(key_path, member, k_text_bytes_max);
                      } else if (key == "alias") {
                        facts.alias = reader.rule(key_path, member);
                      } else if (key == "claims") {
                        facts.claims = reader.rule(key_path, member);
                      } else if (key == "fallback") {
                        facts.fallback = reader.texts(key_path, member, k_text_bytes_max);
                      } else {
                        models = member;
                      }
                    });
  if (facts.id.empty() || !models) {
    reader.fail(path, "needs \"id\" and \"models\"");
    return facts;
  }
  std::set<std::string> seen;
  reader.each_item(path + ".models", *models, [&](const std::string& item_path, element item) {
    facts.models.push_back(read_model(reader, item_path, item, facts.id));
    const std::string& id = facts.models.back().prices->model;
    if (!seen.insert(to_lower(id)).second) {
      reader.fail(item_path, fmt::format("model \"{}\" is there twice", id));
    }
  });
  return facts;
}

void read_providers(price_reader& reader, element value, price_file& file) {
  std::set<std::string> seen;
  reader.each_item("providers", value, [&](const std::string& path, element item) {
    file.providers.push_back(read_provider(reader, path, item));
    const provider_facts& facts = file.providers.back();
    file.origin.models += facts.models.size();
    if (!seen.insert(facts.id).second) {
      reader.fail(path, fmt::format("provider \"{}\" is there twice", facts.id));
    }
  });
}

} // namespace

result<price_file> parse_price_file(std::string_view json, const std::string& name) {
  price_reader reader(name);
  price_file file;
  simdjson::dom::parser parser;
  element root;
  if (const auto failure = parser.parse(json.data(), json.size()).get(root); failure != simdjson::SUCCESS) {
    reader.fail({}, fmt::format("is not JSON: {}", simdjson::error_message(failure)));
    return reader.take_error();
  }
  bool format_seen = false;
  reader.each_field({}, root, {"format", "source", "commit", "date", "licence", "units", "providers"},
                    [&](std::string_view key, const std::string& path, element value) {
                      if (key == "providers") {
                        return read_providers(reader, value, file);
                      }
                      std::string text = reader.text(path, value, k_text_bytes_max);
                      if (key == "format") {
                        format_seen = text == k_format;
                      } else if (key == "source") {
                        file.origin.source = std::move(text);
                      } else if (key == "commit") {
                        file.origin.commit = std::move(text);
                      } else if (key == "date") {
                        file.origin.date = std::move(text);
                      } else if (key == "licence") {
                        file.origin.licence = std::move(text);
                      }
                    });
  if (!format_seen) {
    reader.fail("format", fmt::format("must be \"{}\"", k_format));
  }
  if (reader.failed()) {
    return reader.take_error();
  }
  return file;
}

} // namespace inferenceflow::cost
