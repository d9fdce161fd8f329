// Walks over all entries: erasing by filter, and telling all.
#include "cache/entry_filter.h"
#include "store/redis_tier/entry_key.h"
#include "store/redis_tier/redis_tier.h"

#include <algorithm>
#include <array>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <span>
#include <utility>

namespace inferenceflow::store::redis_tier {

namespace {

using namespace std::chrono_literals;

/// Keys per round of SCAN: Redis serves nobody else meanwhile, some 100 µs.
constexpr std::size_t k_scan_count = 500;
constexpr std::size_t k_batch = 32;
/// Of a round of SCAN, a batch of GETs or UNLINKs. Redis may be busy; nobody's request waits here.
constexpr std::chrono::milliseconds k_step_budget = 2s;
/// Before what failed is tried again: the breaker lets something pass after the first quarter of a second.
constexpr std::array<std::chrono::milliseconds, 3> k_pauses{150ms, 300ms, 600ms};

using loop_timer =
    boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                      net::loop_executor>;

net::task<void> pause(std::chrono::milliseconds time) {
  loop_timer timer{co_await boost::asio::this_coro::executor, time};
  co_await timer.async_wait(boost::asio::deferred);
}

error unfinished(std::uint64_t done) {
  return make_error(error_kind::unavailable, fmt::format("too many entries for one walk; {} done", done));
}

error ended() {
  return make_error(error_kind::unavailable, "it has been stopped");
}

bool means_all(const cache::entry_filter& filter) {
  return filter.model.empty() && filter.tenant.empty() && filter.tag.empty() &&
         (filter.glob.empty() || filter.glob == "*");
}

bool is_meant(const cache::entry_filter& filter, std::string_view bytes) {
  const auto label = cache::peek_label(bytes);
  return label && matches(filter, {.key = label->key,
                                   .tenant = label->tenant,
                                   .operation = label->operation,
                                   .model = label->model,
                                   .tags = label->tags});
}

bool fits(const cache::entry_filter& filter) {
  const auto short_enough = [](const std::string& field) { return field.size() <= cache::k_filter_field_bytes_max; };
  return short_enough(filter.glob) && short_enough(filter.model) && short_enough(filter.tenant) &&
         short_enough(filter.tag);
}

template <class T> std::vector<T> slice(const std::vector<T>& all, std::size_t from) {
  const auto begin = all.begin() + static_cast<std::ptrdiff_t>(from);
  return {begin, begin + static_cast<std::ptrdiff_t>(std::min(k_batch, all.size() - from))};
}

} // namespace

error redis_tier::cannot(const error& why) {
  note_failure(why, false);
  return make_error(error_kind::unavailable, "shared cache: " + why.message);
}

net::task<result<redis_tier::listing>> redis_tier::list(part_ptr at, steady_time deadline) {
  redis::client* redis = at->client();
  if (redis == nullptr) {
    co_return ended();
  }
  listing all;
  redis::client::key_sink take = [&](std::span<const std::string_view> keys) {
    for (const std::string_view key : keys) {
      if (all.found.size() >= options_.walk_entries_max || std::chrono::steady_clock::now() > deadline) {
        all.whole = false;
        return false;
      }
      if (const auto name = name_of(options_.prefix, key)) {
        all.found.push_back(*name);
      }
    }
    return true;
  };
  auto scanning = redis->scan(key_prefix(options_.prefix), k_scan_count, k_step_budget, std::move(take));
  const auto done = co_await std::move(scanning);
  if (!done) {
    co_return done.error();
  }
  std::sort(all.found.begin(), all.found.end()); // SCAN may tell a key twice
  all.found.erase(std::unique(all.found.begin(), all.found.end()), all.found.end());
  co_return all;
}

net::task<result<redis_tier::values>> redis_tier::read(part_ptr at, names wanted) {
  redis::client* redis = at->client();
  if (redis == nullptr) {
    co_return ended();
  }
  std::vector<std::string> keys;
  std::transform(wanted.begin(), wanted.end(), std::back_inserter(keys),
                 [this](const auto& name) { return key_of(options_.prefix, name); });
  auto answers = co_await redis->get_many(std::move(keys), k_step_budget);
  values found;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (answers[i]) {
      const bool text = answers[i]->is(redis::reply_kind::text);
      found.push_back(text ? std::optional{std::move(answers[i]->text)} : std::nullopt);
      continue;
    }
    auto again = co_await read_again(at, wanted[i]);
    if (!again) {
      co_return again.error();
    }
    found.push_back(std::move(*again));
  }
  co_return found;
}

// One value that nobody can read, another type or far too large, must not end every walk: when Redis answers otherwise,
// it is left out.
net::task<result<std::optional<std::string>>> redis_tier::read_again(part_ptr at, cache::entry_name name) {
  const std::string key = key_of(options_.prefix, name);
  const auto get = redis::get_command(key);
  const auto exists = redis::make_command({"EXISTS", key});
  error why = ended();
  for (std::size_t attempt = 0; at->client() != nullptr && get && exists; ++attempt) {
    auto got = co_await at->client()->run(*get, k_step_budget);
    if (got) {
      const bool text = got->is(redis::reply_kind::text);
      co_return text ? std::optional{std::move(got->text)} : std::nullopt;
    }
    why = got.error();
    if (at->client() == nullptr) {
      break;
    }
    const auto there = co_await at->client()->run(*exists, k_step_budget);
    if (there) {
      note_failure(why, false);
      co_return std::optional<std::string>{};
    }
    if (attempt == k_pauses.size()) {
      break;
    }
    co_await pause(k_pauses[attempt]);
  }
  co_return why;
}

net::task<result<std::uint64_t>> redis_tier::unlink(part_ptr at, names meant) {
  redis::client* redis = at->client();
  if (redis == nullptr) {
    co_return ended();
  }
  std::vector<redis::command> all;
  for (const cache::entry_name& name : meant) {
    if (const auto what = redis::unlink_command(key_of(options_.prefix, name))) {
      all.push_back(*what);
    }
  }
  std::uint64_t gone = 0;
  std::optional<error> failure;
  const auto answers = co_await redis->run_many(std::move(all), k_step_budget);
  for (const auto& answer : answers) {
    if (!answer) {
      failure = answer.error();
    } else {
      gone += answer->integer > 0 ? 1U : 0U;
    }
  }
  erased_ += gone;
  if (failure) {
    co_return *failure;
  }
  co_return gone;
}

net::task<result<std::uint64_t>> redis_tier::erase_all(part_ptr at, cache::entry_filter filter) {
  const steady_time deadline = std::chrono::steady_clock::now() + options_.walk_time_max;
  const auto listed = co_await list(at, deadline);
  if (!listed) {
    co_return listed.error();
  }
  std::uint64_t gone = 0;
  for (std::size_t from = 0; from < listed->found.size(); from += k_batch) {
    if (std::chrono::steady_clock::now() > deadline) {
      co_return unfinished(gone);
    }
    names meant = slice(listed->found, from);
    if (!means_all(filter)) {
      const auto found = co_await read(at, meant);
      if (!found) {
        co_return found.error();
      }
      names chosen;
      for (std::size_t i = 0; i < meant.size(); ++i) {
        if ((*found)[i] && is_meant(filter, *(*found)[i])) {
          chosen.push_back(meant[i]);
        }
      }
      meant = std::move(chosen);
    }
    const auto done = co_await unlink(at, std::move(meant));
    if (!done) {
      co_return done.error();
    }
    gone += *done;
  }
  if (!listed->whole) {
    co_return unfinished(gone);
  }
  co_return gone;
}

net::task<result<std::uint64_t>> redis_tier::erase_where(cache::entry_filter filter) {
  const part_ptr at = here();
  if (!at || at->client() == nullptr) {
    ++dropped_;
    co_return cannot(ended());
  }
  if (!fits(filter)) {
    co_return make_error(
        error_kind::invalid_request,
        fmt::format("a pattern, model, tenant or tag is longer than {} bytes", cache::k_filter_field_bytes_max));
  }
  const auto gone = co_await erase_all(at, filter);
  // The others forget what their memory holds in any case, and only now: earlier they could read it here again.
  const auto message = at->telling(entries_erased{std::move(filter)}, clock_.wall_now());
  if (!message || at->client() == nullptr) {
    co_return cannot(message ? ended() : message.error());
  }
  const auto told = co_await at->client()->run(*message, k_step_budget);
  at->note();
  if (!gone) {
    co_return cannot(gone.error());
  }
  if (!told) {
    co_return cannot(told.error());
  }
  co_return *gone;
}

net::task<result<std::uint64_t>> redis_tier::for_each(visitor visit) {
  const part_ptr at = here();
  if (!at) {
    co_return cannot(ended());
  }
  const steady_time deadline = std::chrono::steady_clock::now() + options_.walk_time_max;
  const auto listed = co_await list(at, deadline);
  if (!listed) {
    co_return cannot(listed.error());
  }
  std::uint64_t visited = 0;
  for (std::size_t from = 0; from < listed->found.size(); from += k_batch) {
    if (std::chrono::steady_clock::now() > deadline) {
      co_return cannot(unfinished(visited));
    }
    const names batch = slice(listed->found, from);
    const auto found = co_await read(at, batch);
    at->note();
    if (!found) {
      co_return cannot(found.error());
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (!(*found)[i]) {
        continue;
      }
      ++visited;
      if (!visit(batch[i], *(*found)[i])) {
        co_return visited;
      }
    }
  }
  if (!listed->whole) {
    co_return cannot(unfinished(visited));
  }
  co_return visited;
}

} // namespace inferenceflow::store::redis_tier
