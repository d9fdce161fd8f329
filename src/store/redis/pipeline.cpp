#include "store/redis/pipeline.h"

#include <algorithm>

namespace inferenceflow::redis {

bool pipeline::add(call_ptr next) {
  const bool fired = next->fired;
  const std::size_t size = next->what.bytes().size();
  const std::size_t calls_max = fired ? limits_.fired_max : limits_.waiting_max;
  if (calls_[fired] >= calls_max ||
      size > limits_.unsent_bytes_max - std::min(bytes_[fired], limits_.unsent_bytes_max)) {
    return false;
  }
  ++calls_[fired];
  bytes_[fired] += size;
  unsent_.push_back(std::move(next));
  return true;
}

void pipeline::abandon(call& left) {
  left.on_done = nullptr;
  const auto same = [&](const call_ptr& each) { return each.get() == &left; };
  // Who leaves has mostly been written: that queue is looked at from its end, where the young ones are.
  if (const auto sent = std::find_if(sent_.rbegin(), sent_.rend(), same); sent != sent_.rend()) {
    late_ += left.late ? 0U : 1U;
    left.late = true;
    return;
  }
  if (const auto unsent = std::find_if(unsent_.begin(), unsent_.end(), same); unsent != unsent_.end()) {
    forget(left, true);
    unsent_.erase(unsent);
  }
}

void pipeline::drop_stale(steady_time now) {
  while (!unsent_.empty() && unsent_.front()->fired && unsent_.front()->deadline <= now) {
    const call_ptr stale = std::move(unsent_.front());
    unsent_.pop_front();
    forget(*stale, true);
    ++counts_.dropped;
  }
}

call_ptr pipeline::move_to_sent(steady_time now) {
  call_ptr next = std::move(unsent_.front());
  unsent_.pop_front();
  bytes_[next->fired] -= next->what.bytes().size();
  next->sent_at = now;
  sent_.push_back(next);
  ++counts_.commands;
  return next;
}

bool pipeline::answered(reply answer, steady_time now) {
  if (sent_.empty()) {
    return false;
  }
  if (sent_.front()->asking && !std::exchange(sent_.front()->asking_answered, true)) {
    return true; // a node that refuses ASKING answers the command with MOVED
  }
  const call_ptr done = std::move(sent_.front());
  sent_.pop_front();
  forget(*done, false);
  ++counts_.replies;
  ++counts_.round_trips;
  counts_.round_trip_us +=
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now - done->sent_at).count());
  if (done->late) {
    --late_;
    ++counts_.late_replies;
    return true;
  }
  finish(*done, std::move(answer));
  return true;
}

std::optional<steady_time> pipeline::expire(steady_time now) {
  std::vector<call_ptr> due;
  std::optional<steady_time> next;
  const auto look_at = [&](steady_time when) { next = next ? std::min(*next, when) : when; };
  for (const call_ptr& each : sent_) {
    if (each->fired || each->late) {
      continue;
    }
    if (each->deadline <= now) {
      each->late = true;
      ++late_;
      due.push_back(each);
    } else {
      look_at(each->deadline);
    }
  }
  std::erase_if(unsent_, [&](const call_ptr& each) {
    if (each->deadline > now) {
      look_at(each->deadline);
      return false;
    }
    forget(*each, true);
    due.push_back(each);
    return true;
  });
  if (!sent_.empty()) {
    look_at(sent_.front()->sent_at + limits_.answer_time_max);
  }
  const error too_late = make_error(error_kind::upstream_timeout, "Redis did not answer in time");
  for (const call_ptr& each : due) {
    if (each->fired) {
      ++counts_.dropped;
    } else {
      ++counts_.timeouts;
      finish(*each, too_late);
    }
  }
  return next;
}

bool pipeline::stalled(steady_time now) const {
  return late_ > limits_.late_max || (!sent_.empty() && sent_.front()->sent_at + limits_.answer_time_max <= now);
}

void pipeline::lost(const error& why) {
  late_ = 0;
  const std::deque<call_ptr> gone = std::exchange(sent_, {});
  for (const call_ptr& each : gone) {
    forget(*each, false);
  }
  for (const call_ptr& each : gone) {
    counts_.dropped += each->fired ? 1U : 0U;
    finish(*each, why);
  }
}

void pipeline::refuse_unsent(const error& why) {
  std::vector<call_ptr> refused;
  std::erase_if(unsent_, [&](const call_ptr& each) {
    if (each->fired) {
      return false;
    }
    forget(*each, true);
    refused.push_back(each);
    return true;
  });
  for (const call_ptr& each : refused) {
    finish(*each, why);
  }
}

void pipeline::clear(const error& why) {
  lost(why);
  refuse_unsent(why);
  for (const call_ptr& each : std::exchange(unsent_, {})) {
    forget(*each, true);
    ++counts_.dropped;
  }
}

void pipeline::forget(const call& gone, bool unsent) noexcept {
  --calls_[gone.fired];
  if (unsent) {
    bytes_[gone.fired] -= gone.what.bytes().size();
  }
}

void pipeline::finish(call& done, result<reply> outcome) {
  if (auto told = std::exchange(done.on_done, nullptr)) {
    told(std::move(outcome));
  }
}

} // namespace inferenceflow::redis
