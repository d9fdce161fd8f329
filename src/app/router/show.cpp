#include "app/router/show.h"

#include <fmt/format.h>
#include <iterator>

namespace inferenceflow::app::router {

std::string reading_text(const quality::training_set& read) {
  std::string text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "{} rows of {} lines, {} models", read.rows.size(), read.read.lines, read.models.size());
  if (read.dimensions > 0) {
    fmt::format_to(out, ", vectors of {}", read.dimensions);
  }
  fmt::format_to(out, "\n");
  if (read.read.missing_scores > 0) {
    fmt::format_to(out, "  {} scores are missing; those models are taken as average there\n", read.read.missing_scores);
  }
  if (read.read.without_scores > 0) {
    fmt::format_to(out, "  {} lines without scores were left out\n", read.read.without_scores);
  }
  if (read.read.shortened > 0) {
    fmt::format_to(out, "  {} prompts beyond {} bytes lost their middle\n", read.read.shortened,
                   quality::k_text_bytes_max);
  }
  if (read.read.broken > 0) {
    fmt::format_to(out, "  {} broken lines were left out\n", read.read.broken);
  }
  for (const std::string& fault : read.read.faults) {
    fmt::format_to(out, "    {}\n", fault);
  }
  if (read.read.broken > read.read.faults.size()) {
    fmt::format_to(out, "    …\n");
  }
  return text;
}

std::string router_text(const quality::router& made) {
  const auto& parts = made.parts();
  const auto& facts = parts.facts;
  std::string text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "{:<24} {:>16} {:>14} {:>13}\n", "predictor, out of fold", "gain of choosing", "squared error",
                 "best quality");
  for (const auto& one : facts.candidates) {
    fmt::format_to(out, "{:<24} {:>8.4f} ± {:.4f} {:>14.4f} {:>13.4f}{}\n", one.name, one.gain, one.gain_error,
                   one.squared_error, one.best_quality, one.chosen ? "  chosen" : "");
  }
  fmt::format_to(out, "without a vector: {}\n", parts.text.name);
  if (!parts.vector.members.empty()) {
    fmt::format_to(out, "with a vector: {} ({} dimensions, space {})\n", parts.vector.name, parts.dimensions,
                   parts.space.empty() ? "not named" : parts.space);
  }
  fmt::format_to(out, "trained{}{} on {} rows, {} folds, seed {}; {} lines left out\n", facts.date.empty() ? "" : " ",
                 facts.date, facts.rows, facts.folds, facts.seed, facts.left_out);
  for (std::size_t m = 0; m < parts.models.size(); ++m) {
    fmt::format_to(out, "  {:<40} mean score {:.3f}\n", parts.models[m], facts.mean_scores[m]);
  }
  for (const std::string& name : facts.dropped_models) {
    fmt::format_to(out, "  {:<40} left out: too few scores\n", name);
  }
  return text;
}

} // namespace inferenceflow::app::router
