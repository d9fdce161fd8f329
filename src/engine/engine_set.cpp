#include "engine/engine_set.h"

#include <algorithm>
#include <utility>

namespace inferenceflow::engine {

engine_set::engine_set(std::vector<model_config> models, log_sink log, residency_limits room)
    : log_(std::move(log))
    , pool_(room, clock_) {
  for (auto& model : models) {
    engines_.push_back(std::make_unique<model_engine>(std::move(model), pool_));
  }
  for (const auto& one : engines_) {
    one->start();
  }
}

engine_set::~engine_set() {
  stop();
}

model_engine* engine_set::find(std::string_view name) const {
  const auto found =
      std::find_if(engines_.begin(), engines_.end(), [name](const auto& e) { return e->config().name == name; });
  return found == engines_.end() ? nullptr : found->get();
}

void engine_set::stop() {
  for (const auto& one : engines_) {
    one->request_stop(); // all of them, or one would load into the room that another leaves
  }
  for (const auto& one : engines_) {
    one->stop();
  }
}

} // namespace inferenceflow::engine
