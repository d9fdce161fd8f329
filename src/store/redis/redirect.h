/// MOVED and ASK: a cluster's node says who has the slot.
///
/// Role:      client follows it.
/// Lifecycle: plain value; free function.
/// Threading: reentrant.
/// Bounds:    none.
/// Source:    Redis cluster specification, "Redirection and resharding".
#pragma once

#include "store/redis/address.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace inferenceflow::redis {

struct redirect {
  bool ask = false; ///< once, with ASKING before it; else for good
  std::uint16_t slot = 0;
  node_name to = {};
};

/// Reads a failure such as "MOVED 3999 127.0.0.1:6381".
/// @param from  the node that answered: an empty host means the same one.
/// @returns nothing for any other failure, and for one with a bad slot or address.
[[nodiscard]] std::optional<redirect> parse_redirect(std::string_view failure_text, const node_name& from);

} // namespace inferenceflow::redis
