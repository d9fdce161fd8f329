/// What keeps answers coming when backends fail: one block of settings that may stand in three places.
///
/// Role:      `resilience` holds what is true everywhere, `providers[].resilience` what differs for one backend,
///            `routes[].resilience` what differs for one public name; merged() makes one of them.
/// Lifecycle: values.
/// Threading: immutable after loading.
/// Bounds:    those of the settings table; a value that is not said counts only in the outermost block.
#pragma once

#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace inferenceflow::config {

/// Keys that the block may have.
inline constexpr std::size_t k_resilience_rows_max = 64;

enum class probe_when : std::uint8_t { never, sick, always };
enum class refuse_with : std::uint8_t { too_many_requests, unavailable };

struct retry_choices {
  std::size_t attempts_max = 4; ///< sends per request, the first included
  std::chrono::milliseconds backoff_base{100};
  std::chrono::milliseconds backoff_max{5'000};
  std::chrono::milliseconds retry_after_max{10'000}; ///< a longer Retry-After is passed on instead of waited for
  std::chrono::milliseconds deadline{60'000};        ///< no attempt begins later
  std::size_t budget_percent = 20;                   ///< retries per hundred requests
  std::size_t budget_floor_per_s = 3;                ///< retries per second that are always allowed
  bool after_filter = false; ///< a refusal by a provider's content filter goes on to the next target
};

struct breaker_choices {
  std::chrono::milliseconds window{10'000};
  std::size_t failure_percent = 50;
  std::size_t calls_min = 20;
  std::size_t consecutive_failures = 5; ///< 0 = these alone open nothing
  std::chrono::milliseconds open_time{5'000};
  std::chrono::milliseconds open_time_max{60'000};
};

struct key_choices {
  std::chrono::milliseconds refused_time{60'000}; ///< a key sits out after 401, 402, 403
  std::chrono::milliseconds limited_time{1'000};  ///< after 429 without Retry-After; doubles in a row
};

struct health_choices {
  probe_when probe = probe_when::sick;
  std::size_t call_failures = 5; ///< in a row; 0 = calls do not count
  std::size_t probe_failures = 3;
  std::size_t successes = 2;
  std::chrono::milliseconds probe_interval{10'000};
  std::chrono::milliseconds sick_time{10'000}; ///< without probes
};

struct hedge_choices {
  bool enabled = false;
  std::size_t quantile_permille = 950;
  std::size_t share_percent = 2;
  std::size_t samples_min = 50;
  std::chrono::milliseconds delay_min{50};
  std::chrono::milliseconds delay_max{30'000};
};

struct concurrency_choices {
  bool adaptive = false; ///< false: calls_max alone
  std::size_t calls_max = 4'096;
  std::size_t calls_min = 4; ///< adaptive goes no lower
  std::size_t calls_first = 32;
  std::size_t tolerance_percent = 150;
};

struct queue_choices {
  std::size_t waiters_max = 1'024;
  std::chrono::milliseconds wait_max{10'000};
  refuse_with refusal = refuse_with::too_many_requests;
};

struct resilience_settings {
  retry_choices retry;
  breaker_choices breaker;
  key_choices keys;
  health_choices health;
  hedge_choices hedge;
  concurrency_choices concurrency;
  queue_choices queue;
  std::chrono::milliseconds load_decay{10'000}; ///< of the peak-sensitive average that the balancers compare
  std::size_t sticky_load_percent = 125;        ///< of the fair share; a busier target passes its conversation on
  bool continue_elsewhere = false;              ///< a stream that breaks is continued by the next target

  std::bitset<k_resilience_rows_max>
      said; ///< by row of resilience_scope(): which of these the file gives; not a key of the file
};

/// `below` with everything that `above` says.
[[nodiscard]] resilience_settings merged(const resilience_settings& below, const resilience_settings& above);

/// The values of all keys that begin with one of `prefixes` in one number: state kept under equal values may be shared.
[[nodiscard]] std::uint64_t fingerprint(const resilience_settings& values,
                                        std::initializer_list<std::string_view> prefixes);

} // namespace inferenceflow::config
