#include "api/socket_surface.h"

#include "api/intake.h"
#include "api/socket_session.h"
#include "http/websocket_handshake.h"
#include "wire/openai/error_body.h"

#include <memory>

namespace inferenceflow::api {

namespace {

net::task<void> refuse(call_context& context, const http::websocket_verdict& verdict) {
  auto lines = context.headers();
  lines.add("Content-Type", "application/json");
  const std::string headers = std::string{lines.text()}.append(verdict.headers);
  const std::string body =
      wire::openai::error_body(make_error(error_kind::invalid_request, verdict.reason, verdict.param));
  co_await context.exchange().send(verdict.status, headers, body);
}

} // namespace

net::task<void> open_socket(call_context& context, service& serving) {
  const auto verdict = http::judge_websocket(context.head(), context.exchange().body().size());
  if (verdict.status != 101) {
    co_return co_await refuse(context, verdict);
  }
  if (!context.origin_may_call()) {
    const error why = make_error(error_kind::forbidden, "Origin: not one that server.cors.origins lists", "Origin");
    co_await context.send_error(why);
    co_return;
  }
  if (const auto known = read_headers(context, serving.settings(), "stream"); !known) {
    const error why = known.error(); // better now than once for each request
    co_await context.send_error(why);
    co_return;
  }
  auto lines = context.headers();
  const std::string headers = std::string{lines.text()}.append(verdict.headers);
  co_await context.exchange().switch_protocols(headers); // a client that is gone has no connection to take over
}

net::task<void> run_socket(http::raw_connection& connection, const http::request_head& opened, service& serving) {
  const auto session = std::make_shared<socket_session>(connection, opened, serving);
  co_await session->run();
}

} // namespace inferenceflow::api
