#include "engine/embedder.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::engine {
namespace {

// A step costs about as much as this many tokens beside its own (bench_embedding, MiniLM): with it, steps of one short
// text and of many compare.
constexpr double k_step_tokens = 16;

// Cuts `text` before a UTF-8 character. No more tokens than bytes_max holds could come of it.
bool cut_bytes(std::string& text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) {
    return false;
  }
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  text.resize(end);
  return true;
}

} // namespace

embedder::embedder(const loaded_model& model, std::uint32_t sequences_max)
    : model_(model)
    , sequences_max_(sequences_max)
    , governor_(static_cast<std::uint32_t>(llama_n_threads(model.context())))
    , batch_(model.facts().batch_tokens) {}

// The first tokens and the last one, which some models close every text with, stay.
result<std::vector<token_id>> embedder::tokens_of(given_input&& given, std::size_t index, bool cut_to_fit,
                                                  embedding_answer& answer) const {
  const auto& facts = model_.facts();
  bool cut = false;
  if (auto* text = std::get_if<std::string>(&given); text != nullptr && cut_to_fit) {
    cut = cut_bytes(*text, std::size_t{facts.context_tokens} * facts.piece_bytes_max);
  }
  auto read = std::visit([this](auto& one) { return model_.tokens_of(prompt_source(std::move(one))); }, given);
  if (read.has_error()) {
    return read;
  }
  auto& tokens = read.value();
  if (cut_to_fit && tokens.size() > facts.context_tokens) {
    tokens[facts.context_tokens - 1] = tokens.back();
    tokens.resize(facts.context_tokens);
    cut = true;
  }
  const auto count = static_cast<std::uint32_t>(tokens.size());
  if (count == 0 || count > facts.context_tokens) {
    return make_error(
        count == 0 ? error_kind::invalid_request : error_kind::context_too_long,
        fmt::format("input {} has {} tokens, the context holds 1 to {}", index, count, facts.context_tokens), "prompt");
  }
  answer.prompt_tokens += count;
  answer.inputs_cut += cut ? 1 : 0;
  return read;
}

void embedder::accept(any_job&& work) {
  auto& accepted = std::get<embedding_job>(work);
  active_job entry;
  for (std::size_t i = 0; i < accepted.request.inputs.size(); ++i) {
    auto tokens = tokens_of(std::move(accepted.request.inputs[i]), i, accepted.request.cut_to_fit, entry.answer);
    if (tokens.has_error()) {
      accepted.deliver(tokens.error());
      return;
    }
    entry.inputs.push_back(std::move(tokens).value());
  }
  entry.work = std::move(accepted);
  jobs_.push_back(std::move(entry));
}

std::vector<embedder::placed_input> embedder::fill_batch() {
  std::vector<placed_input> placed;
  batch_.clear();
  std::size_t tokens = 0;
  for (std::size_t j = 0; j < jobs_.size(); ++j) {
    for (std::size_t i = jobs_[j].next_input; i < jobs_[j].inputs.size(); ++i) {
      const auto& input = jobs_[j].inputs[i];
      tokens += input.size();
      if (placed.size() == sequences_max_ || tokens > model_.facts().batch_tokens) {
        return placed;
      }
      for (std::size_t p = 0; p < input.size(); ++p) {
        batch_.add(input[p], static_cast<std::uint32_t>(p), static_cast<llama_seq_id>(placed.size()), true);
      }
      placed.push_back({j, i});
    }
  }
  return placed;
}

std::int32_t embedder::compute() {
  const auto threads = static_cast<std::int32_t>(governor_.threads());
  llama_set_n_threads(model_.context(), threads, threads);
  const auto before = std::chrono::steady_clock::now();
  std::int32_t status = 0;
  if (auto* memory = llama_get_memory(model_.context()); memory != nullptr) {
    llama_memory_clear(memory, false);
    status = llama_decode(model_.context(), batch_.get());
  } else {
    status = llama_encode(model_.context(), batch_.get());
  }
  if (status == 0) {
    llama_synchronize(model_.context());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - before;
    governor_.observe(took.count() / (k_step_tokens + static_cast<double>(batch_.get().n_tokens)));
  }
  return status;
}

void embedder::step() {
  if (jobs_.empty()) {
    return;
  }
  const auto placed = fill_batch();
  const std::int32_t status = placed.empty() ? 0 : compute();
  if (status != 0) {
    end_jobs(make_error(error_kind::internal, fmt::format("llama.cpp could not decode (status {})", status)), placed);
    return;
  }
  ++totals_.decode_steps;
  totals_.prompt_tokens += static_cast<std::uint64_t>(batch_.get().n_tokens);
  for (std::size_t s = 0; s < placed.size(); ++s) {
    auto vector = vector_of(s);
    if (vector.has_error()) {
      end_jobs(vector.error(), placed);
      return;
    }
    auto& job = jobs_[placed[s].job];
    job.answer.vectors.push_back(std::move(vector).value());
    job.next_input = placed[s].input + 1;
  }
  end_jobs({}, placed);
}

result<std::vector<float>> embedder::vector_of(std::size_t sequence) const {
  const float* raw = llama_get_embeddings_seq(model_.context(), static_cast<llama_seq_id>(sequence));
  if (raw == nullptr) {
    return make_error(error_kind::internal, "llama.cpp returned no embedding");
  }
  std::vector<float> vector(raw, raw + model_.facts().dimensions);
  double square_sum = 0;
  for (const float x : vector) {
    square_sum += static_cast<double>(x) * static_cast<double>(x);
  }
  const double norm = std::sqrt(square_sum);
  for (float& x : vector) {
    x = norm > 0 ? static_cast<float>(static_cast<double>(x) / norm) : 0.0F;
  }
  return vector;
}

// Delivers to the jobs that are complete, or, after a failure, to all that took part in the step.
void embedder::end_jobs(const result<void>& outcome, const std::vector<placed_input>& placed) {
  std::deque<active_job> rest;
  for (std::size_t j = 0; j < jobs_.size(); ++j) {
    auto& job = jobs_[j];
    const bool took_part = std::any_of(placed.begin(), placed.end(), [j](const auto& p) { return p.job == j; });
    if (outcome.has_error() && took_part) {
      job.work.deliver(outcome.error());
    } else if (job.next_input == job.inputs.size()) {
      job.work.deliver(std::move(job.answer));
    } else {
      rest.push_back(std::move(job));
    }
  }
  jobs_ = std::move(rest);
}

void embedder::cancel(job_id id) {
  const auto job = std::find_if(jobs_.begin(), jobs_.end(), [id](const auto& j) { return j.work.id == id; });
  if (job != jobs_.end()) {
    job->work.deliver(make_error(error_kind::cancelled, "the request was cancelled"));
    jobs_.erase(job);
  }
}

void embedder::abandon(const error& why) {
  for (auto& job : jobs_) {
    job.work.deliver(why);
  }
  jobs_.clear();
}

worker_load embedder::load() const {
  auto load = totals_;
  const auto started = std::count_if(jobs_.begin(), jobs_.end(), [](const auto& j) { return j.next_input > 0; });
  load.running = static_cast<std::uint32_t>(started);
  load.waiting = static_cast<std::uint32_t>(jobs_.size()) - load.running;
  load.lanes[index_of(service_lane::standard)].waiting = load.waiting;
  return load;
}

} // namespace inferenceflow::engine
