#include "api/intake.h"

#include "api/lane_wish.h"
#include "api/routing_wishes.h"
#include "base/ids.h"
#include "cache/exact_cache.h"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <charconv>
#include <fmt/format.h>

namespace inferenceflow::api {

using boost::beast::iequals;
using http::field;

namespace {

bool is_identity(std::string_view text) {
  return text.size() <= k_identity_bytes_max &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x21 && c <= 0x7e; });
}

result<std::string> identity_header(const http::request_head& head, std::string_view name, std::string_view otherwise) {
  const auto given = head.find(name);
  if (!given || given->empty()) {
    return std::string{otherwise};
  }
  if (!is_identity(*given)) {
    return make_error(error_kind::invalid_request,
                      fmt::format("header {}: at most {} visible ASCII characters", name, k_identity_bytes_max),
                      std::string{name});
  }
  return std::string{*given};
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

void read_cache_control(std::string_view value, pipeline::cache_wish& wish) {
  constexpr std::string_view k_max_age = "max-age=";
  while (!value.empty()) {
    const std::size_t comma = value.find(',');
    const std::string_view directive = trimmed(value.substr(0, comma));
    value = comma == std::string_view::npos ? std::string_view{} : value.substr(comma + 1);
    if (iequals(directive, "no-cache")) {
      wish.no_lookup = true;
    } else if (iequals(directive, "no-store")) {
      wish.no_store = true;
    } else if (directive.size() > k_max_age.size() && iequals(directive.substr(0, k_max_age.size()), k_max_age)) {
      long seconds = 0;
      const auto digits = directive.substr(k_max_age.size());
      if (std::from_chars(digits.data(), digits.data() + digits.size(), seconds).ec == std::errc{}) {
        wish.age_max = std::min(std::chrono::seconds{seconds}, std::chrono::seconds{cache::k_ttl_max}); // none is older
        wish.no_lookup = wish.no_lookup || seconds <= 0;
      }
    }
  }
}

} // namespace

std::string printable(std::string_view text) {
  std::size_t end = std::min(text.size(), k_identity_bytes_max);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) {
    --end;
  }
  std::string kept{text.substr(0, end)};
  std::replace_if(
      kept.begin(), kept.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return kept;
}

pipeline::request bare_request(const call_context& context, std::string_view surface) {
  pipeline::request request;
  request.surface = surface;
  request.request_id = context.request_id();
  request.started = context.started();
  return request;
}

result<pipeline::request> read_headers(call_context& context, const config::settings& settings,
                                       std::string_view surface) {
  const auto& head = context.head();
  pipeline::request request = bare_request(context, surface);
  if (const auto traceparent = head.find("traceparent")) {
    request.trace_id = trace_id_of(*traceparent);
    request.traceparent = request.trace_id.empty() ? std::string_view{} : *traceparent;
  }
  request.tenant = k_default_tenant;
  if (settings.server.trust_identity_headers) {
    auto tenant = identity_header(head, "x-inferenceflow-tenant", k_default_tenant);
    auto user = identity_header(head, "x-inferenceflow-user", {});
    if (!tenant || !user) {
      return tenant ? user.error() : tenant.error();
    }
    request.tenant = std::move(*tenant);
    request.user = std::move(*user);
  }
  if (const auto control = head.find(field::cache_control)) {
    read_cache_control(*control, request.cache);
  }
  if (const auto wish = head.find("x-inferenceflow-cache")) {
    request.cache.insist = iequals(*wish, "always");
    request.cache.exact_only = iequals(*wish, "exact");
    request.cache.no_store = request.cache.no_store || iequals(*wish, "never");
  }
  if (const auto tags = head.find("x-inferenceflow-cache-tags")) {
    auto read = cache::entry_tags::parse(*tags);
    if (!read) {
      return make_error(error_kind::invalid_request,
                        fmt::format("x-inferenceflow-cache-tags: {}", read.error().message));
    }
    request.cache.tags = std::move(*read);
  }
  if (const auto lane = read_lane_headers(head, request); lane.has_error()) {
    return lane.error();
  }
  if (const auto wish = read_routing_headers(head, request.wish); wish.has_error()) {
    return wish.error();
  }
  return request;
}

result<void> take_head(call_context& context, const config::settings& settings, std::string_view surface,
                       pipeline::request& into) {
  auto known = read_headers(context, settings, surface);
  if (!known) {
    into = bare_request(context, surface);
    return known.error();
  }
  into = std::move(*known);
  return check_content_type(context.head());
}

result<void> read_body(service& serving, pipeline::request& into, wire::openai::operation op, std::string_view body) {
  into.scan_seed = serving.secrets.of(into.tenant).scan_seed;
  auto facts = serving.scanner.scan(op, body, into.scan_seed);
  if (!facts) {
    return facts.error();
  }
  into.op = op;
  into.body = body;
  into.facts = *facts;
  if (facts->model.data() < body.data() || facts->model.data() >= body.data() + body.size()) {
    into.decoded_model = facts->model; // lives in the scanner, which the next request reuses
    into.facts.model = into.decoded_model;
  }
  if (!into.facts.user.empty()) { // what the caller says of this one request wins over its connection's header
    into.user = printable(into.facts.user);
  }
  into.facts.user = {};
  if (!into.lane_named) {
    into.lane = lane_of_tier(into.facts.service_tier);
  }
  into.facts.service_tier = {};
  return {};
}

result<void> check_content_type(const http::request_head& head) {
  const std::string_view given = head.find(field::content_type).value_or("");
  const std::string_view type = trimmed(given.substr(0, given.find(';')));
  if (type.empty() || iequals(type, "application/json") || iequals(type, "text/plain") ||
      iequals(type, "application/x-www-form-urlencoded") || iequals(type, "application/octet-stream") ||
      (type.size() > 5 && iequals(type.substr(type.size() - 5), "+json"))) {
    return {};
  }
  return make_error(error_kind::unsupported_media_type,
                    fmt::format("Content-Type {}: send application/json", std::string{type.substr(0, 80)}));
}

} // namespace inferenceflow::api
