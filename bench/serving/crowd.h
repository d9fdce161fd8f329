/// Several requests at one engine, each timed, and a wait until all have ended.
///
/// Role:      every measurement of bench_engine asks through it.
/// Lifecycle: ask()* → wait(), again and again; cancel() ends early what is still running. The destructor cancels and
///            waits.
/// Threading: ask() from any thread, callbacks on the engine's thread (they may ask again); the rest from one thread.
/// Bounds:    the engine's queues; a request that finds them full is counted as failed.
#pragma once

#include "base/clock.h"
#include "engine/model_engine.h"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace inferenceflow::bench {

struct answer {
  steady_time due{}; ///< when it was asked, or should have been
  std::optional<steady_time> first = {};
  steady_time ended{};
  engine::token_counts counts = {};
  std::string text = {};
  std::vector<engine::token_logprob> logprobs = {};
  /// Of the answers of ask_together(): tokens it surely had before the first of them ended, and with it gave its cells
  /// back.
  std::uint32_t tokens_beside_all = 0;
  std::optional<error> failure = {};

  [[nodiscard]] double seconds() const { return std::chrono::duration<double>(ended - due).count(); }
  [[nodiscard]] double first_seconds() const {
    return std::chrono::duration<double>(first.value_or(ended) - due).count();
  }
};

class crowd {
public:
  using end_callback = std::function<void(const answer&)>;
  using token_callback = std::function<void(const engine::token_counts&)>;

  /// Lifetime: `model` outlives the crowd.
  explicit crowd(engine::model_engine& model);
  ~crowd();
  crowd(const crowd&) = delete;
  crowd& operator=(const crowd&) = delete;

  /// @param on_end     called once, also for a failure; not called for a request that was refused at once.
  /// @param on_tokens  called whenever the counts have grown.
  /// @param due        when the request should have been sent; absent = now.
  void ask(engine::generation request, end_callback on_end = {}, token_callback on_tokens = {},
           std::optional<steady_time> due = {});

  /// Asks the engine to end everything that runs.
  void cancel();

  /// Blocks until nothing is outstanding.
  void wait();

  /// The first error that was not a cancellation.
  [[nodiscard]] std::optional<error> failure() const;

private:
  struct shared_state;
  engine::model_engine& model_;
  std::shared_ptr<shared_state> state_;
};

/// Asks all at once. @returns the answers in order, or the first error.
[[nodiscard]] result<std::vector<answer>> ask_together(engine::model_engine& model,
                                                       const std::vector<engine::generation>& requests);

} // namespace inferenceflow::bench
