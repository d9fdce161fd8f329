/// What happened to the fields of a request that Cohere has no place for.
///
/// Role:      the request's writers note here; write_request() answers with it.
/// Lifecycle: one per request.
/// Threading: one thread.
/// Bounds:    one entry per field.
#pragma once

#include "base/error.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inferenceflow::codecs::cohere {

struct write_notes {
  std::vector<std::string> losses = {};
  std::optional<error> refused = {}; ///< the first field that must not be dropped

  /// @param path  field of the superset, e.g. "messages[2].name".
  void drop(std::string path) { losses.push_back(std::move(path)); }
  void refuse(std::string path, std::string_view why) {
    if (!refused) {
      refused = make_error(error_kind::invalid_request, path + ": " + std::string{why}, path);
    }
  }
};

} // namespace inferenceflow::codecs::cohere
