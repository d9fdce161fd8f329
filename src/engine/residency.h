/// Which models are in memory, and which must go so that another fits.
///
/// Role:      model_pool asks it; sans-IO, the caller brings the time.
/// Lifecycle: add() per model → ask() until granted → loaded() → released(); in_use() and used() in between.
/// Threading: none of its own; the caller locks.
/// Bounds:    bytes_max over everything that is granted; one small record per model.
/// Source:    usefulness per byte: GreedyDual-Size-Frequency (Cherkasova, HP Labs 1998), with the time to load as cost.
///
/// A model that is in use is never taken out of memory. When nobody idle can make room and somebody has waited for
/// patience, a busy one is asked to finish what it runs and to take no more until it has been out.
#pragma once

#include "base/clock.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace inferenceflow::engine {

struct residency_limits {
  std::uint64_t bytes_max = 0; ///< 0 = no bound
  /// How long a model waits before it makes a busy one finish, and how long one stays at least.
  std::chrono::milliseconds patience{2'000};
};

class residency {
public:
  using model_id = std::size_t;

  explicit residency(residency_limits limits)
      : limits_(limits) {}

  model_id add();

  enum class answer : std::uint8_t {
    granted, ///< the bytes are reserved: load now
    wait,    ///< others were asked to go, or are in use: ask again when one was released, or after patience
    never,   ///< larger than the bound
  };
  enum class urgency : std::uint8_t {
    when_free, ///< only into room that nobody has or waits for
    needed,    ///< jobs wait for it: others are asked to go
  };
  /// The model shall come into memory.
  /// @param bytes  what it will take.
  [[nodiscard]] answer ask(model_id model, std::uint64_t bytes, urgency how, steady_time now);

  /// It is in memory. @param took  to load it: the price of taking it out.
  void loaded(model_id model, std::chrono::milliseconds took, steady_time now);
  /// It is out of memory, or could not be loaded, or needs room no more.
  void released(model_id model);
  void in_use(model_id model, bool busy);
  /// A job came for it.
  void used(model_id model, steady_time now);

  /// Whether it shall go as soon as it is idle, and begin nothing new until then.
  [[nodiscard]] bool shall_go(model_id model) const { return models_[model].leaving; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t bytes_of(model_id model) const { return models_[model].bytes; }
  [[nodiscard]] std::uint64_t bytes_max() const { return limits_.bytes_max; }

private:
  enum class place : std::uint8_t { out, waiting, loading, in };
  struct record {
    place at = place::out;
    std::uint64_t bytes = 0;  ///< reserved
    std::uint64_t wanted = 0; ///< while waiting
    bool busy = false;
    bool leaving = false;
    double uses = 0; ///< fading count
    steady_time used_at{};
    steady_time since{}; ///< in this place
    std::chrono::milliseconds load_time{1};
  };

  [[nodiscard]] double usefulness(const record& of, steady_time now) const;
  [[nodiscard]] std::uint64_t wanted_before(const record& of) const;
  /// Marks the least useful until `missing` bytes will be free.
  void make_leave(std::uint64_t missing, bool busy_too, steady_time now);

  residency_limits limits_;
  std::uint64_t bytes_ = 0;
  std::vector<record> models_;
};

} // namespace inferenceflow::engine
