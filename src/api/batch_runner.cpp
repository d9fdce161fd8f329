#include "api/batch_runner.h"

#include "api/batch_line.h"
#include "pipeline/settle.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <exception>
#include <fmt/format.h>
#include <optional>
#include <utility>
#include <variant>

namespace inferenceflow::api {

using batches::batch_record;
using batches::batch_store;
using batches::work_list;

namespace {

/// Before the disk is tried again.
constexpr std::chrono::seconds k_disk_pause{1};
constexpr std::chrono::minutes k_sweep_every{1};

std::int64_t seconds_of(wall_time time) {
  return to_unix_ms(time) / 1'000;
}

wall_time time_of(std::int64_t unix_s) {
  return wall_time{std::chrono::seconds{unix_s}};
}

std::chrono::seconds retry_after_of(const kept_reply& reply) {
  std::int64_t seconds = 0;
  const std::string& text = reply.retry_after();
  std::from_chars(text.data(), text.data() + text.size(), seconds); // a date stays 0: the pauses hold
  return std::chrono::seconds{std::max<std::int64_t>(0, seconds)};
}

} // namespace

batch_runner::batch_runner(net::event_loop& loop, service& serving, std::uint64_t seed)
    : loop_(loop)
    , serving_(serving)
    , clock_(serving.shared.clock)
    , work_(batches::work_limits{})
    , pool_(loop, serving, *this)
    , random_(seed)
    , timer_(loop.wheel(), [this] { changed_.set(); }) {}

void batch_runner::start() {
  boost::asio::co_spawn(loop_.context(), run(), boost::asio::detached);
}

void batch_runner::heard(std::int64_t batch) {
  boost::asio::post(loop_.context(), [this, batch] {
    news_.push_back(batch);
    changed_.set();
  });
}

void batch_runner::drain() {
  draining_ = true;
  pool_.drain();
  boost::asio::post(loop_.context(), [this] { changed_.set(); });
}

void batch_runner::abort() {
  draining_ = true;
  pool_.abort();
  boost::asio::post(loop_.context(), [this] {
    aborted_ = true;
    for (net::cancel_scope* one : scopes_) {
      one->cancel();
    }
  });
}

std::optional<telemetry::batch_sample> batch_runner::sample() const {
  if (!used_) {
    return std::nullopt;
  }
  telemetry::batch_sample sample;
  sample.batches = open_;
  sample.in_flight = flying_;
  sample.completed = completed_;
  sample.failed = failed_;
  sample.again = again_;
  pool_.fill(sample);
  return sample;
}

batches::work_limits batch_runner::limits() const {
  const auto& settings = serving_.settings().batches;
  batches::work_limits now;
  now.parallel_max = settings.parallel_max;
  now.attempts_max = static_cast<unsigned>(settings.attempts_max);
  return now;
}

void batch_runner::warn(std::string_view what, const error& why) {
  serving_.shared.log.warn("batches", {{"step", std::string{what}}, {"reason", why.message}});
}

net::task<void> batch_runner::pause() {
  boost::asio::steady_timer timer{loop_.context()};
  timer.expires_after(k_disk_pause);
  co_await timer.async_wait(boost::asio::deferred);
}

net::task<void> batch_runner::run() {
  co_await pool_.restore();
  co_await go_on_with_earlier();
  co_await take_news();
  pool_.start();
  while (!draining_) {
    co_await take_news();
    co_await sweep();
    work_.set_limits(limits());
    auto step = work_.next(clock_.wall_now());
    if (draining_) { // what it says is not done: it waits on disk
      co_return;
    }
    if (auto* const start = std::get_if<work_list::start>(&step)) {
      ++flying_;
      boost::asio::co_spawn(loop_.context(), fly(std::move(*start)), boost::asio::detached);
    } else if (const auto* const fetch = std::get_if<work_list::fetch>(&step)) {
      co_await act(*fetch);
    } else if (const auto* const finish = std::get_if<work_list::finish>(&step)) {
      co_await act(*finish);
    } else {
      co_await rest(std::get<work_list::wait>(step).until);
    }
  }
}

net::task<void> batch_runner::go_on_with_earlier() {
  const std::function<result<std::vector<batch_record>>(batch_store&)> read = [](batch_store& store) {
    return store.unfinished();
  };
  for (;;) {
    auto found = co_await serving_.batches.run(read);
    if (found) {
      for (const auto& one : *found) {
        news_.push_back(one.number);
      }
      co_return;
    }
    warn("read what an earlier process left", found.error());
    co_await pause();
  }
}

net::task<void> batch_runner::take_news() {
  while (!news_.empty() && !draining_) {
    const std::int64_t batch = news_.front();
    news_.pop_front();
    co_await look_at(batch);
  }
}

net::task<void> batch_runner::look_at(std::int64_t batch) {
  const std::size_t lines_max = serving_.settings().batches.lines_max;
  const std::int64_t now_s = seconds_of(clock_.wall_now());
  const std::function<result<batch_record>(batch_store&)> validate = [batch, lines_max, now_s](batch_store& store) {
    return store.validate(batch, lines_max, now_s);
  };
  auto found = co_await serving_.batches.run(validate);
  if (!found) {
    warn("read a batch's file", found.error());
    co_await pause();
    news_.push_back(batch);
    co_return;
  }
  if (batches::is_over(found->status)) {
    co_return;
  }
  const auto record = std::make_shared<const batch_record>(std::move(*found));
  records_.insert_or_assign(batch, record);
  used_ = true;
  open_ = records_.size();
  work_.add(batch, record->tenant, time_of(record->expires_s), pool_.lines_of(batch));
  if (record->status == batches::batch_status::cancelling) {
    work_.cancel(batch);
    pool_.cancel(batch);
  }
}

net::task<void> batch_runner::act(work_list::fetch what) {
  struct page {
    std::vector<batches::batch_item> items;
    bool more = false;
  };
  const std::function<result<page>(batch_store&)> read = [what](batch_store& store) -> result<page> {
    page found;
    auto items = store.waiting(what.batch, what.after, found.more);
    if (!items) {
      return items.error();
    }
    found.items = std::move(*items);
    return found;
  };
  auto found = co_await serving_.batches.run(read);
  if (!found) {
    warn("read lines", found.error());
    co_await pause();
    work_.fed(what.batch, {}, true);
    co_return;
  }
  work_.fed(what.batch, std::move(found->items), found->more);
}

net::task<void> batch_runner::act(work_list::finish what) {
  const std::int64_t now_s = seconds_of(clock_.wall_now());
  const std::function<result<batch_record>(batch_store&)> end = [what, now_s](batch_store& store) {
    return store.finish(what.batch, what.end, now_s);
  };
  auto ended = co_await serving_.batches.run(end);
  if (!ended || !batches::is_over(ended->status)) { // looked at again from its beginning: nothing is asked twice
    if (!ended) {
      warn("end a batch", ended.error());
    }
    co_await pause();
    news_.push_back(what.batch);
    co_return;
  }
  records_.erase(what.batch);
  open_ = records_.size();
  serving_.shared.log.info("batch ended", {{"batch", ended->id},
                                           {"status", std::string{to_string(ended->status)}},
                                           {"completed", ended->completed},
                                           {"failed", ended->failed}});
}

net::task<void> batch_runner::rest(wall_time until) {
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock_.wall_now());
  timer_.arm(std::max(time, std::chrono::milliseconds{1}));
  co_await changed_.wait();
  timer_.disarm();
}

net::task<void> batch_runner::sweep() {
  const wall_time now = clock_.wall_now();
  if (now - swept_ < k_sweep_every) {
    co_return;
  }
  swept_ = now;
  const std::int64_t now_s = seconds_of(now);
  const std::function<result<std::int64_t>(batch_store&)> remove = [now_s](batch_store& store) {
    return store.remove_expired(now_s);
  };
  const auto gone = co_await serving_.batches.run(remove);
  if (!gone) {
    warn("remove expired files", gone.error());
  }
}

/// One line, from its start until it is settled, put back or left.
net::task<void> batch_runner::fly(work_list::start what) {
  struct landing {
    batch_runner& runner;
    ~landing() {
      --runner.flying_;
      runner.changed_.set();
    }
  };
  const landing when_done{*this};
  const auto record = records_.at(what.batch);
  if (!co_await complete_item(what, what.item)) {
    co_return;
  }
  kept_reply reply;
  std::string request_id;
  std::string body = what.item.body;
  std::string failure;
  try {
    const bool aside = co_await put_aside(*record, what.item, reply, request_id);
    if (aside) {
      work_.set_aside(what.batch);
      co_return;
    }
    if (reply.status() == 0) {
      co_await ask(*record, body, reply, request_id);
    }
  } catch (const std::exception& thrown) { // out of memory, in practice
    failure = thrown.what();
  }
  if (!failure.empty()) {
    serving_.shared.log.error("line of a batch ended by an exception", {{"batch", record->id}, {"reason", failure}});
    reply.keep_error(make_error(error_kind::internal, "internal error"));
  }
  if (reply.status() == 0) { // cancelled
    work_.given_back(what.batch);
    co_return;
  }
  if (!work_.is_final(what.item, reply.status())) {
    ++again_;
    const double spread = std::uniform_real_distribution<double>{0, 1}(random_);
    work_.again(what.batch, std::move(what.item), retry_after_of(reply), spread, clock_.wall_now());
    co_return;
  }
  auto made = result_of(what.item.custom_id, request_id, reply);
  std::atomic<std::uint64_t>& outcome = made.good ? completed_ : failed_;
  co_await write_down(what.batch, what.item.line, std::move(made));
  ++outcome;
  work_.settled(what.batch);
}

/// A line that comes back from a provider's batch is known by its number only. @returns whether there is one to ask.
net::task<bool> batch_runner::complete_item(const work_list::start& what, batches::batch_item& item) {
  if (!item.body.empty()) {
    co_return true;
  }
  const std::function<result<std::optional<batches::batch_item>>(batch_store&)> read =
      [batch = what.batch, line = item.line](batch_store& store) { return store.waiting_line(batch, line); };
  for (;;) {
    auto found = co_await serving_.batches.run(read);
    if (found && *found) {
      item.custom_id = std::move((*found)->custom_id);
      item.body = std::move((*found)->body);
      co_return true;
    }
    if (found) {
      work_.settled(what.batch);
      co_return false;
    }
    warn("read a line", found.error());
    co_await pause();
  }
}

/// From what is kept it is answered at once, for nothing; else a provider's batch is cheaper than a call.
/// @returns whether the line waits for one; else it is to be asked unless there is a reply.
net::task<bool> batch_runner::put_aside(const batch_record& batch, const batches::batch_item& item, kept_reply& reply,
                                        std::string& request_id) {
  if (item.normally || item.attempts != 0 || !pool_.is_used()) {
    co_return false;
  }
  pipeline::request asked = request_of(batch, clock_);
  std::string body = item.body;
  body.reserve(body.size() + http::k_body_padding_bytes);
  if (!read_line_body(serving_, asked, body)) {
    co_return false;
  }
  const auto place = co_await pool_.place_for(batch, item.line, asked);
  if (!place) {
    co_return false;
  }
  asked.kept_only = true;
  request_id = asked.request_id;
  serving_.shared.metrics.request_started();
  co_await run_line(asked, reply);
  const auto as_it_is_now = record_of(batch.number);
  const bool cancelled = !as_it_is_now || as_it_is_now->status == batches::batch_status::cancelling;
  co_return reply.status() == 0 && !cancelled && pool_.offer(*place);
}

std::shared_ptr<const batch_record> batch_runner::record_of(std::int64_t batch) const {
  const auto found = records_.find(batch);
  return found == records_.end() ? nullptr : found->second;
}

void batch_runner::line_back(std::int64_t batch, std::int64_t line) {
  work_.brought_back(batch, {.line = line, .normally = true});
  changed_.set();
}

void batch_runner::line_settled(std::int64_t batch, std::optional<bool> good) {
  work_.aside_settled(batch);
  if (good) {
    ++(*good ? completed_ : failed_);
  }
  changed_.set();
}

net::task<void> batch_runner::ask(const batch_record& batch, std::string& body, kept_reply& reply,
                                  std::string& request_id) {
  pipeline::request asked = request_of(batch, clock_);
  request_id = asked.request_id;
  body.reserve(body.size() + http::k_body_padding_bytes);
  serving_.shared.metrics.request_started();
  if (const auto read = read_line_body(serving_, asked, body); !read) {
    reply.keep_error(read.error());
    pipeline::record_refusal(serving_.shared, serving_.settings(), asked, reply.status(), read.error().kind);
    co_return;
  }
  co_await run_line(asked, reply);
}

net::task<void> batch_runner::run_line(const pipeline::request& asked, kept_reply& reply) {
  net::cancel_scope scope;
  struct listed {
    std::list<net::cancel_scope*>& all;
    std::list<net::cancel_scope*>::iterator at;
    ~listed() { all.erase(at); }
  };
  const listed own{scopes_, scopes_.insert(scopes_.end(), &scope)};
  if (aborted_) {
    scope.cancel();
  }
  const pipeline::client nobody{scope};
  co_await serving_.life.run(asked, reply, nobody);
}

/// An answer that was paid for is not given up because a disk is full.
net::task<void> batch_runner::write_down(std::int64_t batch, std::int64_t line, batches::item_result what) {
  const auto kept = std::make_shared<const batches::item_result>(std::move(what));
  const std::function<result<void>(batch_store&)> settle = [batch, line, kept](batch_store& store) {
    return store.settle(batch, line, *kept);
  };
  for (;;) {
    const auto written = co_await serving_.batches.run(settle);
    if (written) {
      co_return;
    }
    warn("write an answer down", written.error());
    co_await pause();
  }
}

} // namespace inferenceflow::api
