/// Where Redis is, read from a URL.
///
/// Role:      the configuration's REDIS_URL becomes options.target.
/// Lifecycle: plain values; free functions.
/// Threading: value; reentrant.
/// Bounds:    k_url_bytes_max, k_seeds_max.
/// Source:    IANA's provisional registrations of redis: and rediss:; RFC 3986 §2.1 (percent-encoding).
#pragma once

#include "base/error.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::redis {

inline constexpr std::size_t k_url_bytes_max = 4'096;
inline constexpr std::size_t k_seeds_max = 64;
inline constexpr std::uint16_t k_port = 6'379;
inline constexpr std::uint32_t k_database_max = 65'535;

/// One server.
struct node_name {
  std::string host; ///< name or address, without brackets
  std::uint16_t port = 0;
  auto operator<=>(const node_name&) const = default;
};

/// "host:port", an IPv6 address in brackets.
[[nodiscard]] std::string to_string(const node_name& name);

/// What a URL says. Never printed as a whole: it may hold a password.
struct address {
  bool tls = false;
  bool cluster = false;         ///< by scheme or by several hosts
  std::string user = {};        ///< empty = the default user
  std::string password = {};    ///< empty = no AUTH
  std::uint32_t database = 0;   ///< 0 in a cluster
  std::vector<node_name> seeds; ///< at least one; a cluster tells the others
};

/// Reads `redis://[[user]:password@]host[:port][,host[:port]…][/database]`.
/// Schemes: redis, rediss (TLS), redis+cluster, rediss+cluster, and the same of valkey. Several hosts are a cluster.
/// User and password are percent-decoded.
/// @returns invalid_request that names what is wrong; the text never holds user or password.
[[nodiscard]] result<address> parse_address(std::string_view url);

} // namespace inferenceflow::redis
