/// Warnings that do not fill a log: one of each kind per minute.
///
/// Role:      redis_tier tells an operator why Redis is of no use, once and not once per request.
/// Lifecycle: outlives whoever complains.
/// Threading: any thread.
/// Bounds:    k_complaints kinds, one warning each per k_complaint_pause.
#pragma once

#include "base/clock.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace inferenceflow::store::redis_tier {

/// Kinds, so that a frequent one does not hide a rare one.
enum class complaint : std::uint8_t { slow, failing, forged_news, stale_news };
inline constexpr std::size_t k_complaints = 4;
inline constexpr std::chrono::minutes k_complaint_pause{1};

class complaints {
public:
  complaints(std::function<void(const std::string&)> say, const clock_source& clock)
      : say_(std::move(say))
      , clock_(clock) {}

  void add(complaint kind, const std::string& what) {
    if (say_ && due(kind)) {
      say_("shared cache: " + what);
    }
  }

private:
  [[nodiscard]] bool due(complaint kind) {
    const std::lock_guard lock{mutex_};
    auto& last = last_[static_cast<std::size_t>(kind)];
    const steady_time now = clock_.steady_now();
    if (last && now - *last < k_complaint_pause) {
      return false;
    }
    last = now;
    return true;
  }

  std::function<void(const std::string&)> say_;
  const clock_source& clock_;
  std::mutex mutex_;
  std::array<std::optional<steady_time>, k_complaints> last_;
};

} // namespace inferenceflow::store::redis_tier
