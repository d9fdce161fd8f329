// What batch_pool does with lines that come back: settled at the batch's price, or handed over to be asked.
#include "api/batch_line.h"
#include "api/kept_reply.h"
#include "api/pool_names.h"
#include "api/pool_parts.h"
#include "batches/work_list.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <set>

namespace inferenceflow::api {

using batches::batch_item;
using batches::batch_store;
using batches::discount_pool;
using batches::pooled_line;

net::task<void> batch_pool::act(discount_pool::promote what) {
  promoted_ += what.lines.size();
  co_await give_back(std::move(what.lines));
}

/// On disk they wait as any other before anybody asks them: killed in between, they are found in the pool again.
net::task<void> batch_pool::give_back(std::vector<std::int64_t> lines) {
  const std::set<std::int64_t> gone{lines.begin(), lines.end()};
  for (auto each = held_.begin(); each != held_.end();) {
    auto& left = each->second.what.lines;
    std::erase_if(left,
                  [&](const pooled_line& line) { return gone.contains(pool_id(line.batch, line.line).value_or(0)); });
    each = left.empty() ? held_.erase(each) : std::next(each);
  }
  std::vector<pooled_line> places;
  places.reserve(lines.size());
  for (const std::int64_t id : lines) {
    places.push_back({.batch = batch_of_pool_id(id), .line = line_of_pool_id(id)});
  }
  const std::function<result<bool>(batch_store&)> release = [places](batch_store& store) {
    const auto done = store.release(places);
    return done ? result<bool>{true} : done.error();
  };
  const auto released = co_await insist(std::string_view{"release lines"}, release);
  if (!released) {
    co_return; // shutting down
  }
  for (const std::int64_t id : lines) {
    leave(id);
    customer_.line_back(batch_of_pool_id(id), line_of_pool_id(id));
  }
}

net::task<void> batch_pool::settle_all(std::shared_ptr<settling> work) {
  const std::size_t parallel = std::min(k_settle_parallel, work->ids.size());
  work->running = parallel;
  for (std::size_t i = 0; i < parallel; ++i) {
    boost::asio::co_spawn(loop_.context(), settle_some(work), boost::asio::detached);
  }
  if (parallel != 0) {
    co_await work->done.wait();
  }
}

net::task<void> batch_pool::settle_some(std::shared_ptr<settling> work) {
  while (work->next < work->ids.size()) {
    const std::size_t index = work->next++;
    std::string failure;
    try {
      co_await settle(*work, index);
    } catch (const std::exception& thrown) { // out of memory, in practice: the next process settles it
      failure = thrown.what();
    }
    if (!failure.empty()) {
      serving_.shared.log.error("line of a batch at a provider was not settled", {{"reason", failure}});
    }
  }
  if (--work->running == 0) {
    work->done.set();
  }
}

net::task<bool> batch_pool::is_in_ledger(const std::string& request_id) {
  store::ledger& ledger = serving_.shared.ledger;
  std::function<result<bool>()> look = [&ledger, request_id]() -> result<bool> {
    const auto row = ledger.find(request_id);
    return row ? result<bool>{row->has_value()} : row.error();
  };
  for (;;) {
    const auto found = co_await serving_.blocking.run(look);
    if (found) {
      co_return *found;
    }
    warn("look into the ledger", found.error());
    co_await pause();
  }
}

/// Through the pipeline: translation, price, ledger, cache are those of a normal call.
net::task<void> batch_pool::answer(const batches::batch_record& batch, const std::string& body,
                                   const std::string& request_id, const pipeline::batch_answer& told,
                                   kept_reply& reply) {
  pipeline::request asked = request_of(batch, clock_);
  asked.request_id = request_id;
  asked.from_batch = &told;
  serving_.shared.metrics.request_started();
  if (const auto read = read_line_body(serving_, asked, body); !read) { // it was read before: never
    serving_.shared.metrics.request_withdrawn();
    reply.keep_error(read.error());
    co_return;
  }
  net::cancel_scope never;
  const pipeline::client nobody{never};
  co_await serving_.life.run(asked, reply, nobody);
}

net::task<void> batch_pool::settle(settling& work, std::size_t index) {
  const std::int64_t id = work.ids[index];
  const std::int64_t batch = batch_of_pool_id(id);
  const std::int64_t line = line_of_pool_id(id);
  const std::function<result<std::optional<batch_item>>(batch_store&)> read = [batch, line](batch_store& store) {
    return store.waiting_line(batch, line);
  };
  auto found = co_await insist(std::string_view{"read a line"}, read);
  auto record = customer_.record_of(batch);
  while (!record && !draining_) { // it could not be read as yet
    co_await pause();
    record = customer_.record_of(batch);
  }
  if (!found || !record) {
    co_return; // shutting down
  }
  if (!*found) { // it was settled otherwise
    ++work.settled;
    leave(id);
    customer_.line_settled(batch, std::nullopt);
    co_return;
  }
  batch_item& item = **found;
  item.body.reserve(item.body.size() + http::k_body_padding_bytes);
  const auto& result = work.results[index];
  pipeline::batch_answer told{.provider = work.from.provider,
                              .model = work.from.model,
                              .answer = {.status = result.status, .body = result.body},
                              .price_percent = work.from.price_percent};
  if (work.restored) {
    told.in_ledger = co_await is_in_ledger(work.request_ids[index]);
  }
  kept_reply reply;
  co_await answer(*record, item.body, work.request_ids[index], told, reply);
  if (batches::is_worth_again(reply.status()) || reply.status() == 0) { // an answer that cannot be read
    ++promoted_;
    std::vector<std::int64_t> alone{id};
    co_await give_back(std::move(alone));
    co_return;
  }
  const auto made =
      std::make_shared<const batches::item_result>(result_of(item.custom_id, work.request_ids[index], reply));
  const std::function<inferenceflow::result<bool>(batch_store&)> write = [batch, line, made](batch_store& store) {
    const auto done = store.settle(batch, line, *made);
    return done ? inferenceflow::result<bool>{true} : done.error();
  };
  const auto written = co_await insist(std::string_view{"write an answer down"}, write);
  if (!written) {
    co_return; // shutting down: the next process collects it again, and finds its row
  }
  ++(result.verdict == verdict::answered ? settled_ : refused_);
  ++work.settled;
  leave(id);
  customer_.line_settled(batch, made->good);
}

} // namespace inferenceflow::api
