#include "engine/loaded_model.h"

#include "engine/backends.h"
#include "engine/chat_template.h"
#include "engine/file_mark.h"
#include "engine/thread_pool.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fmt/format.h>
#include <llama.h>
#include <thread>
#include <utility>

namespace inferenceflow::engine {
namespace {

constexpr std::uint32_t k_default_context_tokens = 8192;
constexpr std::uint64_t k_parameters_per_look = 200;
constexpr std::uint64_t k_rent_min_tokens = 500;
constexpr std::string_view k_how_to_get =
    "run `make models` to fetch the default models, or correct the path in the configuration";

error unusable(const model_config& config, std::string_view why) {
  return make_error(error_kind::unavailable,
                    fmt::format("model '{}' is not loaded: {}; {}", config.name, why, k_how_to_get));
}

// FNV-1a: enough to tell one file and library version from another in an answer.
std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  return hash;
}

std::size_t text_bytes(const std::vector<chat_message>& messages) {
  std::size_t sum = 0;
  for (const auto& m : messages) {
    sum += m.role.size() + m.content.size();
  }
  return sum;
}

} // namespace

void loaded_model::model_deleter::operator()(llama_model* model) const {
  llama_model_free(model);
}
void loaded_model::context_deleter::operator()(llama_context* context) const {
  llama_free(context);
}

loaded_model::loaded_model() = default;
loaded_model::~loaded_model() {
  if (context_) {
    llama_detach_threadpool(context_.get());
  }
}

result<std::unique_ptr<loaded_model>> loaded_model::load(const model_config& config) {
  std::error_code missing;
  if (!std::filesystem::is_regular_file(config.path, missing)) {
    return unusable(config, fmt::format("there is no file '{}'", config.path));
  }
  if (auto backends = load_backends(); backends.has_error()) {
    return backends.error();
  }
  std::unique_ptr<loaded_model> model(new loaded_model);
  if (auto opened = model->open_model(config); opened.has_error()) {
    return opened.error();
  }
  if (auto opened = model->open_context(config); opened.has_error()) {
    return opened.error();
  }
  model->gather_facts(config);
  model->warm_up();
  return model;
}

result<void> loaded_model::open_model(const model_config& config) {
  auto params = llama_model_default_params();
  params.load_mode = LLAMA_LOAD_MODE_MMAP;
  params.n_gpu_layers = 0;
  model_.reset(llama_model_load_from_file(config.path.c_str(), params));
  if (!model_) {
    return unusable(
        config, fmt::format("'{}' is damaged, incomplete, or of an architecture llama.cpp does not know", config.path));
  }
  vocabulary_ = llama_model_get_vocab(model_.get());
  if (config.kind == model_kind::embedding) {
    return {};
  }
  auto loaded = chat_template::load(model_.get());
  if (loaded.has_error()) {
    return unusable(config, loaded.error().message);
  }
  template_ = std::move(loaded).value();
  return {};
}

// A recurrent state is of the whole text: no part of it can be another's beginning.
bool loaded_model::cells_can_be_shared(const llama_model& model) {
  return !llama_model_is_recurrent(&model) && !llama_model_is_hybrid(&model);
}

// A kept cell is one look at a mask per layer, head and token that anybody generates; computing it again takes an
// operation or two per parameter. k_parameters_per_look is measured on SmolLM2-135M on a CPU (0.3 us and 0.7 ms).
std::uint64_t loaded_model::rent_of(const llama_model& model) {
  const auto looks = static_cast<std::uint64_t>(std::max(llama_model_n_layer(&model) * llama_model_n_head(&model), 1));
  return std::max(llama_model_n_params(&model) / looks / k_parameters_per_look, k_rent_min_tokens);
}

result<void> loaded_model::open_context(const model_config& config) {
  const auto trained = static_cast<std::uint32_t>(std::max(llama_model_n_ctx_train(model_.get()), 1));
  const bool embeds = config.kind == model_kind::embedding;
  const auto wanted = config.context_tokens == 0 ? k_default_context_tokens : config.context_tokens;
  facts_.context_tokens = std::min(wanted, trained);
  facts_.cells = embeds ? 0 : std::max(config.cells_tokens, facts_.context_tokens);

  auto params = llama_context_default_params();
  const auto ids_max = static_cast<std::uint32_t>(llama_max_parallel_sequences());
  facts_.sequences = std::clamp(config.sequences_max, 1U, ids_max);
  facts_.prefixes = embeds || !cells_can_be_shared(*model_) ? 0 : config.prefixes_max;
  params.n_seq_max = embeds ? facts_.sequences : std::min(2 * facts_.sequences + facts_.prefixes, ids_max);
  params.n_batch = std::max({config.batch_tokens, params.n_seq_max, embeds ? facts_.context_tokens : 1U});
  params.n_ubatch = params.n_batch;
  params.n_ctx = embeds ? params.n_batch : facts_.cells;
  // Each sequence asks for the logits of one token per step at most. Parked ones ask for none, but llama.cpp wants as
  // many rows as there are sequences.
  params.n_outputs_max = embeds ? 0 : params.n_seq_max;
  params.n_outputs_max_per_seq = embeds ? 0 : 1;
  params.kv_unified = true;
  params.no_perf = true;
  params.embeddings = embeds;
  params.pooling_type = embeds ? LLAMA_POOLING_TYPE_MEAN : LLAMA_POOLING_TYPE_NONE;
  const auto threads = config.threads == 0 ? std::max(std::thread::hardware_concurrency(), 1U) : config.threads;
  params.n_threads = static_cast<std::int32_t>(threads);
  params.n_threads_batch = params.n_threads;
  context_.reset(llama_init_from_model(model_.get(), params));
  if (!context_) {
    return unusable(config, fmt::format("no memory for a context of {} tokens", params.n_ctx));
  }
  if (!embeds && (llama_get_memory(context_.get()) == nullptr || llama_model_has_encoder(model_.get()))) {
    return unusable(config, fmt::format("'{}' is no text generation model", config.path));
  }
  facts_.batch_tokens = llama_n_batch(context_.get());
  facts_.prefix_rent_tokens = rent_of(*model_);
  facts_.sequence_ids = llama_n_seq_max(context_.get());
  attach_threads(threads, !embeds);
  return {};
}

void loaded_model::attach_threads(std::uint32_t threads, bool spins) {
  threads_ = thread_pool::make(threads, spins);
  if (threads_) {
    llama_attach_threadpool(context_.get(), threads_->get(), nullptr);
  }
}

void loaded_model::gather_facts(const model_config& config) {
  std::array<char, 256> text{};
  llama_model_desc(model_.get(), text.data(), text.size());
  facts_.description = text.data();
  std::error_code ignored;
  const auto identity = fmt::format("{}|{}|{}|{}", llama_version(), facts_.description, llama_model_size(model_.get()),
                                    std::filesystem::file_size(config.path, ignored));
  facts_.fingerprint = fmt::format("fp_{:010x}", fnv1a(identity) & 0xFFFFFFFFFFULL);
  facts_.weights_mark = file_mark(config.path);
  facts_.vocabulary = static_cast<std::uint32_t>(llama_vocab_n_tokens(vocabulary_));
  facts_.dimensions = static_cast<std::uint32_t>(llama_model_n_embd_out(model_.get()));
  std::size_t longest = 1;
  for (token_id token = 0; token < static_cast<token_id>(facts_.vocabulary); ++token) {
    longest = std::max(longest, std::string_view(llama_vocab_get_text(vocabulary_, token)).size());
  }
  facts_.piece_bytes_max = static_cast<std::uint32_t>(longest);
}

// Touches the weights once, so that the first request does not pay for the page faults.
void loaded_model::warm_up() {
  token_id token = llama_vocab_bos(vocabulary_);
  token = token == LLAMA_TOKEN_NULL ? 0 : token;
  const auto batch = llama_batch_get_one(&token, 1);
  if (auto* memory = llama_get_memory(context_.get()); memory != nullptr) {
    llama_decode(context_.get(), batch);
    llama_memory_clear(memory, false);
  } else {
    llama_encode(context_.get(), batch);
  }
  llama_synchronize(context_.get());
}

error loaded_model::too_long_unread(std::size_t bytes) const {
  const auto tokens_min = (bytes + facts_.piece_bytes_max - 1) / facts_.piece_bytes_max;
  return make_error(
      error_kind::context_too_long,
      fmt::format("prompt has at least {} tokens, the context holds {}", tokens_min, facts_.context_tokens), "prompt");
}

result<std::vector<token_id>> loaded_model::tokenize(std::string_view text) const {
  // Byte-pair tokenizers keep every byte, so a huge text can be refused unread; others may fold white space away.
  const auto type = llama_vocab_type(vocabulary_);
  const bool keeps_bytes = type == LLAMA_VOCAB_TYPE_BPE || type == LLAMA_VOCAB_TYPE_SPM;
  if (keeps_bytes && text.size() > std::size_t{facts_.context_tokens} * facts_.piece_bytes_max) {
    return too_long_unread(text.size());
  }
  std::vector<token_id> tokens(text.size() + 8);
  const auto count = llama_tokenize(vocabulary_, text.data(), static_cast<std::int32_t>(text.size()), tokens.data(),
                                    static_cast<std::int32_t>(tokens.size()), true, true);
  if (count < 0) {
    return make_error(error_kind::internal, "the tokenizer produced more tokens than the text has bytes");
  }
  tokens.resize(static_cast<std::size_t>(count));
  return tokens;
}

result<std::vector<token_id>> loaded_model::tokens_of(const prompt_source& prompt) const {
  if (const auto* text = std::get_if<std::string>(&prompt)) {
    return tokenize(*text);
  }
  if (const auto* tokens = std::get_if<std::vector<token_id>>(&prompt)) {
    const auto bad = std::find_if(tokens->begin(), tokens->end(), [this](token_id t) {
      return t < 0 || t >= static_cast<token_id>(facts_.vocabulary);
    });
    if (bad != tokens->end()) {
      return make_error(
          error_kind::invalid_request,
          fmt::format("token {} does not exist, this model has tokens 0 to {}", *bad, facts_.vocabulary - 1), "prompt");
    }
    return *tokens;
  }
  const auto& messages = std::get<std::vector<chat_message>>(prompt);
  if (!template_) {
    return make_error(error_kind::invalid_request, "this model makes embeddings; it does not chat", "prompt");
  }
  if (text_bytes(messages) > std::size_t{facts_.context_tokens} * facts_.piece_bytes_max) {
    return too_long_unread(text_bytes(messages));
  }
  const auto rendered = template_->render(messages);
  return rendered.has_error() ? result<std::vector<token_id>>(rendered.error()) : tokenize(rendered.value());
}

std::string loaded_model::piece_of(token_id token) const {
  std::string piece(64, '\0');
  auto length =
      llama_token_to_piece(vocabulary_, token, piece.data(), static_cast<std::int32_t>(piece.size()), 0, false);
  if (length < 0) {
    piece.resize(static_cast<std::size_t>(-length));
    length = llama_token_to_piece(vocabulary_, token, piece.data(), static_cast<std::int32_t>(piece.size()), 0, false);
  }
  piece.resize(static_cast<std::size_t>(std::max(length, 0)));
  return piece;
}

bool loaded_model::ends_text(token_id token) const {
  return llama_vocab_is_eog(vocabulary_, token);
}

} // namespace inferenceflow::engine
