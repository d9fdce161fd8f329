#include "store/redis/topology.h"

#include "store/redis/exchange.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace inferenceflow::redis {

namespace asio = boost::asio;

topology::topology(net::event_loop& loop, options settings, std::uint64_t seed)
    : loop_(loop)
    , settings_(std::make_shared<const options>(std::move(settings)))
    , counts_(std::make_shared<statistics>())
    , random_(seed)
    , ask_slots_(make_command({"CLUSTER", "SLOTS"}, 0).value())
    , cluster_(settings_->target.cluster) {}

std::shared_ptr<node> topology::node_of(const node_name& name) {
  const auto found = nodes_.find(name);
  if (found != nodes_.end()) {
    return found->second;
  }
  if (stopped_ || nodes_.size() >= k_nodes_max) {
    return nullptr;
  }
  auto made = std::make_shared<node>(loop_, name, settings_, counts_, random_.next());
  nodes_.emplace(name, made);
  return made;
}

std::shared_ptr<node> topology::route(const command& what) {
  const auto& seeds = settings_->target.seeds;
  if (!cluster_) {
    return node_of(seeds.front());
  }
  if (what.slot()) {
    if (const node_name* owner = slots_.owner(*what.slot())) {
      return node_of(*owner);
    }
  }
  if (slots_.masters().empty()) {
    request_refresh();
  }
  const steady_time now = std::chrono::steady_clock::now();
  for (const node_name& seed : seeds) {
    auto at = node_of(seed);
    if (at != nullptr && at->takes_calls(now)) {
      return at;
    }
  }
  return node_of(seeds.front());
}

std::shared_ptr<node> topology::follow(const redirect& said) {
  ++counts_->redirects;
  if (!said.ask) {
    cluster_ = true; // also when the URL named one node of a cluster only
    slots_.assign(said.slot, said.to);
    request_refresh();
  }
  return node_of(said.to);
}

void topology::request_refresh() {
  const steady_time now = std::chrono::steady_clock::now();
  if (!cluster_ || refreshing_ || stopped_ || now - refreshed_at_ < k_refresh_pause_min) {
    return;
  }
  refreshing_ = true;
  asio::co_spawn(loop_.context(), refresh_in_background(shared_from_this()), asio::detached);
}

net::task<void> topology::refresh_in_background([[maybe_unused]] std::shared_ptr<topology> self) {
  [[maybe_unused]] const result<void> done = co_await refresh();
  refreshing_ = false;
}

std::vector<std::shared_ptr<node>> topology::refresh_candidates() {
  std::vector<std::shared_ptr<node>> all;
  for (const auto& seed : settings_->target.seeds) {
    if (auto at = node_of(seed)) {
      all.push_back(std::move(at));
    }
  }
  for (const auto& [name, at] : nodes_) {
    if (std::find(all.begin(), all.end(), at) == all.end()) {
      all.push_back(at);
    }
  }
  for (std::size_t left = all.size(); left > 1; --left) { // not always the same one
    std::swap(all[left - 1], all[random_.below(static_cast<std::uint32_t>(left))]);
  }
  const steady_time now = std::chrono::steady_clock::now();
  std::stable_partition(all.begin(), all.end(), [now](const auto& at) { return at->takes_calls(now); });
  all.resize(std::min(all.size(), k_refresh_nodes_max));
  return all;
}

net::task<result<void>> topology::refresh() {
  error failure = make_error(error_kind::unavailable, "Redis: no node is known");
  const auto candidates = refresh_candidates();
  for (const auto& at : candidates) {
    exchange asked{at};
    asked.begin(ask_slots_, std::chrono::steady_clock::now() + k_refresh_budget, false);
    const result<reply> answer = co_await asked.wait(nullptr);
    refreshed_at_ = std::chrono::steady_clock::now();
    if (!answer) {
      failure = answer.error();
      continue;
    }
    if (answer->is(reply_kind::failure)) {
      failure = error_of_failure(answer->text);
      continue;
    }
    const result<void> loaded = slots_.load(*answer, at->name());
    if (loaded) {
      retire_unused();
      co_return result<void>{};
    }
    failure = loaded.error();
  }
  co_return failure;
}

void topology::retire_unused() {
  const auto& seeds = settings_->target.seeds;
  const auto masters = slots_.masters();
  std::erase_if(nodes_, [&](const auto& entry) {
    const bool used = std::find(seeds.begin(), seeds.end(), entry.first) != seeds.end() ||
                      std::find(masters.begin(), masters.end(), entry.first) != masters.end();
    if (!used) {
      entry.second->stop();
    }
    return !used;
  });
}

std::vector<std::shared_ptr<node>> topology::masters() {
  std::vector<std::shared_ptr<node>> found;
  if (!cluster_) {
    found.push_back(node_of(settings_->target.seeds.front()));
  } else {
    const std::vector<node_name> names{slots_.masters().begin(), slots_.masters().end()};
    for (const node_name& name : names) {
      found.push_back(node_of(name));
    }
  }
  std::erase(found, nullptr);
  return found;
}

statistics topology::snapshot() const {
  statistics copy = *counts_;
  const steady_time now = std::chrono::steady_clock::now();
  for (const auto& [name, at] : nodes_) {
    ++copy.nodes;
    copy.connected += at->connected() ? 1U : 0U;
    copy.breakers_open += at->breaker(now) != resilience::breaker_state::closed ? 1U : 0U;
  }
  return copy;
}

bool topology::takes_calls() const {
  const steady_time now = std::chrono::steady_clock::now();
  return !stopped_ && (nodes_.empty() || std::any_of(nodes_.begin(), nodes_.end(), [now](const auto& entry) {
                         return entry.second->takes_calls(now);
                       }));
}

void topology::stop() {
  stopped_ = true;
  for (const auto& [name, at] : nodes_) {
    at->stop();
  }
}

} // namespace inferenceflow::redis
