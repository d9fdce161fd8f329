#include "api/admin_surface.h"

#include "api/docs/static_assets.h"
#include "api/json_text.h"
#include "api/percent_decode.h"

#include <boost/beast/http/field.hpp>
#include <fmt/format.h>

namespace inferenceflow::api {

namespace {

std::string models_json(const std::vector<component_health>& parts) {
  constexpr std::string_view k_local = "local:";
  std::string text = "{";
  for (const auto& part : parts) {
    if (part.name.starts_with(k_local)) {
      text += fmt::format("{}{}:{}", text.size() > 1 ? "," : "", json_string(part.name.substr(k_local.size())),
                          json_string(part.detail.empty() ? part.state : part.state + ": " + part.detail));
    }
  }
  return text + "}";
}

net::task<void> send_health(call_context& context, service& serving, int status, std::string_view state) {
  const double uptime_s = std::chrono::duration<double>(serving.shared.clock.steady_now() - serving.started).count();
  const std::string body =
      fmt::format(R"({{"status":{},"version":{},"uptime_s":{:.3f},"models":{}}})", json_string(state),
                  json_string(serving.version), uptime_s, models_json(serving.health()));
  co_await context.send_json(status, body);
}

} // namespace

net::task<void> serve_health(call_context& context, service& serving) {
  std::string state = serving.draining ? "shutting down" : "ok";
  for (const auto& part : serving.health()) {
    if (state == "ok" && part.name == "ledger" && part.state != "ok") {
      state = "ledger: " + part.detail;
    }
  }
  co_await send_health(context, serving, 200, state);
}

net::task<void> serve_live(call_context& context, service& serving) {
  co_await send_health(context, serving, 200, "ok");
}

net::task<void> serve_ready(call_context& context, service& serving) {
  std::string reason = serving.draining ? "shutting down" : "";
  for (const auto& part : serving.health()) {
    const bool blocks = (part.name == "ledger" && part.state != "ok") || part.state == "loading";
    if (reason.empty() && blocks) {
      reason = part.name + ": " + (part.detail.empty() ? part.state : part.detail);
    }
  }
  // A conditional temporary inside the co_await expression is destroyed twice by g++ 12.
  const int status = reason.empty() ? 200 : 503;
  const std::string state = reason.empty() ? "ok" : reason;
  co_await send_health(context, serving, status, state);
}

net::task<void> serve_metrics(call_context& context, service& serving) {
  auto lines = context.headers();
  lines.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  const std::string text = serving.shared.metrics.expose();
  co_await context.exchange().send(200, lines.text(), text);
}

net::task<void> serve_metrics_summary(call_context& context, service& serving) {
  const telemetry::metrics_summary now = serving.shared.metrics.summary();
  const cost::token_usage tokens{.fresh_input = now.tokens.fresh_input,
                                 .cached_input = now.tokens.cached_input,
                                 .cache_write = now.tokens.cache_write,
                                 .output = now.tokens.output,
                                 .reasoning = now.tokens.reasoning};
  const std::string body = fmt::format(
      R"({{"uptime_s":{:.3f},"requests":{},"errors":{},"error_rate":{:.6f},"requests_per_s":{:.3f},)"
      R"("active_requests":{},"connections":{},"latency_ms":{{"p50":{:.3f},"p95":{:.3f},"p99":{:.3f}}},)"
      R"("first_byte_ms":{{"p50":{:.3f},"p95":{:.3f},"p99":{:.3f}}},"tokens":{},)"
      R"("cache_hits":{},"cache_misses":{},"cache_hit_ratio":{:.6f},"cost_usd":{},"saved_usd":{}}})",
      now.uptime_s, now.requests, now.errors + now.client_errors, now.error_rate, now.requests_per_s,
      now.active_requests, now.connections, now.latency_p50_ms, now.latency_p95_ms, now.latency_p99_ms,
      now.first_byte_p50_ms, now.first_byte_p95_ms, now.first_byte_p99_ms, json_tokens(tokens), now.cache_hits,
      now.cache_misses, now.cache_hit_rate, to_usd_string(now.cost), to_usd_string(now.saved));
  co_await context.send_json(200, body);
}

net::task<void> serve_asset(call_context& context, service&) {
  std::string path{context.head().path};
  if (path.size() > 1 && path.ends_with('/')) {
    path.pop_back();
  }
  const docs::static_asset* asset = docs::find_asset(path);
  if (asset == nullptr) {
    const error missing = make_error(error_kind::not_found, fmt::format("no such path: {}", path));
    co_await context.send_error(missing);
    co_return;
  }
  auto lines = context.headers();
  lines.add("Content-Type", asset->content_type)
      .add("ETag", asset->etag)
      .add("Cache-Control", docs::k_cache_control)
      .add("Vary", "Accept-Encoding")
      .add("Content-Security-Policy", docs::k_content_security_policy)
      .add("X-Content-Type-Options", "nosniff");
  if (context.head().find(http::field::if_none_match).value_or("") == asset->etag) {
    co_await context.exchange().send(304, lines.text(), {});
    co_return;
  }
  const auto encodings = context.head().find(http::field::accept_encoding).value_or("");
  if (encodings.find("gzip") != std::string_view::npos && encodings.find("gzip;q=0") == std::string_view::npos) {
    lines.add("Content-Encoding", "gzip");
    co_await context.exchange().send(200, lines.text(), asset->body);
    co_return;
  }
  const auto unpacked = docs::unpack(asset->body);
  if (!unpacked) {
    const error why = unpacked.error();
    co_await context.send_error(why);
    co_return;
  }
  co_await context.exchange().send(200, lines.text(), *unpacked);
}

} // namespace inferenceflow::api
