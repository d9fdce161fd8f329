/// The fixed beginning of a serialised entry, and where its parts lie.
///
/// Role:      entry_codec writes and checks it.
/// Lifecycle: plain value.
/// Threading: value; no shared state.
/// Bounds:    k_entry_head_bytes; the sizes in it are checked against the bytes that are there before they are used.
/// Source:    layout: README.md of this folder.
#pragma once

#include "cache/entry_codec.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::cache {

inline constexpr std::string_view k_entry_magic = "IFCE";
inline constexpr std::size_t k_entry_head_bytes = 108;
inline constexpr std::uint8_t k_flag_compressed = 1;
inline constexpr std::uint8_t k_flag_semantic = 2;

struct entry_head {
  std::uint8_t flags = 0;
  std::uint8_t trust = 0;
  std::uint8_t form = 0;
  cache_key key;
  std::int64_t created_ns = 0; ///< since the Unix epoch
  std::int64_t expires_ns = 0; ///< since the Unix epoch
  std::int64_t cost_nano_usd = 0;
  cost::token_usage usage;
  std::uint32_t labels_bytes = 0;
  std::uint32_t text_bytes = 0;   ///< unpacked
  std::uint32_t stored_bytes = 0; ///< as it lies there

  [[nodiscard]] bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
};

void write_head(std::string& into, const entry_head& head);

/// The head, and a promise that labels, text and seal lie behind it and nothing else does.
[[nodiscard]] boost::system::result<entry_head, entry_fault> read_head(std::string_view bytes);

/// Of bytes that read_head() accepted.
[[nodiscard]] inline std::string_view labels_of(std::string_view bytes, const entry_head& head) {
  return bytes.substr(k_entry_head_bytes, head.labels_bytes);
}
[[nodiscard]] inline std::string_view stored_text_of(std::string_view bytes, const entry_head& head) {
  return bytes.substr(k_entry_head_bytes + head.labels_bytes, head.stored_bytes);
}

/// @returns the text packed, or nullopt when that makes it no smaller.
[[nodiscard]] std::optional<std::string> pack(std::string_view text);
/// @param bytes  exactly what must come out.
[[nodiscard]] std::optional<std::string> unpack(std::string_view packed, std::size_t bytes);

} // namespace inferenceflow::cache
