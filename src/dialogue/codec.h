/// One protocol, both ways: a client's request in, a backend's request out, answers the other way round.
///
/// Role:      six protocols implement it; pipeline/ and providers/ join any two of them. Where both sides speak the
/// same
///            protocol, bytes pass and none of this runs.
/// Lifecycle: stateless objects that live as long as the process; readers and writers of streams: one per stream.
/// Threading: a codec is const and may be used from any thread; a stream's reader or writer belongs to one loop.
/// Bounds:    documents ≤ what the caller passes; stream readers hold at most event_bytes_max of an unfinished event.
/// Source:    each implementation names its provider's reference.
///
/// Losses: what a target cannot carry is either refused, with error_kind::invalid_request naming the field of the
/// *client's* body, or dropped and named in `losses`. Which of the two stands in docs/translation.md, one row per field
/// and target; never silently neither.
#pragma once

#include "base/error.h"
#include "dialogue/answer.h"
#include "dialogue/event.h"
#include "dialogue/request.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inferenceflow::dialogue {

/// What of a request stands outside its body.
struct request_target {
  std::string_view path = {};  ///< as routed, e.g. "/v1beta/models/gemini-2.5-flash:streamGenerateContent"
  std::string_view query = {}; ///< without '?'
};

/// Where a backend of a protocol takes requests.
struct backend_address {
  std::string path; ///< below the provider's base URL, query included, e.g. "/v1/messages"
  std::vector<std::pair<std::string, std::string>> headers = {}; ///< that the protocol needs beside authorisation
};

/// A request ready for a backend of this protocol.
struct written_request {
  std::string path = {}; ///< below the provider's base URL, query included, e.g. "/v1/messages"
  std::vector<std::pair<std::string, std::string>> headers = {}; ///< that the protocol needs beside authorisation
  std::string body = {};
  std::vector<std::string> losses = {}; ///< fields of the superset that were dropped, e.g. "seed", "messages[2].name"
};

/// An error as this protocol's clients expect it.
struct written_error {
  int status = 500;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
};

struct written_answer {
  std::string body = {};
  std::vector<std::string> losses = {};
};

using event_handler = std::function<void(const event&)>;

/// Bytes of a backend's stream → events.
class event_reader {
public:
  virtual ~event_reader() = default;
  /// Takes the next bytes, cut anywhere, and calls `handle` for each event that is complete now. A stream that is not
  /// this protocol's, or breaks its rules beyond repair, ends in one `failure` event; later bytes are ignored.
  virtual void push(std::string_view bytes, const event_handler& handle) = 0;
  /// The stream is over. Without the protocol's end marker this is a `failure` (upstream_failed); with it, nothing or
  /// the events that were still due.
  virtual void finish(const event_handler& handle) = 0;
};

struct stream_wish {
  std::string_view model = {}; ///< what the client asked for: the name that it gets back
  bool usage = true;           ///< OpenAI: the client wants the usage event
  std::int64_t created_s = 0;  ///< now, for protocols that carry a time and backends that do not
};

/// Events → bytes of the client's stream.
class event_writer {
public:
  virtual ~event_writer() = default;
  /// Appends what `happened` looks like to `out`; may be nothing. After `failure` or `end` nothing more is written.
  virtual void write(const event& happened, std::string& out) = 0;
  /// What the client's protocol could not carry so far, e.g. "signature"; each once.
  [[nodiscard]] virtual const std::vector<std::string>& losses() const noexcept = 0;
};

class codec {
public:
  virtual ~codec() = default;
  [[nodiscard]] virtual protocol speaks() const noexcept = 0;
  [[nodiscard]] virtual std::string_view stream_content_type() const noexcept = 0;

  /// A client's request. @returns invalid_request naming the field by its path in this protocol.
  [[nodiscard]] virtual result<request> read_request(std::string_view body, const request_target& target) const = 0;
  /// @param model  the backend's own name for the model.
  /// @returns invalid_request naming the field of the superset that this protocol cannot carry and must not drop.
  [[nodiscard]] virtual result<written_request> write_request(const request& asked, std::string_view model) const = 0;

  // Counting the tokens of a prompt, which only some protocols have; those that have not keep these.
  /// A client's request for a count. @returns not_found where the protocol has no such call, else as read_request().
  [[nodiscard]] virtual result<request> read_count_request(std::string_view body, const request_target& target) const;
  /// @returns invalid_request (param "model") where backends of this protocol cannot count, else as write_request().
  [[nodiscard]] virtual result<written_request> write_count_request(const request& asked, std::string_view model) const;
  /// A backend's count. @returns upstream_failed when it is none.
  [[nodiscard]] virtual result<std::int64_t> read_count_answer(std::string_view body) const;
  [[nodiscard]] virtual std::string write_count_answer(std::int64_t tokens) const;

  /// Where a backend of this protocol takes a request that is in its format already, as write_request() would say.
  [[nodiscard]] virtual backend_address address(std::string_view model, bool stream) const = 0;

  /// A backend's whole answer (status 200). @returns upstream_failed when it is none.
  [[nodiscard]] virtual result<answer> read_answer(std::string_view body) const = 0;
  [[nodiscard]] virtual written_answer write_answer(const answer& got, const stream_wish& wish) const = 0;

  [[nodiscard]] virtual std::unique_ptr<event_reader> make_reader(std::size_t event_bytes_max) const = 0;
  [[nodiscard]] virtual std::unique_ptr<event_writer> make_writer(const stream_wish& wish) const = 0;

  /// A backend's error document: its kind from status and body, its message, no key, URL or account of the provider.
  /// @param retry_after  the Retry-After header, verbatim; empty if none.
  [[nodiscard]] virtual error read_error(int status, std::string_view body, std::string_view retry_after) const = 0;
  [[nodiscard]] virtual written_error write_error(const error& why) const = 0;
};

} // namespace inferenceflow::dialogue
