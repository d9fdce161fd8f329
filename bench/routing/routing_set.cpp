#include "bench/routing/routing_set.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <limits>
#include <memory>
#include <sstream>
#include <string_view>
#include <zlib.h>

namespace inferenceflow::bench {

namespace json = boost::json;

namespace {

result<std::string> unpacked(const std::string& path) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file{gzopen(path.c_str(), "rb"), gzclose};
  if (!file) {
    return make_error(error_kind::not_found, fmt::format("{} is missing", path));
  }
  std::string whole;
  std::vector<char> piece(1U << 20U);
  for (int got = 0; (got = gzread(file.get(), piece.data(), static_cast<unsigned>(piece.size()))) != 0;) {
    if (got < 0 || whole.size() > k_set_bytes_max) {
      return make_error(error_kind::invalid_request, fmt::format("{} is damaged or too large", path));
    }
    whole.append(piece.data(), static_cast<std::size_t>(got));
  }
  return whole;
}

constexpr std::string_view k_weak = "mixtral-8x7b-instruct-v0.1";
constexpr std::string_view k_strong = "gpt-4-1106-preview";

std::string text_at(const json::object& row, std::string_view key) {
  return std::string{row.at(key).as_string()};
}

float number(const json::value& from) {
  return from.is_bool() ? (from.get_bool() ? 1.0F : 0.0F) : from.to_number<float>();
}

/// Strong first: names are sorted.
void take_pair(const json::object& row, quality::training_set& into) {
  quality::example one;
  one.text = text_at(row, "prompt");
  one.scores = {number(row.at("strong_ok")), number(row.at("weak_ok"))};
  if (const auto* answer = row.if_contains("strong_response"); answer != nullptr && answer->is_string()) {
    one.output_tokens = {static_cast<float>(answer->get_string().size()) / 4,
                         static_cast<float>(row.at("weak_response").as_string().size()) / 4};
  }
  into.rows.push_back(std::move(one));
}

void take_bench(const json::object& row, quality::training_set& into) {
  quality::example one;
  one.text = std::string{row.at("turns").as_array().at(0).as_string()};
  const auto& scores = row.at("scores").as_object();
  const auto mean = [&](std::string_view model) {
    const auto& of = scores.at(model).as_object();
    return (number(of.at("turn1")) + number(of.at("turn2"))) / 20;
  };
  one.scores = {mean(k_strong), mean("mistralai/Mixtral-8x7B-Instruct-v0.1")};
  into.rows.push_back(std::move(one));
}

void take_many(const json::object& row, std::string_view text, std::string_view scores, quality::training_set& into) {
  if (into.models.empty()) {
    for (const auto& [model, unused] : row.at(scores).as_object()) {
      into.models.emplace_back(model);
    }
    std::sort(into.models.begin(), into.models.end());
  }
  quality::example one;
  one.text = text_at(row, text);
  const auto& given = row.at(scores).as_object();
  for (const std::string& model : into.models) {
    const auto* found = given.if_contains(model);
    const bool listed = found != nullptr && found->is_array();
    one.scores.push_back(found == nullptr ? std::numeric_limits<float>::quiet_NaN()
                                          : number(listed ? found->get_array().at(0) : *found));
    if (listed) {
      one.output_tokens.push_back(number(found->get_array().at(1)) / 4);
    }
  }
  into.rows.push_back(std::move(one));
}

result<void> read_prices(const std::string& path, routing_set& into) {
  std::ifstream file{path};
  std::ostringstream whole;
  whole << file.rdbuf();
  boost::system::error_code failed;
  const json::value prices = json::parse(whole.str(), failed);
  if (failed) {
    return make_error(error_kind::not_found, fmt::format("{} is missing or no JSON", path));
  }
  for (const std::string& model : into.rows.models) {
    into.prices.push_back(prices.at(model).at("input_usd_per_mtok").to_number<double>() / 1e6);
  }
  return {};
}

void take(const json::object& row, routing_set& into) {
  if (const auto* contaminated = row.if_contains("contaminated");
      contaminated != nullptr && contaminated->is_bool() && contaminated->get_bool()) {
    return;
  }
  if (into.name == "llmrouter_9models") {
    take_many(row, "prompt", "scores", into.rows);
  } else if (into.name == "alpacaeval2_preferences") {
    take_many(row, "instruction", "m", into.rows);
  } else if (into.name == "routellm_mtbench") {
    take_bench(row, into.rows);
  } else {
    take_pair(row, into.rows);
  }
}

} // namespace

const std::vector<std::string>& set_names() {
  static const std::vector<std::string> names{"routellm_mmlu", "routellm_gsm8k", "llmrouter_9models"};
  return names;
}

result<routing_set> read_set(const std::string& folder, const std::string& name) {
  const std::string path = fmt::format("{}/{}.jsonl.gz", folder, name);
  const auto text = unpacked(path);
  if (!text) {
    return text.error();
  }
  routing_set made;
  made.name = name;
  made.pair = name.starts_with("routellm");
  if (made.pair) {
    made.rows.models = {std::string{k_strong}, std::string{k_weak}};
    made.prices = {1, 0};
    made.strong = 0;
    made.weak = 1;
  }
  std::istringstream lines{*text};
  std::size_t number_of_line = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number_of_line;
    try {
      take(json::parse(line).as_object(), made);
    } catch (const std::exception& wrong) {
      return make_error(error_kind::invalid_request, fmt::format("{}:{}: {}", path, number_of_line, wrong.what()));
    }
  }
  if (!made.pair) {
    if (const auto read = read_prices(folder + "/llmrouter_prices.json", made); !read) {
      return read.error();
    }
  }
  quality::group_copies(made.rows);
  return made;
}

} // namespace inferenceflow::bench
