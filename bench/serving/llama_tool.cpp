#include "bench/serving/llama_tool.h"

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <cstdio>
#include <fmt/format.h>
#include <memory>
#include <string_view>

namespace inferenceflow::bench {
namespace {

constexpr std::uint32_t k_batch_tokens = 512; // of a step, as in the engine's default

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out + "'";
}

std::string command_of(const std::string& path, const tool_run& wanted) {
  std::string levels;
  for (std::uint32_t i = 0; i < wanted.repeats; ++i) {
    levels += fmt::format("{}{}", levels.empty() ? "" : ",", wanted.concurrency);
  }
  const auto cells = wanted.concurrency * (wanted.prompt_tokens + wanted.decoded_tokens);
  return fmt::format("{} -m {} -t {} -c {} -b {} -ub {} -npp {} -ntg {} -npl {} {} --output-format jsonl 2>/dev/null",
                     quoted(path), quoted(wanted.model), wanted.threads, (cells + 255) / 256 * 256, k_batch_tokens,
                     k_batch_tokens, wanted.prompt_tokens, wanted.decoded_tokens, levels,
                     wanted.unified_cells ? "--kv-unified" : "--no-kv-unified");
}

std::string output_of(const std::string& command, int& status) {
  std::string output;
  auto* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) {
    status = -1;
    return output;
  }
  std::array<char, 4096> piece{};
  while (const auto count = std::fread(piece.data(), 1, piece.size(), pipe)) {
    output.append(piece.data(), count);
  }
  status = ::pclose(pipe);
  return output;
}

} // namespace

result<double> run_llama_tool(const std::string& path, const tool_run& wanted) {
  int status = 0;
  const auto output = output_of(command_of(path, wanted), status);
  double seconds = 0;
  std::uint32_t rows = 0;
  for (std::size_t begin = 0; begin < output.size();) {
    const auto end = std::min(output.find('\n', begin), output.size());
    boost::system::error_code failed;
    const auto row = boost::json::parse(std::string_view(output).substr(begin, end - begin), failed);
    if (!failed && row.is_object() && row.as_object().contains("t")) {
      seconds += row.at("t").to_number<double>();
      ++rows;
    }
    begin = end + 1;
  }
  if (status != 0 || rows != wanted.repeats) {
    return make_error(error_kind::unavailable,
                      fmt::format("{} ended with status {} after {} of {} rows; run it by hand to see why", path,
                                  status, rows, wanted.repeats));
  }
  return seconds;
}

} // namespace inferenceflow::bench
