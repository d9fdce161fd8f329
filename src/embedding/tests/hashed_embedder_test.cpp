#include "embedding/hashed_embedder.h"
#include "embedding/tests/on_a_loop.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::embedding {
namespace {

float likeness(std::string_view a, std::string_view b) {
  return cosine(hashed_embedder::embed_now(a).value()->values, hashed_embedder::embed_now(b).value()->values);
}

TEST(hashed_embedder_test, case_and_white_space_do_not_count) {
  EXPECT_GT(likeness("How do I reset my password?", "how do  i reset\nmy password? "), 0.9999F);
}

TEST(hashed_embedder_test, alike_texts_are_nearer_than_others) {
  const auto question = "How do I reset my password?";
  EXPECT_GT(likeness(question, "How can I reset my password?"), 0.6F);
  EXPECT_LT(likeness(question, "What is the capital of France?"), 0.3F);
}

// The vectors are kept and shared: whoever changes them must change k_space.
TEST(hashed_embedder_test, the_vectors_of_this_space_are_these) {
  const auto vector = hashed_embedder::embed_now("How do I reset the password of an account that I closed?").value();
  EXPECT_EQ(vector->space, "hashed-1:512");
  float weighted = 0;
  for (std::size_t i = 0; i < vector->values.size(); ++i) {
    weighted += vector->values[i] * static_cast<float>(i + 1);
  }
  EXPECT_NEAR(weighted, -322.7535F, 0.01F);
}

TEST(hashed_embedder_test, empty_texts_are_refused_and_long_ones_cut) {
  EXPECT_EQ(hashed_embedder::embed_now("").error().kind, error_kind::invalid_request);
  EXPECT_EQ(hashed_embedder::embed_now(" \t\n").error().kind, error_kind::invalid_request);
  EXPECT_TRUE(hashed_embedder::embed_now(std::string(hashed_embedder::k_text_bytes_max + 1, 'a')).value()->cut);
  EXPECT_FALSE(hashed_embedder::embed_now(std::string(hashed_embedder::k_text_bytes_max, 'a')).value()->cut);
  EXPECT_TRUE(hashed_embedder::embed_now("\xff\x01").has_value()) << "any bytes";
}

TEST(hashed_embedder_test, is_an_embedder) {
  hashed_embedder embedder;
  const auto got = testing::ask_now(embedder, "text");
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ((*got)->space, embedder.space());
  EXPECT_EQ((*got)->values.size(), embedder.dimensions());
}

} // namespace
} // namespace inferenceflow::embedding
