#include "batches/work_list.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace inferenceflow::batches {

namespace {

/// Nothing is due: look again after this, whatever happens.
constexpr std::chrono::minutes k_look_again{1};
/// A backend that names a longer time is asked again after this.
constexpr std::chrono::seconds k_retry_after_max{600};

} // namespace

bool is_worth_again(int status) noexcept {
  return status == 408 || status == 409 || status == 429 || (status >= 500 && status != 501);
}

void work_list::add(std::int64_t batch, std::string tenant, wall_time expires, std::size_t aside) {
  entry fresh;
  fresh.aside = aside;
  fresh.tenant = std::move(tenant);
  fresh.expires = expires;
  batches_.try_emplace(batch, std::move(fresh));
}

void work_list::cancel(std::int64_t batch) {
  if (const auto found = batches_.find(batch); found != batches_.end()) {
    found->second.cancelled = true;
  }
}

void work_list::wake_due(entry& one, wall_time now) {
  while (!one.later.empty() && one.later.begin()->first <= now) {
    one.ready.push_back(std::move(one.later.begin()->second));
    one.later.erase(one.later.begin());
  }
}

std::size_t work_list::in_flight_of(const std::string& tenant) const {
  const auto found = by_tenant_.find(tenant);
  return found == by_tenant_.end() ? 0 : found->second;
}

work_list::entry_map::iterator work_list::best_to_start() {
  auto best = batches_.end();
  for (auto each = batches_.begin(); each != batches_.end(); ++each) {
    if (each->second.ready.empty() || each->second.cancelled) {
      continue;
    }
    const auto rank = [this](const entry& one) { return std::tuple{in_flight_of(one.tenant), one.expires}; };
    if (best == batches_.end() || rank(each->second) < rank(best->second)) {
      best = each;
    }
  }
  return best;
}

work_list::step work_list::next(wall_time now) {
  wall_time until = now + k_look_again;
  for (auto each = batches_.begin(); each != batches_.end(); ++each) {
    entry& one = each->second;
    const bool expired = one.expires <= now;
    wake_due(one, now);
    if (one.in_flight == 0 && one.aside == 0 && !one.fetching && (one.cancelled || expired || one.done())) {
      const auto end = one.cancelled ? batch_status::cancelled
                       : one.done()  ? batch_status::completed
                                     : batch_status::expired;
      const finish over{each->first, end};
      batches_.erase(each);
      return over;
    }
    if (one.cancelled || expired) {
      one.ready.clear(); // what is not asked is told apart on disk
      one.later.clear();
      one.more = true; // so that it does not look completed
      continue;
    }
    if (one.ready.empty() && one.more && !one.fetching && one.later.size() < k_page_items) {
      one.fetching = true;
      return fetch{each->first, one.read_until};
    }
    until = std::min(until, one.expires);
    if (!one.later.empty()) {
      until = std::min(until, one.later.begin()->first);
    }
  }
  if (in_flight_ < limits_.parallel_max) {
    if (const auto best = best_to_start(); best != batches_.end()) {
      entry& one = best->second;
      start asked{best->first, std::move(one.ready.front())};
      one.ready.pop_front();
      ++one.in_flight;
      ++by_tenant_[one.tenant];
      ++in_flight_;
      return asked;
    }
  }
  return wait{until};
}

void work_list::fed(std::int64_t batch, std::vector<batch_item> items, bool more) {
  const auto found = batches_.find(batch);
  if (found == batches_.end()) {
    return;
  }
  entry& one = found->second;
  one.fetching = false;
  one.more = more;
  for (auto& item : items) {
    one.read_until = std::max(one.read_until, item.line);
    one.ready.push_back(std::move(item));
  }
}

void work_list::landed(std::int64_t batch) {
  const auto found = batches_.find(batch);
  if (found == batches_.end()) {
    return;
  }
  --found->second.in_flight;
  --in_flight_;
  const auto tenant = by_tenant_.find(found->second.tenant);
  if (--tenant->second == 0) {
    by_tenant_.erase(tenant);
  }
}

void work_list::settled(std::int64_t batch) {
  landed(batch);
}

void work_list::given_back(std::int64_t batch) {
  landed(batch);
}

void work_list::set_aside(std::int64_t batch) {
  landed(batch);
  if (const auto found = batches_.find(batch); found != batches_.end()) {
    ++found->second.aside;
  }
}

void work_list::brought_back(std::int64_t batch, batch_item item) {
  aside_settled(batch);
  if (const auto found = batches_.find(batch); found != batches_.end()) {
    found->second.ready.push_back(std::move(item));
  }
}

void work_list::aside_settled(std::int64_t batch) {
  if (const auto found = batches_.find(batch); found != batches_.end() && found->second.aside != 0) {
    --found->second.aside;
  }
}

bool work_list::is_final(const batch_item& item, int status) const noexcept {
  return !is_worth_again(status) || item.attempts + 1 >= limits_.attempts_max;
}

void work_list::again(std::int64_t batch, batch_item item, std::chrono::seconds retry_after, double spread,
                      wall_time now) {
  landed(batch);
  const auto found = batches_.find(batch);
  if (found == batches_.end()) {
    return;
  }
  ++item.attempts;
  auto pause = limits_.pause_min;
  for (unsigned i = 1; i < item.attempts && pause < limits_.pause_max; ++i) {
    pause *= 2;
  }
  pause = std::min(pause, limits_.pause_max);
  pause += std::chrono::duration_cast<std::chrono::milliseconds>(pause * (spread / 2));
  const std::chrono::milliseconds told = std::min(retry_after, k_retry_after_max);
  found->second.later.emplace(now + std::max(pause, told), std::move(item));
}

} // namespace inferenceflow::batches
