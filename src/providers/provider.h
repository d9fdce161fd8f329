/// One backend that answers inference calls: an upstream over HTTP or the in-process engine.
///
/// Role:      pipeline/ picks one and calls it; api/ never sees it.
/// Lifecycle: one object per event loop and configured provider; outlives every call made on it.
/// Threading: called only on its event loop.
/// Bounds:    each implementation states its own (connections, waiting calls, answer bytes).
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/lane.h"
#include "cost/usage.h"
#include "dialogue/codec.h"
#include "net/cancel_scope.h"
#include "net/task.h"
#include "prompt_cache/wish.h"
#include "providers/side_call.h"
#include "wire/openai/request_scan.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inferenceflow::providers {

/// How far a call got: what the pipeline needs, beside the error, to tell failures apart.
struct call_trace {
  bool connected = false; ///< there was a connection: the request may have arrived
  bool answered = false;  ///< a byte of an answer arrived
  int status = 0;         ///< of the backend's own answer, before any translation; 0: there was none
  bool filtered = false;  ///< the provider's content filter refused the request
  bool declined = false;  ///< nothing was done, and nothing is wrong: there is no room for this request by its deadline
  /// What an answer with status ≥ 400 says, as an error: kind (context_too_long, …), message and Retry-After.
  std::optional<error> refused = {};
};

/// What a call would send: see call::draft.
struct call_draft {
  std::string path = {}; ///< where it goes, below the host, as the provider's reference names it: "/v1/messages"
  std::string body = {}; ///< empty as long as nothing was drafted
  bool beta = false;     ///< it needs a header field that opts into something
};

/// What a backend has answered elsewhere: see call::recorded.
struct recorded_answer {
  int status = 200;
  std::string body = {};
};

/// What the pipeline asks of a provider. Views live until the call returns.
struct call {
  dialogue::protocol protocol = dialogue::protocol::openai_chat; ///< of `body`, of the events and of the answer
  wire::openai::operation op = wire::openai::operation::chat;
  std::string_view model; ///< the backend's own name for the model, alias resolved
  std::string_view body;  ///< the client's bytes
  /// What the scan of `body` found; never null. The spans are set for openai_chat only.
  const wire::openai::request_facts* facts = nullptr;
  dialogue::request_target target = {};    ///< where the client sent it: some protocols say model and form in the path
  const dialogue::request* read = nullptr; ///< `body`, if it has been read already
  /// Where below the backend's base URL `body` goes; the answer then comes back whole and unread,
  /// without usage. Empty: where the protocol takes such calls.
  std::string_view path = {};
  /// Fields that a translated request needs; null: those that the protocol always needs.
  const std::vector<std::pair<std::string, std::string>>* headers = nullptr;
  /// Header fields of the client's that belong to its body; they go on where the backend speaks `protocol` itself, and
  /// are lost in translation. Null: none.
  const std::vector<std::pair<std::string, std::string>>* features = nullptr;
  std::string_view request_id = {};
  std::string_view traceparent = {};          ///< empty if the client sent none
  service_lane lane = service_lane::standard; ///< for backends that order their own work
  std::string_view tenant = {};
  std::optional<steady_time> deadline = {}; ///< when the whole answer must be there
  prompt_cache::wish prompt_cache = {};     ///< what to do about the backend's own cache of prompts
  std::size_t key = 0;                      ///< which of the backend's API keys, by index; below key_count()
  call_trace* trace = nullptr;              ///< filled while the call runs; null: nobody wants to know
  /// Not null: the request is written here and not sent, and the call fails as cancelled. Of one that does not stream.
  call_draft* draft = nullptr;
  /// Not null: nothing is sent; this is what the backend has answered. Of a call that does not stream.
  const recorded_answer* recorded = nullptr;
};

/// Where a provider writes server-sent events as they arrive.
class event_sink {
public:
  virtual ~event_sink() = default;
  /// Bytes of the event stream in OpenAI wire format, `data: [DONE]` included; any split.
  /// @returns false when no reader is left: the provider stops and frees what it holds.
  /// Back-pressure: completes when the bytes were taken, so a slow reader slows the provider.
  [[nodiscard]] virtual net::task<bool> write(std::string_view bytes) = 0;
  /// Same, where the client must not see everything: `bytes` are for the cache and for others, `visible` for the client
  /// (the usage-only event that the client did not ask for is left out; may lag behind `bytes`).
  /// Lifetime: as the views of write(). @returns as write().
  [[nodiscard]] virtual net::task<bool> write_split(std::string_view bytes,
                                                    std::span<const std::string_view> visible) = 0;
  /// Fields of the client's request that the backend's protocol could not carry. Before the first write.
  virtual void dropped(std::span<const std::string> fields) = 0;
};

/// How a call ended. `streamed` answers were written to the sink; others are in `body`.
struct answer {
  int status = 200; ///< HTTP status of the backend; ≥ 400 means `body` is its error document
  bool streamed = false;
  std::string content_type;
  std::string body;           ///< empty when streamed
  std::string retry_after;    ///< backend's Retry-After header, verbatim; empty if none
  std::string finish_reason;  ///< of choice 0: stop, length, tool_calls, content_filter; empty if unknown
  bool complete = false;      ///< whole and well-formed: only then may it be cached
  std::optional<error> broke; ///< the stream died after its first byte, for this reason
  bool told = false;          ///< with `broke`: the stream itself has said so to the client
  cost::token_usage usage;
  cost::usage_source source = cost::usage_source::estimated;
  std::optional<steady_time> first_byte_at; ///< first byte of content from the backend
  std::vector<std::string> dropped;         ///< what got lost between two protocols, request and answer
};

/// Connections of one backend on one loop.
struct connection_counts {
  std::size_t idle = 0;
  std::size_t busy = 0;
};

class provider {
public:
  virtual ~provider() = default;
  /// Name in the configuration, e.g. "local", "openai".
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;

  /// The wire format that it takes and gives; calls in another one must be translated first.
  [[nodiscard]] virtual dialogue::protocol speaks() const noexcept = 0;

  /// Nothing for a backend without connections.
  [[nodiscard]] virtual std::optional<connection_counts> connections() const { return std::nullopt; }

  /// How many API keys there are to choose from; at least 1, which may be no key at all.
  [[nodiscard]] virtual std::size_t key_count() const noexcept { return 1; }

  /// Asks the backend for something cheap that its key must be good for, such as its list of models.
  /// @param key    which of the API keys; below key_count().
  /// @param scope  cancels the probe when cancelled.
  /// @returns nothing when it is well, and always for a backend that has nothing to ask; else upstream_failed,
  ///          upstream_timeout (connecting, or first_byte_timeout_ms without an answer), unavailable, rate_limited,
  ///          forbidden (the key), cancelled. An answer that only does not know the list is well.
  [[nodiscard]] virtual net::task<std::optional<error>> probe([[maybe_unused]] std::size_t key,
                                                              [[maybe_unused]] net::cancel_scope& scope) {
    co_return std::nullopt;
  }

  /// Has a tokenizer of its own: count_tokens() takes chat requests in speaks().
  [[nodiscard]] virtual bool counts_itself() const noexcept { return false; }

  /// Counts the tokens of the prompt in `request`, as its backend does. It costs nothing.
  /// @returns the count in usage.fresh_input, and in `body` in the request's protocol where that has such a call; or an
  ///          error document with its status; invalid_request (param "model") where the backend cannot count: none is
  ///          made up.
  /// Lifetime, cancellation: as perform().
  [[nodiscard]] virtual net::task<result<answer>> count_tokens(const call& request, net::cancel_scope& scope);

  /// Sends one request that is no call of inference, with the backend's first API key.
  /// @param answer_bytes_max  of the body.
  /// @returns the answer, whatever its status; unavailable when nothing of the request can have arrived;
  ///          upstream_failed, upstream_timeout, cancelled; invalid_request for a backend that takes none.
  /// Lifetime, cancellation: as perform().
  [[nodiscard]] virtual net::task<result<side_answer>> exchange(const side_request& request,
                                                                std::size_t answer_bytes_max, net::cancel_scope& scope);

  /// Performs one call.
  /// @param sink   receives the events when the backend streams; untouched otherwise.
  /// @param scope  cancels the call when cancelled; the call then returns error_kind::cancelled promptly.
  /// @returns an error only when no byte reached the sink: refused, timed out, cancelled, invalid for this backend.
  ///          After the first byte a failure is reported in answer.broke, with the usage that was delivered.
  /// Lifetime: everything in `request` must stay valid until it returns.
  [[nodiscard]] virtual net::task<result<answer>> perform(const call& request, event_sink& sink,
                                                          net::cancel_scope& scope) = 0;
};

} // namespace inferenceflow::providers
