/// A target as a choice sees it, and what a request asks of it.
///
/// Role:      the pipeline fills them from route table, quality model, experience and breakers; choose() compares them.
/// Lifecycle: plain values, made for one request; views live as long as the configuration that they came from.
/// Threading: values.
/// Bounds:    none of their own.
#pragma once

#include "base/money.h"
#include "cost/model_price.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace inferenceflow::routing {

/// What a model can do. What nobody has said is taken to be possible: a provider refuses the rest by itself.
struct capabilities {
  std::uint64_t context_tokens = 0; ///< prompt and answer; 0 = unknown
  bool tools = true;
  bool images = true;
  bool json_schema = true;
  bool reasoning = true;
  bool streaming = true;
};

/// How long a target has taken lately; 0 = never measured.
struct pace {
  double first_token_s = 0;      ///< median
  double first_token_high_s = 0; ///< 95th percentile
  double per_token_s = 0;        ///< median, of what follows the first token
  double per_token_high_s = 0;
  [[nodiscard]] bool known() const noexcept { return first_token_s > 0 || per_token_s > 0; }
};

struct candidate {
  std::string_view provider = {};
  std::string_view model = {};
  std::string_view tier = {};
  std::span<const std::string> tags = {};
  capabilities can = {};
  const cost::model_price* price = nullptr; ///< in force now; null = free
  double quality = -1;                      ///< expectation in [0, 1]; -1 = unknown
  double output_tokens = 0;                 ///< expected; 0 = unknown
  double tokens_per_byte = 0;               ///< of prompts, as this target has counted them; 0 = unknown
  std::uint64_t warm_bytes = 0;             ///< of the prompt, which its prompt cache very likely still holds
  pace speed = {};
  bool healthy = true;
};

/// What the request is, and what it wishes.
struct wishes {
  std::uint64_t prompt_bytes = 0;                     ///< of text
  std::optional<std::int64_t> output_tokens_max = {}; ///< of the answer
  bool tools = false;
  bool images = false;
  bool json_schema = false;
  bool reasoning = false;
  bool streamed = false;
  std::optional<money> budget = {}; ///< for the expected cost
  std::optional<std::chrono::milliseconds> latency = {};
  std::span<const std::string> models = {}; ///< allow-list, "model" or "provider/model"; empty = all
  std::span<const std::string> tags = {};   ///< all of them must be there
};

} // namespace inferenceflow::routing
