#include "replay/similar_answers.h"

#include "dialogue/last_turn.h"
#include "wire/openai/last_turn.h"

#include <array>
#include <numeric>
#include <xxhash.h>

namespace inferenceflow::replay {

namespace {

std::uint64_t hashed(std::string_view text, std::uint64_t seed) {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

vectors::scope_id scope_of(const turn::last_turn& turn, std::uint64_t route) {
  const std::array<std::uint64_t, 3> parts{turn.scope_high, turn.scope_low, route};
  const XXH128_hash_t hash = XXH3_128bits(parts.data(), sizeof parts);
  return {.high = hash.high64, .low = hash.low64};
}

semantic::rule rule_of(const config::semantic_settings& settings) {
  return {.kind = settings.mode == config::semantic_mode::fixed ? semantic::rule_kind::fixed
                                                                : semantic::rule_kind::verified,
          .similarity_min = static_cast<float>(settings.similarity_min),
          .error_max = settings.error_max,
          .veto = settings.veto};
}

} // namespace

similar_answers::similar_answers(semantic::semantic_limits limits, embed_text embed, std::uint64_t seed)
    : cache_(limits, seed)
    , embed_(std::move(embed)) {}

similar_answers::found similar_answers::find(const asked& one, const routing::route& route,
                                             wire::openai::request_scanner& scanner, const pipeline::cache_plan& plan) {
  const auto& request = one.request;
  if (route.semantic.mode == config::semantic_mode::off || !plan.lookup) {
    return {};
  }
  const auto cut = request.read ? dialogue::split_last_turn(*request.read, request.protocol, request.scan_seed)
                                : wire::openai::split_last_turn(request.op, request.body, scanner, request.scan_seed);
  if (!cut.turn) {
    return {};
  }
  const std::vector<float> vector = embed_(cut.turn->text);
  const semantic::question question{.scope = scope_of(*cut.turn, route.identity),
                                    .lane = hashed(request.tenant, hashed(route.public_name, 1)),
                                    .text = cut.turn->text,
                                    .vector = vector};
  if (vector.empty()) {
    return {};
  }
  const auto near = cache_.near(question);
  if (!near) {
    return {};
  }
  auto ruled =
      cache_.decide(question, *near, rule_of(route.semantic), {.tenant = request.tenant, .route = route.public_name});
  found what;
  if (ruled.hit) {
    what.hit = ruled.hit;
    return what;
  }
  what.question = cache_.open(question, plan.running_key);
  if (what.question != 0) {
    open_[what.question] = {
        .lane = question.lane, .taken = std::move(ruled.taken), .same_from = route.semantic.judge_similarity_min};
  }
  return what;
}

void similar_answers::keep(std::uint64_t question, const cache::cache_key& key, std::string_view answer, bool is_kept) {
  const auto waiting = open_.find(question);
  if (waiting == open_.end()) {
    return;
  }
  const open_question asked_before = std::move(waiting->second);
  open_.erase(waiting);
  cache_.keep(question, key);
  std::vector<float> vector = answer.empty() ? std::vector<float>{} : embed_(answer);
  if (!vector.empty()) {
    for (const auto& about : asked_before.taken.candidates) {
      const auto other = answers_.find(about.of.entry);
      if (other == answers_.end() || other->second.size() != vector.size()) {
        continue;
      }
      const float cosine = std::inner_product(vector.begin(), vector.end(), other->second.begin(), 0.0F);
      cache_.learn(asked_before.lane, asked_before.taken, about, cosine >= static_cast<float>(asked_before.same_from),
                   is_kept ? question : 0);
    }
    if (answers_.size() >= k_answers_compared_max) {
      answers_.clear();
    }
    answers_[question] = std::move(vector);
  }
  if (!is_kept) {
    cache_.drop(question);
    answers_.erase(question);
  }
}

} // namespace inferenceflow::replay
