#include "store/cache_file/cache_file.h"

#include "net/wake_event.h"

#include <algorithm>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <filesystem>
#include <fmt/format.h>

namespace inferenceflow::store::cache_file {

namespace {

/// Indexes, and pages that are filled in part: they count where entries are few.
constexpr std::int64_t k_file_floor_bytes = std::int64_t{1} << 20U;
/// Rows of one step of a walk: between two steps others are read.
constexpr std::size_t k_walk_rows = 64;

using loop_timer =
    boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                      net::loop_executor>;

/// What a coroutine waits for while another thread works; written on the coroutine's loop only.
template <class T> struct pending {
  net::wake_event done;
  std::optional<T> value;
};

table_limits limits_of(const cache_file_options& options) {
  return {.bytes_max = options.bytes_max,
          .file_bytes_max =
              options.file_bytes_max > 0 ? options.file_bytes_max : 2 * options.bytes_max + k_file_floor_bytes};
}

} // namespace

result<std::unique_ptr<cache_file>> cache_file::open(cache_file_options options, const clock_source& clock) {
  entry_table::failure why{open_fault::failed, {}};
  if (!entry_table::open(options.path, limits_of(options), why)) {
    if (why.fault != open_fault::broken) {
      return make_error(error_kind::unavailable, why.reason);
    }
    set_aside(options, why.reason, clock);
  }
  std::string reason;
  auto opened = open_tables(options, reason);
  if (!opened) {
    return make_error(error_kind::unavailable, reason);
  }
  return std::unique_ptr<cache_file>(new cache_file(std::move(options), clock, std::move(*opened)));
}

std::optional<cache_file::tables> cache_file::open_tables(const cache_file_options& options, std::string& why) {
  entry_table::failure failed{open_fault::failed, {}};
  auto writes = entry_table::open(options.path, limits_of(options), failed);
  auto reads = writes ? entry_table::open(options.path, limits_of(options), failed) : std::nullopt;
  if (!reads) {
    why = failed.reason;
    return std::nullopt;
  }
  return tables{std::move(*reads), std::move(*writes)};
}

void cache_file::set_aside(const cache_file_options& options, const std::string& reason, const clock_source& clock) {
  const std::string aside = fmt::format("{}.corrupt-{}", options.path, to_unix_ms(clock.wall_now()));
  std::error_code failed;
  std::filesystem::rename(options.path, aside, failed);
  std::error_code ignored;
  std::filesystem::remove(options.path + "-shm", ignored);
  std::filesystem::rename(options.path + "-wal", aside + "-wal", ignored);
  if (options.on_warning) {
    options.on_warning(failed ? fmt::format("{}; it cannot be set aside: {}", reason, failed.message())
                              : fmt::format("{}; set aside as {}, and begun anew", reason, aside));
  }
}

cache_file::cache_file(cache_file_options options, const clock_source& clock, tables opened)
    : options_(std::move(options))
    , clock_(clock)
    , reads_(std::move(opened.reads))
    , writes_(std::move(opened.writes))
    , queue_({.jobs_max = options_.jobs_max,
              .bytes_max = options_.queue_bytes_max,
              .group_max = options_.group_max,
              .interval = options_.group_interval}) {
  note_totals();
  writer_ = std::thread([this] { run(); });
}

cache_file::~cache_file() {
  reader_.join();
  queue_.close();
  writer_.join();
}

net::task<std::optional<std::string>> cache_file::find(cache::entry_name entry) {
  if (reads_waiting_.fetch_add(1) >= options_.reads_max) {
    reads_waiting_.fetch_sub(1);
    ++dropped_;
    ++misses_;
    co_return std::nullopt;
  }
  using job = pending<std::optional<std::string>>;
  const auto running = std::make_shared<job>();
  const net::loop_executor executor = co_await boost::asio::this_coro::executor;
  boost::asio::post(reader_, [this, running, executor, entry] {
    auto got = read(entry);
    reads_waiting_.fetch_sub(1);
    boost::asio::post(executor, [running, got = std::move(got)]() mutable {
      running->value.emplace(std::move(got));
      running->done.set();
    });
  });
  loop_timer patience{executor, options_.find_patience};
  patience.async_wait([running](const boost::system::error_code& ended) {
    if (!ended) {
      running->done.set();
    }
  });
  co_await running->done.wait();
  patience.cancel();
  std::optional<std::string> found;
  if (running->value) {
    found = std::move(*running->value);
  } else {
    ++errors_;
  }
  ++(found ? hits_ : misses_);
  co_return found;
}

std::optional<std::string> cache_file::read(const cache::entry_name& entry) {
  const std::lock_guard lock(read_mutex_);
  if (!reads_) {
    return std::nullopt;
  }
  auto found = reads_->find(entry, now_ms());
  if (!found) {
    ++errors_;
    broken_ = broken_ || reads_->broken();
    push(touch_job{entry}); // wakes the writer, who sees to a broken file
    return std::nullopt;
  }
  if (*found) {
    push(touch_job{entry});
  }
  return std::move(*found);
}

void cache_file::store(const cache::entry_name& entry, std::string bytes, std::chrono::milliseconds ttl) {
  if (ttl > std::chrono::milliseconds::zero()) {
    const std::int64_t expires_ms =
        now_ms() + std::min<std::chrono::milliseconds>(ttl, std::chrono::hours{24 * 365}).count();
    push(put_job{entry, std::move(bytes), expires_ms});
  }
}

void cache_file::erase(const cache::entry_name& entry) {
  push(erase_job{entry});
}

net::task<result<std::uint64_t>> cache_file::erase_where(cache::entry_filter filter) {
  using job = pending<result<std::uint64_t>>;
  const auto running = std::make_shared<job>();
  const net::loop_executor executor = co_await boost::asio::this_coro::executor;
  write_job wanted = erase_where_job{std::move(filter), [running, executor](result<std::uint64_t> gone) {
                                       boost::asio::post(executor, [running, gone = std::move(gone)]() mutable {
                                         running->value.emplace(std::move(gone));
                                         running->done.set();
                                       });
                                     }};
  if (!queue_.push(wanted)) {
    ++dropped_;
    co_return make_error(error_kind::unavailable, "the cache file has too much to write; try again later");
  }
  co_await running->done.wait();
  co_return std::move(*running->value);
}

net::task<result<std::uint64_t>> cache_file::for_each(visitor visit) {
  using step = pending<result<std::int64_t>>;
  const net::loop_executor executor = co_await boost::asio::this_coro::executor;
  const auto seen = std::make_shared<std::uint64_t>(0);
  const auto see = std::make_shared<entry_table::visitor>(
      [seen, visit = std::move(visit)](const cache::entry_name& entry, std::string_view bytes) {
        ++*seen;
        return visit(entry, bytes);
      });
  std::int64_t after = 0;
  std::optional<std::int64_t> last;
  while (!last || after < *last) {
    const auto running = std::make_shared<step>();
    boost::asio::post(reader_, [this, running, executor, see, after, last] {
      result<std::int64_t> reached = make_error(error_kind::unavailable, "the cache file is out of use");
      {
        const std::lock_guard lock(read_mutex_);
        if (reads_) {
          reached = last ? reads_->visit(after, *last, k_walk_rows, now_ms(), *see) : reads_->last_id();
        }
      }
      boost::asio::post(executor, [running, reached = std::move(reached)]() mutable {
        running->value.emplace(std::move(reached));
        running->done.set();
      });
    });
    co_await running->done.wait();
    const result<std::int64_t>& reached = *running->value;
    if (!reached) {
      ++errors_;
      co_return reached.error();
    }
    (last ? after : last.emplace()) = *reached;
  }
  co_return *seen;
}

cache::tier_stats cache_file::stats() const {
  return {.available = available_,
          .hits = hits_,
          .misses = misses_,
          .stored = stored_,
          .evicted = evicted_,
          .erased = erased_,
          .dropped = dropped_,
          .errors = errors_,
          .entries = static_cast<std::uint64_t>(std::max<std::int64_t>(0, entries_)),
          .bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(0, bytes_)),
          .bytes_max = static_cast<std::uint64_t>(options_.bytes_max)};
}

void cache_file::push(write_job job) {
  if (!queue_.push(job) && !std::holds_alternative<touch_job>(job)) {
    ++dropped_;
  }
}

} // namespace inferenceflow::store::cache_file
