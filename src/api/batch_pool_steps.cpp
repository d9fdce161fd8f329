// What batch_pool does at providers.
#include "api/batch_line.h"
#include "api/pool_names.h"
#include "api/pool_parts.h"
#include "base/ids.h"

#include <algorithm>
#include <boost/asio/deferred.hpp>
#include <fmt/format.h>

namespace inferenceflow::api {

using batches::batch_item;
using batches::batch_store;
using batches::discount_pool;
using batches::line_fate;
using batches::pooled_line;
using providers::batching::errand;
using providers::batching::line_request;
using providers::batching::outgoing_batch;

namespace {

/// Cancelling is tried so often: what is not cancelled costs twice.
constexpr int k_cancel_attempts = 3;
constexpr std::size_t k_read_here_bytes_max = 64U << 10U;

line_fate fate_of(providers::batching::line_verdict said) {
  switch (said) {
  case providers::batching::line_verdict::answered: return line_fate::answered;
  case providers::batching::line_verdict::refused: return line_fate::refused;
  case providers::batching::line_verdict::undone: return line_fate::undone;
  }
  return line_fate::undone;
}

} // namespace

std::optional<batch_pool::upstream> batch_pool::upstream_of(std::string_view target) const {
  const auto named = pool_target_of(target);
  const auto& now = *serving_.life.current();
  const auto& all = now.settings->providers;
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return named && one.name == named->provider; });
  if (found == all.end()) {
    return std::nullopt;
  }
  upstream to{.backend = now.providers.upstreams[static_cast<std::size_t>(found - all.begin())],
              .wire = providers::batching::wire_of(found->protocol),
              .price_percent = static_cast<unsigned>(found->batch.price_percent),
              .provider = named->provider,
              .model = named->model,
              .path = named->path};
  return to.backend && to.wire != nullptr ? std::optional{std::move(to)} : std::nullopt;
}

/// Results may be long: they are read where they hold nobody up.
net::task<result<bool>> batch_pool::read_answer(errand& matter, const providers::side_answer& got) {
  if (got.body.size() <= k_read_here_bytes_max) {
    co_return matter.take(got);
  }
  std::function<result<bool>()> read = [&matter, &got] { return matter.take(got); };
  auto taken = co_await serving_.blocking.run(read);
  if (!taken && taken.error().kind == error_kind::unavailable) { // too many wait there; errands say no such thing
    co_return matter.take(got);
  }
  co_return taken;
}

/// Sends what the errand says until it is done. @returns why it is not.
net::task<std::optional<error>> batch_pool::carry(std::string_view step, const upstream& to, errand& matter) {
  const std::size_t answer_bytes_max = serving_.settings().batches.pool.results_bytes_max;
  std::optional<error> why;
  for (bool done = false; !done && !why;) {
    const auto got = co_await to.backend->exchange(matter.ask(), answer_bytes_max, scope_);
    if (!got) {
      why = got.error();
      break;
    }
    const auto taken = co_await read_answer(matter, *got);
    if (taken) {
      done = *taken;
    } else {
      why = taken.error();
    }
  }
  if (why) {
    ++errors_;
    serving_.shared.log.warn("batch at a provider",
                             {{"step", step}, {"provider", to.provider}, {"reason", why->message}});
  }
  co_return why;
}

/// The lines as normal calls would send them. Those that cannot be sent any more are left out, and count as undone.
net::task<std::vector<line_request>> batch_pool::requests_of(const std::string& mark,
                                                             const std::vector<std::int64_t>& lines) {
  std::vector<line_request> all;
  for (const std::int64_t id : lines) {
    const std::function<result<std::optional<batch_item>>(batch_store&)> read = [id](batch_store& store) {
      return store.waiting_line(batch_of_pool_id(id), line_of_pool_id(id));
    };
    auto item = co_await insist(std::string_view{"read a line"}, read);
    const auto record = customer_.record_of(batch_of_pool_id(id));
    if (!item || !*item || !record) {
      continue;
    }
    pipeline::request asked = request_of(*record, clock_);
    std::string& body = (*item)->body;
    body.reserve(body.size() + http::k_body_padding_bytes);
    if (!read_line_body(serving_, asked, body)) {
      continue;
    }
    auto draft = co_await pipeline::draft_of(serving_.life.current(), asked);
    if (draft && !draft->sent.beta) {
      all.push_back({.name = line_name(mark, id), .body = std::move(draft->sent.body)});
    }
  }
  co_return all;
}

net::task<void> batch_pool::act(discount_pool::submit what) {
  const auto to = upstream_of(what.target);
  if (!to) {
    pool_.send_failed(what.batch, false, clock_.wall_now());
    co_return;
  }
  held_batch& held = held_[what.batch];
  held.what.number = what.batch;
  held.what.target = what.target;
  if (held.what.mark.empty()) {
    held.what.mark = make_answer_id("ifb_");
    held.what.created_s = to_unix_ms(clock_.wall_now()) / 1'000;
  }
  outgoing_batch batch{.mark = held.what.mark, .path = to->path};
  batch.lines = co_await requests_of(held.what.mark, what.lines);
  held.what.lines.clear();
  for (const auto& line : batch.lines) { // these and no others: some providers' batches are known by their size
    const std::int64_t id = id_of_line_name(batch.mark, line.name).value_or(0);
    held.what.lines.push_back(
        {.batch = batch_of_pool_id(id), .line = line_of_pool_id(id), .request_id = make_request_id(clock_.wall_now())});
  }
  if (batch.lines.empty()) {
    held_.erase(what.batch);
    pool_.send_failed(what.batch, false, clock_.wall_now());
    co_return;
  }
  const std::function<result<std::vector<pooled_line>>(batch_store&)> add = [copy = held.what](batch_store& store) {
    return store.add_pooled(copy);
  };
  const auto written = co_await insist(std::string_view{"write a batch down"}, add);
  if (!written || draining_) {
    co_return; // shutting down: the next process finds out that it was not sent
  }
  const std::size_t count = batch.lines.size();
  const auto matter = to->wire->submit(batch);
  batch = {};
  const auto why = co_await carry("submit", *to, *matter);
  const wall_time now = clock_.wall_now();
  if (!why) {
    held.what.remote = matter->found.remote;
    const std::function<result<bool>(batch_store&)> note = [number = what.batch,
                                                            remote = held.what.remote](batch_store& store) {
      const auto noted = store.set_remote(number, remote);
      return noted ? result<bool>{true} : noted.error();
    };
    (void)co_await insist(std::string_view{"write a batch's id down"}, note);
    serving_.shared.log.info("batch sent to provider", {{"provider", to->provider},
                                                        {"model", to->model},
                                                        {"remote", held.what.remote},
                                                        {"lines", static_cast<std::int64_t>(count)}});
    pool_.sent(what.batch, held.what.remote, now);
  } else if (why->kind == error_kind::unavailable || why->kind == error_kind::rate_limited) {
    pool_.send_failed(what.batch, true, now); // nothing has arrived, or it was not taken
  } else if (why->kind == error_kind::invalid_request || why->kind == error_kind::forbidden) {
    pool_.send_failed(what.batch, false, now);
  } else {
    pool_.send_unclear(what.batch, now);
  }
}

net::task<void> batch_pool::act(discount_pool::look_for what) {
  const auto to = upstream_of(what.target);
  const auto held = held_.find(what.batch);
  if (!to || held == held_.end()) {
    pool_.look_failed(what.batch, clock_.wall_now());
    co_return;
  }
  providers::batching::lost_batch lost{.mark = held->second.what.mark,
                                       .lines = held->second.what.lines.size(),
                                       .created_s = held->second.what.created_s};
  for (const auto& [number, other] : held_) {
    if (!other.what.remote.empty()) {
      lost.others.insert(other.what.remote);
    }
  }
  const auto matter = to->wire->find(lost);
  const auto why = co_await carry("find", *to, *matter);
  const wall_time now = clock_.wall_now();
  const std::string remote = matter->found.remote;
  if (why || (remote.empty() && matter->found.unsure)) {
    pool_.look_failed(what.batch, now);
  } else if (remote.empty()) {
    pool_.found(what.batch, std::nullopt, now);
  } else {
    held->second.what.remote = remote;
    const std::function<result<bool>(batch_store&)> note = [number = what.batch, remote](batch_store& store) {
      const auto noted = store.set_remote(number, remote);
      return noted ? result<bool>{true} : noted.error();
    };
    (void)co_await insist(std::string_view{"write a batch's id down"}, note);
    pool_.found(what.batch, remote, now);
  }
}

net::task<void> batch_pool::act(discount_pool::poll what) {
  const auto held = held_.find(what.batch);
  const auto to = held == held_.end() ? std::nullopt : upstream_of(held->second.what.target);
  if (!to) {
    pool_.poll_failed(what.batch, clock_.wall_now());
    co_return;
  }
  const auto matter = to->wire->poll(what.remote);
  const auto why = co_await carry("poll", *to, *matter);
  if (why) {
    pool_.poll_failed(what.batch, clock_.wall_now());
  } else {
    pool_.polled(what.batch, matter->found.ended, clock_.wall_now());
  }
}

net::task<void> batch_pool::act(discount_pool::call_back what) {
  const auto held = held_.find(what.batch);
  const auto to = held == held_.end() ? std::nullopt : upstream_of(held->second.what.target);
  for (int attempt = 0; to && attempt < k_cancel_attempts && !scope_.cancelled(); ++attempt) {
    const auto matter = to->wire->call_back(what.remote);
    const auto why = co_await carry("cancel", *to, *matter);
    if (!why) {
      co_return;
    }
    co_await pause();
  }
}

net::task<void> batch_pool::act(discount_pool::collect what) {
  const auto held = held_.find(what.batch);
  const auto to = held == held_.end() ? std::nullopt : upstream_of(held->second.what.target);
  if (!to) {
    pool_.poll_failed(what.batch, clock_.wall_now());
    co_return;
  }
  const auto matter = to->wire->collect(what.remote);
  const auto why = co_await carry("collect", *to, *matter);
  if (why) {
    pool_.poll_failed(what.batch, clock_.wall_now());
    co_return;
  }
  std::map<std::int64_t, std::size_t> by_id;
  std::vector<std::pair<std::int64_t, line_fate>> fates;
  for (std::size_t i = 0; i < matter->found.results.size(); ++i) {
    const auto& result = matter->found.results[i];
    const auto id = id_of_line_name(held->second.what.mark, result.name);
    if (id && by_id.emplace(*id, i).second) {
      fates.emplace_back(*id, fate_of(result.verdict));
    }
  }
  auto work = std::make_shared<settling>();
  work->from = *to;
  work->restored = held->second.restored;
  std::map<std::int64_t, std::string> request_ids;
  for (auto& line : held->second.what.lines) {
    request_ids.emplace(pool_id(line.batch, line.line).value_or(0), std::move(line.request_id));
  }
  for (const std::int64_t id : pool_.collected(what.batch, fates)) {
    work->ids.push_back(id);
    work->results.push_back(std::move(matter->found.results[by_id[id]]));
    work->request_ids.push_back(request_ids[id]);
  }
  held_.erase(held);
  co_await settle_all(work);
  if (work->settled == work->ids.size() && !draining_) { // what was not written down may be needed again
    const auto rest = to->wire->discard(what.remote);
    if (rest) {
      (void)co_await carry("discard", *to, *rest);
    }
  }
}

} // namespace inferenceflow::api
