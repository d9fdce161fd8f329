#include "pipeline/judge.h"

#include "pipeline/answer_text.h"
#include "pipeline/judge_model.h"
#include "pipeline/kept_in_tier.h"
#include "turn/normalised_answer.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <optional>

namespace inferenceflow::pipeline {

namespace {

std::optional<std::string> words_of(const judgement& about, const cache::cached_answer& answer) {
  return answer_text(about.shared.codecs.of(about.protocol), about.op, answer.form, answer.body);
}

/// By the similarity of the answers' vectors. @returns nullopt when one cannot be embedded whole.
net::task<std::optional<bool>> alike(const judgement& about, const std::string& one, const std::string& other) {
  net::cancel_scope nobody_leaves;
  const auto first = co_await about.now->embedder->embed(one, nobody_leaves);
  if (!first || (*first)->cut) {
    co_return std::nullopt;
  }
  const auto second = co_await about.now->embedder->embed(other, nobody_leaves);
  if (!second || (*second)->cut || (*first)->space != (*second)->space) {
    co_return std::nullopt;
  }
  co_return embedding::cosine((*first)->values, (*second)->values) >= about.route->semantic.judge_similarity_min;
}

net::task<std::optional<bool>> says_the_same(const judgement& about, const std::string& fresh,
                                             const std::string& kept) {
  if (turn::answers_agree_exactly(fresh, kept)) {
    co_return true;
  }
  if (!about.route->semantic.judge_model.empty()) {
    co_return co_await ask_judge_model(about, fresh, kept);
  }
  co_return co_await alike(about, fresh, kept);
}

net::task<void> judge(judgement about) {
  const auto fresh = words_of(about, *about.answer);
  std::size_t compared = 0;
  for (const auto& each : about.taken.candidates) {
    if (!fresh || compared++ == k_compared_max) {
      break;
    }
    const auto key = about.shared.semantic.key_of(each.of.entry);
    auto kept = key ? about.shared.cache.find(*key, {.semantic = true}) : nullptr;
    if (key && !kept) {
      kept = co_await find_in_tier(about.shared, about.state, about.tenant, *key,
                                   {.bytes_max = about.now->settings->cache.entry_bytes_max});
    }
    const auto words = kept && kept->tenant == about.tenant ? words_of(about, *kept) : std::nullopt;
    std::optional<bool> same;
    if (words) {
      same = co_await says_the_same(about, *fresh, *words);
    }
    about.shared.metrics.semantic_judged(!same   ? telemetry::semantic_verdict::unknown
                                         : *same ? telemetry::semantic_verdict::right
                                                 : telemetry::semantic_verdict::wrong);
    if (same) {
      about.shared.cache.count(*key, kept->model, about.tenant,
                               *same ? cache::cache_event::judged_right : cache::cache_event::judged_wrong);
      about.shared.semantic.learn(about.lane, about.taken, each, *same, about.fresh);
    }
    if (same.value_or(false)) {
      break;
    }
  }
}

} // namespace

void judge_later(judgement about) {
  if (about.state.judging == k_judging_max) {
    return;
  }
  ++about.state.judging;
  loop_state& state = about.state;
  const services& shared = about.shared;
  auto& context = about.loop.context();
  boost::asio::co_spawn(context, judge(std::move(about)), [&state, &shared](const std::exception_ptr& failed) {
    --state.judging;
    if (failed) {
      shared.log.error("a comparison of answers ended by an exception", {});
    }
  });
}

} // namespace inferenceflow::pipeline
