#include "app/models/source.h"

#include <gmock/gmock.h>

namespace inferenceflow::app::models {
namespace {

using testing::HasSubstr;

const config::environment k_no_environment = [](std::string_view) -> std::optional<std::string> {
  return std::nullopt;
};
const config::environment k_other_hub = [](std::string_view name) -> std::optional<std::string> {
  return name == "HF_ENDPOINT" ? std::optional<std::string>{"http://127.0.0.1:99/hub/"} : std::nullopt;
};

std::string problem_of(std::string_view wanted, const std::string& name = {}, const std::string& sha256 = {}) {
  const auto source = source_of(wanted, name, sha256, k_no_environment);
  return source ? "" : source.error().message;
}

TEST(model_source, an_address_names_its_file) {
  const auto source = source_of("https://Example.com:8443/a/b/x.gguf?download=true#top", {}, {}, k_no_environment);
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(source->file_name, "x.gguf");
  EXPECT_EQ(source->sha256, "");
  EXPECT_TRUE(source->address.tls);
  EXPECT_EQ(source->address.host, "example.com");
  EXPECT_EQ(source->address.port, 8443);
  EXPECT_EQ(source->address.target, "/a/b/x.gguf?download=true");
  EXPECT_EQ(source->address.text(), "https://Example.com:8443/a/b/x.gguf?download=true");
}

TEST(model_source, a_file_of_the_hub) {
  const auto source = source_of("me/mine/deep/x.gguf", {}, {}, k_no_environment);
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(source->address.text(), "https://huggingface.co/me/mine/resolve/main/deep/x.gguf");
  EXPECT_EQ(source_of("me/mine/x.gguf", {}, {}, k_other_hub)->address.text(),
            "http://127.0.0.1:99/hub/me/mine/resolve/main/x.gguf");
}

TEST(model_source, default_models_have_their_hash) {
  const auto source = source_of("http://127.0.0.1/SmolLM2-135M-Instruct.Q4_1.gguf", {}, {}, k_no_environment);
  ASSERT_TRUE(source);
  EXPECT_TRUE(is_sha256(source->sha256)) << source->sha256;
  const std::string other(64, 'A');
  EXPECT_EQ(source_of("http://127.0.0.1/SmolLM2-135M-Instruct.Q4_1.gguf", {}, other, k_no_environment)->sha256,
            std::string(64, 'a'))
      << "what the user says counts";
}

TEST(model_source, what_is_wrong_is_named) {
  EXPECT_THAT(problem_of("x.gguf"), HasSubstr("make models"));
  EXPECT_THAT(problem_of("me/x.gguf"), HasSubstr("make models"));
  EXPECT_THAT(problem_of("ftp://127.0.0.1/x.gguf"), HasSubstr("ftp"));
  EXPECT_THAT(problem_of("http://127.0.0.1/x"), HasSubstr("--name"));
  EXPECT_THAT(problem_of("http://127.0.0.1/.gguf"), HasSubstr("--name"));
  EXPECT_THAT(problem_of("http://127.0.0.1/a b.gguf"), HasSubstr("%XX"));
  EXPECT_THAT(problem_of("http://127.0.0.1/a\r\nX: y.gguf"), HasSubstr("%XX"));
  EXPECT_THAT(problem_of("http://127.0.0.1/x.gguf", "a/../../b.gguf"), HasSubstr("folder"));
  EXPECT_THAT(problem_of("http://127.0.0.1/x.gguf", {}, std::string(63, 'a')), HasSubstr("64 hex digits"));
  EXPECT_THAT(problem_of("http://127.0.0.1/" + std::string(5'000, 'a') + ".gguf"), HasSubstr("bytes"));
  EXPECT_NE(problem_of(""), "");
}

TEST(model_source, redirects_lead_on) {
  const auto from = parse_address("https://a.example/x/y.gguf?q=1").value();
  EXPECT_EQ(follow(from, "https://b.example/z?s=/a")->text(), "https://b.example/z?s=/a");
  EXPECT_EQ(follow(from, "//c.example/z")->text(), "https://c.example/z");
  EXPECT_EQ(follow(from, "/z?u=http://d")->text(), "https://a.example/z?u=http://d");
  EXPECT_EQ(follow(from, "z.gguf")->text(), "https://a.example/x/z.gguf");
  EXPECT_THAT(follow(from, "http://a.example/z").error().message, HasSubstr("from https to http"));
  EXPECT_FALSE(follow(from, "ftp://a.example/z"));
}

} // namespace
} // namespace inferenceflow::app::models
