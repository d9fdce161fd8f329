/// What a lane has learned, as bytes: so that it is not learned again after each restart.
///
/// Role:      semantic_cache gives and takes it; app/ keeps it where the entries are kept.
/// Lifecycle: values and pure functions.
/// Threading: reentrant.
/// Bounds:    k_judged_kept_max entries, lane_name as long as names are: some 50 KiB.
#pragma once

#include "cache/cache_key.h"
#include "semantic/entry_table.h"
#include "semantic/lane.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::semantic {

/// An entry that was compared, and how it proved.
struct judged_entry {
  cache::cache_key key;
  cache::cache_key same_as; ///< entry of the same lane_memory, at or before this one, whose answer says the same
  proof own;
  proof answer; ///< shared by all that say the same
};

struct lane_memory {
  lane_id id = 0;
  lane_name name;
  double error_max = 0; ///< δ in force when it was taken
  evidence weights{};
  belief::matrix covariance{};
  risk_table::levels levels{};
  budget_state budget;
  std::vector<judged_entry> judged;
};

[[nodiscard]] std::string packed(const lane_memory& memory);

/// @returns nullopt for bytes that packed() of this release did not make. Whether the numbers can be true is for
///          those to say who take them.
[[nodiscard]] std::optional<lane_memory> unpacked(std::string_view bytes);

} // namespace inferenceflow::semantic
