#include "bench/engine/reference_loop.h"

#include "engine/backends.h"
#include "engine/thread_pool.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <llama.h>
#include <utility>
#include <vector>

namespace inferenceflow::bench {

double process_cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

class reference_loop::state {
public:
  ~state() {
    if (context != nullptr) {
      llama_detach_threadpool(context);
      llama_free(context);
    }
    llama_model_free(model);
  }
  llama_model* model = nullptr;
  llama_context* context = nullptr;
  std::unique_ptr<engine::thread_pool> threads;
};

reference_loop::reference_loop(std::unique_ptr<state> s)
    : state_(std::move(s)) {}
reference_loop::~reference_loop() = default;

std::unique_ptr<reference_loop> reference_loop::make(const std::string& path, std::uint32_t threads,
                                                     std::uint32_t context_tokens) {
  if (engine::load_backends().has_error()) {
    return nullptr;
  }
  auto fresh = std::make_unique<state>();
  fresh->model = llama_model_load_from_file(path.c_str(), llama_model_default_params());
  if (fresh->model == nullptr) {
    return nullptr;
  }
  auto params = llama_context_default_params();
  params.n_ctx = context_tokens;
  params.n_threads = static_cast<std::int32_t>(threads);
  params.n_threads_batch = params.n_threads;
  fresh->context = llama_init_from_model(fresh->model, params);
  if (fresh->context == nullptr) {
    return nullptr;
  }
  fresh->threads = engine::thread_pool::make(threads, true);
  if (fresh->threads) {
    llama_attach_threadpool(fresh->context, fresh->threads->get(), nullptr);
  }
  return std::unique_ptr<reference_loop>(new reference_loop(std::move(fresh)));
}

std::uint32_t reference_loop::vocabulary() const {
  return static_cast<std::uint32_t>(llama_vocab_n_tokens(llama_model_get_vocab(state_->model)));
}

std::vector<llama_token> reference_loop::tokens_of(const std::string& text) const {
  const auto* vocabulary = llama_model_get_vocab(state_->model);
  std::vector<llama_token> tokens(text.size() + 8);
  const auto count = llama_tokenize(vocabulary, text.data(), static_cast<std::int32_t>(text.size()), tokens.data(),
                                    static_cast<std::int32_t>(tokens.size()), true, true);
  tokens.resize(static_cast<std::size_t>(std::max(count, 0)));
  return tokens;
}

decode_run reference_loop::run(const std::string& prompt, std::uint32_t tokens_max) {
  return run(tokens_of(prompt), tokens_max);
}

decode_run reference_loop::run(std::vector<llama_token> tokens, std::uint32_t tokens_max) {
  const auto* vocabulary = llama_model_get_vocab(state_->model);
  llama_memory_clear(llama_get_memory(state_->context), false);
  auto batch = llama_batch_get_one(tokens.data(), static_cast<std::int32_t>(tokens.size()));
  decode_run out;
  std::chrono::steady_clock::time_point first;
  double cpu_at_first = 0;
  llama_token token = 0;
  for (std::uint32_t i = 0; i < tokens_max; ++i) {
    if (llama_decode(state_->context, batch) != 0) {
      break;
    }
    const float* logits = llama_get_logits_ith(state_->context, -1);
    token = static_cast<llama_token>(std::max_element(logits, logits + llama_vocab_n_tokens(vocabulary)) - logits);
    if (i == 0) {
      first = std::chrono::steady_clock::now();
      cpu_at_first = process_cpu_seconds();
    } else {
      ++out.tokens;
    }
    if (llama_vocab_is_eog(vocabulary, token)) {
      break;
    }
    batch = llama_batch_get_one(&token, 1);
  }
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - first).count();
  out.cpu_seconds = process_cpu_seconds() - cpu_at_first;
  return out;
}

} // namespace inferenceflow::bench
