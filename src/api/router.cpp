#include "api/router.h"

#include "api/admin_surface.h"
#include "api/batches_surface.h"
#include "api/feedback_surface.h"
#include "api/files_surface.h"
#include "api/infer_surface.h"
#include "api/list_surface.h"
#include "api/openai_surface.h"
#include "api/protocol_surface.h"
#include "api/request_surface.h"
#include "api/route_surface.h"
#include "api/simple_surface.h"
#include "api/socket_surface.h"
#include "base/ids.h"
#include "wire/openai/error_body.h"

#include <algorithm>
#include <array>
#include <exception>
#include <fmt/format.h>

namespace inferenceflow::api {

using http::verb;

namespace {

using target = net::task<void> (*)(call_context&, service&);

constexpr std::string_view k_socket_path = "/v1/stream";

struct route_entry {
  std::string_view path; ///< with a final '*': every path that begins so
  verb method;
  target serve;
  socket_use on_socket = socket_use::none;
};

constexpr std::array k_table{
    route_entry{"/v1/chat/completions", verb::post, serve_chat, socket_use::streams},
    route_entry{"/v1/completions", verb::post, serve_completion, socket_use::streams},
    route_entry{"/v1/embeddings", verb::post, serve_embedding, socket_use::plain},
    route_entry{"/v1/messages", verb::post, serve_messages, socket_use::streams},
    route_entry{"/v1/messages/count_tokens", verb::post, serve_count_tokens, socket_use::plain},
    route_entry{"/v1/responses", verb::post, serve_responses, socket_use::streams},
    route_entry{"/v1beta/models/*", verb::post, serve_gemini, socket_use::plain},
    route_entry{"/v1/models/*", verb::post, serve_gemini, socket_use::plain},
    route_entry{"/v2/chat", verb::post, serve_cohere, socket_use::streams},
    route_entry{"/model/*", verb::post, serve_converse},
    route_entry{k_socket_path, verb::get, open_socket},
    route_entry{"/v1/models", verb::get, serve_models},
    route_entry{"/v1/models/*", verb::get, serve_model},
    route_entry{"/v1/inference", verb::post, serve_inference, socket_use::streams},
    route_entry{"/v1/generate", verb::post, serve_generate, socket_use::streams},
    route_entry{"/v1/route", verb::post, serve_route, socket_use::plain},
    route_entry{"/infer", verb::post, serve_infer, socket_use::streams},
    route_entry{"/v1/batch", verb::post, serve_list},
    route_entry{"/v1/files", verb::post, serve_file_upload},
    route_entry{"/v1/files", verb::get, serve_files},
    route_entry{"/v1/files/*", verb::get, serve_file},
    route_entry{"/v1/files/*", verb::delete_, serve_file_delete},
    route_entry{"/v1/batches", verb::post, serve_batch_create},
    route_entry{"/v1/batches", verb::get, serve_batches},
    route_entry{"/v1/batches/*", verb::get, serve_batch},
    route_entry{"/v1/batches/*", verb::post, serve_batch_cancel},
    route_entry{"/health", verb::get, serve_health},
    route_entry{"/v1/health", verb::get, serve_health},
    route_entry{"/healthz", verb::get, serve_live},
    route_entry{"/health/live", verb::get, serve_live},
    route_entry{"/health/ready", verb::get, serve_ready},
    route_entry{"/metrics", verb::get, serve_metrics},
    route_entry{"/v1/metrics", verb::get, serve_metrics},
    route_entry{"/v1/feedback", verb::post, serve_feedback},
    route_entry{"/v1/requests/*", verb::get, serve_request},
    route_entry{"/v1/metrics/summary", verb::get, serve_metrics_summary},
    route_entry{"/v1/metrics/cache", verb::get, serve_cache_stats},
    route_entry{"/v1/metrics/cost", verb::get, serve_cost_report},
    route_entry{"/v1/cache/stats", verb::get, serve_cache_stats},
    route_entry{"/v1/cache", verb::delete_, serve_cache_delete},
    route_entry{"/openapi.json", verb::get, serve_asset},
    route_entry{"/docs", verb::get, serve_asset},
    route_entry{"/docs/*", verb::get, serve_asset},
    route_entry{"/redoc", verb::get, serve_asset},
    route_entry{"/redoc/*", verb::get, serve_asset},
};

bool matches(std::string_view pattern, std::string_view path) {
  if (pattern.ends_with('*')) {
    pattern.remove_suffix(1);
    return path.size() > pattern.size() && path.starts_with(pattern);
  }
  return path == pattern;
}

bool allows(verb registered, verb asked) {
  return registered == asked || (registered == verb::get && asked == verb::head);
}

net::task<void> refuse_method(call_context& context, std::string allow) {
  auto lines = context.headers();
  lines.add("Allow", allow);
  if (context.head().method == verb::options) {
    co_await context.exchange().send(204, lines.text(), {});
    co_return;
  }
  lines.add("Content-Type", "application/json");
  const std::string body = wire::openai::error_body(
      make_error(error_kind::method_not_allowed, fmt::format("{} is not allowed on {}: use {}",
                                                             context.head().method_name, context.head().path, allow)));
  co_await context.exchange().send(405, lines.text(), body);
}

net::task<void> refuse_path(call_context& context) {
  const error missing = make_error(error_kind::not_found, fmt::format("no such path: {} {}; /docs lists what there is",
                                                                      context.head().method_name, context.head().path));
  co_await context.send_error(missing);
}

net::task<void> find_and_serve(call_context& context, service& serving) {
  const auto& head = context.head();
  std::string allow;
  for (const auto& entry : k_table) {
    if (!matches(entry.path, head.path)) {
      continue;
    }
    if (allows(entry.method, head.method)) {
      return entry.serve(context, serving);
    }
    allow += entry.method == verb::get ? "GET, HEAD, " : entry.method == verb::post ? "POST, " : "DELETE, ";
  }
  return allow.empty() ? refuse_path(context) : refuse_method(context, allow + "OPTIONS");
}

net::task<void> dispatch(http::exchange& exchange, service& serving) {
  // The settings that this request began with must outlive it, whatever a reload does meanwhile.
  const auto current = serving.life.current();
  call_context context{exchange, *current->settings, serving.shared.clock};
  try {
    if (context.is_preflight()) {
      co_await context.answer_preflight();
    } else {
      co_await find_and_serve(context, serving);
    }
  } catch (const std::exception& failure) { // out of memory, in practice; the connection answers 500 or breaks off
    serving.shared.log.error("request ended by an exception",
                             {{"request_id", context.request_id()}, {"reason", failure.what()}});
    throw;
  }
}

/// A socket outlives reloads, so it is run when dispatch() has let go of the settings.
net::task<void> dispatch_socket(http::exchange& exchange, service& serving) {
  co_await dispatch(exchange, serving);
  if (auto* connection = exchange.taken_over()) {
    co_await run_socket(*connection, exchange.head(), serving);
  }
}

} // namespace

http::handler make_router(service& serving) {
  return [&serving](http::exchange& exchange) {
    return exchange.head().path == k_socket_path ? dispatch_socket(exchange, serving) : dispatch(exchange, serving);
  };
}

socket_use use_on_socket(std::string_view path) {
  const auto found = std::find_if(k_table.begin(), k_table.end(), [path](const route_entry& entry) {
    return entry.on_socket != socket_use::none && matches(entry.path, path);
  });
  return found == k_table.end() ? socket_use::none : found->on_socket;
}

net::task<void> serve_on_socket(http::exchange& exchange, service& serving) {
  return dispatch(exchange, serving);
}

http::error_renderer make_error_renderer() {
  return [](const error& failure) {
    http::header_block lines;
    lines.add("Content-Type", "application/json")
        .add("x-request-id", make_request_id(system_clock_source{}.wall_now()));
    return http::rendered_error{.status = wire::openai::http_status(failure.kind),
                                .headers = std::string{lines.text()},
                                .body = wire::openai::error_body(failure)};
  };
}

} // namespace inferenceflow::api
