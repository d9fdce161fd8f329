/// Chooses between all compute threads and one, by what decode steps really cost.
///
/// Role:      generator asks it before every step; sans-IO.
/// Lifecycle: threads() → observe() per step, for the model's life.
/// Threading: one thread.
/// Bounds:    constant memory.
///
/// llama.cpp's compute threads wait for each other by spinning, hundreds of times per token. When other programs hold
/// the cores, each wait can last a scheduler's time slice, and two threads become tens of times slower than one. So:
/// all threads while that is clearly cheaper; one while it is not; and a short trial of the other from time to time,
/// soon after all were given up. A single slow step says little: what is usual bounds what it counts. Figures compare
/// only steps of the same kind: decode steps without prompt tokens, of about as many sequences. A sequence costs much
/// less among others than alone, so a trial that ran into another company would say nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace inferenceflow::engine {

class thread_governor {
public:
  /// @param threads_all  what the configuration grants; 1 leaves nothing to choose.
  explicit thread_governor(std::uint32_t threads_all);

  /// Threads for the next step.
  [[nodiscard]] std::uint32_t threads() const { return mode_ == mode::all ? all_ : 1; }

  /// A step that held only decodes took this long with threads().
  /// @param seconds_per_sequence  wall time divided by the sequences in the step.
  void observe(double seconds_per_sequence, std::uint32_t sequences = 1);

private:
  enum class mode : std::uint8_t { all, one };
  [[nodiscard]] static mode other(mode m) { return m == mode::all ? mode::one : mode::all; }
  /// What steps with about so many sequences cost: 1, 2 to 3, 4 to 7, ...
  struct figures {
    std::array<double, 2> costs{0, 0}; ///< smoothed seconds per sequence; 0 = not measured yet
    double cheapest = 0;               ///< the lowest smoothed cost of the mode that is on, since it was chosen
  };
  static constexpr std::size_t k_sizes = 9; ///< the last is that of 256 sequences and more

  [[nodiscard]] double& cost(mode m) { return sizes_[size_].costs[static_cast<std::size_t>(m)]; }
  void come_to(std::size_t size);
  void start_trial();
  void end_trial();

  std::uint32_t all_;
  mode mode_ = mode::all;
  std::array<figures, k_sizes> sizes_;
  std::size_t size_ = 0; ///< of the newest step
  std::uint32_t steps_in_size_ = 0;
  std::uint32_t steps_in_mode_ = 0;
  std::uint32_t trial_steps_left_ = 0;
  std::uint32_t trial_period_steps_; ///< grows with every trial that changed nothing
  double trial_best_ = 0;
};

} // namespace inferenceflow::engine
