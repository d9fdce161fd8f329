// What a prediction costs where nothing is embedded: features of a prompt, and all of it for nine models by one kind. A
// mixture of both costs the two together, less the features once.
#include "quality/features.h"
#include "quality/trainer.h"

#include <benchmark/benchmark.h>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace inferenceflow::quality;

/// As many different words as a corpus has, the common ones often.
std::string text_of(std::mt19937_64& random, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) {
    const auto u = static_cast<double>(random() >> 11U) * 0x1.0p-53;
    auto number = static_cast<std::size_t>(20'000 * u * u * u);
    do {
      text.push_back(static_cast<char>('a' + number % 26));
      number /= 26;
    } while (number > 0);
    text += random() % 12 == 0 ? ", " : " ";
  }
  return text;
}

std::shared_ptr<const router> nine_models(std::string_view kind) {
  std::mt19937_64 random{1};
  training_set rows;
  for (int m = 0; m < 9; ++m) {
    rows.models.push_back("model-" + std::to_string(m));
  }
  for (std::size_t i = 0; i < 3000; ++i) {
    example row;
    row.text = text_of(random, 100 + random() % 800);
    row.group = i + 1;
    for (std::size_t m = 0; m < 9; ++m) {
      row.scores.push_back(
          random() % 10 < m + (row.text.find(" c ") < 200 ? 4 * (m % 2) : row.text.size() / 300) ? 1.0F : 0.0F);
    }
    rows.rows.push_back(std::move(row));
  }
  training_options options;
  options.folds = 2;
  options.trial_trees = 5;
  const auto made = train_only(rows, options, kind);
  return made ? *made : nullptr;
}

void features_of_a_prompt(benchmark::State& state) {
  std::mt19937_64 random{2};
  const std::string text = text_of(random, static_cast<std::size_t>(state.range(0)));
  features found;
  for (auto _ : state) {
    extract({.text = text}, found);
    benchmark::DoNotOptimize(found);
  }
}

void predict_nine_models(benchmark::State& state, std::string_view kind) {
  const auto made = nine_models(kind);
  if (made == nullptr) {
    state.SkipWithError("nothing was trained");
    return;
  }
  std::mt19937_64 random{3};
  std::vector<std::string> texts;
  for (int i = 0; i < 64; ++i) {
    texts.push_back(text_of(random, static_cast<std::size_t>(state.range(0))));
  }
  std::vector<estimate> out(9);
  std::size_t next = 0;
  for (auto _ : state) {
    made->predict({.text = texts[next++ % texts.size()]}, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetLabel(std::string{made->name()});
}

} // namespace

BENCHMARK(features_of_a_prompt)->Arg(200)->Arg(2'048)->Arg(65'536);
BENCHMARK_CAPTURE(predict_nine_models, linear, "linear")->Arg(200)->Arg(2'048)->Arg(65'536);
BENCHMARK_CAPTURE(predict_nine_models, forest, "forest")->Arg(200)->Arg(2'048)->Arg(65'536);
