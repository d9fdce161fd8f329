/// HTTP/1.1 responses out of bytes: head first, then body pieces as they arrive.
///
/// Role:      upstream_call feeds it what an upstream sends.
/// Lifecycle: one per response: feed() until done or failed; reset() for the next on the same connection.
/// Threading: one event loop; no I/O.
/// Bounds:    k_response_header_bytes_max for the head; body pieces are views into the fed bytes, nothing is kept.
/// Source:    RFC 9112 §6.3; tokenised by Boost.Beast's basic_parser.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::http {

inline constexpr std::size_t k_response_header_bytes_max = 64U << 10U;

/// What the gateway reads of a response head.
struct response_head {
  int status = 0;
  bool keep_alive = false;
  bool event_stream = false; ///< Content-Type is text/event-stream
  std::string content_type;
  std::string content_encoding; ///< empty = identity
  std::string retry_after;
  std::string request_id; ///< the upstream's x-request-id, for logs
  std::string location;   ///< of a redirect
  std::string etag;
  std::string linked_etag;   ///< of the file that a redirect leads to (x-linked-etag)
  std::string content_range; ///< of a part of a file
  std::optional<std::uint64_t> content_length;
};

class response_parser {
public:
  response_parser();
  ~response_parser();
  response_parser(const response_parser&) = delete;
  response_parser& operator=(const response_parser&) = delete;

  /// Takes bytes in order; unconsumed bytes must be given again with more behind them. Interim (1xx) responses are
  /// skipped. Body pieces found are appended to `pieces` as views into `bytes`.
  /// @returns bytes consumed, or upstream_failed saying what is malformed.
  [[nodiscard]] result<std::size_t> feed(std::string_view bytes, std::vector<std::string_view>& pieces);

  /// The upstream closed its side. @returns true when that ends the response properly.
  [[nodiscard]] bool end_of_stream();

  [[nodiscard]] bool head_done() const noexcept;
  [[nodiscard]] bool done() const noexcept;
  [[nodiscard]] const response_head& head() const noexcept;
  void reset();

private:
  class reader;
  std::unique_ptr<reader> reader_;
};

} // namespace inferenceflow::http
