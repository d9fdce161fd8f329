#include "embedding/embedding.h"
#include "embedding/upstream_wire.h"

#include <cmath>
#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::embedding {
namespace {

std::string document(const std::string& vector) {
  return R"({"data":[{"embedding":)" + vector + "}]}";
}

TEST(upstream_wire_test, numbers_and_base64_say_the_same) {
  const auto numbers = read_embedding_answer(document("[0.5,-1.0]"), 2);
  ASSERT_TRUE(numbers.has_value()) << numbers.error().message;
  // 0.5F is 00 00 00 3f, -1.0F is 00 00 80 bf.
  const auto base64 = read_embedding_answer(document(R"("AAAAPwAAgL8=")"), 2);
  ASSERT_TRUE(base64.has_value()) << base64.error().message;
  EXPECT_EQ(*numbers, *base64);
  EXPECT_NEAR(cosine(*numbers, *base64), 1.0F, 1e-6F);
}

TEST(upstream_wire_test, integers_are_numbers) {
  const auto got = read_embedding_answer(document("[3,4]"), 0);
  ASSERT_TRUE(got.has_value());
  EXPECT_FLOAT_EQ((*got)[1], 0.8F);
}

struct bad_answer_case {
  const char* name;
  std::string body;
  const char* says;
};

class bad_answers : public ::testing::TestWithParam<bad_answer_case> {};

TEST_P(bad_answers, are_refused_with_what_is_wrong) {
  const auto got = read_embedding_answer(GetParam().body, 2);
  ASSERT_TRUE(got.has_error());
  EXPECT_EQ(got.error().kind, error_kind::upstream_failed);
  EXPECT_EQ(got.error().source, error_source::upstream);
  EXPECT_NE(got.error().message.find(GetParam().says), std::string::npos) << got.error().message;
}

std::string many(std::size_t count) {
  std::string out = "[1";
  for (std::size_t i = 1; i < count; ++i) {
    out += ",1";
  }
  return out + "]";
}

INSTANTIATE_TEST_SUITE_P(
    all, bad_answers,
    ::testing::Values(bad_answer_case{"empty", "", "no JSON"}, bad_answer_case{"html", "<html>", "no JSON"},
                      bad_answer_case{"cut_short", R"({"data":[{"embedding":[1,)", "no JSON"},
                      bad_answer_case{"deep", std::string(100'000, '['), "no JSON"},
                      bad_answer_case{"list", "[]", "without the array"},
                      bad_answer_case{"no_data", "{}", "without the array"},
                      bad_answer_case{"null_data", R"({"data":null})", "without the array"},
                      bad_answer_case{"none", R"({"data":[]})", "0 vectors"},
                      bad_answer_case{"two", R"({"data":[{"embedding":[1,0]},{"embedding":[1,0]}]})", "2 vectors"},
                      bad_answer_case{"no_vector", R"({"data":[{}]})", "without 'embedding'"},
                      bad_answer_case{"entry_is_text", R"({"data":["x"]})", "without 'embedding'"},
                      bad_answer_case{"object", document("{}"), "neither numbers nor base64"},
                      bad_answer_case{"no_base64", document(R"("AAA?")"), "neither numbers nor base64"},
                      bad_answer_case{"odd_base64", document(R"("AAAA")"), "no whole number"},
                      bad_answer_case{"nan_base64", document(R"("AADAfwAAgD8=")"), "not finite"},
                      bad_answer_case{"text_element", document(R"([1,"2"])"), "no finite"},
                      bad_answer_case{"huge_element", document("[1,1e300]"), "no finite"},
                      bad_answer_case{"infinite_element", document("[1,1e999]"), ""},
                      bad_answer_case{"zero", document("[0,0]"), "zero in every dimension"},
                      bad_answer_case{"empty_vector", document("[]"), "0 dimensions, expected 2"},
                      bad_answer_case{"short_vector", document("[1]"), "1 dimensions, expected 2"},
                      bad_answer_case{"long_vector", document(many(k_dimensions_max + 1)), "expected at most"},
                      bad_answer_case{"huge", std::string(k_answer_bytes_max + 1, ' '), "bytes, expected at most"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(upstream_wire_test, an_empty_vector_has_no_direction) {
  EXPECT_TRUE(read_embedding_answer(document("[]"), 0).has_error());
}

TEST(upstream_wire_test, tiny_and_large_vectors_come_out_at_length_one) {
  for (const char* vector : {"[1e-30,1e-30]", "[1e30,1e30]"}) {
    const auto got = read_embedding_answer(document(vector), 2);
    ASSERT_TRUE(got.has_value()) << got.error().message;
    EXPECT_NEAR(std::hypot((*got)[0], (*got)[1]), 1.0F, 1e-6F);
  }
}

TEST(upstream_wire_test, whatever_byte_is_missing_or_wrong_it_is_read_or_refused) {
  const auto whole = document("[0.5,-1.0]");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    static_cast<void>(read_embedding_answer(whole.substr(0, i), 2));
    auto changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 0x11);
    const auto got = read_embedding_answer(changed, 2);
    if (got.has_value()) {
      EXPECT_EQ(got->size(), 2U);
      EXPECT_NEAR(std::hypot((*got)[0], (*got)[1]), 1.0F, 1e-6F);
    }
  }
}

} // namespace
} // namespace inferenceflow::embedding
