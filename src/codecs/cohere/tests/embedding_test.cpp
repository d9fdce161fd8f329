#include "codecs/cohere/embedding.h"

#include <gtest/gtest.h>

namespace inferenceflow::codecs::cohere {
namespace {

TEST(cohere_embedding, requests_go_both_ways) {
  const embedding_request asked{
      .model = "embed-v4.0", .inputs = {"a \"b\"", ""}, .dimensions = 256, .input_type = "search_query"};
  const auto written = write_embedding_request(asked, "embed-v4.0");
  ASSERT_TRUE(written);
  EXPECT_EQ(written->path, "/v2/embed");
  EXPECT_EQ(written->body,
            R"({"model":"embed-v4.0","input_type":"search_query","texts":["a \"b\"",""],"embedding_types":["float"],)"
            R"("truncate":"NONE","output_dimension":256})");
  const auto read = read_embedding_request(written->body);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, asked);
}

TEST(cohere_embedding, reads_inputs_of_one_text_and_nulls) {
  const auto read = read_embedding_request(
      R"({"model":"m","inputs":[{"content":[{"type":"text","text":"a"}]}],"max_tokens":null,"texts":null})");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->inputs, std::vector<std::string>{"a"});
}

TEST(cohere_embedding, refuses_by_name) {
  const auto field = [](std::string_view body) {
    const auto read = read_embedding_request(body);
    return read ? "" : read.error().param;
  };
  EXPECT_EQ(field(R"({"texts":["a"]})"), "model");
  EXPECT_EQ(field(R"({"model":"m"})"), "texts");
  EXPECT_EQ(field(R"({"model":"m","texts":["a"],"images":["data:"]})"), "images");
  EXPECT_EQ(field(R"({"model":"m","texts":["a"],"embedding_types":["float","int8"]})"), "embedding_types[1]");
  EXPECT_EQ(field(R"({"model":"m","inputs":[{"content":[]}]})"), "inputs[0].content");
  EXPECT_EQ(write_embedding_request({}, "m").error().param, "inputs");
  EXPECT_FALSE(read_embedding_request("[]"));
}

TEST(cohere_embedding, answers_go_both_ways) {
  const embedding_answer got{.id = "e1", .vectors = {{0.25F, -1e-5F}, {1.0F, 0.1F}}, .tokens = 4};
  const std::string body = write_embedding_answer(got, {.model = "m", .inputs = {"a", "b"}});
  EXPECT_EQ(body, R"({"id":"e1","embeddings":{"float":[[0.25,-1e-05],[1,0.1]]},"texts":["a","b"],)"
                  R"("meta":{"api_version":{"version":"2"},"billed_units":{"input_tokens":4}},)"
                  R"("response_type":"embeddings_by_type"})");
  const auto read = read_embedding_answer(body);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, got);
  EXPECT_EQ(read_embedding_answer(R"({"embeddings":[[1,2]]})")->vectors.size(), 1U);
  for (const std::string_view wrong :
       {"", "[]", "{}", R"({"embeddings":{"int8":[[1]]}})", R"({"embeddings":[["a"]]})"}) {
    const auto failed = read_embedding_answer(wrong);
    ASSERT_FALSE(failed) << wrong;
    EXPECT_EQ(failed.error().kind, error_kind::upstream_failed);
  }
}

} // namespace
} // namespace inferenceflow::codecs::cohere
