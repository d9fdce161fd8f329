#include "store/redis/client.h"

#include "store/redis/exchange.h"
#include "store/redis/redirect.h"
#include "store/redis/topology.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <utility>

namespace inferenceflow::redis {

namespace {

error bad_call(std::string why) {
  return make_error(error_kind::invalid_request, "Redis: " + std::move(why));
}

error too_many_nodes() {
  return make_error(error_kind::unavailable, "Redis: stopped, or too many nodes");
}

/// A reply as run() returns it: failures become errors.
result<reply> judged(topology& nodes, result<reply> answer) {
  if (!answer) {
    const error_kind kind = answer.error().kind;
    nodes.counts().refused += kind == error_kind::unavailable ? 1U : 0U;
    if (kind != error_kind::cancelled) {
      nodes.request_refresh(); // in a cluster another node may have taken over
    }
    return answer;
  }
  if (answer->is(reply_kind::failure)) {
    ++nodes.counts().errors;
    if (server_is_unwell(answer->text) || failure_code(answer->text) == "READONLY") {
      nodes.request_refresh();
    }
    return error_of_failure(answer->text);
  }
  return answer;
}

std::optional<redirect> redirect_of(const result<reply>& answer, const node& from) {
  return answer && answer->is(reply_kind::failure) ? parse_redirect(answer->text, from.name()) : std::nullopt;
}

/// Goes on from where a redirect points to.
net::task<result<reply>> run_at(std::shared_ptr<topology> nodes, std::shared_ptr<node> at, command what,
                                steady_time deadline, net::cancel_scope* scope, std::optional<redirect> said) {
  for (std::size_t hop = 0; hop <= k_redirects_max; ++hop) {
    if (said) {
      at = nodes->follow(*said);
    }
    if (at == nullptr) {
      co_return too_many_nodes();
    }
    exchange one{at};
    one.begin(what, deadline, said && said->ask);
    result<reply> answer = co_await one.wait(scope);
    said = redirect_of(answer, *at);
    if (!said) {
      co_return judged(*nodes, std::move(answer));
    }
  }
  co_return make_error(error_kind::upstream_failed, fmt::format("Redis: more than {} redirects", k_redirects_max));
}

/// Sends a fired command and follows what its answer says. The answer comes when the client may be gone.
bool fire_at(const std::shared_ptr<topology>& nodes, const std::shared_ptr<node>& at, const command& what,
             steady_time deadline, bool asking, std::size_t hops, const client::answer_sink& then) {
  auto next = std::make_shared<call>(call{.what = what, .asking = asking, .fired = true, .deadline = deadline});
  next->on_done = [weak = std::weak_ptr{nodes}, from = at->name(), what, deadline, hops, then](result<reply> answer) {
    const auto known = weak.lock();
    if (!known || !answer) {
      return;
    }
    if (!answer->is(reply_kind::failure)) {
      if (then) {
        then(*answer);
      }
      return;
    }
    const auto said = parse_redirect(answer->text, from);
    const auto target = said ? known->follow(*said) : nullptr;
    if (target == nullptr) {
      ++known->counts().errors;
      ++known->counts().fired_errors;
    } else if (hops == k_redirects_max || !fire_at(known, target, what, deadline, said->ask, hops + 1, then)) {
      ++known->counts().dropped;
    }
  };
  return at->send(std::move(next));
}

/// A command, or why there is none.
using attempt = result<command>;

net::task<std::vector<result<reply>>> run_all(std::shared_ptr<topology> nodes, std::vector<attempt> wanted,
                                              steady_time deadline) {
  std::vector<result<reply>> found;
  found.reserve(wanted.size());
  std::vector<std::unique_ptr<exchange>> all;
  std::vector<std::shared_ptr<node>> places;
  for (const attempt& what : wanted) {
    auto at = what ? nodes->route(*what) : nullptr;
    auto one = at ? std::make_unique<exchange>(at) : nullptr;
    if (one) {
      one->begin(*what, deadline, false);
    }
    all.push_back(std::move(one));
    places.push_back(std::move(at));
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!all[i]) {
      const error refused = wanted[i] ? too_many_nodes() : wanted[i].error();
      found.emplace_back(refused);
      continue;
    }
    result<reply> answer = co_await all[i]->wait(nullptr);
    all[i].reset();
    auto said = redirect_of(answer, *places[i]);
    if (said) {
      answer = co_await run_at(nodes, nullptr, *wanted[i], deadline, nullptr, std::move(said));
      found.push_back(std::move(answer));
    } else {
      found.push_back(judged(*nodes, std::move(answer)));
    }
  }
  co_return found;
}

/// `prefix` with what SCAN's patterns give a meaning escaped, and a * behind it.
std::string pattern_of(std::string_view prefix) {
  std::string pattern;
  for (const char c : prefix) {
    if (std::string_view{"*?[]^\\"}.find(c) != std::string_view::npos) {
      pattern.push_back('\\');
    }
    pattern.push_back(c);
  }
  pattern.push_back('*');
  return pattern;
}

/// Tells the keys of one round.
/// @returns the next cursor, "0" when no more is to be told; nothing when the answer has another form.
std::optional<std::string> tell(const reply& answer, const client::key_sink& sink) {
  if (!answer.is(reply_kind::list) || answer.elements.size() != 2 || !answer.elements[0].is(reply_kind::text) ||
      !answer.elements[1].is(reply_kind::list)) {
    return std::nullopt;
  }
  std::vector<std::string_view> keys;
  for (const reply& key : answer.elements[1].elements) {
    if (!key.is(reply_kind::text)) {
      return std::nullopt;
    }
    keys.emplace_back(key.text);
  }
  return keys.empty() || sink(keys) ? answer.elements[0].text : "0";
}

net::task<result<void>> scan_node(std::shared_ptr<topology> nodes, std::shared_ptr<node> at, std::string pattern,
                                  std::string count, std::chrono::milliseconds budget, const client::key_sink& sink) {
  std::string cursor = "0";
  for (std::size_t round = 0; round < k_scan_rounds_max; ++round) {
    const auto what = make_command({"SCAN", cursor, "MATCH", pattern, "COUNT", count}, 0);
    if (!what) {
      co_return what.error();
    }
    exchange one{at};
    one.begin(*what, std::chrono::steady_clock::now() + budget, false);
    result<reply> raw = co_await one.wait(nullptr);
    const result<reply> answer = judged(*nodes, std::move(raw));
    if (!answer) {
      co_return answer.error();
    }
    auto next = tell(*answer, sink);
    if (!next) {
      co_return make_error(error_kind::upstream_failed, "Redis: SCAN answered something else than a cursor and keys");
    }
    if (*next == "0") {
      co_return result<void>{};
    }
    cursor = std::move(*next);
  }
  co_return make_error(error_kind::upstream_failed,
                       fmt::format("Redis: SCAN has no end after {} rounds", k_scan_rounds_max));
}

net::task<result<void>> scan_all(std::shared_ptr<topology> nodes, std::string pattern, std::string count,
                                 std::chrono::milliseconds budget, client::key_sink sink) {
  if (nodes->is_cluster()) {
    const result<void> known = co_await nodes->refresh();
    if (!known) {
      co_return known.error();
    }
  }
  const auto masters = nodes->masters();
  if (masters.empty()) {
    co_return too_many_nodes();
  }
  for (const auto& at : masters) {
    const result<void> done = co_await scan_node(nodes, at, pattern, count, budget, sink);
    if (!done) {
      co_return done.error();
    }
  }
  co_return result<void>{};
}

template <class T> net::task<T> only(T value) {
  co_return value;
}

net::task<std::vector<result<reply>>> run_bounded(std::shared_ptr<topology> nodes, std::vector<attempt> wanted,
                                                  std::chrono::milliseconds budget) {
  if (wanted.size() > k_keys_max) {
    return only(std::vector<result<reply>>(wanted.size(), bad_call(fmt::format("more than {} at once", k_keys_max))));
  }
  return run_all(std::move(nodes), std::move(wanted), std::chrono::steady_clock::now() + budget);
}

} // namespace

client::client(net::event_loop& loop, options settings, std::uint64_t seed)
    : nodes_(std::make_shared<topology>(loop, std::move(settings), seed)) {}

client::~client() {
  stop();
}

net::task<result<reply>> client::run(command what, std::chrono::milliseconds budget, net::cancel_scope* scope) {
  const steady_time deadline = std::chrono::steady_clock::now() + budget;
  auto at = nodes_->route(what);
  return run_at(nodes_, std::move(at), std::move(what), deadline, scope, std::nullopt);
}

bool client::fire(command what, answer_sink then) {
  const auto at = nodes_->route(what);
  const steady_time deadline = std::chrono::steady_clock::now() + nodes_->settings().fired_age_max;
  if (at == nullptr || !fire_at(nodes_, at, what, deadline, false, 0, then)) {
    ++nodes_->counts().dropped;
    return false;
  }
  return true;
}

net::task<std::vector<result<reply>>> client::run_many(std::vector<command> all, std::chrono::milliseconds budget) {
  std::vector<attempt> wanted{std::make_move_iterator(all.begin()), std::make_move_iterator(all.end())};
  return run_bounded(nodes_, std::move(wanted), budget);
}

net::task<std::vector<result<reply>>> client::get_many(std::vector<std::string> keys,
                                                       std::chrono::milliseconds budget) {
  std::vector<attempt> wanted;
  wanted.reserve(keys.size());
  std::transform(keys.begin(), keys.end(), std::back_inserter(wanted),
                 [](const std::string& key) { return get_command(key); });
  return run_bounded(nodes_, std::move(wanted), budget);
}

net::task<result<void>> client::scan(std::string prefix, std::size_t count, std::chrono::milliseconds budget,
                                     key_sink sink) {
  const std::size_t asked = std::clamp<std::size_t>(count, 1, 10'000);
  return scan_all(nodes_, pattern_of(prefix), std::to_string(asked), budget, std::move(sink));
}

void client::stop() {
  nodes_->stop();
}

bool client::available() const {
  return nodes_->takes_calls();
}

statistics client::stats() const {
  return nodes_->snapshot();
}

} // namespace inferenceflow::redis
