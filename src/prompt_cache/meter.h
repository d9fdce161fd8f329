/// What prompt caching did for one provider, and what it would have done.
///
/// Role:      advisor adds, app/ reads for the metrics.
/// Lifecycle: one per provider's name, as long as the process.
/// Threading: atomics.
/// Bounds:    one per configured provider.
#pragma once

#include "prompt_cache/tariff.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace inferenceflow::prompt_cache {

struct meter {
  std::atomic<std::uint64_t> read_tokens{0};
  std::atomic<std::uint64_t> written_tokens{0};
  std::atomic<std::uint64_t> marked{0};  ///< requests in which a mark or a key was placed
  std::atomic<std::uint64_t> missed{0};  ///< requests for which the provider did not hold what it was believed to hold
  std::atomic<std::uint64_t> refused{0}; ///< requests that the provider took only without what was put in
  std::atomic<std::int64_t> saved_nano_usd{0};
  std::atomic<std::int64_t> spent_nano_usd{0};
  std::atomic<std::int64_t> would_save_nano_usd{0}; ///< observing: as the marks would have
  std::atomic<std::int64_t> would_spend_nano_usd{0};

  /// Anything was counted: a provider whose routes say off does not appear in the metrics.
  [[nodiscard]] bool used() const noexcept {
    return read_tokens != 0 || written_tokens != 0 || marked != 0 || would_spend_nano_usd != 0 ||
           would_save_nano_usd != 0;
  }
};

class meter_table {
public:
  /// The provider's meter; made when it is not there. Lifetime: the table's.
  [[nodiscard]] meter& of(std::string_view provider);

  /// Calls f(const std::string& provider, const meter&) for each.
  template <class F> void each(F&& f) {
    const std::scoped_lock lock{mutex_};
    for (const auto& [provider, at] : meters_) {
      f(provider, at);
    }
  }

private:
  std::mutex mutex_;
  std::map<std::string, meter, std::less<>> meters_;
};

} // namespace inferenceflow::prompt_cache
