/// What the engine is asked and what it answers, without any wire format.
///
/// Role:      providers/local fills requests and reads events; the engine's parts pass them on.
/// Lifecycle: plain values.
/// Threading: values; no shared state.
/// Bounds:    the engine refuses more than sequences_max choices; stop strings and top_logprobs are bounded by the
/// caller.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/lane.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace inferenceflow::engine {

using token_id = std::int32_t;
using job_id = std::uint64_t;

/// One message of a conversation, as the model's chat template sees it.
struct chat_message {
  std::string role;    ///< system, user or assistant
  std::string content; ///< UTF-8
};

/// How the next token is drawn. Applied in the order: logit_bias, penalties, temperature, top_k, top_p, min_p.
struct sampling_options {
  float temperature = 1.0F;          ///< 0 = always the likeliest token
  float top_p = 1.0F;                ///< (0, 1]; 1 = off
  std::int32_t top_k = 0;            ///< 0 = off
  float min_p = 0.0F;                ///< [0, 1]; 0 = off
  float presence_penalty = 0.0F;     ///< subtracted once from every token that was already generated
  float frequency_penalty = 0.0F;    ///< subtracted per occurrence in the generated text
  std::optional<std::uint32_t> seed; ///< absent = a fresh one per job; choice k draws from seed + k
  std::vector<std::pair<token_id, float>> logit_bias;
};

/// A conversation for the model's template, plain text, or tokens as they are.
using prompt_source = std::variant<std::vector<chat_message>, std::string, std::vector<token_id>>;

/// Continue one prompt, `choices` times.
struct generation {
  prompt_source prompt;
  sampling_options sampling;
  std::vector<std::string> stop;           ///< the text ends before the first of these; never empty strings
  std::optional<std::uint32_t> tokens_max; ///< per choice; absent = until the context is full
  std::uint32_t choices = 1;
  bool logprobs = false;
  std::uint32_t top_logprobs = 0; ///< alternatives reported per token when logprobs is set
  bool count_only = false;        ///< no text: one generation_end with the prompt's tokens
  std::string json_schema;        ///< JSON-schema text the output must satisfy; empty = free text
  service_lane lane = service_lane::standard;
  std::string tenant = {};                  ///< whose turn it is counts per tenant
  std::optional<steady_time> deadline = {}; ///< refused, or dropped while it waits, when it cannot be met
};

struct token_alternative {
  std::string bytes; ///< may be a part of a UTF-8 character
  float logprob = 0;
};

/// One generated token with its log probability under the unmodified model distribution (natural log).
struct token_logprob {
  std::string bytes;
  float logprob = 0;
  std::vector<token_alternative> top; ///< likeliest first
};

/// Exact counts. A token that ended the text (end of turn, part of a stop string) is counted as completion.
struct token_counts {
  std::uint32_t prompt = 0;
  std::uint32_t completion = 0; ///< all choices together
  std::uint32_t reused = 0;     ///< of prompt: computed for another request before
  friend bool operator==(const token_counts&, const token_counts&) = default;
};

enum class end_reason : std::uint8_t {
  stop,   ///< the model ended its turn, or a stop string was met
  length, ///< tokens_max or the end of the context
};

/// New text of one choice: whole UTF-8 characters, never a part of a stop string.
struct text_delta {
  std::uint32_t choice = 0;
  std::string text;
  std::vector<token_logprob> logprobs; ///< of the tokens whose bytes are all released by now
  token_counts so_far;
};

struct choice_end {
  std::uint32_t choice = 0;
  end_reason reason = end_reason::stop;
};

/// All choices have ended. The last event of a job that went well.
struct generation_end {
  token_counts counts;
};

/// A job's events end with generation_end or with an error; error_kind::cancelled after cancel().
using generation_event = std::variant<text_delta, choice_end, generation_end, error>;
/// Called on the engine's thread: must not block and must not throw.
using generation_callback = std::function<void(generation_event&&)>;

/// Vectors for several inputs, each text or tokens as they are.
struct embedding_request {
  std::vector<std::variant<std::string, std::vector<token_id>>> inputs;
  bool cut_to_fit = false; ///< an input beyond the context loses its end; otherwise it is refused
};

struct embedding_answer {
  std::vector<std::vector<float>> vectors; ///< [inputs][dimensions], mean-pooled, L2-normalised
  std::uint32_t prompt_tokens = 0;
  std::uint32_t inputs_cut = 0; ///< how many inputs lost their end; 0 unless cut_to_fit
};

/// Called once, on the engine's thread: must not block and must not throw.
using embedding_callback = std::function<void(result<embedding_answer>&&)>;

} // namespace inferenceflow::engine
