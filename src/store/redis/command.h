/// One Redis command in its wire form, with the slot of its keys.
///
/// Role:      client::run() and fire() send it; made once, it can be sent again to another node.
/// Lifecycle: immutable value; copies share the bytes.
/// Threading: value; copies may be used on several threads.
/// Bounds:    k_arguments_max arguments, k_command_bytes_max bytes.
/// Source:    RESP2, "Sending commands to a Redis server".
#pragma once

#include "base/error.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace inferenceflow::redis {

inline constexpr std::size_t k_arguments_max = 1'024;
inline constexpr std::size_t k_command_bytes_max = std::size_t{32} << 20U;

class command {
public:
  /// The bytes to be sent.
  [[nodiscard]] std::string_view bytes() const noexcept { return {bytes_.get(), size_}; }
  /// Slot of its keys; nothing when it has none and any node will do.
  [[nodiscard]] std::optional<std::uint16_t> slot() const noexcept { return slot_; }

private:
  friend result<command> make_command(std::span<const std::string_view> arguments, std::size_t key_count);
  command(std::shared_ptr<const char> bytes, std::size_t size, std::optional<std::uint16_t> slot)
      : bytes_(std::move(bytes))
      , size_(size)
      , slot_(slot) {}

  std::shared_ptr<const char> bytes_;
  std::size_t size_;
  std::optional<std::uint16_t> slot_;
};

/// @param arguments  the command's name, then what follows it; any bytes.
/// @param key_count  so many arguments behind the name are keys; 0 = none of them is.
/// @returns invalid_request: empty, beyond the bounds, or keys of different slots, which no cluster would take.
[[nodiscard]] result<command> make_command(std::span<const std::string_view> arguments, std::size_t key_count);
[[nodiscard]] result<command> make_command(std::initializer_list<std::string_view> arguments,
                                           std::size_t key_count = 1);

/// GET key: a text, or nil.
[[nodiscard]] result<command> get_command(std::string_view key);
/// SET key value PX ttl. @param ttl  at least 1 ms.
[[nodiscard]] result<command> set_command(std::string_view key, std::string_view value, std::chrono::milliseconds ttl);
/// UNLINK key.
[[nodiscard]] result<command> unlink_command(std::string_view key);
/// PUBLISH channel message. In a cluster every node passes it on to its subscribers.
[[nodiscard]] result<command> publish_command(std::string_view channel, std::string_view message);

} // namespace inferenceflow::redis
