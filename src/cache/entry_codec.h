/// A cache entry as bytes that may lie where others can write: complete, compressed, and sealed for its tenant and key.
///
/// Role:      second tiers keep these bytes; pipeline/ and semantic/ make and read them.
/// Lifecycle: pure functions over values.
/// Threading: reentrant.
/// Bounds:    what is read is no larger than decode_limits::bytes_max, checked before anything is allocated or hashed.
///            Text above k_compress_bytes_min is compressed when that makes it smaller.
/// Source:    layout: README.md of this folder; Zstandard: RFC 8878; seal: HMAC-SHA256, RFC 2104.
#pragma once

#include "base/clock.h"
#include "cache/cache_key.h"
#include "cache/cached_answer.h"
#include "cache/tenant_secret.h"

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::cache {

/// Part of every entry's external name too: entries of another format are not found instead of found and refused.
inline constexpr std::uint8_t k_entry_format = 1;
inline constexpr std::size_t k_compress_bytes_min = 1'024;

enum class vector_form : std::uint8_t { float32, int8 };

/// What lets an entry answer requests that mean the same.
struct semantic_part {
  cache_key scope;      ///< hash of everything but the last user turn
  std::string text;     ///< the last user turn
  std::string embedder; ///< model that made the vector
  vector_form form = vector_form::float32;
  std::string vector; ///< bytes of the vector, little-endian
  std::string state;  ///< reserved for what the decision learns about an entry; written empty
  friend bool operator==(const semantic_part&, const semantic_part&) = default;
};

/// One entry, whole.
struct kept_entry {
  cache_key key;
  std::shared_ptr<const cached_answer> answer; ///< not null
  wall_time expires{};
  std::optional<semantic_part> semantic = {};
};

/// What a sealed entry says of itself before anything is proved: enough to find its secret, or to throw it out.
struct entry_label {
  cache_key key;
  std::string tenant;
  std::string operation;
  std::string model;
  entry_tags tags;
};

/// Why bytes are not an entry.
enum class entry_fault : std::uint8_t {
  truncated,      ///< shorter than its header says, or than any entry
  malformed,      ///< not our bytes, or fields that contradict each other
  wrong_version,  ///< another release's format
  trailing_bytes, ///< longer than its header says
  too_large,      ///< larger than decode_limits::bytes_max once unpacked
  wrong_seal,     ///< changed, written without the secret, or moved here from another key or tenant
  untrusted,      ///< written at a lower trust level than the reader asks for
  expired,        ///< past its time
};
inline constexpr std::size_t k_entry_faults = 8;

[[nodiscard]] std::string_view to_string(entry_fault fault) noexcept;
/// boost::system::result calls this when value() is taken from a fault: a broken invariant, so it aborts.
[[noreturn]] void throw_exception_from_error(entry_fault fault, const boost::source_location& where);

struct decode_limits {
  std::size_t bytes_max = 0; ///< of all texts and bytes in the entry, unpacked; cache_limits::entry_bytes_max
  trust_level least = trust_level::none;
  wall_time now{};
};

/// @param entry   its texts together shorter than 4 GiB.
/// @param secret  of the entry's tenant.
[[nodiscard]] std::string encode_entry(const kept_entry& entry, const tenant_secret& secret);

/// @param name    under which the bytes were found.
/// @param secret  of the tenant that asks.
[[nodiscard]] boost::system::result<kept_entry, entry_fault>
decode_entry(std::string_view bytes, const entry_name& name, const tenant_secret& secret, const decode_limits& limits);

/// What the bytes say of themselves. Nothing of it is proved: good for finding the secret to prove it with, and for
/// erasing. @returns nullopt when no label can be read.
[[nodiscard]] std::optional<entry_label> peek_label(std::string_view bytes);

/// Appends the seal to everything before it; encode_entry() ends with this.
void seal_entry(std::string& content, const entry_name& name, const tenant_secret& secret);

} // namespace inferenceflow::cache
