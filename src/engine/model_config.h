/// What the owner decides about one local model.
///
/// Role:      providers/local and the application fill it from the configuration.
/// Lifecycle: plain value.
/// Threading: value; no shared state.
/// Bounds:    see the fields; zero means the default named there.
#pragma once

#include <cstdint>
#include <string>

namespace inferenceflow::engine {

enum class model_kind : std::uint8_t { chat, embedding };

struct model_config {
  std::string name; ///< public name, e.g. "smollm2-135m-instruct"
  std::string path; ///< GGUF file
  model_kind kind = model_kind::chat;
  std::uint32_t context_tokens =
      0; ///< prompt and completion of one answer; 0 = what the model was trained for, at most 8192
  std::uint32_t cells_tokens = 0;   ///< KV cache shared by all sequences; 0 = context_tokens. Chat models only
  std::uint32_t sequences_max = 0;  ///< answers generated at once, each of n choices counting; 0 = 4. Embedding: inputs
                                    ///< per decode; 0 = 32
  std::uint32_t batch_tokens = 512; ///< tokens per decode step; embedding: raised to hold at least one full input
  std::uint32_t threads = 0;        ///< compute threads; 0 = one per core
  std::uint32_t queue_max = 64;     ///< jobs that wait in lane standard, or for vectors; more are refused
  std::uint32_t express_queue_max = 64; ///< the same for lane express
  std::uint32_t batch_queue_max = 1024; ///< and for lane batch
  std::uint32_t prefixes_max = 16; ///< ended requests whose prompt and text are kept for reuse; 0 = none. Chat models
  std::uint32_t prefix_tokens_min = 256; ///< shorter ones, prompt and text together, are computed again as fast
  bool share_prefixes = false;           ///< tenants reuse each other's
  std::uint32_t token_gap_ms = 40; ///< p95 that the time between two tokens shall keep; see token_budget.h. Chat models
};

} // namespace inferenceflow::engine
