#include "semantic/text/profile_codec.h"

#include <algorithm>

namespace inferenceflow::semantic {
namespace {

constexpr std::uint8_t k_english_bit = 1;
constexpr std::uint8_t k_accented_bit = 2;
constexpr std::uint8_t k_polar_bit = 4;
constexpr std::uint8_t k_demand_bit = 8;

class writer {
public:
  template <typename Number> void put(Number value) {
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
      out_.push_back(static_cast<char>((static_cast<std::uint64_t>(value) >> (8 * i)) & 0xFFU));
    }
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

private:
  std::string out_;
};

/// Reads zeros once bytes are missing; ended() tells.
class reader {
public:
  explicit reader(std::string_view bytes)
      : bytes_(bytes) {}

  template <typename Number> [[nodiscard]] Number take() {
    if (bytes_.size() - at_ < sizeof(Number)) {
      missing_ = true;
      return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes_[at_++])) << (8 * i);
    }
    return static_cast<Number>(value);
  }

  [[nodiscard]] bool ended() const { return !missing_ && at_ == bytes_.size(); }

private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool missing_ = false;
};

void put_token(writer& out, const token& t) {
  for (const auto field : {t.form, t.lemma, t.canon, t.base, t.root, t.shape, t.traits}) {
    out.put(field);
  }
  out.put(static_cast<std::uint8_t>(t.cls));
  out.put(t.length);
}

token take_token(reader& in) {
  token t;
  for (auto* field : {&t.form, &t.lemma, &t.canon, &t.base, &t.root, &t.shape, &t.traits}) {
    *field = in.take<std::uint32_t>();
  }
  t.cls = static_cast<word_class>(in.take<std::uint8_t>());
  t.length = in.take<std::uint8_t>();
  return t;
}

bool is_known(const text_profile& p) {
  return p.writing <= script::other && p.language <= word_class::language_nl &&
         std::all_of(p.tokens.begin(), p.tokens.end(), [](const token& t) { return t.cls <= word_class::language_nl; });
}

} // namespace

std::string encode_profile(const text_profile& profile) {
  writer out;
  out.put(k_profile_version);
  out.put(static_cast<std::uint8_t>(profile.writing));
  out.put(static_cast<std::uint8_t>(profile.language));
  out.put(static_cast<std::uint8_t>((profile.english ? k_english_bit : 0U) | (profile.accented ? k_accented_bit : 0U) |
                                    (profile.polar ? k_polar_bit : 0U) | (profile.demand ? k_demand_bit : 0U)));
  out.put(profile.whole);
  out.put(profile.rest);
  for (const auto word : profile.trigrams) {
    out.put(word);
  }
  out.put(static_cast<std::uint16_t>(profile.tokens.size()));
  for (const auto& t : profile.tokens) {
    put_token(out, t);
  }
  out.put(static_cast<std::uint16_t>(profile.code.size()));
  for (const auto hash : profile.code) {
    out.put(hash);
  }
  return out.take();
}

std::optional<text_profile> decode_profile(std::string_view bytes) {
  reader in(bytes);
  if (in.take<std::uint8_t>() != k_profile_version) {
    return std::nullopt;
  }
  text_profile p;
  p.writing = static_cast<script>(in.take<std::uint8_t>());
  p.language = static_cast<word_class>(in.take<std::uint8_t>());
  const auto flags = in.take<std::uint8_t>();
  p.english = (flags & k_english_bit) != 0;
  p.accented = (flags & k_accented_bit) != 0;
  p.polar = (flags & k_polar_bit) != 0;
  p.demand = (flags & k_demand_bit) != 0;
  p.whole = in.take<std::uint64_t>();
  p.rest = in.take<std::uint64_t>();
  for (auto& word : p.trigrams) {
    word = in.take<std::uint64_t>();
  }
  const auto tokens = in.take<std::uint16_t>();
  if (tokens > text_profile::k_tokens_max) {
    return std::nullopt;
  }
  p.tokens.reserve(tokens);
  for (std::size_t i = 0; i < tokens; ++i) {
    p.tokens.push_back(take_token(in));
  }
  const auto spans = in.take<std::uint16_t>();
  if (spans > text_profile::k_code_spans_max) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < spans; ++i) {
    p.code.push_back(in.take<std::uint32_t>());
  }
  return in.ended() && is_known(p) ? std::optional(std::move(p)) : std::nullopt;
}

} // namespace inferenceflow::semantic
