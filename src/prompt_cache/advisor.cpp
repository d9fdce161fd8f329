#include "prompt_cache/advisor.h"

#include <algorithm>
#include <utility>
#include <xxhash.h>

namespace inferenceflow::prompt_cache {

namespace {

constexpr auto k_relaxed = std::memory_order_relaxed;
constexpr std::int64_t k_key_tokens_min = 1'024; ///< OpenAI keeps nothing shorter
/// Estimates are rough: a prompt counts as kept when the provider read or wrote most of what was estimated.
constexpr double k_slack = 0.9;

std::uint64_t hashed(std::string_view text, std::uint64_t seed) {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

bool is_openai(dialogue::protocol speaks) {
  return speaks == dialogue::protocol::openai_chat || speaks == dialogue::protocol::openai_responses;
}

void add(std::atomic<std::int64_t>& to, money amount) {
  to.fetch_add(amount.nano_usd(), k_relaxed);
}

void add(std::atomic<std::uint64_t>& to, std::int64_t tokens) {
  to.fetch_add(static_cast<std::uint64_t>(std::max<std::int64_t>(tokens, 0)), k_relaxed);
}

} // namespace

advisor::advisor(upstream_traits traits, memory& shared, const clock_source& clock)
    : traits_(std::move(traits))
    , memory_(shared)
    , meter_(shared.meters.of(traits_.name))
    , clock_(clock) {}

std::optional<advice> advisor::advise(const wish& asked, const cost::price_handle& prices, std::string_view model,
                                      std::string_view body) {
  if (prices->ceiling) {
    return std::nullopt; // nobody knows what anything costs here
  }
  const model_rules rules = rules_of(traits_.speaks, model);
  if (!rules.marks && !is_openai(traits_.speaks)) {
    return std::nullopt;
  }
  const prompt_layout* layout = reader_.read(traits_.speaks, body);
  if (layout == nullptr || layout->blocks.empty()) {
    return std::nullopt;
  }
  advice decided;
  const std::uint64_t common = hashed(model, hashed(traits_.name, 1));
  decided.scope = hashed(asked.tenant, common);
  decided.observing = asked.wanted != mode::on;
  decided.prices = prices;
  decided.at = clock_.steady_now();
  decided.observing = decided.observing || memory_.tracker.refused(decided.scope, decided.at);
  decided.scale = memory_.tracker.scale(decided.scope);
  boundaries_of(*layout, body, decided.scope, decided.scale, boundaries_, where_);
  decided.tokens = boundaries_.back().tokens;
  memory_.tracker.arrive({.own = decided.scope, .common = common}, boundaries_, decided.at, expected_);
  if (is_openai(traits_.speaks)) {
    place_key(decided, body, *layout);
  } else if (!layout->automatic) {
    place_marks(decided, rules, body, *layout);
  }
  return decided;
}

void advisor::place_marks(advice& decided, const model_rules& rules, std::string_view body,
                          const prompt_layout& layout) {
  const auto* tier = cost::tier_of(decided.prices->at(clock_.wall_now()), boundaries_.back().tokens);
  const auto prices = tier == nullptr ? std::nullopt : tariff_of(*tier);
  if (!prices) {
    return;
  }
  const plan chosen = make_plan(boundaries_, expected_, rules, *prices);
  if (chosen.marks.empty()) {
    return;
  }
  if (chosen.hit) {
    decided.hit = boundaries_[*chosen.hit].hash;
    decided.hit_tokens = boundaries_[*chosen.hit].tokens;
  }
  std::vector<block_mark> marks;
  for (const mark& each : chosen.marks) {
    const boundary& at = boundaries_[each.at];
    decided.kept.push_back({.hash = at.hash, .tokens = at.tokens, .life = each.life});
    marks.push_back({.block = where_[each.at], .life = each.life});
  }
  if (!decided.observing) {
    decided.body = with_marks(traits_.speaks, body, layout, marks);
    add(meter_.marked, 1);
  }
}

/// Requests with the same key land on the same machine. Those that share tools and system prompt share the key, as long
/// as one machine can take them; beyond that each conversation has its own.
void advisor::place_key(advice& decided, std::string_view body, const prompt_layout& layout) {
  if (decided.observing || !traits_.takes_key || layout.has_cache_key || boundaries_.back().tokens < k_key_tokens_min) {
    return;
  }
  const auto history = std::find_if(boundaries_.begin(), boundaries_.end(),
                                    [](const boundary& at) { return at.part == section::history; });
  std::size_t at = static_cast<std::size_t>(history - boundaries_.begin());
  if (at > 0 && boundaries_[at - 1].tokens >= k_key_tokens_min && !expected_[at - 1].busy) {
    --at; // tools and system prompt alone
  }
  at = std::min(at, boundaries_.size() - 1);
  decided.body = with_cache_key(body, layout, cache_key_of(traits_.key_scope, boundaries_[at].hash));
  add(meter_.marked, 1);
}

void advisor::learn(const advice& decided, const cost::token_usage& usage) {
  memory_.tracker.learn_scale(decided.scope, static_cast<double>(decided.tokens) / decided.scale,
                              static_cast<double>(usage.input()), clock_.steady_now());
  if (const auto* tier = cost::tier_of(decided.prices->at(clock_.wall_now()), usage.input())) {
    const balance got = balance_of(usage, *tier);
    add(meter_.saved_nano_usd, got.saved);
    add(meter_.spent_nano_usd, got.spent);
  }
  add(meter_.read_tokens, usage.cached_input);
  add(meter_.written_tokens, usage.cache_write);
  if (decided.kept.empty()) {
    return;
  }
  if (decided.observing) {
    learn_observed(decided);
  } else {
    learn_marks(decided, usage);
  }
}

void advisor::learn_marks(const advice& decided, const cost::token_usage& usage) {
  // In the estimate's measure, so that only the shares of the prompt have to be right.
  const double measure = k_slack * static_cast<double>(usage.input()) / static_cast<double>(decided.tokens);
  const auto read = static_cast<double>(usage.cached_input);
  const auto held = static_cast<double>(usage.cached_input + usage.cache_write);
  if (decided.hit != 0 && read < measure * static_cast<double>(decided.hit_tokens)) {
    memory_.tracker.gone(decided.hit);
    add(meter_.missed, 1);
  }
  for (const auto& each : decided.kept) {
    if (held > 0 && held >= measure * static_cast<double>(each.tokens)) {
      memory_.tracker.kept(each.hash, each.life, decided.at);
    }
  }
}

void advisor::refused(const advice& decided) {
  memory_.tracker.refuse(decided.scope, decided.at);
  add(meter_.refused, 1);
}

/// Nothing was marked, so nothing was kept: what would have been is played through instead.
void advisor::learn_observed(const advice& decided) {
  cost::token_usage would{.cached_input = decided.hit_tokens};
  std::int64_t before = decided.hit_tokens;
  for (const auto& each : decided.kept) {
    const std::int64_t written = std::max<std::int64_t>(each.tokens - before, 0);
    before = std::max(before, each.tokens);
    would.cache_write += written;
    would.cache_write_hour += each.life == dialogue::cache_life::hour_1 ? written : 0;
    memory_.tracker.kept(each.hash, each.life, decided.at);
  }
  if (const auto* tier = cost::tier_of(decided.prices->at(clock_.wall_now()), decided.tokens)) {
    const balance got = balance_of(would, *tier);
    add(meter_.would_save_nano_usd, got.saved);
    add(meter_.would_spend_nano_usd, got.spent);
  }
}

} // namespace inferenceflow::prompt_cache
