/// Rows to train on: prompts, and how good each model's answer to them was.
///
/// Role:      `router train`, the evaluation and tests fill one; the trainer reads it.
/// Lifecycle: plain value; read_training_text() makes one of JSONL.
/// Threading: value.
/// Bounds:    k_rows_max rows, k_models_max models, k_line_bytes_max per line, k_training_bytes_max per file; texts are
///            cut to k_text_bytes_max.
/// Source:    one object a line: {"prompt": text, "context"?, "turns"?, "scores": {model: 0..1},
///            "output_tokens"?: {model: n}, "vector"?: [..], "weight"?: 1e-6 to 1e6, "group"?: text}; others are let
///            be.
#pragma once

#include "base/error.h"
#include "quality/predictor.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::quality {

inline constexpr std::size_t k_rows_max = 200'000;
inline constexpr std::size_t k_text_bytes_max =
    16'384; ///< kept of a text: what an embedder reads, and more than is scanned
inline constexpr std::size_t k_line_bytes_max = std::size_t{4} << 20U;
inline constexpr std::size_t k_training_bytes_max = std::size_t{2} << 30U; ///< of a file
inline constexpr std::size_t k_dimensions_max = 8192;

struct example {
  std::string text;
  std::string context;
  std::uint32_t turns = 1;
  std::vector<float> scores;        ///< [models], NaN where this model did not answer
  std::vector<float> output_tokens; ///< [models], NaN where unknown; may be empty
  std::vector<float> vector;        ///< unit length; empty = not embedded
  float weight = 1;
  std::uint64_t group = 0; ///< rows of one group are never on both sides of a cross-validation; 0 = alone

  [[nodiscard]] prompt as_prompt() const noexcept {
    return {.text = text, .context = context, .turns = turns, .vector = vector};
  }
};

/// What was read and what was left out.
struct reading {
  std::size_t lines = 0;           ///< that were not empty
  std::size_t broken = 0;          ///< no JSON object, or a member of the wrong type or out of range
  std::size_t without_scores = 0;  ///< no score of any model
  std::size_t shortened = 0;       ///< texts that were cut; they still count
  std::size_t missing_scores = 0;  ///< pairs of row and model, over the models that are kept
  std::vector<std::string> faults; ///< the first k_faults_max of them: "line 7: …"
};
inline constexpr std::size_t k_faults_max = 10;

struct training_set {
  std::vector<std::string> models; ///< sorted
  std::vector<example> rows;
  std::size_t dimensions = 0; ///< of the vectors; 0 = some row has none
  std::string space;          ///< of the vectors, if known
  reading read;
};

/// Broken lines are left out and counted; more of them than good ones are an error. Vectors count only where every row
/// has one of the same length; they are brought to unit length.
/// @returns invalid_request  nothing but empty lines, no good row, too many rows or models, most lines broken
[[nodiscard]] result<training_set> read_training_text(std::string_view jsonl);

/// The same from a file. @returns not_found, unavailable  it cannot be read; invalid_request also where it is too long
[[nodiscard]] result<training_set> read_training_file(const std::string& path);

/// Sets `dimensions` from what the rows hold: 0 unless all have vectors of one length.
void settle_dimensions(training_set& rows);

/// Groups rows without a group by the words of their prompts without digits, so that near copies stay together.
void group_copies(training_set& rows);

} // namespace inferenceflow::quality
