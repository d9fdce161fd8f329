// What cache marks would have cost and saved on synthetic and recorded traffic; prints a table and writes a report.
//
// usage: eval_prompt_cache [--seed N] [--report FILE] [TRACE...]
// TRACE: mooncake_*.jsonl or agentic_coding_sessions.jsonl, unpacked.
#include "prompt_cache/tests/simulation.h"

#include <cstdio>
#include <fmt/format.h>
#include <fstream>
#include <simdjson.h>
#include <string>
#include <vector>

namespace {

using namespace inferenceflow;
using namespace inferenceflow::prompt_cache;
using namespace inferenceflow::prompt_cache::simulation;

struct row {
  std::string name;
  std::size_t requests = 0;
  double off = 0;
  double always = 0;
  double planned = 0;
  double bound = 0;
};

row measured(std::string name, const trace& came) {
  const tariff prices;
  const model_rules rules = usual_rules();
  return {.name = std::move(name),
          .requests = came.size(),
          .off = run_off(came).cost(prices),
          .always = run_always(came, rules).cost(prices),
          .planned = run_planned(came, rules, prices).cost(prices),
          .bound = lower_bound(came, prices)};
}

std::vector<row> synthetic(std::uint64_t seed) {
  std::vector<row> rows;
  rows.push_back(measured("unique prompts", maker{seed}.one_shots(5'000, 5)));
  rows.push_back(measured("unique prompts, unique tenants", maker{seed}.strangers(5'000, 5)));
  rows.push_back(measured("shared system prompt, every 20 s", maker{seed}.shared_system(3'000, 20, 6'000)));
  rows.push_back(measured("shared system prompt, every 12 min", maker{seed}.shared_system(600, 720, 6'000)));
  rows.push_back(measured("shared system prompt, every 3 h", maker{seed}.shared_system(300, 10'800, 6'000)));
  rows.push_back(measured("the same prompt every 6 min", maker::regular(400, 360, 5'000)));
  rows.push_back(measured("chats, a turn a minute", maker{seed}.chats(400, 60, 10, 60)));
  rows.push_back(measured("chats, a turn in 8 min", maker{seed}.chats(400, 60, 10, 480)));
  rows.push_back(measured("chats, then unique prompts",
                          joined(maker{seed}.chats(200, 60, 10, 60), maker{seed + 1}.one_shots(3'000, 5))));
  return rows;
}

/// 512-token blocks, one scope; the whole hour or so of the file.
trace mooncake(const std::string& file) {
  trace made;
  simdjson::dom::parser parser;
  simdjson::dom::document_stream lines;
  const auto text = simdjson::padded_string::load(file);
  if (text.error() != simdjson::SUCCESS || parser.parse_many(text.value_unsafe()).get(lines) != simdjson::SUCCESS) {
    return made;
  }
  for (auto line : lines) {
    arrival one{.at_s = static_cast<double>(std::int64_t{line["timestamp"]}) / 1e3};
    std::int64_t left = line["input_length"];
    for (const std::int64_t id : line["hash_ids"].get_array()) {
      const std::int64_t tokens = std::min<std::int64_t>(left, 512);
      one.prompt.push_back({static_cast<std::uint64_t>(id) + 1, tokens, section::history});
      left -= tokens;
    }
    made.push_back(std::move(one));
  }
  return made;
}

/// Sessions of coding agents; the recorded 64-token blocks are joined to blocks of 1,024, with those of tools and
/// system prompt in front.
trace agentic(const std::string& file) {
  trace made;
  simdjson::dom::parser parser;
  simdjson::dom::document_stream lines;
  const auto text = simdjson::padded_string::load(file);
  if (text.error() != simdjson::SUCCESS ||
      parser.parse_many(text.value_unsafe(), std::size_t{1} << 26U).get(lines) != simdjson::SUCCESS) {
    return made;
  }
  std::uint64_t session = 0;
  double start = 0;
  for (auto line : lines) {
    ++session;
    start += 60;
    const std::int64_t head = std::int64_t{line["tool_tokens"]} + std::int64_t{line["system_tokens"]};
    for (const auto asked : line["requests"].get_array()) {
      simdjson::dom::array runs;
      if (asked["hash_runs"].get_array().get(runs) != simdjson::SUCCESS) {
        continue;
      }
      arrival one{.at_s = start + double{asked["t"]}};
      std::int64_t tokens = 0;
      std::uint64_t id = session;
      std::int64_t in_block = 0;
      for (const auto run : runs) {
        for (std::int64_t at = run.at(0); at <= std::int64_t{run.at(1)}; ++at) {
          id = (id ^ static_cast<std::uint64_t>(at)) * 0x9E3779B97F4A7C15ULL;
          in_block += 64;
          tokens += 64;
          if (in_block == 1'024) {
            one.prompt.push_back({id, in_block, tokens <= head ? section::tools : section::history});
            in_block = 0;
          }
        }
      }
      if (in_block > 0) {
        one.prompt.push_back({id, in_block, section::history});
      }
      if (!one.prompt.empty()) {
        made.push_back(std::move(one));
      }
    }
  }
  std::stable_sort(made.begin(), made.end(), [](const arrival& a, const arrival& b) { return a.at_s < b.at_s; });
  return made;
}

std::string report_of(const std::vector<row>& rows, std::uint64_t seed) {
  std::string report = fmt::format("{{\"seed\":{},\"rows\":[", seed);
  for (const row& each : rows) {
    report += fmt::format("{}{{\"trace\":\"{}\",\"requests\":{},\"off\":{:.0f},\"always\":{:.0f},\"planned\":{:.0f},"
                          "\"bound\":{:.0f}}}",
                          &each == rows.data() ? "" : ",", each.name, each.requests, each.off, each.always,
                          each.planned, each.bound);
  }
  return report + "]}\n";
}

} // namespace

int main(int count, char** words) {
  std::uint64_t seed = 1;
  std::string report;
  std::vector<row> rows;
  std::vector<std::string> files;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--seed" && i + 1 < count) {
      const std::string number = words[++i];
      if (number.empty() || number.size() > 18 || number.find_first_not_of("0123456789") != std::string::npos) {
        fmt::print(stderr, "eval-prompt-cache: --seed must be a whole number, not \"{}\"\n", number);
        return 2;
      }
      seed = std::stoull(number);
    } else if (word == "--report" && i + 1 < count) {
      report = words[++i];
    } else {
      files.push_back(word);
    }
  }
  rows = synthetic(seed);
  for (const std::string& file : files) {
    const bool sessions = file.find("agentic") != std::string::npos;
    const trace came = sessions ? agentic(file) : mooncake(file);
    if (came.empty()) {
      fmt::print(stderr, "eval-prompt-cache: {} cannot be read\n", file);
      return 1;
    }
    rows.push_back(measured(file.substr(file.find_last_of('/') + 1), came));
  }
  fmt::print("Cost of prompts in percent of the cost without marks (seed {}); reuse known beforehand: no policy can be "
             "below.\n{:<38}{:>9}{:>10}{:>10}{:>14}\n",
             seed, "trace", "requests", "always", "planned", "known before");
  for (const row& each : rows) {
    fmt::print("{:<38}{:>9}{:>10.1f}{:>10.1f}{:>14.1f}\n", each.name, each.requests, 100 * each.always / each.off,
               100 * each.planned / each.off, 100 * each.bound / each.off);
  }
  if (!report.empty()) {
    std::ofstream{report} << report_of(rows, seed);
  }
  return 0;
}
