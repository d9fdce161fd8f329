/// The usage block of a recorded answer, read the plain way: the provider's field names and nothing of the codecs.
///
/// Role:      what the codecs' usage is compared with.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    as large as the recording.
/// Source:    API references of the seven protocols, "usage"; the counts of one block overlap as each provider says.
#pragma once

#include "bench/wire/recording.h"
#include "cost/usage.h"

#include <boost/json/value.hpp>
#include <optional>
#include <string_view>
#include <vector>

namespace inferenceflow::bench {

/// The JSON documents that a body is made of: itself, or the data of its events.
[[nodiscard]] std::vector<boost::json::value> documents_of(const recording& row);

/// @returns nothing where the recording holds no usage block.
[[nodiscard]] std::optional<cost::token_usage> recorded_usage(const recording& row);

/// What an error document says to people: its "message", wherever the provider puts it; empty if there is none.
[[nodiscard]] std::string recorded_message(const recording& row);

} // namespace inferenceflow::bench
