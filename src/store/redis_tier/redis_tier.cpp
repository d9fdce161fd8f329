#include "store/redis_tier/redis_tier.h"

#include "store/redis_tier/entry_key.h"
#include "store/redis_tier/news_desk.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <random>
#include <utility>

namespace inferenceflow::store::redis_tier {

namespace {

constexpr std::chrono::milliseconds k_ttl_max = std::chrono::hours{24 * 365};

std::uint64_t random_number() {
  std::random_device source;
  return (std::uint64_t{source()} << 32U) | source();
}

/// PUBLISH knows nothing of databases.
std::string channel_of(const tier_options& options) {
  const std::string base = options.prefix + "news";
  const auto database = options.redis.target.database;
  return database == 0 ? base : base + ":" + std::to_string(database);
}

void add(redis::statistics& sum, const redis::statistics& one) {
  using s = redis::statistics;
  for (auto field : {&s::commands, &s::replies, &s::late_replies, &s::timeouts, &s::errors, &s::fired_errors,
                     &s::refused, &s::dropped, &s::redirects, &s::connects, &s::connect_failures, &s::disconnects,
                     &s::writes, &s::bytes_sent, &s::bytes_received, &s::round_trips, &s::round_trip_us}) {
    sum.*field += one.*field;
  }
  sum.nodes += one.nodes;
  sum.connected += one.connected;
  sum.breakers_open += one.breakers_open;
}

} // namespace

redis_tier::redis_tier(tier_options options, const cache::master_secret& master, const clock_source& clock)
    : options_(std::move(options))
    , clock_(clock)
    , key_(news_key(master))
    , channel_(channel_of(options_))
    , complaints_(options_.on_warning, clock)
    , find_budget_ms_(options_.find_budget.count()) {}

redis_tier::~redis_tier() = default;

void redis_tier::add_loop(net::event_loop& loop) {
  parts_.push_back(std::make_shared<loop_part>(loop, options_.redis, key_, channel_, random_number()));
}

void redis_tier::on_news(news_events events) {
  events_ = std::move(events);
}

void redis_tier::start() {
  std::vector<std::uint64_t> own;
  std::transform(parts_.begin(), parts_.end(), std::back_inserter(own), [](const auto& at) { return at->origin(); });
  desk_ = std::make_unique<news_desk>(parts_.front(), options_, channel_, news_reader{key_, channel_, std::move(own)},
                                      events_, complaints_, clock_, random_number());
  desk_->start();
  for (const part_ptr& at : parts_) {
    boost::asio::co_spawn(at->loop().context(), connect(at), boost::asio::detached);
  }
}

net::task<void> redis_tier::connect(part_ptr at) {
  const auto hello = redis::make_command({"PING"}, 0);
  if (redis::client* redis = at->client(); redis != nullptr && hello) {
    const auto answer = co_await redis->run(*hello, 2 * options_.redis.connect_timeout);
    if (!answer) {
      note_failure(answer.error(), true);
    }
    at->note();
  }
}

void redis_tier::stop() {
  if (std::exchange(stopped_, true)) {
    return;
  }
  for (const part_ptr& at : parts_) {
    const auto end = [this, &at] {
      if (at == parts_.front() && desk_) {
        desk_->stop();
      }
      at->end();
    };
    if (!at->loop().running()) {
      end();
      continue;
    }
    std::promise<void> ended;
    boost::asio::post(at->loop().context(), [&end, &ended] {
      end();
      ended.set_value();
    });
    ended.get_future().wait();
  }
}

redis_tier::part_ptr redis_tier::here() const {
  const auto at = std::find_if(parts_.begin(), parts_.end(), [](const auto& one) { return one->loop().runs_here(); });
  return at == parts_.end() ? nullptr : *at;
}

void redis_tier::on_a_loop(std::function<void(loop_part&)> work) {
  if (const part_ptr at = here()) {
    work(*at);
  } else if (!parts_.empty()) {
    boost::asio::post(parts_.front()->loop().context(), [at = parts_.front(), work = std::move(work)] { work(*at); });
  } else {
    ++dropped_;
  }
}

void redis_tier::note_failure(const error& why, bool refused_is_dropped) {
  ++(refused_is_dropped && why.kind == error_kind::unavailable ? dropped_ : errors_);
  const bool slow = why.kind == error_kind::upstream_timeout;
  complaints_.add(slow ? complaint::slow : complaint::failing, why.message);
}

net::task<std::optional<std::string>> redis_tier::find(cache::entry_name entry) {
  const part_ptr at = here();
  redis::client* redis = at ? at->client() : nullptr;
  const auto what = redis::get_command(key_of(options_.prefix, entry));
  if (redis == nullptr || !what) {
    ++dropped_;
    ++misses_;
    co_return std::nullopt;
  }
  auto answer = co_await redis->run(*what, std::chrono::milliseconds{find_budget_ms_});
  at->note();
  if (!answer) {
    note_failure(answer.error(), true);
  }
  const bool found = answer && answer->is(redis::reply_kind::text);
  ++(found ? hits_ : misses_);
  co_return found ? std::optional{std::move(answer->text)} : std::nullopt;
}

void redis_tier::store(const cache::entry_name& entry, std::string bytes, std::chrono::milliseconds ttl) {
  if (ttl <= std::chrono::milliseconds::zero()) {
    return;
  }
  if (bytes.size() > options_.value_bytes_max || !cache::peek_label(bytes)) {
    ++dropped_;
    return;
  }
  const auto what = redis::set_command(key_of(options_.prefix, entry), bytes, std::min(ttl, k_ttl_max));
  if (!what) {
    ++dropped_;
    return;
  }
  on_a_loop([this, entry, what = *what](loop_part& at) {
    if (at.client() == nullptr) {
      ++dropped_;
      return;
    }
    at.client()->fire(what, [this, entry, weak = at.weak_from_this()](const redis::reply&) {
      ++stored_;
      if (const auto still = weak.lock()) {
        still->tell(entry_stored{entry}, clock_.wall_now());
      }
    });
    at.note();
  });
}

void redis_tier::erase(const cache::entry_name& entry) {
  const auto what = redis::unlink_command(key_of(options_.prefix, entry));
  if (!what) {
    ++dropped_;
    return;
  }
  on_a_loop([this, entry, what = *what](loop_part& at) {
    if (at.client() == nullptr) {
      ++dropped_;
      return;
    }
    at.client()->fire(what, [this, entry, weak = at.weak_from_this()](const redis::reply& done) {
      erased_ += done.integer > 0 ? 1U : 0U;
      if (const auto still = weak.lock()) {
        still->tell(entry_erased{entry}, clock_.wall_now());
      }
    });
    at.note();
  });
}

redis::statistics redis_tier::client_statistics() const {
  redis::statistics sum;
  for (const part_ptr& at : parts_) {
    add(sum, at->counted());
    at->note_soon();
  }
  return sum;
}

cache::tier_stats redis_tier::stats() const {
  const redis::statistics clients = client_statistics();
  const bool available = std::any_of(parts_.begin(), parts_.end(), [](const auto& at) { return at->available(); });
  return {.available = available,
          .hits = hits_,
          .misses = misses_,
          .stored = stored_,
          .evicted = 0, // Redis' own doing, for all replicas: see its INFO
          .erased = erased_,
          .dropped = dropped_ + clients.dropped,
          .errors = errors_ + clients.fired_errors,
          .entries = 0,
          .bytes = 0,
          .bytes_max = 0};
}

news_counts redis_tier::news_heard() const {
  return desk_ ? desk_->counts() : news_counts{};
}

} // namespace inferenceflow::store::redis_tier
