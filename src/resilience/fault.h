/// How one call to a backend failed, as far as deciding what comes next needs it.
///
/// Role:      providers name the fault of each failed call; every machine of this module reads it.
/// Lifecycle: plain values.
/// Threading: values; no shared state.
/// Bounds:    none.
/// Source:    RFC 9110 §15 (status codes), RFC 6585 §4 (429); 529 is Anthropic's "overloaded".
#pragma once

#include "base/error.h"

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace inferenceflow::resilience {

enum class fault : std::uint8_t {
  connect_failed,   ///< not resolved, refused, no TLS: no request reached the backend
  no_first_byte,    ///< connected, then silent until the time was up
  broken,           ///< closed early or answered garbage, before or amid the answer
  request_timeout,  ///< 408
  rate_limited,     ///< 429
  overloaded,       ///< 503, 529
  server_error,     ///< any other 5xx
  key_refused,      ///< 401
  key_forbidden,    ///< 403: this key may not use this model
  quota_exhausted,  ///< 402
  model_missing,    ///< 404
  context_too_long, ///< the prompt does not fit this model
  content_filtered, ///< the provider's filter refused it
  unsupported,      ///< this backend's protocol cannot carry the request; nothing was sent
  client_fault,     ///< any other 4xx: the request itself is wrong, whoever is asked
  cancelled,        ///< the client left, or another attempt was faster; nobody's fault
};

/// Stable lower-case name, e.g. "rate_limited"; for metrics and logs.
[[nodiscard]] std::string_view to_string(fault what) noexcept;

/// The fault that a status says. @param status  HTTP status, 400 or higher; what the body says (context_too_long,
/// content_filtered) is known to the codec only.
[[nodiscard]] fault fault_of_status(int status) noexcept;

/// The fault that a provider's error says, where there was no status. What the provider's code refuses by itself
/// (invalid_request) another provider may be able to carry.
[[nodiscard]] fault fault_of_error(const error& failure) noexcept;

/// Some of the faults.
class fault_set {
public:
  constexpr fault_set(std::initializer_list<fault> members) noexcept {
    for (const fault member : members) {
      bits_ |= bit(member);
    }
  }
  [[nodiscard]] constexpr bool contains(fault what) const noexcept { return (bits_ & bit(what)) != 0; }
  [[nodiscard]] constexpr fault_set with(fault what) const noexcept {
    fault_set more = *this;
    more.bits_ |= bit(what);
    return more;
  }

private:
  static constexpr std::uint32_t bit(fault what) noexcept { return std::uint32_t{1} << static_cast<unsigned>(what); }
  std::uint32_t bits_ = 0;
};

/// One failed call.
struct attempt_failure {
  fault what = fault::broken;
  std::optional<std::chrono::milliseconds> retry_after = {}; ///< the backend's Retry-After
  error told = {};                                           ///< for the client, if it comes to that
};

} // namespace inferenceflow::resilience
