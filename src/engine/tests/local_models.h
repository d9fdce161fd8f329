/// The default models on this machine, for tests that need a real one; absent models skip the test.
///
/// Role:      tests of engine and providers/local.
/// Lifecycle: pure functions and plain values.
/// Threading: the test's thread; collected answers are filled by the engine's.
/// Bounds:    none.
#pragma once

#include "engine/model_engine.h"

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace inferenceflow::engine::testing {

/// One: compute threads wait for each other by spinning, which crawls when tests share their cores with other programs.
inline constexpr std::uint32_t k_test_threads = 1;

/// Waits until the engine's published figures satisfy `wanted`; they follow the events by one step.
template <class Predicate> void wait_for_load(const model_engine& model, Predicate wanted) {
  while (!wanted(model.stats().load)) {
    std::this_thread::yield();
  }
}

/// $INFERENCEFLOW_HOME/models, or its default.
inline std::filesystem::path models_folder() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::filesystem::path(value == nullptr ? "" : value);
  };
  if (const auto home = variable("INFERENCEFLOW_HOME"); !home.empty()) {
    return home / "models";
  }
  const auto cache = variable("XDG_CACHE_HOME");
  return (cache.empty() ? variable("HOME") / ".cache" : cache) / "inferenceflow" / "models";
}

inline std::filesystem::path chat_model_file() {
  return models_folder() / "SmolLM2-135M-Instruct.Q4_1.gguf";
}
inline std::filesystem::path embedding_model_file() {
  return models_folder() / "all-MiniLM-L6-v2.Q8_0.gguf";
}

inline model_config chat_config() {
  model_config config;
  config.name = "chat";
  config.path = chat_model_file().string();
  config.context_tokens = 256;
  config.cells_tokens = 512;
  config.threads = k_test_threads;
  return config;
}

inline model_config embedding_config() {
  model_config config;
  config.name = "embed";
  config.path = embedding_model_file().string();
  config.kind = model_kind::embedding;
  config.threads = k_test_threads;
  return config;
}

/// Collects one generation's events and waits for its end.
class collected_generation {
public:
  struct choice {
    std::string text;
    std::vector<token_logprob> logprobs;
    std::vector<std::string> deltas;
    std::optional<end_reason> reason;
  };

  generation_callback callback() {
    return [this](generation_event&& event) { take(std::move(event)); };
  }

  /// Blocks until the last event.
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return done_; });
  }
  /// Blocks until some text has arrived, or the last event.
  void wait_for_text() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return done_ || !choices.empty(); });
  }

  std::vector<choice> choices;
  token_counts counts;
  std::optional<error> failure;

private:
  void take(generation_event&& event) {
    const std::lock_guard lock(mutex_);
    if (auto* delta = std::get_if<text_delta>(&event)) {
      auto& c = at(delta->choice);
      c.text += delta->text;
      c.deltas.push_back(delta->text);
      c.logprobs.insert(c.logprobs.end(), delta->logprobs.begin(), delta->logprobs.end());
    } else if (const auto* end = std::get_if<choice_end>(&event)) {
      at(end->choice).reason = end->reason;
    } else if (const auto* last = std::get_if<generation_end>(&event)) {
      counts = last->counts;
      done_ = true;
    } else {
      failure = std::get<error>(event);
      done_ = true;
    }
    changed_.notify_all();
  }

  choice& at(std::uint32_t index) {
    if (choices.size() <= index) {
      choices.resize(index + 1);
    }
    return choices[index];
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
};

} // namespace inferenceflow::engine::testing

/// Skips the test when the file is not there.
#define SKIP_WITHOUT_MODEL(file)                                                                                       \
  if (!std::filesystem::exists(file)) {                                                                                \
    GTEST_SKIP() << (file).string() << " is missing; run `make models` to fetch the default models";                   \
  }
