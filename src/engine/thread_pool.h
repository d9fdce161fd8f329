/// Compute threads that one context keeps, instead of starting new ones for every token.
///
/// Role:      loaded_model attaches one to its context.
/// Lifecycle: outlives the context it is attached to.
/// Threading: the engine's thread.
/// Bounds:    the number of threads asked for, the calling one included.
/// Source:    ggml_threadpool (ggml-cpu.h), found through the backend's registry.
#pragma once

#include <cstdint>
#include <memory>

struct ggml_threadpool;

namespace inferenceflow::engine {

class thread_pool {
public:
  /// @param spins  waits between graphs by spinning for some ten milliseconds: right where the next graph follows at
  ///               once (one per token), a wasted core where it does not.
  /// @returns null when the loaded backend offers no thread pool: llama.cpp then makes its own.
  [[nodiscard]] static std::unique_ptr<thread_pool> make(std::uint32_t threads, bool spins);
  ~thread_pool();
  thread_pool(const thread_pool&) = delete;
  thread_pool& operator=(const thread_pool&) = delete;

  [[nodiscard]] ggml_threadpool* get() const { return pool_; }

private:
  using free_function = void (*)(ggml_threadpool*);
  thread_pool(ggml_threadpool* pool, free_function release)
      : pool_(pool)
      , release_(release) {}
  ggml_threadpool* pool_;
  free_function release_;
};

} // namespace inferenceflow::engine
