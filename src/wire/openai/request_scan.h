/// One pass over an OpenAI-format request: the fields the gateway acts on, where they stand, and the canonical hash.
///
/// Role:      api/ scans every inbound request once; pipeline/ keys its caches by the hash; providers/ edit the bytes
///            at the spans found here; nobody parses the body a second time.
/// Lifecycle: request_scanner is reused for request after request (it keeps its buffers).
/// Threading: one scanner per event loop; request_facts is a plain value holding views into the body.
/// Bounds:    nesting ≤ k_depth_max; the caller bounds the body's size; while a body is scanned up to 4 bytes of index
///            per body byte, of which no more than a few MiB are kept between scans.
/// Source:    OpenAI API reference (chat/completions, completions, embeddings); RFC 8259; RFC 8785 for the idea of
///            canonical JSON (we hash, so only equality matters).
#pragma once

#include "base/error.h"
#include "turn/last_turn.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::wire::openai {

/// Deeper nesting is refused with invalid_request.
inline constexpr std::size_t k_depth_max = 64;
/// `n`, the number of choices, goes up to this.
inline constexpr std::int64_t k_choices_max = 128;

enum class operation : std::uint8_t { chat, completion, embedding };

/// "chat", "completion", "embedding".
[[nodiscard]] std::string_view to_string(operation op) noexcept;

/// A piece of the body: body.substr(offset, length). length 0 = absent.
struct byte_span {
  std::size_t offset = 0;
  std::size_t length = 0;
  [[nodiscard]] bool present() const { return length != 0; }
};

/// What one scan found. Views point into the scanned body, or into the scanner when the text was escaped.
struct request_facts {
  std::string_view model; ///< decoded; empty when absent
  byte_span model_span;   ///< the JSON string with its quotes
  bool stream = false;
  byte_span stream_options_span; ///< the object with its braces, or null
  byte_span include_usage_span;  ///< the value of stream_options.include_usage
  bool include_usage = false;    ///< stream_options.include_usage was true
  std::optional<double> temperature;
  bool has_seed = false;
  std::optional<std::int64_t> max_tokens; ///< max_completion_tokens, else max_tokens
  std::int64_t choices = 1;               ///< n
  std::string_view user;                  ///< decoded; empty when absent
  std::string_view service_tier;          ///< decoded; empty when absent
  std::size_t prompt_text_bytes =
      0; ///< bytes of prompt, input, message text, tools and their calls, for estimates; a token id counts 4
  std::uint64_t hash_high = 0; ///< 128-bit hash of the canonical request
  std::uint64_t hash_low = 0;

  /// The same request would be answered alike: temperature 0 or a seed, or an embedding.
  bool reproducible = false;
};

class request_scanner {
public:
  request_scanner();
  ~request_scanner();
  request_scanner(const request_scanner&) = delete;
  request_scanner& operator=(const request_scanner&) = delete;

  /// Scans and validates.
  /// @param body  UTF-8 JSON; nothing is read past its end.
  /// @param hash_seed  tenant scope; requests of different scopes never share a hash. Include a secret where callers
  ///        of one scope do not trust each other: the hash is fast, not cryptographic.
  /// @returns invalid_request naming the field (param) and what would be right: malformed JSON with its byte offset,
  ///          a missing or mistyped required field (model, messages / prompt / input), a mistyped or out-of-range
  ///          known field, duplicate keys at any depth, a surrogate escape without its partner, a number beyond a
  ///          double, nesting too deep. null in an optional field counts as absent.
  /// The hash ignores key order, white space, escapes and number spelling, and the fields that do not change the
  /// answer: stream, stream_options, user, metadata, store, service_tier, safety_identifier, prompt_cache_key,
  /// prompt_cache_retention. It covers the operation, the model and every other field, known or not.
  /// Lifetime: the facts are valid while `body` lives and until the next scan on this scanner.
  [[nodiscard]] result<request_facts> scan(operation op, std::string_view body, std::uint64_t hash_seed);

  /// What split_last_turn() of last_turn.h does. The facts of the last scan() stay valid.
  [[nodiscard]] turn::cut split(operation op, std::string_view body, std::uint64_t hash_seed);

private:
  class state;
  std::unique_ptr<state> state_;
};

} // namespace inferenceflow::wire::openai
