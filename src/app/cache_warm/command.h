/// `inferenceflow cache warm`: options → a run of the warmer, with what it shows and how it exits.
///
/// Role:      main() calls it.
/// Lifecycle: free functions.
/// Threading: the caller's thread, which it blocks; SIGINT and SIGTERM are its own meanwhile.
/// Bounds:    k_problems_shown_max lines about lines; the others are counted.
#pragma once

#include "base/error.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::app::cache_warm {

inline constexpr double k_rate_max = 10'000;
inline constexpr std::size_t k_concurrency_max = 256;
inline constexpr std::size_t k_problems_shown_max = 50;
/// After an interrupt, what is on its way has so long to end.
inline constexpr std::chrono::seconds k_interrupt_grace{5};

/// Exit statuses: all well; some lines or requests failed; nothing could be done; interrupted.
enum exit_status : int { all_well = 0, some_failed = 1, not_begun = 2, interrupted = 130 };

struct command_options {
  std::string file;   ///< "-" is standard input; empty: from the ledger
  std::string ledger; ///< file of a ledger
  std::size_t top = 1'000;
  std::string since = "7d";
  std::string url = "http://127.0.0.1:8080";
  double rate_per_s = 5;
  std::size_t concurrency = 2;
  std::string model;
  std::vector<std::string> headers; ///< "name: value"
  std::string key;                  ///< bearer token
  bool dry_run = false;
};

/// "90s", "30min" or "30m", "12h", "7d", "2w". @returns invalid_request for anything else.
[[nodiscard]] result<std::chrono::seconds> parse_span(std::string_view text);

/// "name: value". @returns invalid_request when it is no header field, or one that is not the caller's to set.
[[nodiscard]] result<std::pair<std::string, std::string>> parse_header(std::string_view text);

/// Progress and problems go to standard error, the summary to standard output. @returns an exit_status.
[[nodiscard]] int warm(const command_options& options);

} // namespace inferenceflow::app::cache_warm
