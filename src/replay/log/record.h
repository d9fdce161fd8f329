/// One request of a log, in no log's format.
///
/// Role:      log readers make them, log_feed puts them in order, the simulation takes them one by one.
/// Lifecycle: plain value that owns its text.
/// Threading: value; no shared state.
/// Bounds:    as large as the line that was read.
#pragma once

#include "base/money.h"
#include "cost/usage.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace inferenceflow::replay {

/// Whether nobody waited for the answer.
enum class batch_use : std::uint8_t {
  none,       ///< somebody waited
  could_wait, ///< sent as work that can wait, paid as a normal call
  bought,     ///< bought in a provider's batch already, at its price
};

/// What a router chose in the log, and what somebody said of the answer.
struct judged_choice {
  std::string chosen;    ///< "provider/model"
  double propensity = 1; ///< probability with which it was chosen, (0, 1]
  double score = 0;      ///< of the answer, 0 to 1
};

struct record {
  std::string id;            ///< empty if none; a second one with the same id is left out
  std::int64_t began_ms = 0; ///< Unix time
  bool timed = false;        ///< the log says when
  std::optional<std::int64_t> latency_ms = {};
  std::string tenant;
  std::string user;
  std::string session;
  std::string model;            ///< what was asked for
  std::string served;           ///< what answered, as its provider calls it; empty = the same
  std::string provider;         ///< empty if the log does not say
  std::string path;             ///< "/v1/chat/completions", …; empty if the log does not say
  std::string body;             ///< JSON; empty: the log does not hold it
  bool parameters_known = true; ///< false: `body` was put together from the messages alone
  std::optional<cost::token_usage> usage = {};
  std::optional<std::size_t> answer_bytes = {}; ///< of the answer's text
  std::string answer;                           ///< its text, where the log holds it
  std::optional<money> claimed = {};            ///< what the log says it cost
  batch_use batch = batch_use::none;
  std::optional<judged_choice> judged = {}; ///< where a router chose and feedback came
};

/// Why a line gives no record.
enum class skip_reason : std::uint8_t {
  broken,     ///< not JSON, not the columns of the header, not UTF-8
  too_long,   ///< over k_line_bytes_max
  no_request, ///< JSON, but nothing in it says what was asked of which model
  failed,     ///< the request failed and nothing was billed
  duplicate,  ///< an id that came before
  shadow,     ///< asked beside, by another choice that was tried: it was nobody's request
};
inline constexpr std::size_t k_skip_reasons = 6;

/// In words, for people.
[[nodiscard]] const char* to_string(skip_reason why) noexcept;

} // namespace inferenceflow::replay
