#include "pipeline/cache_plan.h"

#include <array>
#include <xxhash.h>

namespace inferenceflow::pipeline {

namespace {

cache::cache_key mixed(const cache::cache_key& key, std::uint64_t with) {
  const std::array<std::uint64_t, 3> parts{key.high, key.low, with};
  const XXH128_hash_t hash = XXH3_128bits(parts.data(), sizeof parts);
  return {hash.high64, hash.low64};
}

/// What the request demands of the model or of its answer: only who demanded the same shares its answers.
std::uint64_t hash_of(const routing_wish& wish) {
  std::uint64_t seed = 0;
  const auto add = [&seed](std::string_view text) { seed = XXH3_64bits_withSeed(text.data(), text.size(), seed); };
  for (const std::string& model : wish.models) {
    add(model);
  }
  add("\n"); // in no header, so that no model is taken for a tag
  for (const std::string& tag : wish.tags) {
    add(tag);
  }
  const double confidence = wish.min_confidence.value_or(0);
  return XXH3_64bits_withSeed(&confidence, sizeof confidence, seed);
}

} // namespace

std::uint64_t narrowed_seed(std::uint64_t seed, std::string_view by) {
  return XXH3_64bits_withSeed(by.data(), by.size(), seed);
}

cache_plan plan_cache(const request& asked, const routing::route& route, const config::cache_settings& settings) {
  cache_plan plan;
  const bool wanted = route.cache == config::cache_policy::always || (route.cache == config::cache_policy::automatic &&
                                                                      (asked.facts.reproducible || asked.cache.insist));
  if (!settings.enabled || !wanted || asked.cache.no_store) {
    return plan;
  }
  plan.store = true;
  plan.lookup = !asked.cache.no_lookup;
  plan.coalesce = settings.coalesce && plan.lookup;
  // The route's identity keeps an alias that was pointed elsewhere from answering with the old model's words.
  plan.answer_key = mixed({asked.facts.hash_high, asked.facts.hash_low}, route.identity);
  if (!route.chain.empty() && asked.wish.narrows()) {
    plan.answer_key = mixed(plan.answer_key, hash_of(asked.wish));
  }
  plan.running_key =
      mixed(plan.answer_key, (asked.facts.stream ? 1U : 0U) | (asked.lane == service_lane::batch ? 2U : 0U));
  return plan;
}

} // namespace inferenceflow::pipeline
