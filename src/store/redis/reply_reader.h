/// Bytes from Redis in any slices → replies, within bounds.
///
/// Role:      one per connection; hiredis takes the protocol apart, this bounds what it may cost.
/// Lifecycle: construct → (feed() → next() until it has none)*. After an error nothing can be read any more.
/// Threading: one event loop; not thread-safe.
/// Bounds:    reply_bytes_max per reply; k_values_max values in it; k_line_bytes_max per status, error or length;
///            lists nest at most 7 deep (hiredis' own bound).
/// Source:    RESP2; docs/adr/0022-hiredis-for-the-protocol.md
#pragma once

#include "base/error.h"
#include "store/redis/reply.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

struct redisReader; // hiredis: kept out of this header

namespace inferenceflow::redis {

inline constexpr std::size_t k_values_max = 1'000'000;
inline constexpr std::size_t k_line_bytes_max = 65'536;

class reply_reader {
public:
  /// @param reply_bytes_max  longest reply, as it comes over the wire.
  explicit reply_reader(std::size_t reply_bytes_max);
  ~reply_reader();
  reply_reader(const reply_reader&) = delete;
  reply_reader& operator=(const reply_reader&) = delete;

  /// Takes what was read from the socket.
  /// @returns upstream_failed when there is no memory for it.
  [[nodiscard]] result<void> feed(std::string_view bytes);

  /// The next whole reply; nothing when more bytes are needed.
  /// @returns upstream_failed for what is not RESP2, or beyond the bounds; close the connection then.
  [[nodiscard]] result<std::optional<reply>> next();

private:
  struct tree; ///< the reply that hiredis is building

  std::size_t reply_bytes_max_;
  std::size_t unfinished_bytes_ = 0; ///< fed since the last whole reply
  std::unique_ptr<tree> tree_;
  std::unique_ptr<redisReader, void (*)(redisReader*)> reader_;
};

} // namespace inferenceflow::redis
