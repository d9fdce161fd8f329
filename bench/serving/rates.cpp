#include "bench/serving/rates.h"

#include "bench/serving/crowd.h"
#include "bench/serving/samples.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>

namespace inferenceflow::bench {

result<double> rate_of_wave(engine::model_engine& model, const std::vector<engine::generation>& requests) {
  const auto begin = std::chrono::steady_clock::now();
  const auto answers = ask_together(model, requests);
  if (answers.has_error()) {
    return answers.error();
  }
  double tokens = 0;
  auto end = begin;
  for (const auto& got : answers.value()) {
    tokens += got.counts.completion;
    end = std::max(end, got.ended);
  }
  return tokens / std::chrono::duration<double>(end - begin).count();
}

double naive_rate(stage& on, const std::vector<token_list>& prompts, std::uint32_t tokens_max) {
  const auto begin = std::chrono::steady_clock::now();
  for (const auto& prompt : prompts) {
    static_cast<void>(on.bare.run(prompt, tokens_max));
  }
  return static_cast<double>(prompts.size()) * tokens_max /
         std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

boost::json::array quartiles(const std::vector<double>& values) {
  const auto of = spread_of(values);
  return {of.lower, of.upper};
}

std::string shown(const std::vector<double>& ratios) {
  if (ratios.empty()) {
    return fmt::format("{:>20}", "-");
  }
  const auto of = spread_of(ratios);
  return fmt::format("{:>6.2f} ({:5.2f}-{:5.2f})", of.median, of.lower, of.upper);
}

} // namespace inferenceflow::bench
