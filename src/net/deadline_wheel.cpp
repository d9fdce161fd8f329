#include "net/deadline_wheel.h"

#include <boost/assert.hpp>

namespace inferenceflow::net {

void deadline_wheel::node::unlink() noexcept {
  previous->next = next;
  next->previous = previous;
  next = previous = this;
}

void deadline_wheel::node::push_back(node& other) noexcept {
  other.previous = previous;
  other.next = this;
  previous->next = &other;
  previous = &other;
}

deadline_wheel::~deadline_wheel() {
  BOOST_ASSERT_MSG(armed_ == 0, "a deadline outlived its wheel");
}

void deadline_wheel::advance(std::uint64_t ticks) {
  for (; ticks > 0 && armed_ > 0; --ticks) {
    ++now_tick_;
    expire_slot(slots_[now_tick_ % k_slots]);
  }
  now_tick_ += ticks; // nothing was armed in the rest
}

void deadline_wheel::expire_slot(node& slot) {
  // A hook may destroy its neighbours: move the whole slot aside and take one node at a time.
  node pending;
  while (!slot.alone()) {
    node& first = *slot.next;
    first.unlink();
    pending.push_back(first);
  }
  while (!pending.alone()) {
    node& first = *pending.next;
    first.unlink();
    auto& timeout = static_cast<deadline&>(first);
    if (timeout.due_tick_ > now_tick_) { // another turn of the wheel
      slot.push_back(first);
      continue;
    }
    timeout.armed_ = false;
    --armed_;
    timeout.expired_();
  }
}

void deadline::arm(std::chrono::milliseconds after) {
  disarm();
  if (after.count() <= 0) {
    return;
  }
  // One tick more: the current tick has already begun.
  const auto ticks = static_cast<std::uint64_t>((after + deadline_wheel::k_tick - std::chrono::milliseconds{1}) /
                                                deadline_wheel::k_tick) +
                     1;
  due_tick_ = wheel_.now_tick_ + ticks;
  wheel_.slots_[due_tick_ % deadline_wheel::k_slots].push_back(*this);
  armed_ = true;
  if (++wheel_.armed_ == 1 && wheel_.start_) {
    wheel_.start_();
  }
}

void deadline::disarm() noexcept {
  if (armed_) {
    unlink();
    armed_ = false;
    --wheel_.armed_;
  }
}

} // namespace inferenceflow::net
