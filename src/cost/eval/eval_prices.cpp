// Prices recorded usage blocks and compares with the prices that the source of the facts computes for them.
//
// usage: eval_prices REPORT.json < BLOCKS.jsonl
// Each line: {"model", "expected": [{"usage": {…}, "prices": [{"provider_id", "input_price", "output_price"}]}]}.
// Usage counts overlap there (input includes cached, output includes reasoning); prices are decimal strings in USD.
// A block is exact when our nano-dollars equal the expected decimal rounded half up to nano-dollars.
#include "cost/price_table.h"

#include <cstdio>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <map>
#include <simdjson.h>
#include <string>

namespace {

using namespace inferenceflow;
using namespace inferenceflow::cost;
using simdjson::dom::element;
__extension__ using wide = __int128;

struct score {
  int exact = 0;
  int wrong = 0;
  int ceiling = 0; ///< no price found
  int audio = 0;   ///< blocks with audio tokens, which token_usage does not tell apart; not counted in the others
  [[nodiscard]] int total() const { return exact + wrong + ceiling; }
};

std::int64_t count(element usage, const char* key) {
  std::int64_t value = 0;
  return usage[key].get(value) == simdjson::SUCCESS ? value : 0;
}

std::string text(element value, const char* key) {
  std::string_view view;
  return value[key].get(view) == simdjson::SUCCESS ? std::string(view) : std::string{};
}

/// US dollars as units of 1e-18; takes "0.25" and "8E-8".
wide attodollars(const std::string& decimal) {
  constexpr int k_decimals = 18;
  const auto mark = decimal.find_first_of("eE");
  const auto mantissa = decimal.substr(0, mark);
  const int exponent = mark == std::string::npos ? 0 : std::stoi(decimal.substr(mark + 1));
  const auto point = mantissa.find('.');
  int scale = k_decimals + exponent - (point == std::string::npos ? 0 : static_cast<int>(mantissa.size() - point) - 1);
  wide value = 0;
  for (const char c : mantissa) {
    value = c == '.' ? value : value * 10 + (c - '0');
  }
  for (; scale > 0; --scale) {
    value *= 10;
  }
  for (; scale < 0; ++scale) {
    value /= 10;
  }
  return value;
}

std::int64_t to_nano(wide atto) {
  constexpr wide k_atto_per_nano = 1'000'000'000;
  return static_cast<std::int64_t>((atto + k_atto_per_nano / 2) / k_atto_per_nano);
}

token_usage disjoint(element usage) {
  const std::int64_t cached = count(usage, "cache_read_tokens");
  const std::int64_t written = count(usage, "cache_write_tokens");
  const std::int64_t reasoning = count(usage, "output_reasoning_tokens");
  return {.fresh_input = count(usage, "input_tokens") - cached - written,
          .cached_input = cached,
          .cache_write = written,
          .output = count(usage, "output_tokens") - reasoning,
          .reasoning = reasoning};
}

void judge(const price_table& table, wall_time at, const std::string& model, element usage, element price,
           std::map<std::string, score>& scores) {
  const std::string provider = text(price, "provider_id");
  score& line = scores[provider];
  if (count(usage, "input_audio_tokens") != 0 || count(usage, "output_audio_tokens") != 0) {
    ++line.audio;
    return;
  }
  const auto handle = table.lookup(provider, model);
  if (handle->ceiling) {
    ++line.ceiling;
    std::printf("no price: %s %s\n", provider.c_str(), model.c_str());
    return;
  }
  const auto ours = price_of(disjoint(usage), handle->at(at)).nano_usd();
  const auto theirs = to_nano(attodollars(text(price, "input_price")) + attodollars(text(price, "output_price")));
  ++(ours == theirs ? line.exact : line.wrong);
  if (ours != theirs) {
    std::printf("differs: %s %s (%s): %lld, expected %lld nano-dollars; %s\n", provider.c_str(), model.c_str(),
                handle->model.c_str(), static_cast<long long>(ours), static_cast<long long>(theirs),
                simdjson::minify(usage).c_str());
  }
}

void judge_block(const price_table& table, wall_time at, element block, std::map<std::string, score>& scores) {
  std::string model = text(block["raw_body"], "model");
  if (model.empty()) {
    model = text(block, "model");
  }
  simdjson::dom::array expected;
  if (block["expected"].get(expected) != simdjson::SUCCESS) {
    return;
  }
  for (const auto expectation : expected) {
    for (const auto price : simdjson::dom::array(expectation["prices"])) {
      judge(table, at, model, expectation["usage"], price, scores);
    }
  }
}

void write_report(const char* path, const std::map<std::string, score>& scores, const score& all) {
  std::ofstream report(path);
  report << fmt::format("{{\"exact_share\":{:.6f},\"blocks\":{},\"exact\":{},\"wrong\":{},\"no_price\":{},"
                        "\"skipped_audio\":{},\"providers\":{{",
                        static_cast<double>(all.exact) / std::max(all.total(), 1), all.total(), all.exact, all.wrong,
                        all.ceiling, all.audio);
  const char* comma = "";
  for (const auto& [provider, line] : scores) {
    report << fmt::format("{}\"{}\":{{\"blocks\":{},\"exact\":{}}}", comma, provider, line.total(), line.exact);
    comma = ",";
  }
  report << "}}\n";
}

} // namespace

int main(int argc, char** argv) {
  const auto table = price_table::load({});
  if (argc != 2 || !table) {
    std::fprintf(stderr, "usage: eval_prices REPORT.json < BLOCKS.jsonl\n");
    return 2;
  }
  // The expected prices are those of the day of the facts.
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  if (std::sscanf((*table)->origin().date.c_str(), "%d-%u-%u", &year, &month, &day) != 3) {
    return 2;
  }
  const wall_time at =
      std::chrono::sys_days{std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day}};
  std::map<std::string, score> scores;
  simdjson::dom::parser parser;
  for (std::string line; std::getline(std::cin, line);) {
    element block;
    if (parser.parse(line).get(block) != simdjson::SUCCESS) {
      std::fprintf(stderr, "eval_prices: a line is not JSON\n");
      return 2;
    }
    judge_block(**table, at, block, scores);
  }
  score all;
  for (const auto& [provider, line] : scores) {
    std::printf("%-26s %5d of %5d exact, %d without a price, %d with audio left out\n", provider.c_str(), line.exact,
                line.total(), line.ceiling, line.audio);
    all.exact += line.exact;
    all.wrong += line.wrong;
    all.ceiling += line.ceiling;
    all.audio += line.audio;
  }
  std::printf("all: %d of %d exact\n", all.exact, all.total());
  write_report(argv[1], scores, all);
  return all.total() == 0 ? 1 : 0;
}
