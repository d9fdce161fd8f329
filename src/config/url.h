/// The parts of an http or https base address.
///
/// Role:      checks base_url and proxy; picks the proxy of a provider.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    k_url_bytes_max.
/// Source:    RFC 3986 §3.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace inferenceflow::config {

inline constexpr std::size_t k_url_bytes_max = 2'048;

struct base_address {
  bool tls = false;
  std::string host; ///< lower case, without brackets
  std::uint16_t port = 0;
  std::string path; ///< without a trailing slash; may be empty
};

/// @returns invalid_request saying what is wrong: no http(s) scheme, user info, query, fragment, bad host or port.
[[nodiscard]] result<base_address> parse_base_address(std::string_view url);

/// True when NO_PROXY (`list`: comma-separated hosts, ".domain" suffixes, "*", optional ":port") names the address, or
/// the address is loopback, which no proxy can reach for us.
[[nodiscard]] bool bypasses_proxy(const base_address& address, std::string_view list);

} // namespace inferenceflow::config
