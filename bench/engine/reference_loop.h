/// llama.cpp without us: one sequence, one token per decode, the likeliest token next.
///
/// Role:      what bench_engine_decode compares the engine with.
/// Lifecycle: make() → run()*.
/// Threading: one thread.
/// Bounds:    the context's tokens.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace inferenceflow::bench {

/// CPU seconds this process has used.
[[nodiscard]] double process_cpu_seconds();

/// One answer: tokens after the first, and the time they took.
struct decode_run {
  std::uint32_t tokens = 0;
  double seconds = 0;
  double cpu_seconds = 0; ///< of the whole process: steadier than the clock on a machine that does other things
  [[nodiscard]] double tokens_per_s() const { return seconds > 0 ? tokens / seconds : 0; }
  [[nodiscard]] double cpu_ms_per_token() const { return tokens > 0 ? 1e3 * cpu_seconds / tokens : 0; }
};

class reference_loop {
public:
  /// @returns null when the model cannot be loaded.
  [[nodiscard]] static std::unique_ptr<reference_loop> make(const std::string& path, std::uint32_t threads,
                                                            std::uint32_t context_tokens);
  ~reference_loop();
  reference_loop(const reference_loop&) = delete;
  reference_loop& operator=(const reference_loop&) = delete;

  /// Decodes `prompt`, then up to `tokens_max` tokens; ends early where the model ends its text.
  [[nodiscard]] decode_run run(const std::string& prompt, std::uint32_t tokens_max);

private:
  class state;
  explicit reference_loop(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

} // namespace inferenceflow::bench
