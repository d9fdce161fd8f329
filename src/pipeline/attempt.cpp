#include "pipeline/kept_in_tier.h"
#include "pipeline/life.h"
#include "pipeline/refusals.h"

#include <boost/asio/post.hpp>
#include <optional>

namespace inferenceflow::pipeline {

net::task<void> life::attempt(cache::inflight_leader& leader) {
  auto along = now_->lines->of(route_);
  if (along->routes.empty()) {
    const error why = switched_off(*route_, *now_->settings);
    leader.fail(why);
    co_return co_await refuse(why);
  }
  client_.watch_client();
  // The call has a scope of its own: when others follow it, it outlives its first client.
  auto call_scope = std::make_shared<net::cancel_scope>();
  std::optional<net::cancel_scope::registration> on_leave;
  on_leave.emplace(client_.scope(), [&] { client_left(leader, call_scope); });
  if (chooses(*along)) {
    const auto chosen = co_await choose(along, *call_scope);
    if (!chosen) {
      on_leave.reset();
      leader.fail(chosen.error());
      ended_.route = nullptr; // nobody was called
      co_return co_await refuse(chosen.error());
    }
  }

  answer_note head_note = price(ended_, shared_.clock.wall_now());
  head_note.settled = false;
  relay stream{out_,
               client_.scope(),
               leader,
               shared_.clock,
               {.head_note = head_note,
                .keep = plan_.store || (way_ && way_->send_other),
                .keep_bytes_max = now_->settings->cache.entry_bytes_max,
                .hold_end = now_->settings->ledger.durability == config::ledger_durability::sync}};
  delivered end = co_await deliver(along, stream, *call_scope);
  on_leave.reset(); // from here on the leader ends its answer itself, followers or not
  call_scope.reset();
  ended_.route = end.by;
  ended_.attempts = end.attempts;
  ended_.elsewhere = end.elsewhere;
  ended_.elsewhere_cost = end.elsewhere_cost;
  auto& got = end.got;
  if (!got) {
    ended_.usage = end.elsewhere;
    const error why = got.error();
    leader.fail(why);
    co_return co_await refuse(why);
  }
  ended_.usage = got->usage;
  ended_.source = got->source;
  ended_.finish_reason = got->finish_reason;
  ended_.dropped = joined(got->dropped);
  if (got->streamed) {
    co_await finish_stream(*got, leader, stream);
  } else {
    co_await finish_document(*got, leader);
  }
}

/// Runs when this request's client goes away: the call goes on while others follow it. When the last of them leaves, it
/// is asked again on this loop, since somebody may have joined meanwhile. The scope lives as long as the call, and with
/// the call all that the posted question refers to.
void life::client_left(cache::inflight_leader& leader, const std::shared_ptr<net::cancel_scope>& call_scope) {
  while (!leader.abandon_if_unread()) {
    const bool watching =
        leader.on_unread([this, &leader, call = std::weak_ptr{call_scope}, &context = loop_.context()] {
          boost::asio::post(context, [this, &leader, call] {
            if (const auto running = call.lock()) {
              client_left(leader, running);
            }
          });
        });
    if (watching) {
      return;
    }
  }
  call_scope->cancel();
}

net::task<void> life::finish_document(providers::answer& got, cache::inflight_leader& leader) {
  ended_.streamed = false;
  ended_.status = got.status;
  ended_.charged = got.status < 400;
  ended_.first_byte_at = got.first_byte_at;
  if (got.status >= 400) {
    ended_.failure = got.status == 429  ? error_kind::rate_limited
                     : got.status < 500 ? error_kind::invalid_request
                                        : error_kind::upstream_failed;
    shared_.metrics.upstream_error(route_->provider, *ended_.failure);
  }
  const money cost = price(ended_, shared_.clock.wall_now()).cost;
  const auto kept = remember(got, got.body, cache::body_form::json, cost);
  if (!leader.abandon_if_unread()) { // somebody follows: hand the whole answer over
    leader.publish_head({.status = got.status,
                         .form = cache::body_form::json,
                         .content_type = got.content_type,
                         .model = ended_.route->upstream_model,
                         .provider = ended_.route->provider,
                         .retry_after = got.retry_after,
                         .dropped = ended_.dropped});
    leader.append(got.body);
    leader.complete(kept);
  }
  const answer_note note = co_await conclude();
  if (!client_gone()) {
    co_await out_.document(got.status, got.content_type, got.body, got.retry_after, note);
  }
  compare_with_other(got, got.body);
}

net::task<void> life::finish_stream(providers::answer& got, cache::inflight_leader& leader, relay& stream) {
  ended_.status = 200;
  ended_.charged = true;
  ended_.first_byte_at = stream.first_byte_at();
  const money cost = price(ended_, shared_.clock.wall_now()).cost;
  if (got.broke) {
    ended_.failure = got.broke->kind;
    if (got.told) { // followers have read why, as the client has
      leader.complete(nullptr);
    } else {
      leader.fail(*got.broke);
    }
  } else {
    leader.complete(remember(got, stream.kept(), cache::body_form::event_stream, cost));
  }
  const answer_note note = co_await conclude();
  compare_with_other(got, stream.kept());
  if (client_gone()) {
    co_return;
  }
  if (got.broke && !got.told) {
    co_await stream.break_off(*got.broke, note);
  } else {
    co_await stream.end(note);
  }
}

/// Keeps a complete answer. @returns what followers are told about usage and cost, kept or not.
std::shared_ptr<const cache::cached_answer>
life::remember(const providers::answer& got, std::optional<std::string_view> body, cache::body_form form, money cost) {
  const bool keep = plan_.store && got.status == 200 && got.complete && body;
  if (!keep && !plan_.coalesce) {
    return nullptr;
  }
  auto entry = std::make_shared<cache::cached_answer>();
  entry->form = form;
  entry->operation = wire::openai::to_string(asked_.op);
  entry->model = ended_.route->upstream_model;
  entry->provider = ended_.route->provider;
  entry->tenant = asked_.tenant;
  entry->dropped = ended_.dropped;
  entry->usage = got.usage;
  entry->cost = cost;
  entry->created = shared_.clock.wall_now();
  if (keep) {
    entry->body.assign(*body);
    entry->tags = asked_.cache.tags;
    entry->trust = static_cast<cache::trust_level>(route_->trust);
    shared_.cache.store(plan_.answer_key, entry, route_->cache_ttl);
    store_in_tier(shared_, state_.secrets,
                  {.key = plan_.answer_key, .answer = entry, .expires = {}, .semantic = similar_.part()},
                  route_->cache_ttl);
    similar_.keep(plan_, entry);
  }
  return entry;
}

} // namespace inferenceflow::pipeline
