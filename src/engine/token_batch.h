/// The tokens of one decode step, in the form llama.cpp takes them.
///
/// Role:      generator and embedder fill one per step.
/// Lifecycle: clear() → add()* → get(), again and again.
/// Threading: the engine's thread.
/// Bounds:    tokens_max tokens, allocated once.
#pragma once

#include "engine/request.h"

#include <cstdint>
#include <llama.h>

namespace inferenceflow::engine {

class token_batch {
public:
  explicit token_batch(std::uint32_t tokens_max)
      : batch_(llama_batch_init(static_cast<std::int32_t>(tokens_max), 0, 1)) {}
  ~token_batch() { llama_batch_free(batch_); }
  token_batch(const token_batch&) = delete;
  token_batch& operator=(const token_batch&) = delete;

  void clear() { batch_.n_tokens = 0; }

  /// @pre fewer than tokens_max tokens are in it.
  /// @returns the row under which the token's output is found.
  std::int32_t add(token_id token, std::uint32_t position, llama_seq_id sequence, bool wants_output) {
    const std::int32_t row = batch_.n_tokens++;
    batch_.token[row] = token;
    batch_.pos[row] = static_cast<llama_pos>(position);
    batch_.n_seq_id[row] = 1;
    batch_.seq_id[row][0] = sequence;
    batch_.logits[row] = wants_output ? 1 : 0;
    return row;
  }

  [[nodiscard]] const llama_batch& get() const { return batch_; }

private:
  llama_batch batch_;
};

} // namespace inferenceflow::engine
