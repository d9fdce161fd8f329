#include "bench/serving/crowd.h"
#include "bench/serving/stage.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <cmath>
#include <fmt/format.h>
#include <iterator>
#include <string_view>

namespace inferenceflow::bench {
namespace {

constexpr std::uint32_t k_sequences = 16;
constexpr std::uint32_t k_cells = 2048;
// llama.cpp's attention takes another kernel for a step of 64 tokens or more, so a prompt that is computed beside
// others comes out a little differently than alone once they are so many together. And it sums over KV cells in the
// order in which they lie, which changes once a text has ended and others take its cells. A difference may decide where
// two tokens are almost equally likely; nowhere else may the text differ. Without either, company changes nothing.
constexpr std::size_t k_few = 4; // prompts whose tokens together are fewer than 64
constexpr double k_margin_max_nats = 0.5;
constexpr std::array<std::string_view, 16> k_prompts{
    "The capital of France is",
    "Water boils when",
    "In the beginning of the twentieth century, physics",
    "A bicycle has two wheels because",
    "def fibonacci(n):",
    "Dear Sir or Madam,",
    "The three primary colours are",
    "Once upon a time, in a village by the sea,",
    "To bake bread, first",
    "The fastest animal on land",
    "List of planets: Mercury, Venus,",
    "My grandmother used to say that",
    "SELECT name, price FROM",
    "The difference between a virus and a bacterium",
    "It was raining when the train",
    "Rivers flow to the sea because",
};

std::uint32_t answer_tokens(const settings& by) {
  return by.tiny ? 24 : 48;
}

engine::generation request_for(std::string_view prompt, std::uint32_t tokens_max) {
  auto request = greedy({}, tokens_max);
  request.prompt = std::string(prompt);
  request.logprobs = true;
  request.top_logprobs = 2;
  return request;
}

/// How far the log probabilities of the same tokens lie apart, alone and among others.
struct noise {
  double largest = 0;
  double sum = 0;
  std::size_t tokens = 0;
};

struct difference {
  std::size_t prompt = 0;
  std::size_t token = 0;  ///< the first that differs
  double margin_nats = 0; ///< between the two likeliest tokens there, alone
};

std::optional<difference> first_difference(std::size_t prompt, const answer& alone, const answer& among,
                                           std::size_t tokens_max, noise& heard) {
  const auto& a = alone.logprobs;
  const auto& b = among.logprobs;
  const auto shorter = std::min({a.size(), b.size(), tokens_max});
  std::size_t at = 0;
  for (; at < shorter && a[at].bytes == b[at].bytes; ++at) {
    const double apart = std::abs(static_cast<double>(a[at].logprob) - static_cast<double>(b[at].logprob));
    heard.largest = std::max(heard.largest, apart);
    heard.sum += apart;
    ++heard.tokens;
  }
  if (at == tokens_max || (at == a.size() && at == b.size())) {
    return std::nullopt;
  }
  // Where one of them ended its text, the other's next token is the first that differs.
  const auto& here = at < a.size() ? a[at] : b[at];
  const double margin = here.top.size() < 2 ? 0 : here.top[0].logprob - here.top[1].logprob;
  return difference{prompt, at, margin};
}

struct comparison {
  std::size_t prompts = 0;
  std::vector<difference> differences = {};
  noise heard = {};

  /// @param tokens_max  what comes later is not compared.
  void add(std::size_t prompt, const answer& alone, const answer& among, std::size_t tokens_max) {
    ++prompts;
    if (const auto found = first_difference(prompt, alone, among, tokens_max, heard)) {
      differences.push_back(*found);
    }
  }
  [[nodiscard]] double equal_share() const {
    return 1 - static_cast<double>(differences.size()) / static_cast<double>(prompts);
  }
  [[nodiscard]] double widest_margin() const {
    double widest = 0;
    for (const auto& d : differences) {
      widest = std::max(widest, d.margin_nats);
    }
    return widest;
  }
};

boost::json::object keys_of(const comparison& of) {
  boost::json::array listed;
  for (const auto& d : of.differences) {
    listed.push_back(
        boost::json::object{{"prompt", k_prompts[d.prompt]}, {"token", d.token}, {"margin_nats", d.margin_nats}});
  }
  const double tokens = std::max(static_cast<double>(of.heard.tokens), 1.0);
  return {{"tokens_compared", of.heard.tokens},
          {"equal_share", of.equal_share()},
          {"differences", std::move(listed)},
          {"margin_max_nats", of.widest_margin()},
          {"logprob_difference_mean_nats", of.heard.sum / tokens},
          {"logprob_difference_max_nats", of.heard.largest}};
}

std::string line_of(const std::string& what, const comparison& of) {
  auto line = fmt::format("temperature 0, {} beside alone: {:.0f} % of {} texts the same, log probabilities at most "
                          "{:.4f} nats apart",
                          what, 100 * of.equal_share(), of.prompts, of.heard.largest);
  if (!of.differences.empty()) {
    line += fmt::format("; the others part where two tokens were within {:.3f} nats (bound {:.1f})", of.widest_margin(),
                        k_margin_max_nats);
  }
  return line + "\n";
}

measured report_of(const comparison& few, const comparison& all) {
  measured out;
  out.report["greedy_batched_and_alone"] = {
      {"margin_bound_nats", k_margin_max_nats}, {"small_steps", keys_of(few)}, {"large_steps", keys_of(all)}};
  out.table = line_of(fmt::format("{} at once", k_few), few) + line_of(fmt::format("{} at once", all.prompts), all);
  if (!few.differences.empty()) {
    out.wrong.push_back(
        fmt::format("temperature 0: {} texts differ although no step was large", few.differences.size()));
  }
  if (all.widest_margin() > k_margin_max_nats) {
    out.wrong.push_back(
        fmt::format("temperature 0: a text differs where the model was sure by {:.3f} nats", all.widest_margin()));
  }
  return out;
}

/// The answers to `prompts`, `at_once` of them at a time.
result<std::vector<answer>> answers_of(stage& on, std::size_t at_once) {
  const auto model = served_model::open(on.by, k_sequences, k_cells);
  if (model.has_error()) {
    return model.error();
  }
  std::vector<answer> answers;
  while (answers.size() < k_prompts.size()) {
    std::vector<engine::generation> requests;
    for (std::size_t i = answers.size(); i < std::min(answers.size() + at_once, k_prompts.size()); ++i) {
      requests.push_back(request_for(k_prompts[i], answer_tokens(on.by)));
    }
    auto got = ask_together(model.value()->engine(), requests);
    if (got.has_error()) {
      return got.error();
    }
    answers.insert(answers.end(), std::make_move_iterator(got->begin()), std::make_move_iterator(got->end()));
  }
  on.bar.step(1);
  return answers;
}

} // namespace

std::size_t outputs_steps(const settings&) {
  return 3;
}

result<measured> measure_outputs(stage& on) {
  const auto alone = answers_of(on, 1);
  if (alone.has_error()) {
    return alone.error();
  }
  const auto few = answers_of(on, k_few);
  if (few.has_error()) {
    return few.error();
  }
  const auto all = answers_of(on, k_prompts.size());
  if (all.has_error()) {
    return all.error();
  }
  comparison of_few;
  comparison of_all;
  for (std::size_t i = 0; i < k_prompts.size(); ++i) {
    of_few.add(i, alone.value()[i], few.value()[i], few.value()[i].tokens_beside_all);
    of_all.add(i, alone.value()[i], all.value()[i], answer_tokens(on.by));
  }
  return report_of(of_few, of_all);
}

} // namespace inferenceflow::bench
