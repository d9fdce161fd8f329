/// How the commands of `inferenceflow router` end.
///
/// Role:      all of them return one of these.
/// Lifecycle: constants.
/// Threading: none.
/// Bounds:    none.
#pragma once

namespace inferenceflow::app::router {

inline constexpr int k_done = 0;
inline constexpr int k_failed = 1;  ///< it was tried and went wrong, or there was nothing to write
inline constexpr int k_refused = 2; ///< nothing was done: what was asked is wrong

} // namespace inferenceflow::app::router
