/// Where a configured upstream is, and how every request to it begins.
///
/// Role:      providers over HTTP make their pools and request heads with it.
/// Lifecycle: free functions on loaded settings.
/// Threading: reentrant.
/// Bounds:    those of the settings.
/// Source:    RFC 9112 §3.2.2 (absolute form to a proxy), RFC 9110 §7.2 (Host).
#pragma once

#include "config/settings.h"
#include "http/header_block.h"
#include "http/upstream_pool.h"
#include "net/connector.h"

#include <string>
#include <string_view>
#include <utility>

namespace inferenceflow::providers::upstream {

/// @param settings  loaded and checked: base_url and proxy parse.
[[nodiscard]] net::endpoint endpoint_of(const config::provider_settings& settings);

[[nodiscard]] http::pool_limits pool_limits_of(const config::provider_settings& settings);

/// "api.openai.com", "127.0.0.1:8000": the Host field.
[[nodiscard]] std::string host_field(const config::provider_settings& settings);

/// Path of base_url, e.g. "/v1"; may be empty.
[[nodiscard]] std::string base_path(const config::provider_settings& settings);

/// What stands before the path in a request line: empty, or "http://host" where a proxy wants the absolute form.
[[nodiscard]] std::string target_prefix(const config::provider_settings& settings);

/// The fields that are the same for every request: host, agent, content, those of the configuration, the proxy's
/// authorisation. Not the provider's. @param content_type  empty: requests say their own.
[[nodiscard]] http::header_block fixed_fields(const config::provider_settings& settings, std::string_view accept,
                                              std::string_view content_type = "application/json");

/// The field that carries `key`: settings.key_header, else `usual`. Authorization carries it as a bearer token.
[[nodiscard]] std::pair<std::string, std::string> key_field(const config::provider_settings& settings,
                                                            std::string_view usual, const std::string& key);

/// "Basic …" when base_url holds user and password; else empty.
[[nodiscard]] std::string url_authorization(const config::provider_settings& settings);

} // namespace inferenceflow::providers::upstream
