#include "engine/model_engine.h"

#include "engine/engine_thread.h"

#include <chrono>
#include <fmt/format.h>
#include <random>
#include <thread>
#include <utility>

namespace inferenceflow::engine {
namespace {

std::function<std::uint32_t()> seeds_or_system(std::function<std::uint32_t()> seeds) {
  if (seeds) {
    return seeds;
  }
  return [device = std::make_shared<std::random_device>()] { return static_cast<std::uint32_t>((*device)()); };
}

error wrong_kind(const model_config& config, std::string_view does) {
  return make_error(error_kind::invalid_request, fmt::format("model '{}' {}", config.name, does), "model");
}

} // namespace

class model_engine::state {
public:
  state(model_config config, model_pool* pool, std::function<std::uint32_t()> seeds)
      : shared(std::move(config), pool == nullptr ? own_pool.emplace(residency_limits{}, clock) : *pool,
               seeds_or_system(std::move(seeds)))
      , bounded(pool != nullptr && pool->stats().bytes_max != 0) {}

  system_clock_source clock;
  std::optional<model_pool> own_pool;
  engine_thread shared;
  bool bounded;
  std::thread thread;
};

model_engine::model_engine(model_config config, std::function<std::uint32_t()> seeds)
    : state_(std::make_unique<state>(std::move(config), nullptr, std::move(seeds))) {
  start();
}

model_engine::model_engine(model_config config, model_pool& pool, std::function<std::uint32_t()> seeds)
    : state_(std::make_unique<state>(std::move(config), &pool, std::move(seeds))) {}

void model_engine::start() {
  if (state_->bounded) {
    state_->shared.claim();
  }
  state_->thread = std::thread([state = state_.get()] { state->shared.run(); });
}

model_engine::~model_engine() {
  stop();
}

result<job_id> model_engine::submit(generation request, generation_callback deliver) {
  if (config().kind != model_kind::chat) {
    return wrong_kind(config(), "makes embeddings; it does not generate text");
  }
  const auto id = state_->shared.next_id();
  auto pushed =
      state_->shared.push(generation_job{id, std::move(request), std::move(deliver), std::chrono::steady_clock::now()});
  return pushed.has_error() ? result<job_id>(pushed.error()) : id;
}

result<job_id> model_engine::submit(embedding_request request, embedding_callback deliver) {
  if (config().kind != model_kind::embedding) {
    return wrong_kind(config(), "generates text; it does not make embeddings");
  }
  const auto id = state_->shared.next_id();
  auto pushed = state_->shared.push(embedding_job{id, std::move(request), std::move(deliver)});
  return pushed.has_error() ? result<job_id>(pushed.error()) : id;
}

void model_engine::cancel(job_id id) {
  state_->shared.cancel(id);
}

void model_engine::request_stop() {
  state_->shared.request_stop();
}

void model_engine::stop() {
  request_stop();
  if (state_->thread.joinable()) {
    state_->thread.join();
  }
}

engine_stats model_engine::stats() const {
  return state_->shared.stats();
}
std::optional<model_facts> model_engine::facts() const {
  return state_->shared.facts();
}
const model_config& model_engine::config() const {
  return state_->shared.config();
}

} // namespace inferenceflow::engine
