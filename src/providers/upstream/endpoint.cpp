#include "providers/upstream/endpoint.h"

#include <algorithm>
#include <boost/assert.hpp>
#include <fmt/format.h>

namespace inferenceflow::providers::upstream {

namespace {

net::parsed_url parsed(const std::string& url) {
  const auto parts = net::parse_url(url);
  BOOST_ASSERT_MSG(parts, "the configuration loader checks URLs");
  return parts.value_or(net::parsed_url{});
}

} // namespace

net::endpoint endpoint_of(const config::provider_settings& settings) {
  const net::parsed_url base = parsed(settings.base_url);
  net::endpoint target;
  target.tls = base.tls;
  target.host = base.host;
  target.port = base.port;
  target.ca_file = settings.ca_file;
  target.connect_timeout = settings.connect_timeout;
  if (!settings.proxy.empty()) {
    const net::parsed_url proxy = parsed(settings.proxy);
    target.proxy = {proxy.host, proxy.port};
    target.proxy_authorization = proxy.authorization;
  }
  return target;
}

http::pool_limits pool_limits_of(const config::provider_settings& settings) {
  return {.connections_max = settings.connections_max, .idle_max = settings.idle_connections_max};
}

std::string host_field(const config::provider_settings& settings) {
  const net::parsed_url base = parsed(settings.base_url);
  const bool usual = base.port == (base.tls ? 443 : 80);
  const std::string name = base.host.find(':') == std::string::npos ? base.host : '[' + base.host + ']';
  return usual ? name : fmt::format("{}:{}", name, base.port);
}

std::string base_path(const config::provider_settings& settings) {
  return parsed(settings.base_url).path;
}

std::string target_prefix(const config::provider_settings& settings) {
  const bool absolute_form = !settings.proxy.empty() && !parsed(settings.base_url).tls;
  return absolute_form ? "http://" + host_field(settings) : std::string{};
}

http::header_block fixed_fields(const config::provider_settings& settings, std::string_view accept,
                                std::string_view content_type) {
  http::header_block fields;
  fields.add("Host", host_field(settings)).add("User-Agent", "inferenceflow");
  if (!content_type.empty()) {
    fields.add("Content-Type", content_type);
  }
  fields.add("Accept", accept).add("Accept-Encoding", "identity");
  if (!target_prefix(settings).empty()) {
    if (const auto proxy = parsed(settings.proxy); !proxy.authorization.empty()) {
      fields.add("Proxy-Authorization", proxy.authorization);
    }
  }
  for (const auto& [name, value] : settings.headers) {
    fields.add(name, value);
  }
  return fields;
}

std::pair<std::string, std::string> key_field(const config::provider_settings& settings, std::string_view usual,
                                              const std::string& key) {
  constexpr std::string_view k_bearer_field = "authorization";
  const std::string name = settings.key_header.empty() ? std::string{usual} : settings.key_header;
  const bool bearer =
      std::equal(name.begin(), name.end(), k_bearer_field.begin(), k_bearer_field.end(),
                 [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b; });
  return {name, bearer ? "Bearer " + key : key};
}

std::string url_authorization(const config::provider_settings& settings) {
  return parsed(settings.base_url).authorization;
}

} // namespace inferenceflow::providers::upstream
