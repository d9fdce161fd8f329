/// What a second tier keeps of an entry's evidence, as bytes.
///
/// Role:      pipeline/ packs it into kept entries, app/ unpacks it at start.
/// Lifecycle: pure functions.
/// Threading: reentrant.
/// Bounds:    k_state_bytes.
#pragma once

#include "semantic/entry_table.h"

#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::semantic {

/// A version byte, the lane, two counts, two numbers of the shift.
inline constexpr std::size_t k_state_bytes = 1 + 8 + 4 + 4 + 8 + 8;

struct saved_state {
  lane_id lane = 0;
  proof own = {.seen = {}, .shift = {}};
};

[[nodiscard]] std::string packed(const saved_state& state);

/// @returns nullopt for bytes that packed() did not make, numbers that no run could have produced included.
[[nodiscard]] std::optional<saved_state> unpacked(std::string_view bytes);

} // namespace inferenceflow::semantic
