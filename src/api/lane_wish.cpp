#include "api/lane_wish.h"

#include <charconv>
#include <fmt/format.h>
#include <string>

namespace inferenceflow::api {

namespace {

constexpr std::string_view k_priority = "x-inferenceflow-priority";
constexpr std::string_view k_deadline = "x-inferenceflow-deadline-ms";

} // namespace

result<void> read_lane_headers(const http::request_head& head, pipeline::request& request) {
  if (const auto wished = head.find(k_priority)) {
    const auto lane = lane_named(*wished);
    if (!lane) {
      return make_error(error_kind::invalid_request,
                        fmt::format("header {}: must be one of {}", k_priority, k_lane_names), std::string{k_priority});
    }
    request.lane = *lane;
    request.lane_named = true;
  }
  if (const auto wished = head.find(k_deadline)) {
    std::int64_t ms = 0;
    const auto read = std::from_chars(wished->data(), wished->data() + wished->size(), ms);
    if (read.ec != std::errc{} || read.ptr != wished->data() + wished->size() || ms < 1 || ms > k_deadline_ms_max) {
      return make_error(
          error_kind::invalid_request,
          fmt::format("header {}: must be a whole number of milliseconds, 1 to {}", k_deadline, k_deadline_ms_max),
          std::string{k_deadline});
    }
    request.deadline = request.started + std::chrono::milliseconds(ms);
  }
  return {};
}

service_lane lane_of_tier(std::string_view service_tier) noexcept {
  if (service_tier == "priority") {
    return service_lane::express;
  }
  return service_tier == "flex" ? service_lane::batch : service_lane::standard;
}

} // namespace inferenceflow::api
