#include "engine/fair_queue.h"

#include <algorithm>
#include <utility>

namespace inferenceflow::engine {

// Who waits with the lowest counter; of equals, whose first job is due first.
fair_queue::accounts::const_iterator fair_queue::poorest() const {
  auto best = accounts_.end();
  for (auto one = accounts_.begin(); one != accounts_.end(); ++one) {
    if (one->second.line.empty()) {
      continue;
    }
    const auto key = [](const account& a) { return std::pair(a.served, a.line.begin()->first); };
    if (best == accounts_.end() || key(one->second) < key(best->second)) {
      best = one;
    }
  }
  return best;
}

// Who was away has no claim to what the others were given meanwhile.
void fair_queue::lift(account& arriving) {
  if (const auto floor = poorest(); floor != accounts_.end()) {
    arriving.served = std::max(arriving.served, floor->second.served);
  } else if (const auto last = accounts_.find(last_to_leave_); last != accounts_.end()) {
    arriving.served = std::max(arriving.served, last->second.served);
  }
}

void fair_queue::push(const demand& wanted, steady_time arrived, steady_time due) {
  auto& owner = accounts_[wanted.tenant];
  if (owner.line.empty()) {
    lift(owner);
  }
  const turn place{due, next_ticket_++};
  owner.line.emplace(place, wanted.job);
  jobs_.emplace(wanted.job, linked_job{{wanted, arrived}, place});
  prompt_tokens_ += wanted.prompt_tokens;
  choices_ += wanted.choices;
  forget_idle();
}

const fair_queue::waiting_job* fair_queue::front() const {
  const auto owner = poorest();
  return owner == accounts_.end() ? nullptr : &jobs_.at(owner->second.line.begin()->second).job;
}

fair_queue::waiting_job fair_queue::take() {
  auto taken = *front();
  remove(taken.wanted.job);
  auto& owner = accounts_[taken.wanted.tenant];
  owner.served += k_prompt_weight * taken.wanted.prompt_tokens;
  ++owner.taken;
  return taken;
}

bool fair_queue::remove(job_id job) {
  const auto found = jobs_.find(job);
  if (found == jobs_.end()) {
    return false;
  }
  const auto& wanted = found->second.job.wanted;
  auto& line = accounts_[wanted.tenant].line;
  line.erase(found->second.place);
  if (line.empty()) {
    last_to_leave_ = wanted.tenant;
  }
  prompt_tokens_ -= wanted.prompt_tokens;
  choices_ -= wanted.choices;
  jobs_.erase(found);
  return true;
}

void fair_queue::charge(std::string_view tenant, std::uint32_t output_tokens) {
  if (const auto owner = accounts_.find(tenant); owner != accounts_.end()) {
    owner->second.served += k_output_weight * output_tokens;
  }
}

void fair_queue::left(std::string_view tenant) {
  if (const auto owner = accounts_.find(tenant); owner != accounts_.end() && owner->second.taken > 0) {
    --owner->second.taken;
  }
}

std::uint64_t fair_queue::served(std::string_view tenant) const {
  const auto owner = accounts_.find(tenant);
  return owner == accounts_.end() ? 0 : owner->second.served;
}

// A tenant that is away with a counter below everybody's would be lifted on its return anyway: the poorest go first.
void fair_queue::forget_idle() {
  const auto idle = [this](const accounts::value_type& one) {
    return one.second.line.empty() && one.second.taken == 0 && one.first != last_to_leave_;
  };
  if (accounts_.size() <= k_idle_tenants_max + jobs_.size()) {
    return;
  }
  auto victim = accounts_.end();
  for (auto one = accounts_.begin(); one != accounts_.end(); ++one) {
    if (idle(*one) && (victim == accounts_.end() || one->second.served < victim->second.served)) {
      victim = one;
    }
  }
  if (victim != accounts_.end()) {
    accounts_.erase(victim);
  }
}

} // namespace inferenceflow::engine
