/// What the kernel says about this process.
///
/// Role:      the process_* metrics.
/// Lifecycle: values.
/// Threading: reentrant; reads /proc.
/// Bounds:    none.
/// Source:    proc(5), getrusage(2); Prometheus' standard process metrics.
#pragma once

#include <cstdint>

namespace inferenceflow::telemetry {

struct process_sample {
  std::uint64_t resident_bytes = 0;
  std::uint64_t open_descriptors = 0;
  double cpu_seconds = 0; ///< user and system together
};

/// Figures that cannot be read are zero.
[[nodiscard]] process_sample sample_process();

} // namespace inferenceflow::telemetry
