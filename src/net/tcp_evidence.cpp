#include "net/tcp_evidence.h"

// glibc's netinet/tcp.h lacks tcpi_bytes_acked and clashes with this header, so this file includes nothing of Asio.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace inferenceflow::net {

std::optional<std::uint64_t> tcp_acknowledged_bytes(int descriptor) noexcept {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) {
    return std::nullopt;
  }
  return info.tcpi_bytes_acked;
}

} // namespace inferenceflow::net
