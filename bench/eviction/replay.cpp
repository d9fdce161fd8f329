#include "bench/eviction/replay.h"

#include "base/clock.h"
#include "cache/exact_cache.h"
#include "cost/model_price.h"

#include <chrono>
#include <memory>
#include <unordered_set>

namespace inferenceflow::bench {

namespace {

/// English text runs at about four bytes a token; a chat completion's JSON around it takes about 350 bytes.
constexpr std::size_t k_bytes_per_token = 4;
constexpr std::size_t k_envelope_bytes = 350;
/// Longer than any workload: this compares eviction, not expiry.
constexpr std::chrono::hours k_ttl{24};

std::shared_ptr<const cache::cached_answer> answer_to(const traced_request& request, const price_scenario& prices,
                                                      wall_time now) {
  auto answer = std::make_shared<cache::cached_answer>();
  answer->body.assign(k_envelope_bytes + k_bytes_per_token * static_cast<std::size_t>(request.output_tokens), ' ');
  answer->operation = "chat";
  answer->tenant = "default";
  answer->usage.fresh_input = request.input_tokens;
  answer->usage.output = request.output_tokens;
  const auto& model = *prices.models[request.key.high % prices.models.size()];
  answer->model = model.model;
  answer->provider = model.provider;
  answer->cost = cost::price_of(answer->usage, model.at(now));
  return answer;
}

double ratio(double part, double whole) {
  return whole == 0 ? 0 : part / whole;
}

} // namespace

double replay_outcome::hit_ratio() const {
  return ratio(static_cast<double>(hits), static_cast<double>(requests));
}

double replay_outcome::byte_hit_ratio() const {
  return ratio(static_cast<double>(body_bytes_hit), static_cast<double>(body_bytes));
}

double replay_outcome::saved_ratio() const {
  return ratio(saved.usd(), (saved + spent).usd());
}

std::size_t bytes_of_all(const workload& load) {
  std::unordered_set<cache::cache_key, cache::cache_key_hash> seen;
  std::size_t bytes = 0;
  for (const auto& request : load.requests) {
    if (seen.insert(request.key).second) {
      bytes += cache::k_entry_overhead_bytes + k_envelope_bytes +
               k_bytes_per_token * static_cast<std::size_t>(request.output_tokens);
    }
  }
  return bytes;
}

replay_outcome replay(const workload& load, const price_scenario& prices, cache::eviction_policy policy,
                      std::size_t bytes_max) {
  manual_clock clock;
  // One shard: the bounds here are far smaller than in production, where every shard has a share of this size.
  cache::exact_cache cache{{.bytes_max = bytes_max, .entry_bytes_max = bytes_max, .shards = 1, .policy = policy},
                           clock};
  replay_outcome outcome;
  outcome.bytes_max = bytes_max;
  outcome.policy = policy;
  std::chrono::milliseconds now{0};
  for (const auto& request : load.requests) {
    if (request.at > now) {
      clock.advance(request.at - now);
      now = request.at;
    }
    auto answer = cache.find(request.key);
    if (answer) {
      outcome.body_bytes_hit += answer->body.size();
    } else {
      answer = answer_to(request, prices, clock.wall_now());
      outcome.spent += answer->cost;
      cache.store(request.key, answer, k_ttl);
    }
    outcome.body_bytes += answer->body.size();
    ++outcome.requests;
  }
  const auto stats = cache.stats();
  outcome.hits = stats.hits;
  outcome.saved = stats.saved;
  outcome.evicted = stats.evicted;
  outcome.refused = stats.refused;
  return outcome;
}

} // namespace inferenceflow::bench
