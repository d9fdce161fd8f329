// A router's file: whatever is accepted predicts within its bounds, whatever it is asked, and twice alike; any change
// of it is noticed. The first byte chooses whether the rest is taken as it is, or gets the checksum that belongs to it.
// Four bytes "\xfe", low, high and n stand for (n + 1) · 256 times the number of the two, so that a table of 65,536
// words fits a small input.
#include "memory_file.h"
#include "property.h"
#include "quality/router_file.h"

#include <array>
#include <cmath>
#include <string>
#include <vector>

namespace {

namespace fuzz = inferenceflow::fuzz;
namespace quality = inferenceflow::quality;

constexpr char k_repeat = '\xfe';
constexpr std::size_t k_bytes_max = 1U << 20U;

std::string expanded(std::string_view text) {
  std::string made;
  while (!text.empty() && made.size() < k_bytes_max) {
    if (text.front() != k_repeat || text.size() < 4) {
      made.push_back(text.front());
      text.remove_prefix(1);
      continue;
    }
    for (std::size_t i = 0; i < (std::size_t{static_cast<unsigned char>(text[3])} + 1) * 256; ++i) {
      made.append(text.substr(1, 2));
    }
    text.remove_prefix(4);
  }
  return made;
}

void seal(std::string& content) {
  inferenceflow::vectors::checksum sum;
  sum.add(content.data(), content.size());
  const auto value = sum.current();
  content.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::vector<quality::estimate> predicted(const quality::router& by, const quality::prompt& asked) {
  std::vector<quality::estimate> made(by.models().size());
  by.predict(asked, made);
  return made;
}

void check_estimates(const quality::router& by, const quality::router& again, const quality::prompt& asked) {
  const auto one = predicted(by, asked);
  const auto other = predicted(again, asked);
  for (std::size_t m = 0; m < one.size(); ++m) {
    fuzz::require(one[m].quality >= 0 && one[m].quality <= 1, "quality lies in 0 to 1");
    fuzz::require(one[m].deviation >= 0 && std::isfinite(one[m].deviation), "a deviation is a number");
    fuzz::require(one[m].output_tokens >= 0 && std::isfinite(one[m].output_tokens), "a length is a number");
    fuzz::require(one[m].known == other[m].known && one[m].quality == other[m].quality &&
                      one[m].deviation == other[m].deviation && one[m].output_tokens == other[m].output_tokens,
                  "the same file predicts the same");
  }
}

void check_accepted(const quality::router& by, const quality::router& again, std::string_view input) {
  fuzz::require(!by.models().empty() && by.models().size() <= quality::k_models_max, "a router has models");
  constexpr std::array<std::string_view, 3> k_prompts{"", "What is 2 + 2?", "Prove that\n  the sum is prime: $x^2$"};
  std::vector<float> vector(by.parts().dimensions);
  for (std::size_t i = 0; i < vector.size(); ++i) {
    vector[i] = i % 3 == 0 ? 1.0F : -0.5F;
  }
  const std::vector<float> nought(vector.size(), 0);
  const std::vector<float> longer(vector.size() + 1, 1);
  for (const auto text : {k_prompts[0], k_prompts[1], k_prompts[2], input}) {
    for (const auto* given :
         std::array{static_cast<const std::vector<float>*>(nullptr), &std::as_const(vector), &nought, &longer}) {
      quality::prompt asked{.text = text};
      if (given != nullptr) {
        asked.vector = *given;
      }
      check_estimates(by, again, asked);
    }
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  std::string content = expanded(fuzz::view_of(data + 1, size - 1));
  if (data[0] % 2 == 1) {
    seal(content);
  }
  const fuzz::memory_file file{content};
  const auto opened = quality::open_router(file.path());
  if (!opened) {
    fuzz::require(!opened.error().message.empty(), "a refusal says why");
    return 0;
  }
  const auto again = quality::open_router(file.path());
  fuzz::require(again.has_value(), "a file is taken twice or not at all");
  check_accepted(**opened, **again, fuzz::view_of(data, size));
  const auto seed = fuzz::seed_of(content);
  char& hit = content[seed % content.size()];
  hit = static_cast<char>(hit ^ static_cast<char>(1U << (seed >> 61U)));
  fuzz::require(quality::open_router(fuzz::memory_file{content}.path()).has_error(), "any change is noticed");
  return 0;
}
