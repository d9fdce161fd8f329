#include "pipeline/relay.h"

#include "pipeline/settle.h"

namespace inferenceflow::pipeline {

relay::relay(reply& client, net::cancel_scope& client_scope, cache::inflight_leader& leader, const clock_source& clock,
             relay_options options)
    : client_(client)
    , client_scope_(client_scope)
    , leader_(leader)
    , clock_(clock)
    , options_(options)
    , gate_(options.hold_end) {}

bool relay::wanted() const {
  return !client_scope_.cancelled() || leader_.followers() != 0;
}

net::task<void> relay::begin() {
  first_byte_at_ = clock_.steady_now();
  leader_.publish_head({.status = 200,
                        .form = cache::body_form::event_stream,
                        .content_type = {},
                        .model = std::string{options_.head_note.model},
                        .provider = std::string{options_.head_note.provider},
                        .dropped = dropped_});
  if (!client_scope_.cancelled()) {
    co_await client_.begin_events(options_.head_note); // a lost client shows in its scope
  }
}

net::task<void> relay::to_client(std::string_view bytes) {
  if (!bytes.empty() && !client_scope_.cancelled() && !gate_.holds(bytes)) {
    co_await client_.events(bytes);
  }
}

void relay::dropped(std::span<const std::string> fields) {
  dropped_ = joined(fields);
  options_.head_note.dropped = dropped_;
}

void relay::answered_by(const routing::route& target, std::size_t attempts) noexcept {
  options_.head_note.provider = target.provider;
  options_.head_note.model = target.upstream_model;
  options_.head_note.attempts = attempts;
  if (!options_.head_note.route.empty()) {
    options_.head_note.tier = target.traits.tier;
  }
}

void relay::chosen_by(std::string route, std::uint32_t escalations) {
  route_ = std::move(route);
  options_.head_note.route = route_;
  options_.head_note.escalations = escalations;
}

net::task<bool> relay::release() {
  releasing_ = true;
  released_.reset();
  const bool wanted_still = co_await pass(screen_->ready());
  screen_->sent();
  releasing_ = false;
  released_.set();
  co_return wanted_still;
}

net::task<bool> relay::write(std::string_view bytes) {
  if (screen_ == nullptr) {
    co_return co_await pass(bytes);
  }
  if (releasing_) { // what it sends is read where the next piece would be written
    co_await released_.wait();
  }
  switch (screen_->take(bytes)) {
  case screened::held: co_return wanted();
  case screened::rejected: co_return false;
  case screened::passed: break;
  }
  co_return co_await release();
}

net::task<bool> relay::pass(std::string_view bytes) {
  if (!begun()) {
    co_await begin();
  }
  keep(bytes);
  co_await to_client(bytes);
  co_return wanted();
}

net::task<bool> relay::write_split(std::string_view bytes, std::span<const std::string_view> visible) {
  if (screen_ != nullptr) { // it writes anew what the client may see
    co_return co_await write(bytes);
  }
  if (!begun()) {
    co_await begin();
  }
  keep(bytes);
  if (visible.size() == 1) {
    co_await to_client(visible.front());
  } else if (!visible.empty()) {
    std::string joined; // one write, one packet
    for (const std::string_view piece : visible) {
      joined.append(piece);
    }
    co_await to_client(joined);
  }
  co_return wanted();
}

void relay::keep(std::string_view bytes) {
  leader_.append(bytes);
  if (!options_.keep || leader_.shared() || overflowed_) {
    return; // a shared answer is kept by its leader
  }
  if (kept_.size() + bytes.size() > options_.keep_bytes_max) {
    overflowed_ = true;
    kept_ = {};
    return;
  }
  kept_.append(bytes);
}

net::task<bool> relay::end(const answer_note& settled) {
  if (client_scope_.cancelled()) {
    co_return false;
  }
  if (!gate_.held().empty()) {
    co_await client_.events(gate_.held());
  }
  co_return co_await client_.end_events(settled);
}

net::task<bool> relay::break_off(const error& why, const answer_note& settled) {
  if (client_scope_.cancelled()) {
    co_return false;
  }
  co_return co_await client_.break_events(why, settled);
}

std::optional<std::string_view> relay::kept() const {
  if (!options_.keep || overflowed_) {
    return std::nullopt;
  }
  const std::string_view whole = leader_.shared() ? leader_.bytes() : std::string_view{kept_};
  return whole.empty() ? std::nullopt : std::optional{whole};
}

} // namespace inferenceflow::pipeline
