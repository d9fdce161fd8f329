#include "replay/cost_groups.h"

#include "replay/log/log_feed.h"

#include <algorithm>
#include <xxhash.h>

namespace inferenceflow::replay {

namespace {

void add_to(paired_cost& sum, money direct, money cost) {
  sum.direct_nano_usd += direct.nano_usd();
  sum.cost_nano_usd += cost.nano_usd();
}

} // namespace

void user_costs::add(std::string_view tenant, std::string_view user, std::string_view session, money direct,
                     money cost) {
  const std::string_view who = user.empty() ? session : user;
  if (who.empty() && tenant.empty()) {
    ++unnamed_;
  }
  const std::uint64_t hash = XXH3_64bits_withSeed(who.data(), who.size(), XXH3_64bits(tenant.data(), tenant.size()));
  const std::size_t place = hash % k_groups_max;
  seen_[place] = true;
  add_to(sums_[place], direct, cost);
}

std::vector<paired_cost> user_costs::sums() const {
  std::vector<paired_cost> found;
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    if (seen_[i]) {
      found.push_back(sums_[i]);
    }
  }
  return found;
}

void time_costs::add(std::int64_t at_ms, money direct, money cost) {
  if (sums_.empty()) {
    last_ms_ = at_ms;
  }
  elapsed_ms_ += std::clamp<std::int64_t>(at_ms - last_ms_, 0, k_forward_jump_ms);
  last_ms_ = at_ms;
  while (elapsed_ms_ / block_ms_ >= static_cast<std::int64_t>(k_blocks_max)) {
    block_ms_ *= 2;
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      const paired_cost moved = sums_[i];
      sums_[i] = {};
      sums_[i / 2].direct_nano_usd += moved.direct_nano_usd;
      sums_[i / 2].cost_nano_usd += moved.cost_nano_usd;
    }
    sums_.resize((sums_.size() + 1) / 2);
  }
  const auto block = static_cast<std::size_t>(elapsed_ms_ / block_ms_);
  if (sums_.size() <= block) {
    sums_.resize(block + 1);
  }
  add_to(sums_[block], direct, cost);
}

} // namespace inferenceflow::replay
