#include "providers/local/local_provider.h"

#include "base/ids.h"
#include "providers/local/body_fields.h"
#include "providers/local/embedding_request.h"
#include "providers/local/generation_call.h"

#include <array>
#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::providers::local {
namespace {

using wire::openai::operation;

error cancelled() {
  return make_error(error_kind::cancelled, "the request was cancelled");
}

std::string_view requested_model(const call& request) {
  return request.facts != nullptr && !request.facts->model.empty() ? request.facts->model : request.model;
}

// Cancels a job whose call ends early.
class job_guard {
public:
  job_guard(engine::model_engine& model, engine::job_id job)
      : model_(model)
      , job_(job) {}
  ~job_guard() {
    if (armed_) {
      model_.cancel(job_);
    }
  }
  job_guard(const job_guard&) = delete;
  job_guard& operator=(const job_guard&) = delete;
  void release() { armed_ = false; }

private:
  engine::model_engine& model_;
  engine::job_id job_;
  bool armed_ = true;
};

// The client gets the usage only if it asked; the cache and the bill always do.
net::task<bool> finish_stream(const generation_call& active, event_sink& sink) {
  const auto rest = active.usage_event() + std::string(k_done_event);
  if (active.include_usage()) {
    co_return co_await sink.write(rest);
  }
  const std::array visible{k_done_event};
  co_return co_await sink.write_split(rest, visible);
}

// The engine names a time to come back when it has refused this one request; others may be taken all the while.
error declined(const call& request, error why) {
  if (request.trace != nullptr && why.kind == error_kind::unavailable && why.retry_after) {
    request.trace->declined = true;
  }
  return why;
}

struct mailbox_closer {
  template <class Mailbox> void operator()(Mailbox* mailbox) const { mailbox->close(); }
};

} // namespace

local_provider::local_provider(std::string name, std::shared_ptr<const engine::engine_set> engines,
                               const clock_source& clock)
    : name_(std::move(name))
    , engines_(std::move(engines))
    , clock_(clock) {}

net::task<result<answer>> local_provider::perform(const call& request, event_sink& sink, net::cancel_scope& scope) {
  if (request.trace != nullptr) {
    *request.trace = {.connected = true}; // nothing lies between
  }
  auto* model = engines_->find(request.model);
  if (model == nullptr) {
    co_return make_error(error_kind::model_not_found, fmt::format("there is no local model '{}'", request.model),
                         "model");
  }
  if (request.op == operation::embedding) {
    co_return co_await embed(request, *model, scope);
  }
  const auto body = parse_body(request.body);
  if (body.has_error()) {
    co_return body.error();
  }
  auto parsed =
      request.op == operation::chat ? parse_chat_request(body.value()) : parse_completion_request(body.value());
  if (parsed.has_error()) {
    co_return parsed.error();
  }
  co_return co_await generate(request, *model, std::move(parsed).value(), sink, scope);
}

net::task<result<answer>> local_provider::count_tokens(const call& request, net::cancel_scope& scope) {
  auto* model = engines_->find(request.model);
  if (model == nullptr) {
    co_return make_error(error_kind::model_not_found, fmt::format("there is no local model '{}'", request.model),
                         "model");
  }
  const auto body = parse_body(request.body);
  if (body.has_error()) {
    co_return body.error();
  }
  auto parsed = parse_chat_request(body.value());
  if (parsed.has_error()) {
    co_return parsed.error();
  }
  auto& prompt = parsed.value().generations.front();
  prompt.count_only = true;
  using mailbox_type = event_mailbox<engine::generation_event>;
  const auto mailbox = std::make_shared<mailbox_type>(co_await boost::asio::this_coro::executor);
  const std::unique_ptr<mailbox_type, mailbox_closer> closer(mailbox.get());
  const auto job = model->submit(std::move(prompt),
                                 [mailbox](engine::generation_event&& event) { mailbox->push(std::move(event)); });
  if (job.has_error()) {
    co_return in_wire_terms(job.error(), "messages");
  }
  job_guard guard(*model, job.value());
  const net::cancel_scope::registration abort(scope, [&mailbox] { mailbox->abort(); });
  const auto done = co_await mailbox->take();
  if (mailbox->aborted() || done.empty()) {
    co_return cancelled();
  }
  guard.release();
  if (const auto* failure = std::get_if<error>(&done.front())) {
    co_return in_wire_terms(*failure, "messages");
  }
  answer out;
  if (const auto* counted = std::get_if<engine::generation_end>(&done.front())) {
    out.usage.fresh_input = counted->counts.prompt;
  }
  out.source = cost::usage_source::reported;
  out.complete = true;
  co_return out;
}

net::task<result<answer>> local_provider::generate(const call& request, engine::model_engine& model,
                                                   text_request&& parsed, event_sink& sink, net::cancel_scope& scope) {
  const bool stream = parsed.stream;
  for (auto& one : parsed.generations) {
    one.lane = request.lane;
    one.tenant = request.tenant;
    one.deadline = request.deadline;
  }
  const std::string_view prompt_field = parsed.chat ? "messages" : "prompt";
  answer_head head{parsed.chat,
                   make_answer_id(parsed.chat ? "chatcmpl-" : "cmpl-"),
                   to_unix_ms(clock_.wall_now()) / 1000,
                   std::string(requested_model(request)),
                   {},
                   parsed.include_usage};
  generation_call active(model, std::move(parsed), std::move(head), co_await boost::asio::this_coro::executor);
  if (auto submitted = active.submit(); submitted.has_error()) {
    co_return declined(request, in_wire_terms(submitted.error(), prompt_field));
  }
  const net::cancel_scope::registration abort(scope, [&active] { active.mailbox().abort(); });

  answer out;
  out.streamed = stream;
  out.content_type = stream ? "text/event-stream" : "application/json";
  bool written = false;
  while (!active.ended()) {
    std::optional<error> failure;
    auto arrived = co_await active.mailbox().take();
    for (auto& news : arrived) {
      failure = active.apply(std::move(news));
      if (failure) {
        break;
      }
    }
    if (active.mailbox().aborted()) {
      failure = cancelled();
    }
    if (active.has_text() && !out.first_byte_at) {
      out.first_byte_at = clock_.steady_now();
    }
    if (failure && !written) {
      co_return declined(request, in_wire_terms(std::move(*failure), prompt_field));
    }
    if (const auto events = active.take_stream(); !events.empty()) {
      written = true;
      if (!co_await sink.write(events)) {
        failure = cancelled();
      }
    }
    if (failure) {
      out.broke = std::move(failure);
      break;
    }
  }
  if (!stream) {
    out.body = active.document();
  } else if (!out.broke && !co_await finish_stream(active, sink)) {
    out.broke = cancelled();
  }
  active.describe(out);
  out.complete = out.complete && !out.broke;
  co_return out;
}

net::task<result<answer>> local_provider::embed(const call& request, engine::model_engine& model,
                                                net::cancel_scope& scope) {
  const auto body = parse_body(request.body);
  if (body.has_error()) {
    co_return body.error();
  }
  auto parsed = parse_embedding_request(body.value());
  if (parsed.has_error()) {
    co_return parsed.error();
  }
  using mailbox_type = event_mailbox<result<engine::embedding_answer>>;
  const auto mailbox = std::make_shared<mailbox_type>(co_await boost::asio::this_coro::executor);
  const std::unique_ptr<mailbox_type, mailbox_closer> closer(mailbox.get());
  const auto job = model.submit(std::move(parsed.value().request),
                                [mailbox](result<engine::embedding_answer>&& done) { mailbox->push(std::move(done)); });
  if (job.has_error()) {
    co_return in_wire_terms(job.error(), "input");
  }
  job_guard guard(model, job.value());
  const net::cancel_scope::registration abort(scope, [&mailbox] { mailbox->abort(); });
  const auto done = co_await mailbox->take();
  if (mailbox->aborted() || done.empty()) {
    co_return cancelled();
  }
  guard.release();
  if (done.front().has_error()) {
    co_return in_wire_terms(done.front().error(), "input");
  }
  auto rendered = render_embeddings(parsed.value(), done.front().value(), requested_model(request));
  if (rendered.has_error()) {
    co_return rendered.error();
  }
  answer out;
  out.content_type = "application/json";
  out.body = std::move(rendered).value();
  out.complete = true;
  out.source = cost::usage_source::reported;
  out.usage.fresh_input = done.front().value().prompt_tokens;
  out.first_byte_at = clock_.steady_now();
  co_return out;
}

} // namespace inferenceflow::providers::local
