#include "providers/translation/translating_provider.h"

#include "cost/estimate.h"
#include "dialogue/assembly.h"
#include "providers/translation/embedding_translation.h"
#include "providers/translation/stream_translation.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::providers::translation {

namespace {

/// Beta features of one protocol mean nothing in another. Its version does not count: every protocol has one.
void lose_features(const call& request, std::vector<std::string>& losses) {
  if (request.features == nullptr) {
    return;
  }
  for (const auto& [name, value] : *request.features) {
    if (name.ends_with("-beta")) {
      losses.push_back(name);
    }
  }
}

/// For calls that never stream.
class silent_sink final : public event_sink {
public:
  net::task<bool> write(std::string_view) override { co_return false; }
  net::task<bool> write_split(std::string_view, std::span<const std::string_view>) override { co_return false; }
  void dropped(std::span<const std::string>) override {}
};

} // namespace

struct translating_provider::prepared {
  dialogue::written_request written;
  wire::openai::request_facts facts; ///< of the written body
  call inner;
};

namespace {

/// What an answer is called where the backend gives it no id, as Bedrock and TGI do: OpenAI's SDKs take an empty one
/// for none and lose the usage. Bedrock's clients have no place for it.
std::string_view name_for(const call& request) {
  return request.protocol == dialogue::protocol::bedrock ? std::string_view{} : request.request_id;
}

/// System prompts alone. OpenAI's own models answer them.
bool has_no_question(const dialogue::request& asked) {
  return !asked.messages.empty() &&
         std::all_of(asked.messages.begin(), asked.messages.end(),
                     [](const dialogue::message& said) { return said.who == dialogue::role::system; });
}

/// Whether somebody must have asked something. Gemini's writer and TGI's template do without on their own.
bool wants_a_question(dialogue::protocol backend) {
  using dialogue::protocol;
  return backend != protocol::openai_chat && backend != protocol::gemini && backend != protocol::tgi;
}

/// The last system prompt is what is asked.
dialogue::request with_question(dialogue::request asked) {
  asked.messages.back().who = dialogue::role::user;
  return asked;
}

} // namespace

translating_provider::translating_provider(std::shared_ptr<provider> backend,
                                           std::shared_ptr<const dialogue::codec> own,
                                           const dialogue::codec_set& codecs, const clock_source& clock,
                                           std::size_t event_bytes_max)
    : backend_(std::move(backend))
    , own_(std::move(own))
    , codecs_(codecs)
    , clock_(clock)
    , event_bytes_max_(event_bytes_max) {}

net::task<result<answer>> translating_provider::perform(const call& request, event_sink& sink,
                                                        net::cancel_scope& scope) {
  if (request.op == wire::openai::operation::embedding && has_embeddings(speaks())) {
    return embed(request, sink, scope);
  }
  if (request.protocol == speaks() || request.op != wire::openai::operation::chat) {
    return backend_->perform(request, sink, scope);
  }
  return translated(request, sink, scope);
}

net::task<result<answer>> translating_provider::translated(const call& request, event_sink& sink,
                                                           net::cancel_scope& scope) {
  const auto ready = prepare(request);
  if (!ready) {
    co_return ready.error();
  }
  const prepared& inner = **ready;
  if (request.facts->stream) {
    co_return co_await stream(request, inner, sink, scope);
  }
  auto got = co_await backend_->perform(inner.inner, sink, scope);
  if (!got) {
    co_return got.error();
  }
  got->dropped = inner.written.losses;
  co_return document(std::move(*got), request);
}

result<std::unique_ptr<translating_provider::prepared>> translating_provider::prepare(const call& request) {
  std::optional<dialogue::request> read_now;
  if (request.read == nullptr) {
    auto asked = codecs_.of(request.protocol).read_request(request.body, request.target);
    if (!asked) {
      return asked.error();
    }
    read_now = std::move(*asked);
  }
  const dialogue::request& meant = read_now ? *read_now : *request.read;
  const bool unasked = has_no_question(meant) && wants_a_question(speaks());
  auto written = own_->write_request(unasked ? with_question(meant) : meant, request.model);
  if (!written) {
    return written.error();
  }
  if (unasked) {
    written->losses.push_back(fmt::format("messages[{}].who", meant.messages.size() - 1));
  }
  auto ready = std::make_unique<prepared>();
  ready->written = std::move(*written);
  ready->facts = *request.facts; // without spans: this body is another one
  if (speaks() == dialogue::protocol::openai_chat) {
    const auto scanned = scanner_.scan(request.op, ready->written.body, 0);
    if (!scanned) {
      return scanned.error(); // a value out of range, which the client's protocol left to the backend
    }
    ready->facts = *scanned;
  }
  ready->facts.model = request.facts->model;
  ready->inner = request;
  ready->inner.protocol = speaks();
  ready->inner.body = ready->written.body;
  ready->inner.facts = &ready->facts;
  ready->inner.target = {};
  ready->inner.read = nullptr;
  ready->inner.headers = &ready->written.headers;
  lose_features(request, ready->written.losses);
  ready->inner.features = nullptr;
  return ready;
}

net::task<result<answer>> translating_provider::embed(const call& request, event_sink& sink, net::cancel_scope& scope) {
  const auto wish = read_wish(request.body);
  if (!wish) {
    co_return wish.error();
  }
  const auto written = write_wish(*wish, speaks(), request.model);
  if (!written) {
    co_return written.error();
  }
  call inner = request;
  inner.protocol = speaks();
  inner.body = written->body;
  inner.path = written->path;
  auto got = co_await backend_->perform(inner, sink, scope);
  if (!got) {
    co_return got.error();
  }
  if (got->status >= 400) {
    co_return document(std::move(*got), request);
  }
  const auto guess = cost::estimate_usage(
      {.prompt_text_bytes = request.facts->prompt_text_bytes, .delivered_text_bytes = 0, .delivered_events = 0});
  auto told =
      translate_answer(got->body, speaks(), *wish, request.facts->model, static_cast<std::int64_t>(guess.fresh_input));
  if (!told) {
    co_return told.error();
  }
  got->usage.fresh_input =
      told->tokens ? static_cast<decltype(got->usage.fresh_input)>(*told->tokens) : guess.fresh_input;
  got->source = told->tokens ? cost::usage_source::reported : cost::usage_source::estimated;
  got->content_type = "application/json";
  got->body = std::move(told->body);
  got->complete = true;
  co_return std::move(*got);
}

result<dialogue::written_request> translating_provider::count_request(const call& request) const {
  std::optional<dialogue::request> read_now;
  if (request.read == nullptr) {
    auto asked = codecs_.of(request.protocol).read_count_request(request.body, request.target);
    if (!asked) {
      return asked.error();
    }
    read_now = std::move(*asked);
  }
  const dialogue::request& asked = read_now ? *read_now : *request.read;
  return backend_->counts_itself() ? own_->write_request(asked, request.model)
                                   : own_->write_count_request(asked, request.model);
}

net::task<result<answer>> translating_provider::count_tokens(const call& request, net::cancel_scope& scope) {
  auto written = count_request(request);
  if (!written) {
    co_return written.error();
  }
  if (request.protocol == speaks() && speaks() == dialogue::protocol::anthropic) {
    written->body = request.body; // the client's bytes, as with messages
    written->losses.clear();
    written->headers = own_->address(request.model, false).headers;
  } else {
    lose_features(request, written->losses);
  }
  call inner = request;
  inner.protocol = speaks();
  inner.body = written->body;
  inner.read = nullptr;
  inner.headers = &written->headers;
  inner.features = request.protocol == speaks() ? request.features : nullptr;
  inner.op = wire::openai::operation::chat;
  answer told;
  auto& tokens = told.usage.fresh_input;
  if (backend_->counts_itself()) {
    const auto got = co_await backend_->count_tokens(inner, scope);
    if (!got) {
      co_return got.error();
    }
    tokens = got->usage.fresh_input;
  } else {
    inner.path = written->path;
    silent_sink nobody;
    auto got = co_await backend_->perform(inner, nobody, scope);
    if (!got) {
      co_return got.error();
    }
    if (got->status >= 400) {
      co_return document(std::move(*got), request);
    }
    const auto count = own_->read_count_answer(got->body);
    if (!count) {
      co_return count.error();
    }
    tokens = *count;
  }
  told.content_type = "application/json";
  told.body = codecs_.of(request.protocol).write_count_answer(tokens);
  told.dropped = written->losses;
  told.complete = true;
  co_return told;
}

dialogue::stream_wish translating_provider::wish_of(const call& request) const {
  return {.model = request.facts->model,
          .usage = request.facts->include_usage,
          .created_s = to_unix_ms(clock_.wall_now()) / 1'000};
}

net::task<result<answer>> translating_provider::stream(const call& request, const prepared& ready, event_sink& sink,
                                                       net::cancel_scope& scope) {
  const dialogue::codec& client = codecs_.of(request.protocol);
  const dialogue::stream_wish wish = wish_of(request);
  stream_translation through{own_->make_reader(event_bytes_max_), client.make_writer(wish), name_for(request), sink};
  sink.dropped(ready.written.losses);
  auto got = co_await backend_->perform(ready.inner, through, scope);
  if (!got) {
    co_return got.error();
  }
  got->dropped = ready.written.losses;
  if (!got->streamed) {
    co_return document(std::move(*got), request);
  }
  if (!got->broke) {
    const bool wanted = co_await through.finish();
    if (!wanted) {
      got->broke = make_error(error_kind::cancelled, "nobody reads the stream any more");
    }
  }
  got->told = through.failure().has_value();
  if (got->told && !got->broke) {
    got->broke = through.failure();
  }
  got->content_type = client.stream_content_type();
  got->complete = got->complete && !through.failure();
  got->dropped.insert(got->dropped.end(), through.losses().begin(), through.losses().end());
  co_return std::move(*got);
}

result<answer> translating_provider::document(answer got, const call& request) const {
  const dialogue::codec& backend = *own_;
  const dialogue::codec& client = codecs_.of(request.protocol);
  if (got.status >= 400) {
    const error why = backend.read_error(got.status, got.body, got.retry_after);
    dialogue::written_error told = client.write_error(why);
    got.status = told.status;
    got.content_type = std::move(told.content_type);
    got.body = std::move(told.body);
    return got;
  }
  auto whole = backend.read_answer(got.body);
  if (!whole) {
    return whole.error();
  }
  if (whole->id.empty()) {
    whole->id = name_for(request);
  }
  dialogue::written_answer told = client.write_answer(*whole, wish_of(request));
  got.content_type = "application/json";
  got.body = std::move(told.body);
  got.dropped.insert(got.dropped.end(), told.losses.begin(), told.losses.end());
  return got;
}

} // namespace inferenceflow::providers::translation
