#include "pipeline/settle.h"

#include "net/wake_event.h"

#include <boost/asio/post.hpp>
#include <memory>

namespace inferenceflow::pipeline {

namespace {

telemetry::operation operation_of(std::string_view surface) {
  using telemetry::operation;
  if (surface == "chat") {
    return operation::chat;
  }
  if (surface == "completions") {
    return operation::completions;
  }
  if (surface == "embeddings") {
    return operation::embeddings;
  }
  if (surface == "inference") {
    return operation::inference;
  }
  return surface == "generate" ? operation::generate : operation::other;
}

telemetry::cache_state metric_state(cache_state state) {
  switch (state) {
  case cache_state::bypass: return telemetry::cache_state::bypass;
  case cache_state::miss: return telemetry::cache_state::miss;
  case cache_state::hit: return telemetry::cache_state::hit;
  case cache_state::coalesced: return telemetry::cache_state::coalesced;
  case cache_state::semantic: return telemetry::cache_state::semantic;
  }
  return telemetry::cache_state::none;
}

std::int64_t microseconds(steady_time from, steady_time to) {
  return std::chrono::duration_cast<std::chrono::microseconds>(to - from).count();
}

/// Where the request can be sent again. The body of a surface that is translated to chat is the chat's.
std::string_view path_of(const request& asked) {
  if (!asked.target.path.empty()) {
    return asked.target.path; // without its query, which may hold a client's key
  }
  switch (asked.op) {
  case wire::openai::operation::chat: return "/v1/chat/completions";
  case wire::openai::operation::completion: return "/v1/completions";
  case wire::openai::operation::embedding: return "/v1/embeddings";
  }
  return {};
}

/// What is worth to be sent again: requests that were answered.
std::optional<store::kept_request> kept_request_of(const config::ledger_settings& settings, const request& asked,
                                                   const outcome& ended) {
  if (!settings.requests || ended.status != 200 || ended.failure || asked.body.size() > settings.request_bytes_max) {
    return std::nullopt;
  }
  return store::kept_request{.path = std::string{path_of(asked)}, .body = std::string{asked.body}};
}

store::ledger_row row_of(const services& shared, const config::settings& settings, const request& asked,
                         const outcome& ended, const answer_note& note, steady_time now) {
  store::ledger_row row;
  row.request_id = asked.request_id;
  row.trace_id = asked.trace_id;
  row.finished_ms = to_unix_ms(shared.clock.wall_now());
  row.tenant = asked.tenant;
  row.user = asked.user;
  row.surface = asked.surface;
  row.model_requested = asked.facts.model;
  row.model_served = note.model;
  row.provider = note.provider;
  row.cache = to_string(ended.cache);
  row.status = ended.status;
  row.error_kind = ended.failure ? to_string(*ended.failure) : std::string_view{};
  row.finish_reason = ended.finish_reason;
  row.streamed = ended.streamed;
  row.usage = ended.usage;
  row.source = ended.source;
  row.ceiling_priced = ended.charged && ended.route != nullptr && ended.route->price->ceiling;
  row.cost = note.cost;
  row.direct = note.cost + note.saved;
  row.latency_us = microseconds(asked.started, now);
  row.batched = ended.batched;
  row.first_byte_us = ended.first_byte_at ? microseconds(asked.started, *ended.first_byte_at) : 0;
  row.asked = kept_request_of(settings.ledger, asked, ended);
  row.routed = ended.routed;
  return row;
}

void measure(const services& shared, const request& asked, const outcome& ended, const answer_note& note,
             steady_time now) {
  telemetry::request_sample sample;
  sample.operation = operation_of(asked.surface);
  sample.cache = metric_state(ended.cache);
  sample.status = ended.status;
  sample.elapsed = now - asked.started;
  if (ended.first_byte_at) {
    sample.first_byte = *ended.first_byte_at - asked.started;
  }
  if (!ended.routed || ended.routed->role != store::routed_role::shadow) { // that one is nobody's request
    shared.metrics.request_finished(sample);
  }
  if (ended.route == nullptr) {
    return;
  }
  if (ended.cache == cache_state::coalesced) {
    shared.metrics.coalesced();
  }
  telemetry::usage_sample used{.provider = note.provider,
                               .model = note.model,
                               .tokens = {},
                               .cost = note.cost,
                               .saved = note.saved,
                               .unpriced = ended.charged && ended.route->price->ceiling};
  // Tokens that a backend worked on; hits and followers caused none.
  const cost::token_usage& worked = ended.charged ? ended.usage : ended.elsewhere;
  used.tokens = {.fresh_input = worked.fresh_input,
                 .cached_input = worked.cached_input,
                 .cache_write = worked.cache_write,
                 .output = worked.output,
                 .reasoning = worked.reasoning};
  shared.metrics.usage(used);
}

void log_access(const services& shared, const config::settings& settings, const request& asked, const outcome& ended,
                const answer_note& note, steady_time now) {
  if (!settings.log.access || !shared.log.enabled(telemetry::log_level::info)) {
    return;
  }
  if (settings.log.prompts) {
    shared.log.info("prompt", {{"request_id", asked.request_id}, {"body", asked.body}});
  }
  const std::string cost = to_usd_string(note.cost);
  const std::string saved = to_usd_string(note.saved);
  shared.log.info("request", {{"request_id", asked.request_id},
                              {"trace_id", asked.trace_id},
                              {"surface", asked.surface},
                              {"tenant", asked.tenant},
                              {"user", asked.user},
                              {"model", asked.facts.model},
                              {"served_by", note.model},
                              {"provider", note.provider},
                              {"cache", to_string(ended.cache)},
                              {"status", ended.status},
                              {"error", ended.failure ? to_string(*ended.failure) : std::string_view{}},
                              {"stream", ended.streamed},
                              {"input_tokens", ended.usage.input()},
                              {"output_tokens", ended.usage.completion()},
                              {"cost_usd", cost},
                              {"saved_usd", saved},
                              {"latency_us", microseconds(asked.started, now)}});
}

/// Rounded up: what is paid is never said to be less.
money discounted(money full, unsigned percent) {
  constexpr std::int64_t k_whole = 100;
  const std::int64_t nano = full.nano_usd();
  const auto share = static_cast<std::int64_t>(percent);
  // In two parts, so that no product is too large.
  return money::from_nano_usd(nano / k_whole * share + (nano % k_whole * share + k_whole - 1) / k_whole);
}

} // namespace

std::string_view to_string(cache_state state) noexcept {
  switch (state) {
  case cache_state::bypass: return "bypass";
  case cache_state::miss: return "miss";
  case cache_state::hit: return "hit";
  case cache_state::coalesced: return "coalesced";
  case cache_state::semantic: return "semantic";
  }
  return "bypass";
}

std::string joined(std::span<const std::string> fields) {
  std::string list;
  for (const std::string& field : fields) {
    list.append(list.empty() ? "" : ", ").append(field);
  }
  return list;
}

store::routed_part routed_part_of(const routing::decision& made, store::routed_role role) {
  store::routed_part part{.role = role,
                          .strategy = made.strategy,
                          .propensity = made.propensity,
                          .explored = made.explored,
                          .complexity = made.complexity};
  if (made.chosen >= 0) {
    const routing::scored& first = made.candidates[static_cast<std::size_t>(made.chosen)];
    part.chosen = first.provider + '/' + first.model;
    part.tier = first.tier;
    part.quality = first.quality >= 0 ? std::optional{first.quality} : std::nullopt;
  }
  return part;
}

answer_note price(const outcome& ended, wall_time now) {
  answer_note note{.cache = ended.cache,
                   .model = {},
                   .provider = {},
                   .cost = {},
                   .saved = {},
                   .dropped = ended.dropped,
                   .similarity = ended.similarity,
                   .attempts = ended.attempts,
                   .settled = true};
  note.route = ended.route_header;
  if (ended.routed) {
    note.tier = ended.routed->tier;
    note.confidence = ended.routed->confidence;
    note.escalations = ended.watched ? std::optional{ended.routed->escalations} : std::nullopt;
  }
  if (ended.route == nullptr) {
    return note;
  }
  note.model = ended.route->upstream_model;
  note.provider = ended.route->provider;
  money full = ended.elsewhere_cost; // is paid even where what came after it failed
  if (ended.charged) {
    full += cost::price_of(ended.usage - ended.elsewhere, ended.route->price->at(now));
  }
  note.cost = discounted(full, ended.price_percent);
  note.saved = ended.charged ? full - note.cost : ended.direct;
  return note;
}

net::task<void> settle(const services& shared, const config::settings& settings, const request& asked,
                       const outcome& ended, const answer_note& note, net::event_loop& loop) {
  if (asked.from_batch != nullptr && asked.from_batch->in_ledger) {
    shared.metrics.request_withdrawn();
    co_return;
  }
  const steady_time now = shared.clock.steady_now();
  measure(shared, asked, ended, note, now);
  log_access(shared, settings, asked, ended, note, now);
  if (settings.ledger.durability == config::ledger_durability::group && !ended.batched) {
    if (!shared.ledger.append(row_of(shared, settings, asked, ended, note, now), {})) {
      shared.log.error("ledger queue full: row dropped", {{"request_id", asked.request_id}});
    }
    co_return;
  }
  // The event outlives this coroutine if the loop stops first: the writer's callback then finds nobody, harmlessly.
  const auto on_disk = std::make_shared<net::wake_event>();
  const bool taken = shared.ledger.append(row_of(shared, settings, asked, ended, note, now), [on_disk, &loop](bool) {
    boost::asio::post(loop.context(), [on_disk] { on_disk->set(); });
  });
  if (!taken) {
    shared.log.error("ledger queue full: row dropped", {{"request_id", asked.request_id}});
    co_return;
  }
  co_await on_disk->wait();
}

void record_unbilled(const services& shared, const config::settings& settings, const request& asked,
                     const outcome& ended) {
  const steady_time now = shared.clock.steady_now();
  const answer_note note = price(ended, shared.clock.wall_now());
  measure(shared, asked, ended, note, now);
  log_access(shared, settings, asked, ended, note, now);
}

void record_refusal(const services& shared, const config::settings& settings, const request& asked, int status,
                    error_kind kind) {
  outcome ended;
  ended.status = status;
  ended.failure = kind;
  record_unbilled(shared, settings, asked, ended);
}

} // namespace inferenceflow::pipeline
