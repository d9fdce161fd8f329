#include "codecs/gemini/embedding.h"

#include <gtest/gtest.h>

namespace inferenceflow::codecs::gemini {
namespace {

result<embedding_request> read(std::string_view method, std::string_view body) {
  const std::string path = "/v1beta/models/e:" + std::string{method};
  return read_embedding_request(body, {.path = path});
}

TEST(gemini_embedding, requests_read_back_as_written) {
  const std::vector<embedding_request> all = {
      {.model = "e", .inputs = {"a \"b\""}},
      {.model = "e", .inputs = {"a"}, .dimensions = 64, .task = "RETRIEVAL_QUERY", .batch = true},
      {.model = "e", .inputs = {"a", "b"}, .task = "CLUSTERING", .batch = true},
  };
  for (const embedding_request& asked : all) {
    const dialogue::written_request written = write_embedding_request(asked, "e");
    const auto again = read_embedding_request(written.body, {.path = written.path});
    ASSERT_TRUE(again.has_value()) << again.error().message;
    EXPECT_EQ(*again, asked);
  }
  EXPECT_EQ(write_embedding_request(all[2], "e").body,
            R"({"requests":[{"model":"models/e","content":{"parts":[{"text":"a"}]},"taskType":"CLUSTERING"},)"
            R"({"model":"models/e","content":{"parts":[{"text":"b"}]},"taskType":"CLUSTERING"}]})");
}

TEST(gemini_embedding, faults_name_their_field) {
  EXPECT_EQ(read("embedContent", "{}").error().param, "content.parts");
  EXPECT_EQ(read("embedContent", R"({"content": {"parts": [{"inlineData": {}}]}})").error().param, "content.parts[0]");
  EXPECT_EQ(read("embedContent", R"({"content": {"parts": [{"text": "a"}]}, "title": "t"})").error().param, "title");
  EXPECT_EQ(read("batchEmbedContents", R"({"requests": []})").error().param, "requests");
  EXPECT_EQ(read("batchEmbedContents", R"({"requests": [{"content": {"parts": {"text": "a"}}},
              {"content": {"parts": {"text": "b"}}, "task_type": "CLUSTERING"}]})")
                .error()
                .param,
            "requests[1]");
  EXPECT_EQ(read("generateContent", "{}").error().kind, error_kind::not_found);
}

TEST(gemini_embedding, answers_read_back_as_written) {
  const embedding_answer one{.vectors = {{-0.039718185F, 1.0F, 0.0F}}, .tokens = 7};
  EXPECT_EQ(
      write_embedding_answer(one, false),
      R"({"embedding":{"values":[-0.039718185,1,0]},"usageMetadata":{"promptTokenCount":7,"totalTokenCount":7}})");
  const embedding_answer many{.vectors = {{0.5F}, {-2e-10F}}};
  for (const auto& [got, batch] : {std::pair{one, false}, std::pair{one, true}, std::pair{many, true}}) {
    const auto again = read_embedding_answer(write_embedding_answer(got, batch));
    ASSERT_TRUE(again.has_value()) << again.error().message;
    EXPECT_EQ(*again, got);
  }
}

TEST(gemini_embedding, what_is_no_answer_is_the_upstreams_fault) {
  for (const std::string_view body :
       {"", "{}", R"({"embedding": {}})", R"({"embeddings": 1})", R"({"embedding": {"values": ["x"]}})"}) {
    EXPECT_EQ(read_embedding_answer(body).error().kind, error_kind::upstream_failed) << body;
  }
  EXPECT_EQ(read_embedding_answer(R"({"error": {"code": 404, "message": "model"}})").error().kind,
            error_kind::model_not_found);
}

} // namespace
} // namespace inferenceflow::codecs::gemini
