// Hashes, token estimates and the choice of boundaries.
#include "prompt_cache/prompt_layout.h"

#include <memory>
#include <xxhash.h>

namespace inferenceflow::prompt_cache {

namespace {

constexpr std::size_t k_system_ends = 8;      ///< system blocks looked at from either end
constexpr std::size_t k_history_first = 8;    ///< blocks of history looked at from the start
constexpr std::size_t k_history_last = 112;   ///< and from the end
constexpr std::int64_t k_bytes_per_token = 4; ///< as cost/estimate.h
/// Claude scales an image down to 1,568 pixels a side, which is about as many tokens; base64 says nothing about it.
constexpr std::int64_t k_image_tokens = 1'600;

std::uint64_t hashed(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::string_view cut(std::string_view body, stretch from) {
  return body.substr(from.begin, from.end - from.begin);
}

/// One hasher for the blocks that are not one stretch of the body.
class pieces {
public:
  explicit pieces(std::uint64_t seed)
      : state_(XXH3_createState(), &XXH3_freeState) {
    XXH3_64bits_reset_withSeed(state_.get(), seed);
  }
  pieces& add(std::string_view bytes) {
    XXH3_64bits_update(state_.get(), bytes.data(), bytes.size());
    return *this;
  }
  [[nodiscard]] std::uint64_t hash() const { return XXH3_64bits_digest(state_.get()); }

private:
  std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state_;
};

/// Marks do not count: a client moves its own from turn to turn. A string is the text block that it stands for.
std::uint64_t hash_of(const block& of, std::string_view body, std::uint64_t before) {
  std::uint64_t seed = before + static_cast<std::uint64_t>(of.part) + 1;
  if (!of.speaker.empty()) {
    seed = hashed(of.speaker, seed);
  }
  if (of.plain_text) {
    return pieces{seed}.add(R"({"type":"text","text":)").add(cut(body, of.whole)).add("}").hash();
  }
  if (!of.own_mark.empty()) {
    return pieces{seed}
        .add(cut(body, {of.whole.begin, of.own_mark.begin}))
        .add(cut(body, {of.own_mark.end, of.whole.end}))
        .hash();
  }
  return hashed(cut(body, of.whole), seed);
}

std::int64_t tokens_of(const block& of) {
  const auto bytes = static_cast<std::int64_t>(of.whole.end - of.whole.begin);
  return of.type == "image" ? k_image_tokens : (bytes + k_bytes_per_token - 1) / k_bytes_per_token;
}

/// How many blocks each section has, to know which ones stand at its ends.
struct counts {
  std::size_t tools = 0;
  std::size_t system = 0;
  std::size_t history = 0;
};

bool looked_at(const counts& all, const block& of, std::size_t place) {
  switch (of.part) {
  case section::tools: return place + 1 == all.tools;
  case section::system: return place < k_system_ends || place + k_system_ends >= all.system;
  case section::history: return place < k_history_first || place + k_history_last >= all.history;
  }
  return false;
}

} // namespace

void boundaries_of(const prompt_layout& layout, std::string_view body, std::uint64_t scope, double scale,
                   std::vector<boundary>& out, std::vector<std::size_t>& where) {
  out.clear();
  where.clear();
  counts all;
  for (const block& each : layout.blocks) {
    (each.part == section::tools ? all.tools : each.part == section::system ? all.system : all.history) += 1;
  }
  std::uint64_t hash = scope;
  std::int64_t estimated = 0;
  std::size_t place = 0; // within the section
  for (std::size_t i = 0; i < layout.blocks.size(); ++i) {
    const block& each = layout.blocks[i];
    place = i > 0 && layout.blocks[i - 1].part == each.part ? place + 1 : 0;
    if (each.part == section::history && place == 0) {
      // Another choice of tools or another way to think makes a kept history useless, not what stands before it.
      hash = hashed(cut(body, layout.thinking), hashed(cut(body, layout.tool_choice), hash));
    }
    hash = hash_of(each, body, hash);
    estimated += tokens_of(each);
    // A client's mark is always looked at: it counts.
    if (looked_at(all, each, place) || each.client_mark) {
      out.push_back({.hash = hash,
                     .tokens = static_cast<std::int64_t>(static_cast<double>(estimated) * scale),
                     .block = static_cast<std::uint32_t>(i),
                     .depth = each.part == section::history ? static_cast<std::uint32_t>(place + 1) : 0,
                     .part = each.part,
                     .markable = each.markable,
                     .client_mark = each.client_mark});
      where.push_back(i);
    }
  }
}

} // namespace inferenceflow::prompt_cache
