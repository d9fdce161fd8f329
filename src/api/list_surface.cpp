#include "api/list_surface.h"

#include "api/intake.h"
#include "api/json_text.h"
#include "api/kept_reply.h"
#include "api/list_request.h"
#include "api/openai_surface.h"
#include "api/simple_answer.h"
#include "api/simple_surface.h"
#include "base/ids.h"
#include "pipeline/settle.h"
#include "wire/openai/error_body.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <exception>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace inferenceflow::api {

namespace {

struct list_result {
  std::string request_id;
  int status = 0;     ///< 0: not asked, for the client had left
  std::string answer; ///< JSON: what `response` or `error` shows
  money cost;
};

/// One list on its way; every worker holds it.
struct list_run {
  list_run(service& with, pipeline::request headers, std::vector<list_item> asked)
      : serving(with)
      , common(std::move(headers))
      , items(std::move(asked))
      , results(items.size()) {}

  service& serving;
  pipeline::request common; ///< what the headers said
  std::vector<list_item> items;
  std::vector<list_result> results;
  std::size_t next = 0;
  std::size_t answer_bytes = 0;
  std::size_t workers = 0;
  std::vector<net::cancel_scope*> running;
  bool left = false;
  net::wake_event done;

  void client_left() {
    left = true;
    for (net::cancel_scope* one : running) {
      one->cancel();
    }
  }
};

/// An item in the pipeline: cancelled with the list.
class item_scope {
public:
  explicit item_scope(list_run& run)
      : run_(run) {
    run_.running.push_back(&scope_);
  }
  ~item_scope() { run_.running.erase(std::find(run_.running.begin(), run_.running.end(), &scope_)); }
  item_scope(const item_scope&) = delete;
  item_scope& operator=(const item_scope&) = delete;
  [[nodiscard]] net::cancel_scope& scope() noexcept { return scope_; }

private:
  list_run& run_;
  net::cancel_scope scope_;
};

/// The error that a document holds; what is none becomes the message of one.
std::string error_in(std::string_view body) {
  boost::system::error_code malformed;
  const auto document = boost::json::parse(boost::json::string_view{body.data(), body.size()}, malformed);
  const auto* const found = !malformed && document.is_object() ? document.get_object().if_contains("error") : nullptr;
  if (found != nullptr && found->is_object()) {
    return boost::json::serialize(*found);
  }
  return error_in(wire::openai::error_body(make_error(error_kind::upstream_failed, std::string{body})));
}

/// Reads one item into `asked`. @param chat  backs its body. @param metadata  of a prompt.
std::optional<error> take_item(list_run& run, list_item& item, pipeline::request& asked, std::string& chat,
                               boost::json::object& metadata) {
  service& serving = run.serving;
  if (item.kind == list_item_kind::prompt) {
    auto taken = take_simple(serving, simple_kind::inference, item.body, asked, chat);
    if (!taken) {
      return taken.error();
    }
    metadata = std::move(*taken);
  } else {
    chat = std::move(item.body);
    if (const auto scanned = read_body(serving, asked, wire::openai::operation::chat, chat); !scanned) {
      return scanned.error();
    }
  }
  if (asked.facts.stream) {
    return make_error(error_kind::invalid_request, "stream: entries of a list are answered whole", "stream");
  }
  return std::nullopt;
}

net::task<void> serve_item(list_run& run, std::size_t at) {
  service& serving = run.serving;
  list_item& item = run.items[at];
  list_result& result = run.results[at];
  const bool simple = item.kind == list_item_kind::prompt;
  pipeline::request asked = run.common;
  asked.request_id = result.request_id;
  asked.surface = simple ? "inference" : "chat";
  asked.started = serving.shared.clock.steady_now();
  serving.shared.metrics.request_started();
  std::string chat;
  boost::json::object metadata;
  kept_reply reply;
  auto wrong = take_item(run, item, asked, chat, metadata);
  if (!wrong && run.answer_bytes > k_list_answers_bytes_max) {
    wrong = make_error(error_kind::unavailable,
                       fmt::format("the answers to the entries before have more than {} bytes together; send this one "
                                   "in another list",
                                   k_list_answers_bytes_max));
  }
  if (wrong) {
    reply.keep_error(*wrong);
    pipeline::record_refusal(serving.shared, serving.settings(), asked, reply.status(), wrong->kind);
  } else {
    item_scope own{run};
    const pipeline::client nobody{own.scope()};
    co_await serving.life.run(asked, reply, nobody);
  }
  result.status = reply.status();
  const auto note = reply.note();
  result.cost = note.cost;
  if (result.status >= 400) {
    result.answer = error_in(reply.body());
  } else if (result.status != 0 && simple) {
    simple_answer answer;
    answer.read_document(reply.body());
    const auto elapsed = serving.shared.clock.steady_now() - asked.started;
    result.answer = answer.render({.kind = simple_kind::inference,
                                   .request_id = asked.request_id,
                                   .latency_ms = std::chrono::duration<double, std::milli>(elapsed).count(),
                                   .now = serving.shared.clock.wall_now(),
                                   .metadata = metadata},
                                  note);
  } else {
    result.answer = reply.body();
  }
  run.answer_bytes += result.answer.size();
}

/// One of several that take items until none is left. Holds `run`, whose owner may be gone when the loop ends.
net::task<void> work(std::shared_ptr<list_run> run) {
  while (run->next < run->items.size() && !run->left) {
    const std::size_t at = run->next++;
    std::string failure;
    try {
      co_await serve_item(*run, at);
    } catch (const std::exception& thrown) { // out of memory, in practice
      failure = thrown.what();
    }
    if (!failure.empty()) {
      run->serving.shared.log.error("entry of a list ended by an exception",
                                    {{"request_id", run->results[at].request_id}, {"reason", failure}});
      run->results[at].status = 500;
      run->results[at].answer = error_in(wire::openai::error_body(make_error(error_kind::internal, "internal error")));
    }
  }
  if (--run->workers == 0) {
    run->done.set();
  }
}

std::string rendered(const list_run& run, const call_context& context) {
  std::size_t failed = 0;
  money cost;
  std::string text = R"({"object":"list","results":[)";
  text.reserve(run.answer_bytes + run.results.size() * 128 + 256);
  for (std::size_t at = 0; at < run.results.size(); ++at) {
    const auto& one = run.results[at];
    const bool good = one.status < 400;
    failed += good ? 0 : 1;
    cost += one.cost;
    text += fmt::format(R"({}{{"index":{},"status":{},"request_id":{},"response":{},"error":{}}})", at == 0 ? "" : ",",
                        at, one.status, json_string(one.request_id), good ? std::string_view{one.answer} : "null",
                        good ? "null" : std::string_view{one.answer});
  }
  const auto elapsed = run.serving.shared.clock.steady_now() - context.started();
  text += fmt::format(R"(],"request_counts":{{"total":{},"completed":{},"failed":{}}},"latency":{:.3f},"cost":{},)"
                      R"("request_id":{}}})",
                      run.results.size(), run.results.size() - failed, failed,
                      std::chrono::duration<double, std::milli>(elapsed).count(), to_usd_string(cost),
                      json_string(context.request_id()));
  return text;
}

/// Ids of items: the list's with a number behind it, cut so that both fit.
std::string item_id(const std::string& list_id, std::size_t at) {
  const std::string number = fmt::format("-{}", at);
  return list_id.substr(0, k_request_id_bytes_max - number.size()) + number;
}

net::task<void> refuse(call_context& context, service& serving, const pipeline::request& asked, const error& why) {
  serving.shared.metrics.request_started(); // only items count as requests otherwise
  co_await refuse_early(context, serving, asked, why);
}

} // namespace

net::task<void> serve_list(call_context& context, service& serving) {
  pipeline::request common;
  if (const auto known = take_head(context, serving.settings(), "batch", common); !known) {
    const error why = known.error();
    co_return co_await refuse(context, serving, common, why);
  }
  const auto& limits = serving.settings().batches;
  auto items = read_list(context.exchange().body(), limits.list_max);
  if (!items) {
    const error why = items.error();
    co_return co_await refuse(context, serving, common, why);
  }
  const auto run = std::make_shared<list_run>(serving, std::move(common), std::move(*items));
  for (std::size_t at = 0; at < run->results.size(); ++at) {
    run->results[at].request_id = item_id(context.request_id(), at);
  }
  http::exchange& client = context.exchange();
  client.watch_client();
  {
    const net::cancel_scope::registration on_leave{client.scope(), [run] { run->client_left(); }};
    run->workers = std::min(limits.list_parallel_max, run->items.size());
    for (std::size_t i = run->workers; i > 0; --i) {
      boost::asio::co_spawn(client.loop().context(), work(run), boost::asio::detached);
    }
    co_await run->done.wait();
  }
  if (run->left) {
    co_return;
  }
  const std::string answer = rendered(*run, context);
  co_await context.send_json(200, answer);
}

} // namespace inferenceflow::api
