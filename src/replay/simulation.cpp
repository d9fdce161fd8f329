#include "replay/simulation.h"

#include "pipeline/cache_plan.h"
#include "prompt_cache/model_rules.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace inferenceflow::replay {

namespace {

/// What an answer's document holds beside its text.
constexpr std::size_t k_answer_frame_bytes = 400;
constexpr std::size_t k_bytes_per_token = 4;
/// Of a usual length: 1,536 numbers as text.
constexpr std::size_t k_embedding_bytes = 17'000;
constexpr std::size_t k_kept_body_bytes_max = 8U << 20U;

/// As the gateway's bill: rounded up, so that what is paid is never said to be less.
money share_of(money full, unsigned percent) {
  constexpr std::int64_t k_whole = 100;
  const std::int64_t nano = full.nano_usd();
  const auto share = static_cast<std::int64_t>(percent);
  return money::from_nano_usd(nano / k_whole * share + (nano % k_whole * share + k_whole - 1) / k_whole);
}

std::size_t answer_bytes(const asked& one) {
  if (one.request.op == wire::openai::operation::embedding) {
    return k_embedding_bytes;
  }
  const std::size_t text =
      one.logged->answer_bytes.value_or(static_cast<std::size_t>(one.usage.output) * k_bytes_per_token);
  return std::min(text, k_kept_body_bytes_max) + k_answer_frame_bytes;
}

bool is_readable(const asked& one) {
  return !one.lacking.body && !one.lacking.unreadable;
}

} // namespace

simulation::simulation(configuration what, const dialogue::codec_set& codecs, std::unique_ptr<model_choice> choice,
                       std::unique_ptr<similar_answers> similar)
    : what_(std::move(what))
    , codecs_(codecs)
    , routes_(*what_.settings, what_.prices)
    , kept_(what_.cache, clock_)
    , table_(what_.running)
    , choice_(std::move(choice))
    , similar_(std::move(similar))
    , prefixes_(what_.settings->prompt_cache.bytes_max) {
  sums_.name = what_.name;
}

void simulation::save(lever by, money amount) {
  if (amount.nano_usd() != 0) {
    auto& sum = sums_.levers[static_cast<std::size_t>(by)];
    ++sum.requests;
    sum.saved += amount;
  }
}

void simulation::end_until(std::int64_t now_ms) {
  while (!running_.empty() && running_.front().ends_ms <= now_ms) {
    std::pop_heap(running_.begin(), running_.end(), later);
    in_flight ended = std::move(running_.back());
    running_.pop_back();
    clock_.set(ended.ends_ms);
    if (ended.ttl.count() > 0) {
      (void)kept_.store(ended.key, ended.answer, ended.ttl);
    }
    ended.leader.complete(ended.answer);
    if (ended.question != 0) {
      similar_->keep(ended.question, ended.key, ended.text, kept_.contains(ended.key));
    }
  }
}

void simulation::count_gaps(const asked& one) {
  const auto note = [&](bool lacking, counted_cost& into) {
    if (lacking) {
      into.add(one.direct);
    }
  };
  note(one.lacking.body, sums_.lacking.no_body);
  note(one.lacking.unreadable, sums_.lacking.unreadable);
  note(one.lacking.parameters, sums_.lacking.parameters);
  note(one.lacking.usage, sums_.lacking.no_usage);
  note(one.lacking.latency && is_readable(one) && what_.settings->cache.coalesce, sums_.lacking.no_latency);
}

void simulation::take(const asked& one, wire::openai::request_scanner& scanner) {
  const std::int64_t now_ms = one.logged->began_ms;
  end_until(now_ms);
  clock_.set(now_ms);
  sums_.judged.add(one.direct);
  count_gaps(one);
  money cost = one.direct;
  if (const auto route = routes_.find(one.model)) {
    cost = serve(one, *route, scanner);
  } else {
    sums_.lacking.not_served.add(one.direct);
    ++sums_.calls;
  }
  sums_.cost += cost;
  sums_.users.add(one.logged->tenant, one.logged->user, one.logged->session, one.direct, cost);
  sums_.times.add(now_ms, one.direct, cost);
}

void simulation::finish() {
  end_until(INT64_MAX);
}

money simulation::serve(const asked& one, const routing::route& route, wire::openai::request_scanner& scanner) {
  if (!is_readable(one)) {
    return buy(one, route);
  }
  const auto plan = pipeline::plan_cache(one.request, route, what_.settings->cache);
  if (plan.lookup && kept_.find(plan.answer_key, {.model = route.upstream_model, .tenant = one.request.tenant})) {
    save(lever::exact_cache, one.direct);
    return {};
  }
  std::uint64_t question = 0;
  if (similar_) {
    const auto near = similar_->find(one, route, scanner, plan);
    if (near.hit && (near.hit->pending || kept_.find(near.hit->key, {.semantic = true}))) {
      save(lever::semantic_cache, one.direct);
      return {};
    }
    if (near.hit) {
      similar_->drop(near.hit->entry);
    }
    question = near.question;
  } else if (route.semantic.mode != config::semantic_mode::off && plan.lookup) {
    sums_.lacking.no_embedding.add(one.direct);
  }
  auto leader = cache::inflight_leader::alone();
  if (plan.coalesce) {
    auto joined = table_.join(plan.running_key);
    if (std::holds_alternative<cache::inflight_follower>(joined)) {
      save(lever::coalescing, one.direct);
      if (question != 0) {
        similar_->keep(question, plan.answer_key, {}, false);
      }
      return {};
    }
    leader = std::move(std::get<cache::inflight_leader>(joined));
  }
  const money cost = buy(one, route);
  run(one, route, plan, std::move(leader), cost, question);
  return cost;
}

void simulation::run(const asked& one, const routing::route& route, const pipeline::cache_plan& plan,
                     cache::inflight_leader leader, money cost, std::uint64_t question) {
  if (!plan.store && !leader.shared()) {
    return;
  }
  auto answer = std::make_shared<cache::cached_answer>();
  answer->body.resize(answer_bytes(one));
  answer->operation = to_string(one.request.op);
  answer->model = route.upstream_model;
  answer->provider = route.provider;
  answer->tenant = one.request.tenant;
  answer->usage = one.usage;
  answer->cost = cost;
  const std::int64_t ends_ms = one.logged->began_ms + one.logged->latency_ms.value_or(0);
  answer->created = wall_time{std::chrono::milliseconds{ends_ms}};
  if (running_.size() >= k_running_max) {
    end_until(running_.front().ends_ms);
  }
  running_.push_back({.ends_ms = ends_ms,
                      .number = number_++,
                      .key = plan.answer_key,
                      .leader = std::move(leader),
                      .answer = std::move(answer),
                      .ttl = plan.store ? route.cache_ttl : std::chrono::seconds{0},
                      .question = question,
                      .text = question == 0 ? std::string{} : one.logged->answer});
  std::push_heap(running_.begin(), running_.end(), later);
}

cost::token_usage simulation::with_prefix(const asked& one, const routing::route& target, bool switched,
                                          const cost::token_usage& usage) {
  if (target.provider_index == routing::k_local_provider || !is_readable(one) ||
      one.request.op == wire::openai::operation::embedding) {
    return usage;
  }
  const auto speaks = what_.settings->providers[target.provider_index].protocol;
  const bool takes_marks = speaks == dialogue::protocol::anthropic || speaks == dialogue::protocol::bedrock;
  const bool marks = takes_marks && target.prompt_cache == prompt_cache::mode::on;
  // Without marks of ours, a call of the same model finds what it found in the log; and where its provider kept nothing
  // then, nobody knows that another would.
  if (!marks && !one.provider_caches) {
    return usage;
  }
  std::string translated;
  std::string_view body = one.request.body;
  if (speaks != one.request.protocol) {
    const auto read = one.request.read ? result<dialogue::request>{*one.request.read}
                                       : codecs_.of(one.request.protocol).read_request(body, one.request.target);
    auto written = read ? codecs_.of(speaks).write_request(*read, target.upstream_model)
                        : result<dialogue::written_request>{read.error()};
    if (!written) {
      return usage;
    }
    translated = std::move(written->body);
    body = translated;
  }
  const auto at = clock_.wall_now();
  const auto split = prefixes_.serve({.speaks = speaks,
                                      .provider = target.provider,
                                      .model = target.upstream_model,
                                      .tenant = one.request.tenant,
                                      .body = body,
                                      .prices = cost::tier_of(target.price->at(at), usage.input()),
                                      .place_marks = marks,
                                      .input_tokens = usage.input(),
                                      .at_ms = one.logged->began_ms});
  if (!split || (!marks && !switched)) {
    return usage;
  }
  cost::token_usage with = usage;
  with.fresh_input = split->fresh_input;
  with.cached_input = split->cached_input;
  with.cache_write = split->cache_write;
  with.cache_write_hour = split->cache_write_hour;
  return with;
}

/// The log's choice by its name, "provider/model", among the targets that the router had.
void simulation::judge(const asked& one, const chosen_model& chosen) {
  const auto& said = one.logged->judged;
  if (!said || chosen.among.empty() || sums_.judgements.size() >= k_judged_max) {
    return;
  }
  learning::logged_choice row{.chosen = chosen.among.size(), .propensity = said->propensity, .reward = said->score};
  for (std::size_t i = 0; i < chosen.among.size(); ++i) {
    const auto& target = *chosen.among[i].target;
    if (said->chosen == target.provider + "/" + target.upstream_model) {
      row.chosen = i;
    }
    row.wanted.push_back(&target == chosen.target ? 1 : 0);
    row.expected.push_back(std::max(chosen.among[i].quality, 0.0));
    row.possible.push_back(said->propensity < 1);
  }
  if (row.chosen < chosen.among.size()) {
    row.possible[row.chosen] = true;
    sums_.judgements.push_back(std::move(row));
  }
}

money simulation::buy(const asked& one, const routing::route& route) {
  ++sums_.calls;
  const auto chosen = choice_->choose(one, route);
  const auto& target = *chosen.target;
  const auto& price = target.price->at(clock_.wall_now());
  const bool switched = target.price->model != one.price->model || target.price->provider != one.price->provider;
  judge(one, chosen);
  if (!chosen.judged) {
    sums_.lacking.unrouted.add(one.direct);
  }
  if (route.routing.escalation.enabled) {
    sums_.lacking.unescalated.add(one.direct);
  }
  if (target.price->ceiling) {
    sums_.lacking.ceiling.add(one.direct);
  }
  if (chosen.quality >= 0 && chosen.direct_quality >= 0) {
    ++sums_.qualities;
    sums_.quality += chosen.quality;
    sums_.direct_quality += chosen.direct_quality;
  } else if (switched) {
    sums_.lacking.unrated.add(one.direct);
  }
  cost::token_usage usage = one.usage;
  if (switched && chosen.output_tokens > 0) {
    usage.output = chosen.output_tokens;
    usage.reasoning = 0;
  }
  const bool bought = one.logged->batch == batch_use::bought;
  const unsigned paid_percent = bought ? k_batch_percent : 100;
  const money routed = share_of(cost::price_of(usage, price), paid_percent);
  save(lever::routing, one.direct - routed);
  const money kept = share_of(cost::price_of(with_prefix(one, target, switched, usage), price), paid_percent);
  save(lever::prefix, routed - kept);
  if (one.logged->batch == batch_use::none || target.provider_index == routing::k_local_provider) {
    return kept;
  }
  const auto& batch = what_.settings->providers[target.provider_index].batch;
  if (!batch.enabled || bought) { // what was bought in a batch directly can be bought so again
    return kept;
  }
  const money discounted = share_of(kept, static_cast<unsigned>(batch.price_percent));
  save(lever::batch, kept - discounted);
  return discounted;
}

} // namespace inferenceflow::replay
