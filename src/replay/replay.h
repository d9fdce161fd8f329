/// A log run through several configurations at once, and what came of it.
///
/// Role:      `inferenceflow replay` calls it; report_*.h show what it gives.
/// Lifecycle: one call.
/// Threading: the caller's thread; reads the log, asks nobody else.
/// Bounds:    one record at a time beside log_feed's window; k_unpriced_names_max names of unknown models.
/// Source:    docs/replay.md
#pragma once

#include "replay/intervals.h"
#include "replay/log/log_feed.h"
#include "replay/simulation.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace inferenceflow::replay {

inline constexpr std::size_t k_configurations_max = 8;
inline constexpr std::size_t k_unpriced_names_max = 100;

/// What stands behind a configuration's choice of models and its semantic cache.
struct run_parts {
  configuration what;
  std::unique_ptr<model_choice> choice = {};     ///< null: targets in turn
  std::unique_ptr<similar_answers> similar = {}; ///< null: the semantic cache is not run
};

struct replay_options {
  std::vector<run_parts> runs = {}; ///< 1 to k_configurations_max; the first one's prices are direct
  std::vector<std::pair<std::string, std::string>> names = {}; ///< a model of the log → the name it is replayed under
  statistics::bootstrap_plan plan = {};
  std::function<void(std::uint64_t taken, std::uint64_t total)> on_progress = {}; ///< may be empty
};

/// Requests to a model of the log that nobody knows the price of.
struct unpriced_model {
  std::uint64_t requests = 0;
  std::int64_t tokens = 0;
};

struct replayed {
  std::string log;  ///< its path
  std::string kind; ///< "a ledger", "JSON lines", …
  feed_counts counts = {};
  std::map<std::string, unpriced_model> unpriced = {}; ///< by name; what exceeds the bound counts as "other"
  std::uint64_t claimed_requests = 0;                  ///< whose log says what they cost
  money claimed = {};                                  ///< sum of that
  money claimed_direct = {};                           ///< of the same requests, by our prices
  std::vector<totals> runs = {};
  std::vector<saving_interval> intervals = {};   ///< one per run
  std::vector<saving_interval> differences = {}; ///< of each run beyond the first, against the first
  /// One per run: what its router's choices would have earned by the feedback in the log; none without feedback.
  std::vector<std::optional<learning::off_policy_report>> earned = {};
  statistics::bootstrap_plan plan = {};
};

/// @param log  what to read. @param path  for the report.
/// @param codecs  outlives the call.
/// @returns invalid_request when nothing in the log can be used, with what is wrong with its lines.
[[nodiscard]] result<replayed> replay(log_feed& log, const std::string& path, replay_options options,
                                      const dialogue::codec_set& codecs);

} // namespace inferenceflow::replay
