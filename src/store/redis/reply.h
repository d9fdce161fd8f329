/// What Redis answered.
///
/// Role:      reply_reader makes it; client's callers read it.
/// Lifecycle: plain value that owns its text.
/// Threading: value.
/// Bounds:    reply_reader's.
/// Source:    RESP2, "Redis serialization protocol specification".
#pragma once

#include "base/error.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::redis {

enum class reply_kind : std::uint8_t {
  nil,     ///< no such key
  text,    ///< bytes, e.g. a value
  status,  ///< a short word, e.g. OK
  failure, ///< an error in Redis' own words; text begins with its code
  integer,
  list,
};

struct reply {
  reply_kind kind = reply_kind::nil;
  std::string text = {};
  std::int64_t integer = 0;
  std::vector<reply> elements = {};

  [[nodiscard]] bool is(reply_kind which) const noexcept { return kind == which; }
};

/// The first word of a failure, e.g. "OOM" or "WRONGTYPE"; only capital letters, else empty.
[[nodiscard]] std::string_view failure_code(std::string_view text) noexcept;

/// A failure as error: unavailable where the server says that it cannot now (OOM, LOADING, READONLY, …), else
/// upstream_failed. The text is cut to a line without the command's arguments, which may be anybody's data.
[[nodiscard]] error error_of_failure(std::string_view text);

/// Whether a failure speaks of the server rather than of the command: the breaker counts it.
[[nodiscard]] bool server_is_unwell(std::string_view failure_text) noexcept;

} // namespace inferenceflow::redis
