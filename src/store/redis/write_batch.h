/// Commands on their way into one gathered write: small ones side by side in one piece, big ones in place.
///
/// Role:      node fills it from its pipeline and gives pieces() to the stream.
/// Lifecycle: clear() → add()* → pieces(), good until the next clear(); its memory is used again.
/// Threading: one event loop; not thread-safe.
/// Bounds:    the pieces that one write takes; k_batch_bytes_max bytes, or one command.
#pragma once

#include "net/byte_stream.h"
#include "store/redis/pipeline.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::redis {

class write_batch {
public:
  static constexpr std::size_t k_batch_bytes_max = std::size_t{1} << 20U;
  static constexpr std::size_t k_copied_bytes_max = 4'096; ///< a longer command is a piece of its own

  void clear();

  /// Calls that were taken: they keep the bytes alive.
  std::vector<call_ptr>& calls() noexcept { return calls_; }

  /// Adds a call's bytes. @returns false when it must wait for the next write.
  [[nodiscard]] bool add(const call& next);

  /// What to write.
  [[nodiscard]] std::span<const boost::asio::const_buffer> pieces();
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
  std::vector<call_ptr> calls_;
  std::array<std::string, net::byte_stream::k_pieces_max> texts_;
  std::array<std::string_view, net::byte_stream::k_pieces_max> own_; ///< a piece is this or, when empty, its text
  std::array<boost::asio::const_buffer, net::byte_stream::k_pieces_max> pieces_;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

} // namespace inferenceflow::redis
