#include "embedding/hashed_embedder.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace inferenceflow::embedding {
namespace {

constexpr float k_word_weight = 2;
constexpr std::uint64_t k_fnv_offset = 0xcbf29ce484222325ULL;
constexpr std::uint64_t k_fnv_prime = 0x100000001b3ULL;

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Spreads every bit of `x` over all others (the finaliser of MurmurHash3).
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 33U)) * 0xff51afd7ed558ccdULL;
  x = (x ^ (x >> 33U)) * 0xc4ceb9fe1a85ec53ULL;
  return x ^ (x >> 33U);
}

// Lower case, single spaces, one before and one after.
std::string folded(std::string_view text) {
  std::string out = " ";
  for (const char c : text) {
    if (!is_space(c)) {
      out += lower(c);
    } else if (out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.back() != ' ') {
    out += ' ';
  }
  return out;
}

void count(std::vector<float>& counters, std::uint64_t feature, float weight) {
  const std::uint64_t hash = mixed(feature);
  counters[hash % counters.size()] += (hash >> 63U) != 0 ? weight : -weight;
}

} // namespace

result<vector_ptr> hashed_embedder::embed_now(std::string_view text) {
  const auto plain = folded(text.substr(0, k_text_bytes_max));
  if (plain.size() < 3) {
    return make_error(error_kind::invalid_request, "an empty text has no embedding", "input");
  }
  text_vector made;
  made.space = k_space;
  made.cut = text.size() > k_text_bytes_max;
  made.values.assign(k_dimensions, 0.0F);
  const auto byte_at = [&plain](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(plain[i])}; };
  std::uint64_t word = k_fnv_offset;
  for (std::size_t i = 0; i + 2 < plain.size(); ++i) {
    count(made.values, byte_at(i) | byte_at(i + 1) << 8U | byte_at(i + 2) << 16U, 1);
  }
  for (std::size_t i = 1; i < plain.size(); ++i) {
    if (plain[i] != ' ') {
      word = (word ^ byte_at(i)) * k_fnv_prime;
    } else {
      count(made.values, std::exchange(word, k_fnv_offset), k_word_weight);
    }
  }
  if (auto whole = normalise(made.values); whole.has_error()) {
    return make_error(error_kind::invalid_request, "the text's features cancel each other out", "input");
  }
  return std::make_shared<const text_vector>(std::move(made));
}

net::task<result<vector_ptr>> hashed_embedder::embed(std::string_view text, net::cancel_scope& scope) {
  if (scope.cancelled()) {
    co_return make_error(error_kind::cancelled, "the embedding was cancelled");
  }
  co_return embed_now(text);
}

} // namespace inferenceflow::embedding
