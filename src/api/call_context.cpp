#include "api/call_context.h"

#include "base/ids.h"
#include "wire/openai/error_body.h"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/field.hpp>
#include <fmt/format.h>

namespace inferenceflow::api {

using http::field;

namespace {
constexpr std::string_view k_exposed = "x-request-id, x-inferenceflow-cache, x-inferenceflow-cost, "
                                       "x-inferenceflow-saved, x-inferenceflow-model, x-inferenceflow-provider, "
                                       "x-inferenceflow-route, x-inferenceflow-tier, x-inferenceflow-confidence, "
                                       "x-inferenceflow-escalations";
}

call_context::call_context(http::exchange& exchange, const config::settings& settings, const clock_source& clock)
    : exchange_(exchange)
    , settings_(settings)
    , started_(clock.steady_now()) {
  const auto given = head().find("x-request-id");
  request_id_ = given && is_valid_request_id(*given) ? std::string{*given} : make_request_id(clock.wall_now());
}

std::string_view call_context::allowed_origin() const noexcept {
  const auto& origins = settings_.server.cors.origins;
  if (origins.empty()) {
    return {};
  }
  const auto origin = head().find(field::origin);
  if (!origin) {
    return {};
  }
  if (std::find(origins.begin(), origins.end(), "*") != origins.end()) {
    return "*";
  }
  return std::find(origins.begin(), origins.end(), *origin) != origins.end() ? *origin : std::string_view{};
}

bool call_context::origin_may_call() const {
  const auto origin = head().find(field::origin);
  if (!origin || !allowed_origin().empty()) {
    return true;
  }
  const std::string_view scheme = origin->substr(0, origin->find("://"));
  return (scheme == "http" || scheme == "https") &&
         boost::beast::iequals(origin->substr(scheme.size() + 3), head().find(field::host).value_or(""));
}

http::header_block call_context::headers() const {
  http::header_block lines;
  lines.reserve(384);
  lines.add("x-request-id", request_id_);
  if (const std::string_view origin = allowed_origin(); !origin.empty()) {
    lines.add("Access-Control-Allow-Origin", origin).add("Access-Control-Expose-Headers", k_exposed);
    if (origin != "*") {
      lines.add("Vary", "Origin");
    }
  }
  return lines;
}

bool call_context::is_preflight() const noexcept {
  return head().method == http::verb::options && head().find(field::access_control_request_method) &&
         !allowed_origin().empty();
}

net::task<bool> call_context::answer_preflight() {
  auto lines = headers();
  lines.add("Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS")
      .add("Access-Control-Allow-Headers", head().find(field::access_control_request_headers).value_or("*"))
      .add("Access-Control-Max-Age", std::to_string(settings_.server.cors.max_age.count()));
  co_return co_await exchange_.send(204, lines.text(), {});
}

net::task<bool> call_context::send_json(int status, std::string_view body) {
  auto lines = headers();
  lines.add("Content-Type", "application/json");
  co_return co_await exchange_.send(status, lines.text(), body);
}

net::task<bool> call_context::send_error(const error& failure) {
  auto lines = headers();
  lines.add("Content-Type", "application/json");
  if (failure.retry_after) {
    lines.add("Retry-After", std::to_string(failure.retry_after->count()));
  }
  const std::string body = wire::openai::error_body(failure);
  co_return co_await exchange_.send(wire::openai::http_status(failure.kind), lines.text(), body);
}

} // namespace inferenceflow::api
