/// A request body with another model in it.
///
/// Role:      the client's name for the model becomes the backend's; not a byte more is changed.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    one copy of the body when the name changes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::providers::native {

/// @returns `body` with the value of its top-level member "model" replaced; nothing when it is that already, or when
///          there is no such member (some protocols name the model in the path).
[[nodiscard]] std::optional<std::string> with_model(std::string_view body, std::string_view model);

} // namespace inferenceflow::providers::native
