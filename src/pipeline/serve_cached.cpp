#include "dialogue/assembly.h"
#include "net/wake_event.h"
#include "pipeline/life.h"
#include "wire/openai/stream_assembly.h"
#include "wire/openai/stream_replay.h"
#include "wire/openai/stream_watch.h"

#include <boost/asio/post.hpp>

namespace inferenceflow::pipeline {

namespace {
constexpr std::size_t k_follow_bytes = 64U << 10U; ///< read from a shared answer at a time
constexpr std::string_view k_json = "application/json";
} // namespace

std::shared_ptr<const cache::cached_answer> life::look_up() {
  if (!plan_.lookup) {
    return nullptr;
  }
  auto found = shared_.cache.find(plan_.answer_key, wanted());
  return found && may_serve(*found) ? found : nullptr;
}

/// A stream from a document, or the other way round, in a protocol that is not OpenAI's.
result<std::string> life::converted_by_codec(const cache::cached_answer& found) const {
  const dialogue::codec& codec = shared_.codecs.of(asked_.protocol);
  const dialogue::stream_wish wish{.model = asked_.facts.model, .created_s = to_unix_ms(found.created) / 1'000};
  std::string made;
  if (asked_.facts.stream) {
    const auto whole = codec.read_answer(found.body);
    if (!whole) {
      return whole.error();
    }
    const auto writer = codec.make_writer(wish);
    dialogue::replay(*whole, [&](const dialogue::event& happened) { writer->write(happened, made); });
    return made;
  }
  dialogue::assembly whole;
  const auto reader = codec.make_reader(found.body.size() + 1);
  const dialogue::event_handler take = [&whole](const dialogue::event& happened) { whole.take(happened); };
  reader->push(found.body, take);
  reader->finish(take);
  if (whole.failure() || !whole.ended()) {
    return whole.failure().value_or(make_error(error_kind::upstream_failed, "the kept stream is not whole"));
  }
  return std::move(codec.write_answer(whole.so_far(), wish).body);
}

result<std::string> life::converted(const cache::cached_answer& found) const {
  if (asked_.protocol != dialogue::protocol::openai_chat) {
    return converted_by_codec(found);
  }
  const bool include_usage = asked_.facts.include_usage;
  if (!asked_.facts.stream) {
    return wire::openai::assemble_stream(asked_.op, found.body);
  }
  return found.form == cache::body_form::event_stream
             ? wire::openai::replay_stream(asked_.op, found.body, include_usage, found.usage)
             : wire::openai::replay_as_stream(asked_.op, found.body, include_usage);
}

net::task<bool> life::serve_hit(const cache::cached_answer& found, const cache::cache_key& key) {
  const bool streams = asked_.facts.stream && asked_.op != wire::openai::operation::embedding;
  std::string other_form;
  std::string_view body = found.body;
  const bool other_protocol = asked_.protocol != dialogue::protocol::openai_chat;
  const bool as_kept = streams == (found.form == cache::body_form::event_stream);
  if (other_protocol ? !as_kept : streams || found.form != cache::body_form::json) {
    auto made = converted(found);
    if (!made) { // a damaged entry must not be served twice
      shared_.cache.erase(key);
      shared_.log.warn("cache entry could not be read; fetched anew",
                       {{"request_id", asked_.request_id}, {"reason", made.error().message}});
      co_return false;
    }
    other_form = std::move(*made);
    body = other_form;
  }
  ended_.cache = key == plan_.answer_key ? cache_state::hit : cache_state::semantic;
  ended_.similarity = similar_.hit() ? similar_.hit()->similarity : 0;
  ended_.route = &route_->made_by(found.provider, found.model);
  ended_.status = 200;
  ended_.usage = found.usage;
  ended_.direct = found.cost;
  ended_.dropped = found.dropped;
  co_await pad();
  ended_.first_byte_at = shared_.clock.steady_now();
  const answer_note note = co_await conclude();
  if (streams) {
    co_await out_.whole_stream(body, note);
  } else {
    co_await out_.document(200, k_json, body, {}, note);
  }
  co_return true;
}

namespace {

/// What a follower passes on of the leader's stream: all of it, but for OpenAI's usage event that it did not ask for.
class follower_view {
public:
  follower_view(const request& asked, std::size_t event_bytes_max)
      : filtered_(asked.protocol == dialogue::protocol::openai_chat)
      , filter_({.drop_usage_chunk = !asked.facts.include_usage, .event_bytes_max = event_bytes_max}) {}

  [[nodiscard]] std::string push(const std::string& piece) {
    if (!filtered_) {
      return piece;
    }
    const auto passing = filter_.push(piece);
    return passing ? concatenated(*passing) : std::string{};
  }
  /// An event without its blank line counts at the end.
  [[nodiscard]] std::string rest() { return filtered_ ? concatenated(filter_.finish()) : std::string{}; }

private:
  static std::string concatenated(std::span<const std::string_view> parts) {
    std::string whole;
    for (const std::string_view part : parts) {
      whole.append(part);
    }
    return whole;
  }

  bool filtered_;
  wire::openai::stream_watch filter_;
};

} // namespace

net::task<void> life::follow(cache::inflight_follower& leading) {
  ended_.cache = cache_state::coalesced;
  client_.watch_client();
  const auto woken = std::make_shared<net::wake_event>();
  net::cancel_scope::registration on_leave{client_.scope(), [woken] { woken->set(); }};
  follower_view view{asked_, now_->settings->upstream.event_bytes_max};
  end_gate gate{now_->settings->ledger.durability == config::ledger_durability::sync};
  std::string document;
  std::string piece;
  auto state = cache::share_state::waiting;
  bool begun = false;
  while (!client_gone()) {
    piece.clear();
    state = leading.read(k_follow_bytes, piece);
    const auto head = leading.head();
    if (!piece.empty() && head && head->form == cache::body_form::event_stream) {
      if (!std::exchange(begun, true)) {
        ended_.first_byte_at = shared_.clock.steady_now();
        ended_.dropped = head->dropped;
        ended_.route = &route_->made_by(head->provider, head->model);
        answer_note unsettled = price(ended_, shared_.clock.wall_now());
        unsettled.settled = false;
        co_await out_.begin_events(unsettled);
      }
      const std::string visible = view.push(piece);
      if (!visible.empty() && !gate.holds(visible)) {
        co_await out_.events(visible);
      }
    } else {
      document.append(piece);
    }
    if (state == cache::share_state::complete || state == cache::share_state::failed) {
      break;
    }
    if (piece.empty() &&
        leading.wait([woken, &context = loop_.context()] { boost::asio::post(context, [woken] { woken->set(); }); })) {
      co_await woken->wait();
    }
  }
  if (begun && state == cache::share_state::complete && !client_gone()) {
    const std::string rest = view.rest();
    if (!rest.empty() && !gate.holds(rest)) {
      co_await out_.events(rest);
    }
  }
  if (const auto whole = leading.answer()) {
    ended_.usage = whole->usage;
    ended_.direct = whole->cost;
  }
  co_await finish_followed(leading, state, begun, document, gate.held());
}

net::task<void> life::finish_followed(cache::inflight_follower& leading, cache::share_state state, bool begun,
                                      const std::string& document, const std::string& held) {
  const auto failure = leading.failure();
  const auto head = leading.head();
  if (!begun && !client_gone() && (state == cache::share_state::failed || !head)) {
    const error why = failure.value_or(make_error(error_kind::upstream_failed, "the shared call failed"));
    co_return co_await refuse(why);
  }
  ended_.status = head ? head->status : 200;
  ended_.dropped = head ? head->dropped : std::string{};
  ended_.route = head ? &route_->made_by(head->provider, head->model) : ended_.route;
  if (state == cache::share_state::failed && failure) {
    ended_.failure = failure->kind;
  }
  const answer_note note = co_await conclude();
  if (client_gone()) {
    co_return;
  }
  if (!begun) {
    co_await out_.document(head->status, head->content_type, document, head->retry_after, note);
  } else if (ended_.failure) {
    co_await out_.break_events(*failure, note);
  } else {
    if (!held.empty()) {
      co_await out_.events(held);
    }
    co_await out_.end_events(note);
  }
}

} // namespace inferenceflow::pipeline
