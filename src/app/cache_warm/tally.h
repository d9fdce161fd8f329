/// What came of the requests that were sent, in numbers and in words.
///
/// Role:      warmer notes every answer; the command prints the summary.
/// Lifecycle: plain value.
/// Threading: one thread.
/// Bounds:    one line per status.
#pragma once

#include "base/money.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::app::cache_warm {

/// What the gateway said to one request.
struct warm_answer {
  int status = 0;
  std::string cache;              ///< x-inferenceflow-cache
  std::optional<money> cost = {}; ///< x-inferenceflow-cost, from head or trailer
  std::optional<std::chrono::seconds> retry_after = {};
  std::string message; ///< of an error
};

struct tally {
  std::uint64_t sent = 0; ///< and answered, or given up
  std::uint64_t hits = 0;
  std::uint64_t similar = 0;   ///< the answer to another question was there
  std::uint64_t stored = 0;    ///< asked the backend, or shared a call that did
  std::uint64_t bypassed = 0;  ///< answered, and not for the cache
  std::uint64_t skipped = 0;   ///< lines that are no requests
  std::uint64_t cut_short = 0; ///< on their way when the command was interrupted
  std::uint64_t pauses = 0;    ///< that the gateway asked for
  money cost = {};
  struct failure {
    std::uint64_t count = 0;
    std::string message; ///< the first
  };
  std::map<int, failure> failed = {}; ///< by status; 0 is no answer at all
  double reached = -1;                ///< greatest share of the source that was answered; below 0: unknown

  void note(const warm_answer& got);
  void note_no_answer(std::string message);
  [[nodiscard]] std::uint64_t failures() const;

  /// "sent 12: …", with what failed on lines of its own, each ended.
  [[nodiscard]] std::string summary(std::chrono::duration<double> elapsed) const;
  /// One line without its end: a bar where the share is known, counts, rate and time left.
  [[nodiscard]] std::string progress(std::chrono::duration<double> elapsed, bool with_bar) const;
};

/// "0.000123456" → money. @returns nullopt for anything else.
[[nodiscard]] std::optional<money> parse_usd(std::string_view text);

} // namespace inferenceflow::app::cache_warm
