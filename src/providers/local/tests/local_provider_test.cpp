#include "engine/tests/local_models.h"
#include "providers/local/local_provider.h"
#include "providers/local/text_answer.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/json/parse.hpp>
#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <numeric>
#include <optional>
#include <string>

namespace inferenceflow::providers::local {
namespace {

using wire::openai::operation;

// Keeps what was streamed, and can leave or cancel after some events.
class recording_sink final : public event_sink {
public:
  net::task<bool> write(std::string_view bytes) override {
    text += bytes;
    ++writes;
    if (cancel_on_write != nullptr) {
      cancel_on_write->cancel();
    }
    co_return writes < leave_after;
  }
  net::task<bool> write_split(std::string_view bytes, std::span<const std::string_view> visible) override {
    for (const auto part : visible) {
      text += part;
    }
    unseen += bytes;
    ++writes;
    co_return writes < leave_after;
  }
  void dropped(std::span<const std::string>) override {} // nothing is translated here

  std::string text;
  std::string unseen; ///< what the cache gets beside what the client sees
  int writes = 0;
  int leave_after = 1'000'000;
  net::cancel_scope* cancel_on_write = nullptr;
};

class local_provider_test : public ::testing::Test {
protected:
  static void SetUpTestSuite() {
    auto missing = engine::testing::chat_config();
    missing.name = "missing";
    missing.path = "/nonexistent/model.gguf";
    engines_ = std::make_shared<engine::engine_set>(
        std::vector{engine::testing::chat_config(), engine::testing::embedding_config(), missing}, engine::log_sink{});
  }
  static void TearDownTestSuite() { engines_.reset(); }

  result<answer> perform(operation op, const std::string& model, const std::string& body) {
    local_provider provider("local", engines_, clock_);
    wire::openai::request_facts facts;
    facts.model = "public-name";
    call request;
    request.op = op;
    request.model = model;
    request.body = body;
    request.facts = &facts;
    request.lane = lane_;
    request.deadline = deadline_;
    request.trace = &trace_;
    std::optional<result<answer>> out;
    boost::asio::io_context context;
    boost::asio::co_spawn(
        context, [&]() -> net::task<void> { out = co_await provider.perform(request, sink_, scope_); },
        boost::asio::detached);
    context.run();
    return std::move(out).value();
  }

  static engine::model_engine& chat() { return *engines_->find("chat"); }
  static void wait_until_free() {
    engine::testing::wait_for_load(chat(),
                                   [](const auto& load) { return load.busy_sequences == 0 && load.waiting == 0; });
  }

  recording_sink sink_;
  net::cancel_scope scope_;
  manual_clock clock_;
  service_lane lane_ = service_lane::standard;
  std::optional<steady_time> deadline_;
  call_trace trace_;

private:
  static std::shared_ptr<engine::engine_set> engines_;
};
std::shared_ptr<engine::engine_set> local_provider_test::engines_;

const std::string k_story =
    R"({"model":"x","messages":[{"role":"user","content":"Tell me a story."}],"temperature":0,)";

// The text of choice 0 in a stream of chat events.
std::string streamed_text(const std::string& stream) {
  std::string text;
  for (std::size_t at = 0; (at = stream.find("data: {", at)) != std::string::npos;) {
    const auto end = stream.find("\n\n", at);
    const auto event = boost::json::parse(stream.substr(at + 6, end - at - 6));
    if (!event.at("choices").as_array().empty()) {
      if (const auto* content = event.at("choices").at(0).at("delta").as_object().if_contains("content")) {
        text += content->as_string().c_str();
      }
    }
    at = end;
  }
  return text;
}

TEST_F(local_provider_test, a_streamed_answer_says_what_the_document_says) {
  SKIP_WITHOUT_MODEL(engine::testing::chat_model_file());
  const auto whole = perform(operation::chat, "chat", k_story + R"("max_tokens":12})");
  ASSERT_TRUE(whole.has_value()) << whole.error().message;
  EXPECT_FALSE(whole.value().complete) << "cut off by max_tokens: not to be kept";
  EXPECT_EQ(whole.value().finish_reason, "length");
  EXPECT_EQ(whole.value().usage.output, 12);
  EXPECT_EQ(whole.value().source, cost::usage_source::reported);
  EXPECT_TRUE(whole.value().first_byte_at.has_value());
  const auto document = boost::json::parse(whole.value().body);
  EXPECT_EQ(document.at("model"), "public-name");

  const auto stream = perform(operation::chat, "chat", k_story + R"("max_tokens":12,"stream":true})");
  ASSERT_TRUE(stream.has_value()) << stream.error().message;
  EXPECT_TRUE(stream.value().streamed);
  EXPECT_FALSE(stream.value().complete);
  EXPECT_TRUE(stream.value().body.empty());
  EXPECT_EQ(stream.value().usage.input(), whole.value().usage.input());
  EXPECT_EQ(stream.value().usage.output, whole.value().usage.output);
  EXPECT_EQ(stream.value().usage.cached_input, 0) << "a prompt as short as this is not kept";
  EXPECT_EQ(streamed_text(sink_.text), document.at("choices").at(0).at("message").at("content").as_string().c_str());
  EXPECT_EQ(sink_.text.substr(sink_.text.size() - k_done_event.size()), k_done_event);
  EXPECT_EQ(sink_.text.find("\"usage\""), std::string::npos) << "not asked for";
  EXPECT_NE(sink_.unseen.find("\"completion_tokens\":12"), std::string::npos);
}

TEST_F(local_provider_test, an_answer_that_the_model_ends_is_complete) {
  SKIP_WITHOUT_MODEL(engine::testing::chat_model_file());
  const std::string ends_at_once = R"("logit_bias":{"2":100})"; // the end of the turn
  const auto whole = perform(operation::chat, "chat", k_story + ends_at_once + "}");
  ASSERT_TRUE(whole.has_value()) << whole.error().message;
  EXPECT_TRUE(whole.value().complete);
  EXPECT_EQ(whole.value().finish_reason, "stop");
  const auto stream = perform(operation::chat, "chat", k_story + ends_at_once + R"(,"stream":true})");
  ASSERT_TRUE(stream.has_value());
  EXPECT_TRUE(stream.value().complete);
  EXPECT_NE(sink_.text.find("\"role\":\"assistant\""), std::string::npos) << "even an empty answer has its first event";
}

TEST_F(local_provider_test, include_usage_adds_an_event_before_the_end) {
  SKIP_WITHOUT_MODEL(engine::testing::chat_model_file());
  const auto stream = perform(operation::chat, "chat",
                              k_story + R"("max_tokens":3,"stream":true,"stream_options":{"include_usage":true}})");
  ASSERT_TRUE(stream.has_value());
  EXPECT_NE(sink_.text.find("\"completion_tokens\":3"), std::string::npos);
  EXPECT_TRUE(sink_.unseen.empty());
}

TEST_F(local_provider_test, several_prompts_and_choices_are_numbered_through) {
  SKIP_WITHOUT_MODEL(engine::testing::chat_model_file());
  const auto done = perform(operation::completion, "chat",
                            R"({"model":"x","prompt":["one two","red green"],"n":2,"max_tokens":3,"seed":1})");
  ASSERT_TRUE(done.has_value()) << done.error().message;
  const auto document = boost::json::parse(done.value().body);
  ASSERT_EQ(document.at("choices").as_array().size(), 4U);
  EXPECT_EQ(document.at("choices").at(3).at("index"), 3);
  EXPECT_EQ(document.at("usage").at("completion_tokens"), done.value().usage.output);
}

TEST_F(local_provider_test, a_reader_that_leaves_frees_the_sequence_and_is_billed_what_it_got) {
  SKIP_WITHOUT_MODEL(engine::testing::chat_model_file());
  sink_.leave_after = 3;
  const auto left = perform(operation::chat, "chat", k_story + R"("max_tokens":200,"stream":true})");
  ASSERT_TRUE(left.has_value());
  ASSERT_TRUE(left.value().broke.has_value());
  EXPECT_EQ(left.value().broke->kind, error_kind::cancelled);
  EXPECT_FALSE(left.value().complete);
  EXPECT_GT(left.value().usage.output, 0);
  EXPECT_LT(left.value().usage.output, 200);
  wait_until_free();
}

TEST_F(local_provider_test, cancelling_in_the_middle_of_a_stream_breaks_it) {
  SKIP_WITHOUT_MODEL(engine::testing::chat_model_file());
  sink_.cancel_on_write = &scope_;
  const auto broken = perform(operation::chat, "chat", k_story + R"("max_tokens":200,"stream":true})");
  ASSERT_TRUE(broken.has_value());
  EXPECT_EQ(broken.value().broke.value().kind, error_kind::cancelled);
  wait_until_free();
}

TEST_F(local_provider_test, a_cancelled_call_that_sent_nothing_is_an_error) {
  SKIP_WITHOUT_MODEL(engine::testing::chat_model_file());
  scope_.cancel();
  const auto cancelled = perform(operation::chat, "chat", k_story + R"("max_tokens":200})");
  ASSERT_TRUE(cancelled.has_error());
  EXPECT_EQ(cancelled.error().kind, error_kind::cancelled);
  wait_until_free();
}

TEST_F(local_provider_test, engine_errors_name_the_field_of_the_request) {
  SKIP_WITHOUT_MODEL(engine::testing::chat_model_file());
  const std::string long_text(4000, 'x');
  const auto chat_error =
      perform(operation::chat, "chat", R"({"messages":[{"role":"user","content":")" + long_text + R"("}]})");
  ASSERT_TRUE(chat_error.has_error());
  EXPECT_EQ(chat_error.error().kind, error_kind::context_too_long);
  EXPECT_EQ(chat_error.error().param, "messages");
  const auto schema =
      perform(operation::chat, "chat",
              k_story + R"("response_format":{"type":"json_schema","json_schema":{"schema":{"type":"nonsense"}}}})");
  ASSERT_TRUE(schema.has_error());
  EXPECT_EQ(schema.error().param, "response_format");
}

TEST_F(local_provider_test, lane_and_deadline_reach_the_engine) {
  const auto let_in = [](service_lane lane) {
    const auto counts = chat().stats().load.lanes[index_of(lane)].wait.counts;
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  };
  const auto before = let_in(service_lane::express);
  lane_ = service_lane::express;
  ASSERT_TRUE(perform(operation::completion, "chat", R"({"model":"m","prompt":"one two","max_tokens":2})"));
  wait_until_free();
  EXPECT_EQ(let_in(service_lane::express), before + 1);
  EXPECT_FALSE(trace_.declined);
  deadline_ = std::chrono::steady_clock::now() - std::chrono::milliseconds(1);
  const auto late = perform(operation::completion, "chat", R"({"model":"m","prompt":"one two","max_tokens":2})");
  ASSERT_TRUE(late.has_error());
  EXPECT_EQ(late.error().kind, error_kind::unavailable);
  EXPECT_TRUE(trace_.declined) << "the engine is well: only this request came too late";
}

TEST_F(local_provider_test, embeddings) {
  SKIP_WITHOUT_MODEL(engine::testing::embedding_model_file());
  const auto done = perform(operation::embedding, "embed", R"({"model":"x","input":["hello","world"]})");
  ASSERT_TRUE(done.has_value()) << done.error().message;
  const auto document = boost::json::parse(done.value().body);
  EXPECT_EQ(document.at("data").as_array().size(), 2U);
  EXPECT_EQ(document.at("data").at(0).at("embedding").as_array().size(), 384U);
  EXPECT_EQ(document.at("usage").at("prompt_tokens"), done.value().usage.fresh_input);
  EXPECT_TRUE(done.value().complete);
}

TEST_F(local_provider_test, what_cannot_be_answered) {
  EXPECT_EQ(perform(operation::chat, "nobody", "{}").error().kind, error_kind::model_not_found);
  EXPECT_EQ(perform(operation::chat, "chat", "{").error().kind, error_kind::invalid_request);
  EXPECT_EQ(perform(operation::embedding, "chat", R"({"input":"x"})").error().param, "model");
  EXPECT_EQ(perform(operation::chat, "embed", k_story + R"("n":1})").error().param, "model");
  const auto missing = perform(operation::chat, "missing", k_story + R"("stream":true})");
  ASSERT_TRUE(missing.has_error());
  EXPECT_EQ(missing.error().kind, error_kind::unavailable);
  EXPECT_NE(missing.error().message.find("make models"), std::string::npos);
  EXPECT_TRUE(sink_.text.empty());
}

} // namespace
} // namespace inferenceflow::providers::local
