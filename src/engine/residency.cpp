#include "engine/residency.h"

#include <algorithm>
#include <cmath>

namespace inferenceflow::engine {

namespace {
/// After this long a use counts half.
constexpr double k_half_life_s = 300;

double faded(double uses, steady_time then, steady_time now) {
  const std::chrono::duration<double> passed = now - then;
  return uses * std::exp2(-std::max(passed.count(), 0.0) / k_half_life_s);
}
} // namespace

residency::model_id residency::add() {
  models_.push_back({});
  return models_.size() - 1;
}

double residency::usefulness(const record& of, steady_time now) const {
  const std::chrono::duration<double> price = of.load_time;
  return faded(of.uses, of.used_at, now) * price.count() / static_cast<double>(std::max<std::uint64_t>(of.bytes, 1));
}

void residency::make_leave(std::uint64_t missing, bool busy_too, steady_time now) {
  std::uint64_t leaving = 0;
  std::vector<record*> staying;
  for (record& each : models_) {
    if (each.leaving) {
      leaving += each.bytes;
    } else if (each.at == place::in && (busy_too || !each.busy) && now - each.since >= limits_.patience) {
      staying.push_back(&each);
    }
  }
  std::sort(staying.begin(), staying.end(), [&](const record* a, const record* b) {
    return a->busy != b->busy ? b->busy : usefulness(*a, now) < usefulness(*b, now);
  });
  for (record* least : staying) {
    if (leaving >= missing) {
      break;
    }
    least->leaving = true;
    leaving += least->bytes;
  }
}

/// Of those that wait longer: what is freed is theirs first, or a large one would wait for ever.
std::uint64_t residency::wanted_before(const record& of) const {
  std::uint64_t sum = 0;
  for (const record& each : models_) {
    sum += each.at == place::waiting && each.since < of.since ? each.wanted : 0;
  }
  return sum;
}

residency::answer residency::ask(model_id model, std::uint64_t bytes, urgency how, steady_time now) {
  record& of = models_[model];
  if (limits_.bytes_max != 0 && bytes > limits_.bytes_max) {
    of.at = place::out;
    return answer::never;
  }
  if (of.at == place::out) {
    of.at = place::waiting;
    of.since = now;
  }
  of.wanted = bytes;
  if (limits_.bytes_max == 0 || bytes_ + bytes + wanted_before(of) <= limits_.bytes_max) {
    of.at = place::loading;
    of.bytes = bytes;
    bytes_ += bytes;
    return answer::granted;
  }
  if (how == urgency::when_free) {
    of.at = place::out;
    return answer::wait;
  }
  if (bytes_ + bytes <= limits_.bytes_max) {
    return answer::wait; // the room is there, and somebody else's
  }
  make_leave(bytes_ + bytes - limits_.bytes_max, now - of.since >= limits_.patience, now);
  return answer::wait;
}

void residency::loaded(model_id model, std::chrono::milliseconds took, steady_time now) {
  record& of = models_[model];
  of.at = place::in;
  of.since = now;
  of.load_time = std::max(took, std::chrono::milliseconds{1});
}

void residency::released(model_id model) {
  record& of = models_[model];
  bytes_ -= of.bytes;
  of.bytes = 0;
  of.at = place::out;
  of.leaving = false;
  of.busy = false;
}

void residency::in_use(model_id model, bool busy) {
  models_[model].busy = busy;
}

void residency::used(model_id model, steady_time now) {
  record& of = models_[model];
  of.uses = faded(of.uses, of.used_at, now) + 1;
  of.used_at = now;
}

} // namespace inferenceflow::engine
