/// What a writer dropped, and the first thing that it must not drop.
///
/// Role:      every part of write_request reports to one.
/// Lifecycle: one per request written.
/// Threading: one thread.
/// Bounds:    one entry per dropped field.
#pragma once

#include "base/error.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inferenceflow::codecs::anthropic {

class loss_list {
public:
  /// @param field  path in the superset: "seed", "messages[2].name". Each is noted once.
  void drop(std::string field) {
    if (std::find(dropped_.begin(), dropped_.end(), field) == dropped_.end()) {
      dropped_.push_back(std::move(field));
    }
  }
  /// Notes the first field that cannot be carried and must not be dropped.
  void refuse(std::string field, std::string_view why) {
    if (!refusal_) {
      refusal_ = make_error(error_kind::invalid_request, field + " " + std::string{why}, field);
    }
  }

  [[nodiscard]] const std::optional<error>& refusal() const noexcept { return refusal_; }
  [[nodiscard]] std::vector<std::string> take() && { return std::move(dropped_); }

private:
  std::vector<std::string> dropped_;
  std::optional<error> refusal_;
};

} // namespace inferenceflow::codecs::anthropic
