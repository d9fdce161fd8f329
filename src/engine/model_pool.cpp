#include "engine/model_pool.h"

#include <utility>

namespace inferenceflow::engine {

residency::model_id model_pool::join(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wakes_.push_back(std::move(wake));
  return models_.add();
}

residency::answer model_pool::ask(residency::model_id model, std::uint64_t bytes, residency::urgency how) {
  auto said = residency::answer::never;
  {
    const std::lock_guard lock(mutex_);
    said = models_.ask(model, bytes, how, clock_.steady_now());
  }
  if (said == residency::answer::wait && how == residency::urgency::needed) {
    wake_all_but(model); // some of them may have been told to go
  }
  return said;
}

void model_pool::loaded(residency::model_id model, std::chrono::milliseconds took) {
  const std::lock_guard lock(mutex_);
  models_.loaded(model, took, clock_.steady_now());
  ++loads_;
}

void model_pool::released(residency::model_id model, bool unloaded) {
  {
    const std::lock_guard lock(mutex_);
    models_.released(model);
    unloads_ += unloaded ? 1 : 0;
  }
  wake_all_but(model);
}

void model_pool::in_use(residency::model_id model, bool busy) {
  const std::lock_guard lock(mutex_);
  models_.in_use(model, busy);
}

void model_pool::used(residency::model_id model) {
  const std::lock_guard lock(mutex_);
  models_.used(model, clock_.steady_now());
}

bool model_pool::shall_go(residency::model_id model) const {
  const std::lock_guard lock(mutex_);
  return models_.shall_go(model);
}

pool_stats model_pool::stats() const {
  const std::lock_guard lock(mutex_);
  return {.bytes = models_.bytes(), .bytes_max = models_.bytes_max(), .loads = loads_, .unloads = unloads_};
}

void model_pool::wake_all_but(residency::model_id model) {
  for (residency::model_id other = 0; other < wakes_.size(); ++other) {
    if (other != model) {
      wakes_[other]();
    }
  }
}

} // namespace inferenceflow::engine
