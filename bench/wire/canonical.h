/// Requests and answers of the superset as JSON, to compare them and to name where they differ.
///
/// Role:      round trips are equal when these are equal: JSON inside a field counts by its value, not its spelling.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    as large as what is described.
#pragma once

#include "dialogue/answer.h"
#include "dialogue/request.h"

#include <boost/json/value.hpp>
#include <string>
#include <vector>

namespace inferenceflow::bench {

/// Fields that are at their default are left out.
[[nodiscard]] boost::json::value canonical(const dialogue::request& asked);
[[nodiscard]] boost::json::value canonical(const dialogue::answer& got);

/// JSON text by its value; what is no JSON stays a string.
[[nodiscard]] boost::json::value by_value(const std::string& text);

/// The paths at which two values differ, e.g. "messages[1].parts[0].signature".
[[nodiscard]] std::vector<std::string> differences(const boost::json::value& one, const boost::json::value& other);

/// "messages[1].parts[0].signature" → "messages[].parts[].signature": one name for a loss, wherever it happens.
[[nodiscard]] std::string without_places(std::string_view path);

/// Whether one of `losses` names the field at `path`, its parent, or a field of that name there.
[[nodiscard]] bool is_named(const std::string& path, const std::vector<std::string>& losses);

} // namespace inferenceflow::bench
