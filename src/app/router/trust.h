/// `inferenceflow router trust`: judged answers → a trust file, and the calibration that guarantees its threshold.
///
/// Role:      command.cpp calls it with what the command line said.
/// Lifecycle: one call per process.
/// Threading: main thread; blocking.
/// Bounds:    k_labels_bytes_max of file, escalation::k_rows_max rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace inferenceflow::app::router {

inline constexpr std::size_t k_labels_bytes_max = std::size_t{512} << 20U;

struct trust_command {
  std::string labels = {}; ///< JSONL, see escalation::read_labels()
  std::string out = "answers.trust";
  std::uint64_t seed = 1; ///< of the halves
};

/// Half of the rows teach P(wrong); the other half, which it never saw, goes to `out`.calibration, from which a gateway
/// finds the threshold that keeps the route's escalation.risk_max. Says what thresholds that would give.
/// @returns one of exit_status.h.
[[nodiscard]] int train_trust(const trust_command& wanted);

} // namespace inferenceflow::app::router
