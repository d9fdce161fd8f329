#include "api/json_text.h"

#include <ctime>
#include <fmt/format.h>
#include <limits>

namespace inferenceflow::api {

std::string json_time(std::int64_t unix_ms) {
  // Beyond these no four-digit year exists, and no ledger row either.
  constexpr std::int64_t k_year_10000_ms = 253'402'300'800'000;
  if (unix_ms <= 0 || unix_ms >= k_year_10000_ms) {
    return "null";
  }
  const std::time_t seconds = unix_ms / 1'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("\"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z\"", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string json_tokens(const cost::token_usage& usage) {
  return fmt::format(R"({{"fresh_input":{},"cached_input":{},"cache_write":{},"output":{},"reasoning":{},"total":{}}})",
                     usage.fresh_input, usage.cached_input, usage.cache_write, usage.output, usage.reasoning,
                     usage.total());
}

} // namespace inferenceflow::api
