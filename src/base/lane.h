/// The three lanes of traffic: who is served first, and who can wait.
///
/// Role:      api/ reads it from a request, the engine's scheduler orders its work by it.
/// Lifecycle: plain value.
/// Threading: value; no shared state.
/// Bounds:    k_lanes lanes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace inferenceflow {

/// In order of urgency.
enum class service_lane : std::uint8_t {
  express,  ///< somebody watches: barely any queueing
  standard, ///< the default
  batch,    ///< nobody waits: whatever the others leave
};

inline constexpr std::size_t k_lanes = 3;
inline constexpr std::array<service_lane, k_lanes> k_all_lanes{service_lane::express, service_lane::standard,
                                                               service_lane::batch};

/// What a request may say, for messages.
inline constexpr std::string_view k_lane_names = "express, standard, batch";

/// One value per lane.
template <class T> using per_lane = std::array<T, k_lanes>;

[[nodiscard]] constexpr std::size_t index_of(service_lane lane) noexcept {
  return static_cast<std::size_t>(lane);
}

[[nodiscard]] constexpr std::string_view to_string(service_lane lane) noexcept {
  constexpr per_lane<std::string_view> names{"express", "standard", "batch"};
  return names[index_of(lane)];
}

/// @returns nothing for another name than those of k_lane_names; case matters.
[[nodiscard]] constexpr std::optional<service_lane> lane_named(std::string_view name) noexcept {
  for (const auto lane : k_all_lanes) {
    if (name == to_string(lane)) {
      return lane;
    }
  }
  return std::nullopt;
}

} // namespace inferenceflow
