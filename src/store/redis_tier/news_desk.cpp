#include "store/redis_tier/news_desk.h"

#include "store/redis_tier/entry_key.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

namespace inferenceflow::store::redis_tier {

news_desk::news_desk(std::shared_ptr<loop_part> at, const tier_options& options, const std::string& channel,
                     news_reader reader, news_events events, complaints& complaints, const clock_source& clock,
                     std::uint64_t seed)
    : at_(std::move(at))
    , options_(options)
    , reader_(std::move(reader))
    , events_(std::move(events))
    , complaints_(complaints)
    , clock_(clock)
    , queue_(options.news_waiting_max) {
  redis::subscription_events heard{
      .on_message = [this](std::string_view message) { hear(message); },
      .on_gap =
          [this](bool first) {
            ++listenings_;
            if (events_.listening) {
              events_.listening(first);
            }
          },
  };
  subscriber_ = std::make_unique<redis::subscriber>(at_->loop(), options.redis, channel, std::move(heard), seed);
}

void news_desk::stop() {
  subscriber_.reset();
}

void news_desk::hear(std::string_view message) {
  if (!subscriber_) {
    return;
  }
  const auto said = reader_.read(message, clock_.wall_now());
  if (const auto* why = std::get_if<news_fault>(&said)) {
    note(*why);
  } else {
    ++heard_;
    act(std::get<news>(said));
  }
}

void news_desk::note(news_fault why) {
  switch (why) {
  case news_fault::own: break;
  case news_fault::malformed:
  case news_fault::forged:
    ++forged_;
    complaints_.add(complaint::forged_news,
                    "a message of another replica does not hold: its CACHE_SECRET is another one, or somebody else "
                    "writes to this channel of Redis; it is ignored");
    break;
  case news_fault::stale:
    ++stale_;
    complaints_.add(complaint::stale_news, "a message of another replica is too old or from the future; it is ignored. "
                                           "Do the clocks agree?");
    break;
  case news_fault::repeated: ++repeated_; break;
  }
}

void news_desk::act(const news& what) {
  if (const auto* stored = std::get_if<entry_stored>(&what)) {
    want(stored->name);
  } else if (const auto* one = std::get_if<entry_erased>(&what)) {
    queue_.erased(one->name);
    if (events_.erased) {
      events_.erased(one->name);
    }
  } else {
    queue_.some_erased();
    if (events_.erased_where) {
      events_.erased_where(std::get<entries_erased>(what).filter);
    }
  }
}

void news_desk::want(const cache::entry_name& name) {
  if (!events_.stored) {
    return;
  }
  if (!queue_.add(name)) {
    ++dropped_;
  } else if (!std::exchange(fetching_, true)) {
    boost::asio::co_spawn(at_->loop().context(), fetch(), boost::asio::detached);
  }
}

net::task<void> news_desk::fetch() {
  while (subscriber_ && at_->client() != nullptr) {
    const auto wanted = queue_.take();
    if (wanted.empty()) {
      break;
    }
    std::vector<std::string> keys;
    std::transform(wanted.begin(), wanted.end(), std::back_inserter(keys),
                   [this](const auto& name) { return key_of(options_.prefix, name); });
    auto found = co_await at_->client()->get_many(std::move(keys), k_fetch_budget);
    for (std::size_t i = 0; i < wanted.size() && subscriber_; ++i) {
      if (!queue_.landed(wanted[i])) {
        continue; // erased meanwhile, or to be read again
      }
      if (found[i] && found[i]->is(redis::reply_kind::text)) {
        ++fetched_;
        events_.stored(wanted[i], std::move(found[i]->text));
      } else {
        dropped_ += found[i] ? 0U : 1U; // one that is gone again is nothing to count
      }
    }
    at_->note();
  }
  fetching_ = false;
}

news_counts news_desk::counts() const {
  return {.heard = heard_,
          .forged = forged_,
          .stale = stale_,
          .repeated = repeated_,
          .fetched = fetched_,
          .dropped = dropped_,
          .listenings = listenings_};
}

} // namespace inferenceflow::store::redis_tier
