#include "cache/entry_codec.h"
#include "cache/entry_layout.h"

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <string>
#include <string_view>

namespace inferenceflow::cache {
namespace {

constexpr std::size_t k_roomy = 1U << 20U;
constexpr cache_key k_key{0x0123456789ABCDEFU, 0xFEDCBA9876543210U};
const wall_time k_now{std::chrono::seconds{1'700'000'000}};

tenant_secret secret_of(const std::string& tenant) {
  return derive_secret(master_secret::from_text("a master secret of a test").value(), tenant);
}

std::string words(std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) {
    text += "word " + std::to_string(text.size() % 97) + " ";
  }
  text.resize(bytes);
  return text;
}

cached_answer full_answer() {
  cached_answer answer;
  answer.form = body_form::event_stream;
  answer.body = words(5'000);
  answer.operation = "chat";
  answer.model = "gpt-4o-mini";
  answer.provider = "openai";
  answer.tenant = "acme";
  answer.dropped = "top_k, logit_bias";
  answer.tags = entry_tags::parse("news,team/a").value();
  answer.trust = trust_level::high;
  answer.usage = {
      .fresh_input = 1, .cached_input = 2, .cache_write = 3, .output = 4, .reasoning = 5, .cache_write_hour = 2};
  answer.cost = money::from_nano_usd(123'456'789);
  answer.created = k_now - std::chrono::nanoseconds{123'456'789};
  return answer;
}

kept_entry entry_of(cached_answer answer) {
  return {.key = k_key,
          .answer = std::make_shared<const cached_answer>(std::move(answer)),
          .expires = k_now + std::chrono::hours{1}};
}

semantic_part full_semantic() {
  return {.scope = {7, 8},
          .text = "Where is the nearest café?",
          .embedder = "all-MiniLM-L6-v2",
          .form = vector_form::int8,
          .vector = std::string("\0\x01\xFF\x7F", 4),
          .state = std::string("\0state", 6)};
}

void expect_equal(const kept_entry& got, const kept_entry& wanted) {
  EXPECT_EQ(got.key, wanted.key);
  EXPECT_EQ(got.expires, wanted.expires);
  EXPECT_EQ(got.semantic, wanted.semantic);
  EXPECT_EQ(got.answer->form, wanted.answer->form);
  EXPECT_EQ(got.answer->body, wanted.answer->body);
  EXPECT_EQ(got.answer->operation, wanted.answer->operation);
  EXPECT_EQ(got.answer->model, wanted.answer->model);
  EXPECT_EQ(got.answer->provider, wanted.answer->provider);
  EXPECT_EQ(got.answer->tenant, wanted.answer->tenant);
  EXPECT_EQ(got.answer->dropped, wanted.answer->dropped);
  EXPECT_EQ(got.answer->tags, wanted.answer->tags);
  EXPECT_EQ(got.answer->trust, wanted.answer->trust);
  EXPECT_EQ(got.answer->usage, wanted.answer->usage);
  EXPECT_EQ(got.answer->cost, wanted.answer->cost);
  EXPECT_EQ(got.answer->created, wanted.answer->created);
}

class entry_codec_test : public ::testing::Test {
protected:
  [[nodiscard]] boost::system::result<kept_entry, entry_fault> decode(std::string_view bytes,
                                                                      decode_limits limits) const {
    return decode_entry(bytes, name_, secret_, limits);
  }
  [[nodiscard]] boost::system::result<kept_entry, entry_fault> decode(std::string_view bytes) const {
    return decode(bytes, {.bytes_max = k_roomy, .least = trust_level::none, .now = k_now});
  }
  /// The fault of bytes that were changed by someone who has the secret.
  [[nodiscard]] entry_fault forged(std::string bytes, const std::function<void(std::string&)>& change) const {
    bytes.resize(bytes.size() - k_secret_bytes);
    change(bytes);
    seal_entry(bytes, name_, secret_);
    const auto got = decode(bytes);
    EXPECT_FALSE(got.has_value());
    return got.has_error() ? got.error() : entry_fault{};
  }

  tenant_secret secret_ = secret_of("acme");
  entry_name name_ = entry_name_of(secret_, k_key, k_entry_format);
};

TEST_F(entry_codec_test, brings_every_field_back) {
  kept_entry entry = entry_of(full_answer());
  const auto plain = decode(encode_entry(entry, secret_));
  ASSERT_TRUE(plain.has_value()) << to_string(plain.error());
  expect_equal(*plain, entry);
  entry.semantic = full_semantic();
  const auto whole = decode(encode_entry(entry, secret_));
  ASSERT_TRUE(whole.has_value()) << to_string(whole.error());
  expect_equal(*whole, entry);
}

TEST_F(entry_codec_test, brings_back_what_is_empty_short_or_of_bytes_that_do_not_compress) {
  std::mt19937_64 random{1};
  for (const std::size_t bytes : {0U, 1U, 1'024U, 1'025U, 70'000U}) {
    kept_entry entry = entry_of({});
    auto answer = std::make_shared<cached_answer>();
    for (std::size_t i = 0; i < bytes; ++i) {
      answer->body.push_back(static_cast<char>(random()));
    }
    entry.answer = answer;
    for (const bool semantic : {false, true}) {
      if (semantic) {
        entry.semantic.emplace();
      }
      const auto got = decode(encode_entry(entry, secret_));
      ASSERT_TRUE(got.has_value()) << bytes << ": " << to_string(got.error());
      expect_equal(*got, entry);
    }
  }
}

TEST_F(entry_codec_test, compresses_text_above_the_bound_only) {
  cached_answer answer = full_answer();
  EXPECT_LT(encode_entry(entry_of(answer), secret_).size(), answer.body.size() / 2);
  answer.body = words(k_compress_bytes_min);
  EXPECT_GT(encode_entry(entry_of(answer), secret_).size(), answer.body.size());
}

TEST_F(entry_codec_test, does_not_reserve_more_than_the_body_needs) {
  kept_entry entry = entry_of(full_answer());
  entry.semantic = full_semantic();
  entry.semantic->text = words(5'000);
  const auto got = decode(encode_entry(entry, secret_));
  ASSERT_TRUE(got.has_value());
  EXPECT_LT(got->answer->charged_bytes(), entry.answer->charged_bytes() + 64);
}

TEST_F(entry_codec_test, tells_every_cut_from_the_whole) {
  const std::string bytes = encode_entry(entry_of(full_answer()), secret_);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_EQ(decode(std::string_view{bytes}.substr(0, size)).error(), entry_fault::truncated) << size;
  }
}

TEST_F(entry_codec_test, notices_every_changed_byte) {
  const std::string bytes = encode_entry(entry_of(full_answer()), secret_);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    ASSERT_FALSE(decode(changed).has_value()) << i;
  }
  std::string body_changed = bytes;
  body_changed[bytes.size() - k_secret_bytes - 1] ^= 1;
  EXPECT_EQ(decode(body_changed).error(), entry_fault::wrong_seal);
}

TEST_F(entry_codec_test, refuses_bytes_behind_and_bytes_of_others) {
  const std::string bytes = encode_entry(entry_of(full_answer()), secret_);
  EXPECT_EQ(decode(bytes + "x").error(), entry_fault::trailing_bytes);
  EXPECT_EQ(decode("GET / HTTP/1.1\r\n\r\n").error(), entry_fault::malformed);
  std::string other_version = bytes;
  other_version[4] = 2;
  EXPECT_EQ(decode(other_version).error(), entry_fault::wrong_version);
}

TEST_F(entry_codec_test, refuses_an_entry_moved_to_another_key_or_tenant) {
  const std::string bytes = encode_entry(entry_of(full_answer()), secret_);
  const decode_limits limits{.bytes_max = k_roomy, .least = trust_level::none, .now = k_now};
  const auto elsewhere = entry_name_of(secret_, {1, 2}, k_entry_format);
  EXPECT_EQ(decode_entry(bytes, elsewhere, secret_, limits).error(), entry_fault::wrong_seal);
  const auto globex = secret_of("globex");
  EXPECT_EQ(decode_entry(bytes, name_, globex, limits).error(), entry_fault::wrong_seal);
  EXPECT_EQ(decode_entry(bytes, entry_name_of(globex, k_key, k_entry_format), globex, limits).error(),
            entry_fault::wrong_seal);
}

TEST_F(entry_codec_test, refuses_what_is_too_large_before_it_unpacks) {
  const kept_entry entry = entry_of(full_answer());
  const std::string bytes = encode_entry(entry, secret_);
  const decode_limits tight{.bytes_max = entry.answer->body.size(), .least = trust_level::none, .now = k_now};
  EXPECT_EQ(decode(bytes, tight).error(), entry_fault::too_large);
  // A declared size of 4 GiB is refused whoever sealed it; a lie about it fails where it is unpacked.
  const auto declare = [](std::uint32_t size) {
    return [size](std::string& content) {
      for (std::size_t i = 0; i < 4; ++i) {
        content[100 + i] = static_cast<char>(size >> (8 * i));
      }
    };
  };
  EXPECT_EQ(forged(bytes, declare(0xFFFFFFFFU)), entry_fault::too_large);
  EXPECT_EQ(forged(bytes, declare(4'999)), entry_fault::malformed);
  EXPECT_EQ(forged(bytes, declare(5'001)), entry_fault::malformed);
}

TEST_F(entry_codec_test, refuses_lower_trust_and_past_expiry) {
  cached_answer answer = full_answer();
  answer.trust = trust_level::low;
  const std::string bytes = encode_entry(entry_of(answer), secret_);
  EXPECT_EQ(decode(bytes, {.bytes_max = k_roomy, .least = trust_level::standard, .now = k_now}).error(),
            entry_fault::untrusted);
  EXPECT_TRUE(decode(bytes, {.bytes_max = k_roomy, .least = trust_level::low, .now = k_now}).has_value());
  const auto at_expiry = k_now + std::chrono::hours{1};
  EXPECT_EQ(decode(bytes, {.bytes_max = k_roomy, .least = trust_level::low, .now = at_expiry}).error(),
            entry_fault::expired);
}

TEST_F(entry_codec_test, trust_cannot_be_raised_without_the_secret) {
  cached_answer answer = full_answer();
  answer.trust = trust_level::low;
  std::string bytes = encode_entry(entry_of(answer), secret_);
  bytes[6] = static_cast<char>(trust_level::high);
  EXPECT_EQ(decode(bytes).error(), entry_fault::wrong_seal);
}

TEST_F(entry_codec_test, refuses_fields_that_make_no_sense_even_under_a_right_seal) {
  kept_entry entry = entry_of(full_answer());
  entry.semantic = full_semantic();
  const std::string bytes = encode_entry(entry, secret_);
  const auto at = [](std::size_t place, char byte) { return [=](std::string& content) { content[place] = byte; }; };
  EXPECT_EQ(forged(bytes, at(5, 7)), entry_fault::malformed) << "unknown flag";
  EXPECT_EQ(forged(bytes, at(5, 2)), entry_fault::malformed) << "not compressed, and yet of another size";
  EXPECT_EQ(forged(bytes, at(5, 1)), entry_fault::malformed) << "bytes left over among the labels";
  EXPECT_EQ(forged(bytes, at(7, 2)), entry_fault::malformed) << "unknown form";
  EXPECT_EQ(forged(bytes, at(47, '\x80')), entry_fault::malformed) << "negative cost";
  EXPECT_EQ(forged(bytes, at(55, '\x80')), entry_fault::malformed) << "negative tokens";
  EXPECT_EQ(forged(bytes, at(51, '\x7F')), entry_fault::malformed) << "absurd tokens";
  EXPECT_EQ(forged(bytes, at(111, '\x7F')), entry_fault::malformed) << "a text longer than everything";
}

TEST_F(entry_codec_test, label_can_be_read_without_the_secret) {
  const std::string bytes = encode_entry(entry_of(full_answer()), secret_);
  const auto label = peek_label(bytes);
  ASSERT_TRUE(label.has_value());
  EXPECT_EQ(label->key, k_key);
  EXPECT_EQ(label->tenant, "acme");
  EXPECT_EQ(label->operation, "chat");
  EXPECT_EQ(label->model, "gpt-4o-mini");
  EXPECT_EQ(label->tags.text(), "news,team/a");
  EXPECT_FALSE(peek_label(std::string_view{bytes}.substr(1)).has_value());
  EXPECT_FALSE(peek_label({}).has_value());
}

} // namespace
} // namespace inferenceflow::cache
