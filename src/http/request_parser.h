/// HTTP/1.1 requests out of bytes: framing that leaves nothing to interpretation, within bounds.
///
/// Role:      server_connection feeds it what it reads; the fuzz target feeds it anything.
/// Lifecycle: one per connection: feed() until done or failed, take the request, reset(), go on.
/// Threading: one event loop; no I/O.
/// Bounds:    limits.header_bytes_max for request line and fields, limits.body_bytes_max for the decoded body,
///            k_fields_max fields. The body grows with what arrived, never with what was announced.
/// Source:    RFC 9110, RFC 9112 (§6.3 message body length, §5.2 obs-fold, §11.2 request smuggling); tokenised by
///            Boost.Beast's basic_parser.
#pragma once

#include "base/error.h"

#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::http {

using field = boost::beast::http::field;
using verb = boost::beast::http::verb;

/// Bytes that stay readable behind a body, for the JSON scan's wide loads.
inline constexpr std::size_t k_body_padding_bytes = 64;

struct header_field {
  field id = field::unknown;
  std::string_view name;
  std::string_view value;
};

/// Request line and fields. Views live until the parser is reset.
struct request_head {
  verb method = verb::unknown;
  std::string_view method_name;
  std::string_view target;
  std::string_view path;  ///< target up to '?'
  std::string_view query; ///< after '?'; empty if none
  unsigned version = 11;  ///< 10 or 11
  bool keep_alive = true;
  bool expects_continue = false;
  std::vector<header_field> fields;

  /// Value of the first such field, or nothing.
  [[nodiscard]] std::optional<std::string_view> find(field id) const noexcept;
  /// Same for a field without an id; `name` in lower case.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
};

struct parser_limits {
  std::size_t header_bytes_max = 32U << 10U;
  std::size_t body_bytes_max = 32U << 20U;
};
inline constexpr std::size_t k_fields_max = 200;

class request_parser {
public:
  explicit request_parser(parser_limits limits);
  ~request_parser();
  request_parser(const request_parser&) = delete;
  request_parser& operator=(const request_parser&) = delete;

  /// Takes bytes in order. Bytes that are not consumed must be given again with more behind them, in one piece.
  /// @returns how many bytes were consumed; after done() no more are.
  /// @returns invalid_request (malformed, ambiguous framing), headers_too_large, body_too_large: the connection
  ///          cannot be used any further.
  [[nodiscard]] result<std::size_t> feed(std::string_view bytes);

  /// The request line and all fields are there.
  [[nodiscard]] bool head_done() const noexcept;
  /// The body is there as well.
  [[nodiscard]] bool done() const noexcept;

  [[nodiscard]] const request_head& head() const noexcept;
  /// The decoded body, with k_body_padding_bytes readable behind it once done().
  [[nodiscard]] std::string& body() noexcept;

  /// Forgets the request and is ready for the next.
  void reset();

private:
  class reader;
  std::unique_ptr<reader> reader_;
};

} // namespace inferenceflow::http
