#include "bench/eviction/mooncake_trace.h"

#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <simdjson.h>
#include <string_view>
#include <utility>
#include <vector>
#include <xxhash.h>
#include <zlib.h>

namespace inferenceflow::bench {

namespace {

constexpr std::int64_t k_block_tokens = 512;
constexpr std::int64_t k_blocks_min = 2;

struct gz_closer {
  void operator()(gzFile file) const { gzclose(file); }
};

cache::cache_key key_of(std::vector<std::int64_t> blocks, std::int64_t input_tokens) {
  const std::int64_t complete = input_tokens / k_block_tokens;
  if (complete >= k_blocks_min && complete <= static_cast<std::int64_t>(blocks.size())) {
    blocks.resize(static_cast<std::size_t>(complete));
  } else {
    blocks.push_back(-input_tokens); // block hashes are not negative, so this cannot look like one
  }
  const XXH128_hash_t hash = XXH3_128bits(blocks.data(), blocks.size() * sizeof(blocks.front()));
  return {hash.high64, hash.low64};
}

traced_request parse(simdjson::ondemand::parser& parser, const simdjson::padded_string& line) {
  auto row = parser.iterate(line);
  traced_request request;
  request.at = std::chrono::milliseconds{static_cast<std::int64_t>(row["timestamp"].get_double().value())};
  request.input_tokens = row["input_length"].get_int64().value();
  request.output_tokens = row["output_length"].get_int64().value();
  std::vector<std::int64_t> blocks;
  for (auto block : row["hash_ids"].get_array()) {
    blocks.push_back(block.get_int64().value());
  }
  request.key = key_of(std::move(blocks), request.input_tokens);
  return request;
}

} // namespace

result<workload> read_mooncake_trace(const std::string& file, const std::string& name) {
  const std::unique_ptr<gzFile_s, gz_closer> input{gzopen(file.c_str(), "rb")};
  if (!input) {
    return make_error(error_kind::invalid_request, fmt::format("{} cannot be read", file));
  }
  workload load{
      .name = name, .synthetic = false, .source = std::filesystem::path(file).filename().string(), .requests = {}};
  simdjson::ondemand::parser parser;
  std::string line(k_line_bytes_max, '\0');
  for (std::size_t number = 1; gzgets(input.get(), line.data(), static_cast<int>(line.size())) != nullptr; ++number) {
    try {
      load.requests.push_back(parse(parser, simdjson::padded_string{std::string_view{line.c_str()}}));
    } catch (const simdjson::simdjson_error& failure) {
      return make_error(error_kind::invalid_request, fmt::format("{}:{}: {}", file, number, failure.what()));
    }
  }
  if (load.requests.empty()) {
    return make_error(error_kind::invalid_request, fmt::format("{} holds no request", file));
  }
  return load;
}

} // namespace inferenceflow::bench
