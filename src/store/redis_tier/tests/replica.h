/// One replica of a gateway, as far as the tier goes: loops, a tier on them, and what it was told.
///
/// Role:      the tests of this module; two of them on one redis-server are two replicas.
/// Lifecycle: construct starts; destruction stops the tier, then the loops.
/// Threading: the test's thread.
/// Bounds:    none.
#pragma once

#include "cache/entry_codec.h"
#include "store/redis/tests/real_redis.h"
#include "store/redis_tier/redis_tier.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace inferenceflow::store::redis_tier {

using redis::testing_support::eventually;
using redis::testing_support::redis_process;

inline constexpr const char* k_secret = "a master secret of a test";

inline tier_options patient(const std::string& url) {
  tier_options options;
  options.redis = redis::testing_support::patient_options(url);
  options.find_budget = std::chrono::seconds{20};
  return options;
}

/// An entry of a tenant, sealed, with the name that it has.
struct sealed {
  cache::entry_name name;
  std::string bytes;
};

inline sealed entry(std::uint64_t number, const std::string& tenant = "acme", std::size_t size = 100) {
  const auto master = cache::master_secret::from_text(k_secret).value();
  const auto secret = cache::derive_secret(master, tenant);
  cache::cached_answer answer;
  answer.body = "answer " + std::to_string(number) + " ";
  for (std::uint64_t i = 0; answer.body.size() < size; ++i) {
    answer.body += std::to_string((number + i) * 0x9E3779B97F4A7C15U); // little to compress
  }
  answer.operation = "chat";
  answer.model = number % 2 == 0 ? "even-model" : "odd-model";
  answer.tenant = tenant;
  const cache::kept_entry kept{.key = {number, ~number},
                               .answer = std::make_shared<const cache::cached_answer>(std::move(answer)),
                               .expires = wall_time{std::chrono::seconds{4'000'000'000}}};
  return {cache::entry_name_of(secret, kept.key, cache::k_entry_format), encode_entry(kept, secret)};
}

class replica {
public:
  explicit replica(tier_options options, std::size_t loops = 1, const std::string& secret = k_secret) {
    options.on_warning = [this](const std::string& what) {
      const std::lock_guard lock{mutex_};
      warnings_.push_back(what);
    };
    tier_ = std::make_unique<redis_tier>(std::move(options), cache::master_secret::from_text(secret).value(), clock_);
    for (std::size_t i = 0; i < loops; ++i) {
      loops_.push_back(std::make_unique<net::event_loop>(i));
      tier_->add_loop(*loops_.back());
    }
    tier_->on_news({.stored = [this](const auto& name, std::string bytes) { tell("stored", name, std::move(bytes)); },
                    .erased = [this](const auto& name) { tell("erased", name, {}); },
                    .erased_where = [this](const auto& filter) { tell("erased_where " + filter.tenant, {}, {}); },
                    .listening = [this](bool first) { tell(first ? "first" : "again", {}, {}); }});
    tier_->start();
    for (const auto& loop : loops_) {
      loop->start();
    }
  }
  explicit replica(const redis_process& server)
      : replica(patient(server.url())) {}
  ~replica() { tier_->stop(); }
  replica(const replica&) = delete;
  replica& operator=(const replica&) = delete;

  [[nodiscard]] redis_tier& tier() noexcept { return *tier_; }

  template <class T> T wait(std::function<net::task<T>()> make, std::size_t loop = 0) {
    return boost::asio::co_spawn(loops_[loop]->context(), make(), boost::asio::use_future).get();
  }
  std::optional<std::string> find(const cache::entry_name& name, std::size_t loop = 0) {
    return wait<std::optional<std::string>>([&] { return tier_->find(name); }, loop);
  }
  /// Stores and waits until Redis has it.
  bool store(const sealed& what, std::chrono::milliseconds ttl = std::chrono::hours{1}) {
    const std::uint64_t before = tier_->stats().stored;
    tier_->store(what.name, what.bytes, ttl);
    return eventually([&] { return tier_->stats().stored > before; });
  }
  result<std::uint64_t> erase_where(const cache::entry_filter& filter) {
    return wait<result<std::uint64_t>>([&] { return tier_->erase_where(filter); });
  }
  result<std::uint64_t> for_each(const cache::second_tier::visitor& visit) {
    return wait<result<std::uint64_t>>([&] { return tier_->for_each(visit); });
  }

  bool listens() {
    return eventually([&] { return told("first") == 1; });
  }
  /// How often an event was told.
  std::size_t told(const std::string& event) {
    const std::lock_guard lock{mutex_};
    return static_cast<std::size_t>(std::count(events_.begin(), events_.end(), event));
  }
  /// What was told last of an entry; nothing when nothing was.
  std::optional<std::string> told_of(const cache::entry_name& name) {
    const std::lock_guard lock{mutex_};
    const auto found = last_.find(name);
    return found == last_.end() ? std::nullopt : std::optional{found->second};
  }
  std::vector<std::string> warnings() {
    const std::lock_guard lock{mutex_};
    return warnings_;
  }

private:
  void tell(std::string event, const cache::entry_name& name, std::string bytes) {
    const std::lock_guard lock{mutex_};
    last_[name] = event == "stored" ? std::move(bytes) : event;
    events_.push_back(std::move(event));
  }

  system_clock_source clock_;
  std::mutex mutex_;
  std::vector<std::string> events_;
  std::map<cache::entry_name, std::string> last_;
  std::vector<std::string> warnings_;
  std::unique_ptr<redis_tier> tier_;
  std::vector<std::unique_ptr<net::event_loop>> loops_;
};

} // namespace inferenceflow::store::redis_tier
