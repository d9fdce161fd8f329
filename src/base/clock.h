/// Time, injectable: decision code takes a clock instead of reading one.
///
/// Role:      every state machine that needs time; system_clock_source in production, manual_clock in tests.
/// Lifecycle: outlives whatever holds a reference to it.
/// Threading: system_clock_source is thread-safe; manual_clock belongs to one thread.
/// Bounds:    none.
#pragma once

#include <chrono>
#include <cstdint>

namespace inferenceflow {

using steady_time = std::chrono::steady_clock::time_point;
using wall_time = std::chrono::system_clock::time_point;

class clock_source {
public:
  virtual ~clock_source() = default;
  /// Monotonic; for durations and deadlines.
  [[nodiscard]] virtual steady_time steady_now() const noexcept = 0;
  /// Civil time; for ledger rows and logs.
  [[nodiscard]] virtual wall_time wall_now() const noexcept = 0;
};

class system_clock_source final : public clock_source {
public:
  [[nodiscard]] steady_time steady_now() const noexcept override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] wall_time wall_now() const noexcept override { return std::chrono::system_clock::now(); }
};

/// Moves only when told to.
class manual_clock final : public clock_source {
public:
  [[nodiscard]] steady_time steady_now() const noexcept override { return steady_; }
  [[nodiscard]] wall_time wall_now() const noexcept override { return wall_; }
  void advance(std::chrono::nanoseconds by) {
    steady_ += by;
    wall_ += std::chrono::duration_cast<wall_time::duration>(by);
  }

private:
  steady_time steady_{std::chrono::hours{1}};
  wall_time wall_{std::chrono::seconds{1'700'000'000}};
};

/// Milliseconds since the Unix epoch.
[[nodiscard]] inline std::int64_t to_unix_ms(wall_time t) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(t.time_since_epoch()).count();
}

} // namespace inferenceflow
