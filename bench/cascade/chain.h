/// A cascade that was learned: services in order, what is believed of each answer, and from which P(wrong) on the next
/// is asked.
///
/// Role:      folds.cpp learns it on some questions and walks it over others.
/// Lifecycle: learn() → believed() → walk()*.
/// Threading: none of its own.
/// Bounds:    chains of at most three services.
#pragma once

#include "bench/cascade/recorded.h"
#include "escalation/trust.h"

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace inferenceflow::bench {

/// P(wrong) that holds without signals, and trust where it could be learned.
struct opinion {
  std::optional<escalation::trust> learned = {};
  double share_wrong = 0.5;
  [[nodiscard]] double p_wrong(const escalation::signals& seen, std::string_view label) const {
    return learned ? learned->p_wrong(seen, label) : share_wrong;
  }
};

/// What is known after each service of a chain was asked, for one question.
struct belief {
  std::array<double, 3> p_wrong{}; ///< of the answer that would be served there
  std::array<bool, 3> right{};     ///< whether it would be
  std::array<double, 3> cost{};    ///< so far
  bool best_right = false;         ///< whether the set's best service is
};

/// Opinions on every prefix of the chains that were asked for, learned from some questions of a set.
class learned_chains {
public:
  learned_chains(const recorded_set& set, std::span<const std::size_t> from);

  /// @returns one per question of `of`.
  [[nodiscard]] std::vector<belief> believed(const std::vector<std::size_t>& chain,
                                             std::span<const std::size_t> of) const;

private:
  struct step {
    double p_wrong = 0;
    bool right = false;
    std::string label = {};
  };
  [[nodiscard]] step first_step(const question& asked, std::size_t service) const;
  [[nodiscard]] step next_step(const question& asked, const std::vector<std::size_t>& prefix, const step& before) const;
  void learn_prefix(const std::vector<std::size_t>& prefix, std::span<const std::size_t> from);

  const recorded_set& set_;
  std::vector<opinion> alone_;
  std::map<std::vector<std::size_t>, opinion> together_;
};

struct walked {
  double cost = 0;
  bool right = false;
};

/// @param thresholds  of all services but the last: P(wrong) at or above it asks the next.
[[nodiscard]] walked walk(const belief& known, std::size_t services, const std::array<double, 2>& thresholds);

} // namespace inferenceflow::bench
