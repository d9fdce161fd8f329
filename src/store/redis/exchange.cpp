#include "store/redis/exchange.h"

namespace inferenceflow::redis {

exchange::~exchange() {
  if (call_ == nullptr) {
    return;
  }
  if (!outcome_) {
    at_->abandon(*call_);
  }
  settle();
}

void exchange::begin(const command& what, steady_time deadline, bool asking) {
  const auto permit = at_->enter(std::chrono::steady_clock::now());
  if (!permit) {
    outcome_.emplace(permit.error());
    return;
  }
  permit_ = *permit;
  call_ = std::make_shared<call>(call{.what = what, .asking = asking, .deadline = deadline});
  call_->on_done = [this](result<reply> outcome) { // abandon() forgets it before this goes
    outcome_.emplace(std::move(outcome));
    done_.set();
  };
  if (!at_->send(call_)) {
    call_.reset();
    at_->settle(permit_, std::nullopt);
    outcome_.emplace(make_error(error_kind::unavailable, "too many commands wait for Redis"));
  }
}

net::task<result<reply>> exchange::wait(net::cancel_scope* scope) {
  if (!outcome_) {
    std::optional<net::cancel_scope::registration> on_cancel;
    if (scope != nullptr) {
      on_cancel.emplace(*scope, [this] { done_.set(); });
    }
    co_await done_.wait();
  }
  if (!outcome_) {
    co_return make_error(error_kind::cancelled, "cancelled while waiting for Redis");
  }
  co_return std::move(*outcome_);
}

void exchange::settle() {
  std::optional<bool> good; // nobody waited for the end, or the client was stopped
  if (outcome_ && *outcome_) {
    const reply& answer = **outcome_;
    good = !answer.is(reply_kind::failure) || !server_is_unwell(answer.text);
  } else if (outcome_ && outcome_->error().kind != error_kind::unavailable) {
    good = false;
  }
  at_->settle(permit_, good);
}

} // namespace inferenceflow::redis
