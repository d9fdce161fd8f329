/// Turns one choice's tokens into text that may be shown, with the log probabilities that belong to it.
///
/// Role:      generator feeds it every sampled token; sans-IO.
/// Lifecycle: one per choice: push()* until stopped, else finish() once.
/// Threading: value; no shared state.
/// Bounds:    holds back one stop string and one character at most.
#pragma once

#include "engine/request.h"
#include "engine/stop_matcher.h"
#include "engine/utf8_gate.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::engine {

class completion_text {
public:
  explicit completion_text(std::vector<std::string> stops);

  struct piece {
    std::string text;                    ///< whole characters; may be empty
    std::vector<token_logprob> logprobs; ///< of tokens whose bytes are all in the text released so far
    bool stopped = false;                ///< a stop string was met: end the choice
  };

  /// @param bytes  the token's text, any part of a UTF-8 character.
  /// @param logprob  kept until the bytes are released; a token that reaches into a stop string is dropped with it.
  [[nodiscard]] piece push(std::string_view bytes, std::optional<token_logprob> logprob);

  /// The choice ended without a stop string: everything that is still held back, but for half a character.
  [[nodiscard]] piece finish();

private:
  struct pending {
    std::uint64_t end_bytes = 0; ///< offset behind the token's last byte
    token_logprob entry;
  };
  void release_entries(std::uint64_t up_to_bytes, piece& out);

  stop_matcher stops_;
  utf8_gate gate_;
  std::deque<pending> pending_;
  std::uint64_t pushed_bytes_ = 0;    ///< raw bytes given to push()
  std::uint64_t unstopped_bytes_ = 0; ///< raw bytes that passed the stop matcher
};

} // namespace inferenceflow::engine
