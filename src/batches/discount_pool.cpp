#include "batches/discount_pool.h"

#include <algorithm>
#include <set>

namespace inferenceflow::batches {

namespace {
constexpr std::chrono::minutes k_look_again{10};
} // namespace

discount_pool::entry* discount_pool::known(std::int64_t batch) {
  const auto found = batches_.find(batch);
  return found == batches_.end() ? nullptr : &found->second; // it was given up meanwhile: what is told comes too late
}

discount_pool::entry_map::iterator discount_pool::room_for(const pool_line& line) {
  return std::find_if(batches_.begin(), batches_.end(), [&](const auto& each) {
    const entry& one = each.second;
    return one.now == phase::gathering && !one.closed && one.target == line.target &&
           one.bytes + line.bytes <= limits_.bytes_max &&
           std::max(one.last_deadline, line.deadline) - std::min(one.first_deadline, line.deadline) <=
               limits_.spread_max;
  });
}

bool discount_pool::offer(const pool_line& line, wall_time now) {
  if (line.tool_loop || line.deadline - now < limits_.slack_min || line.bytes > limits_.bytes_max ||
      pooled_ >= limits_.pooled_max) {
    return false;
  }
  auto at = room_for(line);
  if (at == batches_.end()) {
    entry fresh;
    fresh.target = line.target;
    fresh.first_deadline = fresh.last_deadline = line.deadline;
    fresh.due = now + limits_.gather;
    at = batches_.emplace(next_batch_++, std::move(fresh)).first;
  }
  entry& one = at->second;
  one.lines.push_back(line.id);
  one.bytes += line.bytes;
  one.first_deadline = std::min(one.first_deadline, line.deadline);
  one.last_deadline = std::max(one.last_deadline, line.deadline);
  ++pooled_;
  if (one.lines.size() >= limits_.lines_max) {
    one.closed = true;
    one.due = now;
  }
  return true;
}

void discount_pool::restore(std::int64_t batch, std::string remote, const std::vector<pool_line>& lines,
                            wall_time now) {
  entry one;
  one.closed = true;
  one.now = remote.empty() ? phase::lost : phase::running;
  one.remote = std::move(remote);
  one.pause = limits_.poll_min;
  one.due = now;
  one.first_deadline = wall_time::max();
  for (const auto& line : lines) {
    one.target = line.target;
    one.lines.push_back(line.id);
    one.bytes += line.bytes;
    one.first_deadline = std::min(one.first_deadline, line.deadline);
    one.last_deadline = std::max(one.last_deadline, line.deadline);
  }
  next_batch_ = std::max(next_batch_, batch + 1);
  if (!lines.empty() && batches_.emplace(batch, std::move(one)).second) {
    pooled_ += lines.size();
  }
}

std::size_t discount_pool::open() const {
  return static_cast<std::size_t>(std::count_if(batches_.begin(), batches_.end(),
                                                [](const auto& each) { return each.second.now != phase::gathering; }));
}

/// The lines are asked as normal calls; whatever the provider still says of them comes too late.
discount_pool::step discount_pool::give_up(entry_map::iterator at) {
  promote out{std::move(at->second.lines)};
  pooled_ -= out.lines.size();
  batches_.erase(at);
  return out;
}

std::optional<discount_pool::step> discount_pool::step_of_gathering(std::int64_t batch, entry& one, wall_time now) {
  if (now < one.due || open() >= limits_.open_max) {
    return std::nullopt;
  }
  one.closed = true;
  one.now = phase::busy;
  ++one.sends;
  return submit{batch, one.target, one.lines};
}

std::optional<discount_pool::step> discount_pool::step_for(entry_map::iterator at, wall_time now) {
  entry& one = at->second;
  if (now >= one.first_deadline - limits_.promote_before) {
    if (!one.called_back && !one.remote.empty()) { // nobody was there to do it in time: what is not done costs nothing
      one.called_back = true;
      return call_back{at->first, one.remote};
    }
    return give_up(at);
  }
  switch (one.now) {
  case phase::gathering:
    // Too few by the time they should go, or the time of a batch that finds no place is over, or nobody waits.
    if (one.unwanted || (now >= one.due && one.lines.size() < limits_.lines_min) ||
        now >= one.first_deadline - limits_.give_up_before) {
      return give_up(at);
    }
    return step_of_gathering(at->first, one, now);
  case phase::lost:
    if (now < one.due) {
      return std::nullopt;
    }
    one.now = phase::busy;
    return look_for{at->first, one.target};
  case phase::running:
    if (!one.called_back && (one.unwanted || now >= one.first_deadline - limits_.give_up_before)) {
      one.called_back = true;
      one.pause = limits_.poll_min;
      one.due = now + one.pause;
      return call_back{at->first, one.remote};
    }
    if (now < one.due) {
      return std::nullopt;
    }
    one.now = phase::busy;
    return poll{at->first, one.remote};
  case phase::ended:
    if (now < one.due) {
      return std::nullopt;
    }
    one.now = phase::busy;
    return collect{at->first, one.remote};
  case phase::busy: return std::nullopt;
  }
  return std::nullopt;
}

wall_time discount_pool::due_of(const entry& one) const {
  const wall_time end = one.first_deadline - limits_.promote_before;
  const wall_time call = one.first_deadline - limits_.give_up_before;
  if (one.now == phase::busy) {
    return end; // it is told when that is over
  }
  const bool waits_for_room = one.now == phase::gathering && open() >= limits_.open_max;
  return std::min({end, one.called_back ? end : call, waits_for_room ? call : one.due});
}

discount_pool::step discount_pool::next(wall_time now) {
  if (!promoted_.empty()) {
    return promote{std::exchange(promoted_, {})};
  }
  wall_time until = now + k_look_again;
  for (auto at = batches_.begin(); at != batches_.end(); ++at) {
    if (auto said = step_for(at, now)) {
      return std::move(*said);
    }
    until = std::min(until, due_of(at->second));
  }
  return wait{std::max(until, now)};
}

void discount_pool::sent(std::int64_t batch, std::string remote, wall_time now) {
  if (entry* const one = known(batch)) {
    one->now = phase::running;
    one->remote = std::move(remote);
    one->pause = limits_.poll_min;
    one->due = now + one->pause;
  }
}

void discount_pool::send_failed(std::int64_t batch, bool retryable, wall_time now) {
  entry* const one = known(batch);
  if (one == nullptr) {
    return;
  }
  if (retryable && one->sends < limits_.sends_max) {
    one->now = phase::gathering; // closed: it goes as it is
    one->due = now + limits_.poll_min * one->sends;
    return;
  }
  promote_all(batch, *one);
}

void discount_pool::promote_all(std::int64_t batch, const entry& one) {
  promoted_.insert(promoted_.end(), one.lines.begin(), one.lines.end());
  pooled_ -= one.lines.size();
  batches_.erase(batch);
}

void discount_pool::send_unclear(std::int64_t batch, wall_time now) {
  if (entry* const one = known(batch)) {
    one->pause = limits_.poll_min;
    look_failed(batch, now);
  }
}

void discount_pool::look_failed(std::int64_t batch, wall_time now) {
  if (entry* const one = known(batch)) {
    one->now = phase::lost;
    one->due = now + one->pause;
    one->pause = std::min(limits_.poll_max, one->pause + one->pause / 2);
  }
}

void discount_pool::found(std::int64_t batch, std::optional<std::string> remote, wall_time now) {
  entry* const one = known(batch);
  if (one == nullptr) {
    return;
  }
  if (remote) {
    return sent(batch, std::move(*remote), now);
  }
  if (one->sends >= limits_.sends_max) {
    return promote_all(batch, *one);
  }
  one->now = phase::gathering;
  one->due = now;
}

void discount_pool::polled(std::int64_t batch, bool ended, wall_time now) {
  if (entry* const one = known(batch)) {
    one->now = ended ? phase::ended : phase::running;
    one->pause = std::min(limits_.poll_max, one->pause + one->pause / 2);
    one->due = ended ? now : now + one->pause;
  }
}

void discount_pool::poll_failed(std::int64_t batch, wall_time now) {
  polled(batch, false, now); // whether it had ended already shows when it is polled again
}

std::vector<std::int64_t> discount_pool::drop(const std::function<bool(std::int64_t line)>& is_unwanted) {
  std::vector<std::int64_t> left;
  for (auto at = batches_.begin(); at != batches_.end();) {
    entry& one = at->second;
    if (one.now != phase::gathering) {
      one.unwanted = one.unwanted || std::all_of(one.lines.begin(), one.lines.end(), is_unwanted);
      ++at;
      continue;
    }
    const auto kept = std::stable_partition(one.lines.begin(), one.lines.end(),
                                            [&](std::int64_t line) { return !is_unwanted(line); });
    left.insert(left.end(), kept, one.lines.end());
    one.lines.erase(kept, one.lines.end());
    at = one.lines.empty() ? batches_.erase(at) : std::next(at);
  }
  pooled_ -= left.size();
  return left;
}

std::vector<std::int64_t> discount_pool::collected(std::int64_t batch,
                                                   const std::vector<std::pair<std::int64_t, line_fate>>& results) {
  entry* const one = known(batch);
  if (one == nullptr) {
    return {};
  }
  std::set<std::int64_t> left{one->lines.begin(), one->lines.end()};
  std::vector<std::int64_t> settled;
  for (const auto& [line, fate] : results) {
    // A line that is told twice, or is another batch's, is not settled again.
    if (fate != line_fate::undone && left.erase(line) == 1) {
      settled.push_back(line);
    }
  }
  promoted_.insert(promoted_.end(), left.begin(), left.end());
  pooled_ -= one->lines.size();
  batches_.erase(batch);
  return settled;
}

} // namespace inferenceflow::batches
