/// One GGUF file in memory with its llama.cpp context, compute threads, vocabulary and chat template.
///
/// Role:      generator and embedder compute with it; the only owner of llama.cpp objects.
/// Lifecycle: load() → use → destroy.
/// Threading: belongs to the engine's thread.
/// Bounds:    weights are memory-mapped; the KV cache is allocated once, at load.
/// Source:    llama.h of the pinned release.
#pragma once

#include "base/error.h"
#include "engine/model_config.h"
#include "engine/request.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct llama_context;
struct llama_model;
struct llama_vocab;

namespace inferenceflow::engine {

class chat_template;
class thread_pool;

/// What is known about a model once it is loaded.
struct model_facts {
  std::string description;              ///< architecture, size and quantisation, e.g. "llama 135M Q4_1"
  std::string fingerprint;              ///< "fp_" and 10 hex digits: the same for the same file and library
  std::string weights_mark;             ///< 16 hex digits from samples of the file: the same for the same weights
  std::uint32_t context_tokens = 0;     ///< of one answer
  std::uint32_t cells = 0;              ///< KV cells shared by all sequences; 0 for an embedding model
  std::uint32_t sequences = 0;          ///< at once
  std::uint32_t sequence_ids = 0;       ///< that the cache can hold: as many again for jobs set aside, and prefixes
  std::uint64_t prefix_rent_tokens = 0; ///< generated, until a kept cell has cost what computing it again would
  std::uint32_t prefixes = 0; ///< ended requests that can be kept for reuse; 0 where the architecture forbids it
  std::uint32_t batch_tokens = 0;
  std::uint32_t vocabulary = 0;      ///< token ids are 0 to vocabulary - 1
  std::uint32_t dimensions = 0;      ///< of an embedding vector
  std::uint32_t piece_bytes_max = 0; ///< longest text of one token
};

class loaded_model {
public:
  /// Blocks while the file is read.
  /// @returns unavailable when the file is missing, damaged, or not a model of the kind; the message says what to do.
  [[nodiscard]] static result<std::unique_ptr<loaded_model>> load(const model_config& config);
  ~loaded_model();
  loaded_model(const loaded_model&) = delete;
  loaded_model& operator=(const loaded_model&) = delete;

  [[nodiscard]] const model_facts& facts() const { return facts_; }
  [[nodiscard]] llama_context* context() const { return context_.get(); }
  [[nodiscard]] const llama_vocab* vocabulary() const { return vocabulary_; }

  /// Tokens of a prompt: conversations through the model's template, text through the tokenizer, tokens as they are.
  /// @returns context_too_long, naming both counts, for text that cannot fit, before the work of tokenizing it;
  ///          invalid_request (param "prompt") for token ids outside the vocabulary or messages the template refuses.
  [[nodiscard]] result<std::vector<token_id>> tokens_of(const prompt_source& prompt) const;

  /// The token's text: bytes, perhaps a part of a UTF-8 character. Control tokens have none.
  [[nodiscard]] std::string piece_of(token_id token) const;

  /// True for the tokens that end a turn.
  [[nodiscard]] bool ends_text(token_id token) const;

private:
  loaded_model();
  [[nodiscard]] result<void> open_model(const model_config& config);
  [[nodiscard]] static bool cells_can_be_shared(const llama_model& model);
  [[nodiscard]] static std::uint64_t rent_of(const llama_model& model);
  [[nodiscard]] result<void> open_context(const model_config& config);
  void attach_threads(std::uint32_t threads, bool spins);
  void gather_facts(const model_config& config);
  void warm_up();
  [[nodiscard]] error too_long_unread(std::size_t bytes) const;
  [[nodiscard]] result<std::vector<token_id>> tokenize(std::string_view text) const;

  struct model_deleter {
    void operator()(llama_model* model) const;
  };
  struct context_deleter {
    void operator()(llama_context* context) const;
  };
  // Declared in the order of construction: the context goes before its threads, and both before the model.
  std::unique_ptr<llama_model, model_deleter> model_;
  std::unique_ptr<thread_pool> threads_;
  std::unique_ptr<llama_context, context_deleter> context_;
  std::unique_ptr<chat_template> template_;
  const llama_vocab* vocabulary_ = nullptr;
  model_facts facts_;
};

} // namespace inferenceflow::engine
