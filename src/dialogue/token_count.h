/// Counts of a usage block, whatever a provider wrote there.
///
/// Role:      every codec's usage: a count that makes no sense must not cost the client an answer that does.
/// Lifecycle: free function.
/// Threading: as the document.
/// Bounds:    counts are cut to [0, cost::k_tokens_max].
#pragma once

#include "dialogue/json_view.h"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace inferenceflow::dialogue {

/// The number at a path of members, its fraction left off; absent, without a fault, if there is none: a string, a list,
/// a block that is no object.
[[nodiscard]] std::optional<std::int64_t> token_count(json_view block, std::initializer_list<std::string_view> path);

} // namespace inferenceflow::dialogue
