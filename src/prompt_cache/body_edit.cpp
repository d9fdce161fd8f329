#include "prompt_cache/body_edit.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <vector>

namespace inferenceflow::prompt_cache {

namespace {

using dialogue::cache_life;

struct insertion {
  std::size_t at;
  std::string_view text;
};

constexpr std::string_view k_anthropic_minutes = R"(,"cache_control":{"type":"ephemeral"})";
constexpr std::string_view k_anthropic_hour = R"(,"cache_control":{"type":"ephemeral","ttl":"1h"})";
constexpr std::string_view k_bedrock_minutes = R"(,{"cachePoint":{"type":"default"}})";
constexpr std::string_view k_bedrock_hour = R"(,{"cachePoint":{"type":"default","ttl":"1h"}})";

std::string inserted(std::string_view body, std::span<const insertion> pieces) {
  std::size_t size = body.size();
  for (const insertion& each : pieces) {
    size += each.text.size();
  }
  std::string edited;
  edited.reserve(size);
  std::size_t from = 0;
  for (const insertion& each : pieces) {
    edited.append(body.substr(from, each.at - from)).append(each.text);
    from = each.at;
  }
  return edited.append(body.substr(from));
}

} // namespace

std::string with_marks(dialogue::protocol speaks, std::string_view body, const prompt_layout& layout,
                       std::span<const block_mark> marks) {
  std::vector<insertion> pieces;
  for (const block_mark& each : marks) {
    const block& of = layout.blocks[each.block];
    const bool hour = each.life == cache_life::hour_1;
    if (speaks == dialogue::protocol::bedrock) {
      pieces.push_back({of.whole.end, hour ? k_bedrock_hour : k_bedrock_minutes});
    } else if (of.plain_text) { // a mark needs a block to stand in
      pieces.push_back({of.whole.begin, R"([{"type":"text","text":)"});
      pieces.push_back({of.whole.end, hour ? k_anthropic_hour : k_anthropic_minutes});
      pieces.push_back({of.whole.end, "}]"});
    } else {
      pieces.push_back({of.whole.end - 1, hour ? k_anthropic_hour : k_anthropic_minutes});
    }
  }
  // The body may name the sections in another order than the layout.
  std::stable_sort(pieces.begin(), pieces.end(), [](const insertion& a, const insertion& b) { return a.at < b.at; });
  return inserted(body, pieces);
}

std::string with_cache_key(std::string_view body, const prompt_layout& layout, std::string_view key) {
  const std::string member = fmt::format(R"(,"prompt_cache_key":"{}")", key);
  const std::array<insertion, 1> pieces{{{layout.object_end, member}}};
  return inserted(body, pieces);
}

std::string cache_key_of(std::string_view scope, std::uint64_t prompt) {
  std::array<unsigned char, sizeof prompt> message{};
  for (std::size_t i = 0; i < message.size(); ++i) { // the same on every machine
    message[i] = static_cast<unsigned char>(prompt >> (8 * i));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
  unsigned size = 0;
  HMAC(EVP_sha256(), scope.data(), static_cast<int>(scope.size()), message.data(), message.size(), code.data(), &size);
  std::string key;
  for (std::size_t i = 0; i < 16; ++i) {
    fmt::format_to(std::back_inserter(key), "{:02x}", code[i]);
  }
  return key;
}

} // namespace inferenceflow::prompt_cache
