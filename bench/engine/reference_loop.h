/// llama.cpp without us: one sequence, one token per decode, the likeliest token next.
///
/// Role:      what bench_engine_decode and bench_engine compare the engine with: one call at a time.
/// Lifecycle: make() → run()*.
/// Threading: one thread.
/// Bounds:    the context's tokens.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

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

  /// The same for tokens, of which there is at least one.
  [[nodiscard]] decode_run run(std::vector<std::int32_t> tokens, std::uint32_t tokens_max);

  /// Tokens of a text, with what the model puts before it.
  [[nodiscard]] std::vector<std::int32_t> tokens_of(const std::string& text) const;

  /// How many tokens the model knows.
  [[nodiscard]] std::uint32_t vocabulary() const;

private:
  class state;
  explicit reference_loop(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

} // namespace inferenceflow::bench
