#include "bench/vectors/source.h"

#include "vectors/tests/clustered_vectors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <random>
#include <regex>

namespace inferenceflow::bench {

namespace {

constexpr std::size_t k_cluster_members = 50;
constexpr float k_paraphrase_noise = 0.5F;
constexpr std::size_t k_npy_preamble_bytes = 10; // magic, version, length of the header

/// Moves the last `queries` vectors out of the stored ones.
void set_queries_apart(vector_source& source, std::size_t queries) {
  const auto first = source.stored.end() - static_cast<std::ptrdiff_t>(std::min(queries, source.stored.size()));
  source.queries.assign(std::make_move_iterator(first), std::make_move_iterator(source.stored.end()));
  source.stored.erase(first, source.stored.end());
}

} // namespace

vector_source make_clustered(std::size_t dimension, std::size_t count, std::size_t queries, std::uint64_t seed) {
  vectors::testing::clustered_vectors make{dimension, std::max<std::size_t>(1, count / k_cluster_members), seed};
  vector_source source{.name = "made up, in clusters", .stored = {}, .queries = {}};
  for (std::size_t i = 0; i < count; ++i) {
    source.stored.push_back(make.member());
  }
  for (std::size_t i = 0; i < queries; ++i) {
    source.queries.push_back(i % 2 == 0 ? make.member()
                                        : make.near(source.stored[make.number() % count], k_paraphrase_noise));
  }
  return source;
}

result<vector_source> read_npy(const std::string& file, std::size_t queries, std::uint64_t seed) {
  std::ifstream in{file, std::ios::binary};
  if (!in) {
    return make_error(error_kind::not_found, fmt::format("{} cannot be opened", file));
  }
  std::array<char, k_npy_preamble_bytes> preamble{};
  in.read(preamble.data(), preamble.size());
  const auto bytes = std::bit_cast<std::array<std::uint8_t, k_npy_preamble_bytes>>(preamble);
  std::string head(bytes[8] + 256U * bytes[9], ' ');
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  std::smatch shape;
  if (!in || std::memcmp(preamble.data(), "\x93NUMPY\x01", 7) != 0 || head.find("'<f4'") == std::string::npos ||
      head.find("'fortran_order': False") == std::string::npos ||
      !std::regex_search(head, shape, std::regex{R"(\((\d+), (\d+)\))"})) {
    return make_error(error_kind::invalid_request, fmt::format("{} is no .npy file of float32 rows", file));
  }
  vector_source source{.name =
                           fmt::format("{}, {} rows", std::string{file, file.find_last_of('/') + 1}, shape[1].str()),
                       .stored = {},
                       .queries = {}};
  std::vector<float> row(std::stoul(shape[2].str()));
  while (in.read(reinterpret_cast<char*>(row.data()), static_cast<std::streamsize>(row.size() * sizeof(float)))) {
    if (std::any_of(row.begin(), row.end(), [](float each) { return each != 0; })) {
      source.stored.push_back(row);
    }
  }
  std::shuffle(source.stored.begin(), source.stored.end(), std::mt19937_64{seed});
  set_queries_apart(source, queries);
  return source;
}

} // namespace inferenceflow::bench
