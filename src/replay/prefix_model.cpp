#include "replay/prefix_model.h"

#include "prompt_cache/model_rules.h"
#include "prompt_cache/tariff.h"

#include <algorithm>
#include <xxhash.h>

namespace inferenceflow::replay {

namespace {

constexpr std::int64_t k_automatic_min = 1'024;
constexpr std::int64_t k_automatic_step = 128;
constexpr std::int64_t k_automatic_idle_ms = prompt_cache::k_minutes_ms;

std::uint64_t hashed(std::string_view text, std::uint64_t seed) {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

/// Boundaries are estimates; the bill says how many tokens the prompt has.
std::int64_t scaled(std::int64_t tokens, std::int64_t estimated, std::int64_t billed) {
  return estimated <= 0
             ? 0
             : std::min(billed, static_cast<std::int64_t>(static_cast<double>(tokens) * static_cast<double>(billed) /
                                                          static_cast<double>(estimated)));
}

} // namespace

void prefix_model::make_room(std::int64_t now_ms) {
  if (held_.size() < k_prefixes_max) {
    return;
  }
  boost::unordered::erase_if(held_, [now_ms](const auto& each) { return each.second.until_ms <= now_ms; });
  if (held_.size() >= k_prefixes_max) {
    held_.clear();
  }
}

std::optional<cost::token_usage> prefix_model::serve(const prefix_call& call) {
  using dialogue::protocol;
  const bool automatic = call.speaks == protocol::openai_chat || call.speaks == protocol::openai_responses;
  if (!automatic && call.speaks != protocol::anthropic && call.speaks != protocol::bedrock) {
    return std::nullopt;
  }
  if (call.prices == nullptr || call.input_tokens <= 0) {
    return std::nullopt;
  }
  const auto* layout = reader_.read(call.speaks, call.body);
  if (layout == nullptr || layout->blocks.empty()) {
    return std::nullopt;
  }
  const std::uint64_t common = hashed(call.model, hashed(call.provider, 1));
  const std::uint64_t own = hashed(call.tenant, common);
  prompt_cache::boundaries_of(*layout, call.body, own, 1, prompt_, where_);
  if (prompt_.empty()) {
    return std::nullopt;
  }
  make_room(call.at_ms);
  if (automatic) {
    return serve_automatic(call);
  }
  const auto rules = prompt_cache::rules_of(call.speaks, call.model);
  return rules.marks ? serve_marked(call) : std::nullopt;
}

cost::token_usage prefix_model::serve_automatic(const prefix_call& call) {
  const std::int64_t whole = prompt_.back().tokens;
  std::int64_t read = 0;
  for (const auto& at : prompt_) {
    const auto found = held_.find(at.hash);
    if (found != held_.end() && found->second.until_ms > call.at_ms) {
      read = std::max(read, scaled(at.tokens, whole, call.input_tokens));
    }
  }
  for (const auto& at : prompt_) {
    held_[at.hash] = {.until_ms = call.at_ms + k_automatic_idle_ms};
  }
  read = read < k_automatic_min ? 0 : std::min(read, call.input_tokens - 1) / k_automatic_step * k_automatic_step;
  return {.fresh_input = call.input_tokens - read, .cached_input = read};
}

std::vector<prefix_model::placed> prefix_model::marks_of(const prefix_call& call,
                                                         const prompt_cache::model_rules& rules, std::uint64_t own,
                                                         std::uint64_t common) {
  std::vector<placed> marks;
  for (std::size_t i = 0; i < prompt_.size(); ++i) {
    if (prompt_[i].client_mark) {
      marks.push_back({i, *prompt_[i].client_mark});
    }
  }
  const steady_time now{std::chrono::milliseconds{call.at_ms}};
  tracker_.arrive({.own = own, .common = common}, prompt_, now, expected_);
  const auto tariff = prompt_cache::tariff_of(*call.prices);
  if (!call.place_marks || !tariff) {
    return marks;
  }
  for (const auto& mark : prompt_cache::make_plan(prompt_, expected_, rules, *tariff).marks) {
    marks.push_back({mark.at, mark.life});
  }
  std::sort(marks.begin(), marks.end(), [](const placed& a, const placed& b) { return a.at < b.at; });
  return marks;
}

std::optional<cost::token_usage> prefix_model::serve_marked(const prefix_call& call) {
  const auto rules = prompt_cache::rules_of(call.speaks, call.model);
  const std::uint64_t common = hashed(call.model, hashed(call.provider, 1));
  const auto marks = marks_of(call, rules, hashed(call.tenant, common), common);
  const std::int64_t whole = prompt_.back().tokens;
  std::int64_t read = 0;
  std::uint32_t hit_block = 0;
  for (const auto& at : prompt_) {
    const auto found = held_.find(at.hash);
    const bool reachable = std::any_of(marks.begin(), marks.end(), [&](const placed& mark) {
      return prompt_[mark.at].block >= at.block && prompt_[mark.at].block - at.block <= rules.lookback;
    });
    if (reachable && found != held_.end() && found->second.until_ms > call.at_ms) {
      read = scaled(at.tokens, whole, call.input_tokens);
      hit_block = at.block;
      found->second.until_ms = call.at_ms + prompt_cache::life_ms(found->second.life);
    }
  }
  cost::token_usage split{.cached_input = read};
  std::int64_t before = read;
  for (const auto& mark : marks) {
    const auto& at = prompt_[mark.at];
    const std::int64_t tokens = scaled(at.tokens, whole, call.input_tokens);
    if (tokens < rules.tokens_min) {
      continue;
    }
    auto& kept_here = held_[at.hash];
    if (kept_here.until_ms <= call.at_ms || read == 0 || at.block > hit_block) {
      kept_here.life = mark.life;
    }
    kept_here.until_ms = call.at_ms + prompt_cache::life_ms(kept_here.life);
    tracker_.kept(at.hash, mark.life, steady_time{std::chrono::milliseconds{call.at_ms}});
    const std::int64_t written = std::max<std::int64_t>(tokens - before, 0);
    split.cache_write += written;
    split.cache_write_hour += mark.life == dialogue::cache_life::hour_1 ? written : 0;
    before = std::max(before, tokens);
  }
  split.fresh_input = call.input_tokens - split.cached_input - split.cache_write;
  return split;
}

} // namespace inferenceflow::replay
