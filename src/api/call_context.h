/// What every handler needs of one HTTP request before it knows what the request wants.
///
/// Role:      the router makes one per request; surfaces and replies answer through it.
/// Lifecycle: one per exchange.
/// Threading: its event loop.
/// Bounds:    request ids of at most k_request_id_bytes_max.
/// Source:    W3C Trace Context (traceparent), WHATWG Fetch (CORS protocol).
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "config/settings.h"
#include "http/exchange.h"
#include "http/header_block.h"

#include <string>
#include <string_view>
#include <utility>

namespace inferenceflow::api {

class call_context {
public:
  call_context(http::exchange& exchange, const config::settings& settings, const clock_source& clock);

  [[nodiscard]] http::exchange& exchange() noexcept { return exchange_; }
  [[nodiscard]] const http::request_head& head() const noexcept { return exchange_.head(); }
  [[nodiscard]] const std::string& request_id() const noexcept { return request_id_; }
  /// The request has said its id elsewhere than in its head. @param id  as is_valid_request_id() allows.
  void rename(std::string id) { request_id_ = std::move(id); }
  [[nodiscard]] steady_time started() const noexcept { return started_; }

  /// x-request-id and, for an allowed Origin, the CORS fields: the beginning of every answer's headers.
  [[nodiscard]] http::header_block headers() const;

  /// A page of this Origin may call: none is given, the settings list it, or it is the server's own. For requests that
  /// a browser sends without asking first.
  [[nodiscard]] bool origin_may_call() const;

  /// True for a CORS preflight.
  [[nodiscard]] bool is_preflight() const noexcept;
  [[nodiscard]] net::task<bool> answer_preflight();

  /// Sends a JSON document.
  [[nodiscard]] net::task<bool> send_json(int status, std::string_view body);
  /// Sends an error in OpenAI's format with the status of its kind.
  [[nodiscard]] net::task<bool> send_error(const error& failure);

private:
  [[nodiscard]] std::string_view allowed_origin() const noexcept;

  http::exchange& exchange_;
  const config::settings& settings_;
  steady_time started_;
  std::string request_id_;
};

} // namespace inferenceflow::api
