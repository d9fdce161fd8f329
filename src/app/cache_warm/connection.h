/// One kept-alive HTTP/1.1 connection to the gateway, and one request at a time over it.
///
/// Role:      warmer has as many as requests may be on their way.
/// Lifecycle: construct → send()* → destroy; connects when it must.
/// Threading: one event loop.
/// Bounds:    k_connect_patience, k_answer_patience; answers of k_answer_bytes_max.
/// Source:    RFC 9112; docs/adr/0015 for the shape of the coroutines.
#pragma once

#include "app/cache_warm/tally.h"
#include "app/cache_warm/warm_line.h"
#include "config/url.h"
#include "net/task.h"

#include <boost/asio/io_context.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace inferenceflow::app::cache_warm {

inline constexpr std::chrono::seconds k_connect_patience{10};
inline constexpr std::chrono::minutes k_answer_patience{10};
inline constexpr std::size_t k_answer_bytes_max = 64U << 20U;

/// Whom to talk to, and what to say in every request.
struct gateway_address {
  config::base_address base;                                     ///< without TLS
  std::string url;                                               ///< the same, as it was given
  std::vector<std::pair<std::string, std::string>> headers = {}; ///< they win over ours
  std::string key = {};                                          ///< bearer token; empty = none
};

class connection {
public:
  /// Lifetime: `where` outlives it.
  connection(boost::asio::io_context& context, const gateway_address& where);

  /// @returns the answer, of whatever status; unavailable when nobody listens there; cancelled after close();
  ///          upstream_failed when the connection broke or the answer is no HTTP.
  /// Cancellation: close(). Lifetime: `asked` must live until it completes.
  [[nodiscard]] net::task<result<warm_answer>> send(const warm_request& asked);

  /// Ends what is on its way.
  void close();

private:
  using message = boost::beast::http::request<boost::beast::http::string_body>;

  [[nodiscard]] message write(const warm_request& asked) const;
  [[nodiscard]] net::task<result<void>> connect();
  [[nodiscard]] net::task<result<warm_answer>> exchange(const message& out);

  using stream = boost::beast::basic_stream<boost::asio::ip::tcp, net::loop_executor>;
  const gateway_address& where_;
  stream stream_;
  bool connected_ = false;
  bool closed_ = false;
};

} // namespace inferenceflow::app::cache_warm
