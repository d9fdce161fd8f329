/// The probability that an answer is wrong, from what it tells about itself.
///
/// A regularised logistic over the signals orders answers; an isotonic map, fitted to predictions for rows that the
/// logistic had not seen, turns its score into a probability. A class of questions (or a label that a classifier
/// answered) has weights of its own, drawn to the common ones as far as it is rare, and a map of its own once it has
/// k_class_calibrated_min rows.
///
/// Role:      pipeline asks it for each cheap answer; the trainer fits and saves it.
/// Lifecycle: prior(), fit() or load() → p_wrong()*; replaced as a whole when a new file is there.
/// Threading: immutable after construction.
/// Bounds:    k_rows_max rows to learn from, k_classes_max classes, k_trust_bytes_max of file.
/// Source:    Platt (1999) with an L2 prior, fitted by Newton's method; Zadrozny & Elkan, KDD 2002, for the map.
#pragma once

#include "base/error.h"
#include "escalation/confidence.h"
#include "escalation/risk_control.h"
#include "statistics/isotonic.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::escalation {

inline constexpr std::size_t k_rows_max = 1'000'000;
inline constexpr std::size_t k_rows_min = 50;
inline constexpr std::size_t k_classes_max = 256;          ///< further ones share the common weights
inline constexpr std::size_t k_class_rows_min = 30;        ///< of a class with weights of its own
inline constexpr std::size_t k_class_calibrated_min = 500; ///< of a class with a map of its own
inline constexpr std::size_t k_label_bytes_max = 256;
inline constexpr std::size_t k_trust_bytes_max = 64 * 1024 * 1024;

/// One answer that somebody judged.
struct labelled {
  signals seen = {};
  bool wrong = false;
  std::string label = {}; ///< class of the question or predicted label; empty = none
};

struct trust_options {
  double ridge = 1;        ///< strength of the L2 prior, in rows; > 0
  double class_ridge = 20; ///< the same for a class's distance from the common weights
  std::uint64_t seed = 1;  ///< of the folds
};

class trust {
public:
  static constexpr std::size_t k_inputs = 18;
  using weights = std::array<double, k_inputs + 1>; ///< the last one is the constant

  /// What holds without labels: weights set by hand, in README.md. An order and a rough size, no calibration, and no
  /// ground for any guarantee; learnt() is false.
  [[nodiscard]] static trust prior();

  /// Learns from judged answers, five folds for the maps. O(rows · inputs²).
  /// @returns error::invalid_request  fewer than k_rows_min or more than k_rows_max rows; all or none of them wrong;
  ///          options out of range; a signal that is not within ±1e6
  [[nodiscard]] static result<trust> fit(std::span<const labelled> rows, const trust_options& options = {});

  /// @param label  of the answer; one that was not learned falls back to what is common.
  /// @returns (0, 1). Signals that are absent, or not finite, count as average. No allocation.
  [[nodiscard]] double p_wrong(const signals& seen, std::string_view label = {}) const;

  [[nodiscard]] bool learnt() const { return rows_ > 0; }
  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  /// Share of wrong answers among the rows; of the prior: what it assumes.
  [[nodiscard]] double wrong_share() const { return wrong_share_; }
  /// Expected calibration error on rows that were not learned from; 0 for the prior.
  [[nodiscard]] double calibration_error() const { return calibration_error_; }
  [[nodiscard]] std::size_t classes() const { return classes_.size(); }

  /// Writes one file that takes an older one's place at once, with version and checksum.
  /// @returns error::unavailable  the folder is missing, not writable, or full; an older file stays
  [[nodiscard]] result<void> save(const std::string& path) const;

  /// @returns error::not_found        no such file
  /// @returns error::invalid_request  too large, no trust file, of another version, damaged, or numbers that no fit
  /// makes
  [[nodiscard]] static result<trust> load(const std::string& path);

private:
  /// How raw signals become inputs of about the same size.
  struct scaling {
    std::array<double, k_inputs> mean{};
    std::array<double, k_inputs> spread{};
  };
  struct class_part {
    weights own{};
    std::uint64_t rows = 0;
    statistics::monotone_map map = {}; ///< empty: the common one
  };
  using inputs = std::array<double, k_inputs>;

  trust() = default;
  [[nodiscard]] inputs scaled(const signals& seen) const;
  [[nodiscard]] const class_part* part_of(std::string_view label) const;
  void learn_scaling(std::span<const labelled> rows);
  void learn_weights(std::span<const labelled> rows, std::span<const std::size_t> chosen, const trust_options& options);
  void learn_maps(std::span<const labelled> rows, const trust_options& options);
  [[nodiscard]] double score(const inputs& given, const class_part* part) const;
  [[nodiscard]] double calibrated(double score, const class_part* part) const;
  friend class trust_file;

  scaling scaling_{};
  weights common_{};
  statistics::monotone_map map_ = {};
  std::map<std::string, class_part, std::less<>> classes_ = {};
  std::uint64_t rows_ = 0;
  double wrong_share_ = 0;
  double calibration_error_ = 0;
};

/// What the threshold is chosen by: P(wrong) of each of `rows`, none of which `how` was fitted to, and whether it was
/// wrong. As a gateway sees answers: of no class.
[[nodiscard]] std::vector<judged> judged_by(const trust& how, std::span<const labelled> rows);

/// Reads judged answers, one JSON object a line: `{"signals": {"margin": 0.4, "agreement": 1, "format": 1, …}, "wrong":
/// 0, "class": "de"}`. Signals: logprob_mean, logprob_min, margin, entropy, agreement, score, support as numbers;
/// format (1 = kept), refusal, empty, cut as 0, 1 or booleans. Blank lines are skipped, other keys beside these three
/// are passed over.
/// @returns error::invalid_request  naming the first line that is no such object, or more than k_rows_max rows
[[nodiscard]] result<std::vector<labelled>> read_labels(std::string_view jsonl);

} // namespace inferenceflow::escalation
