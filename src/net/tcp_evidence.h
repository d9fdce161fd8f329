/// What the kernel knows about the delivery of bytes on a TCP connection.
///
/// Role:      byte_stream asks before a request is sent a second time: only one that never arrived may be.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    one system call.
/// Source:    tcp(7), TCP_INFO: tcpi_bytes_acked (RFC 4898 tcpEStatsAppHCThruOctetsAcked).
#pragma once

#include <cstdint>
#include <optional>

namespace inferenceflow::net {

/// Bytes that the peer's kernel has acknowledged since the connection was made.
/// @param descriptor  a TCP socket, also one that has failed but is not closed.
/// @returns nothing when the kernel does not tell.
[[nodiscard]] std::optional<std::uint64_t> tcp_acknowledged_bytes(int descriptor) noexcept;

} // namespace inferenceflow::net
