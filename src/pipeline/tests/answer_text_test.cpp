#include "pipeline/answer_text.h"

#include <gtest/gtest.h>

namespace inferenceflow::pipeline {
namespace {

using wire::openai::operation;

constexpr std::string_view k_completion = R"({"choices":[{"index":0,"text":"once upon","finish_reason":"stop"}]})";

/// Reads every document as "hello"; nothing else is asked of it here.
class one_answer final : public dialogue::codec {
public:
  dialogue::protocol speaks() const noexcept override { return dialogue::protocol::openai_chat; }
  std::string_view stream_content_type() const noexcept override { return {}; }
  result<dialogue::request> read_request(std::string_view, const dialogue::request_target&) const override {
    return dialogue::request{};
  }
  result<dialogue::written_request> write_request(const dialogue::request&, std::string_view) const override {
    return dialogue::written_request{};
  }
  dialogue::backend_address address(std::string_view, bool) const override { return {}; }
  result<dialogue::answer> read_answer(std::string_view) const override {
    dialogue::answer got;
    got.choices.push_back({.parts = {dialogue::text_part{.text = "hello"}}, .reason = dialogue::finish::stop});
    return got;
  }
  dialogue::written_answer write_answer(const dialogue::answer&, const dialogue::stream_wish&) const override {
    return {};
  }
  std::unique_ptr<dialogue::event_reader> make_reader(std::size_t) const override { return nullptr; }
  std::unique_ptr<dialogue::event_writer> make_writer(const dialogue::stream_wish&) const override { return nullptr; }
  error read_error(int, std::string_view, std::string_view) const override { return {}; }
  dialogue::written_error write_error(const error&) const override { return {}; }
};

TEST(answer_text, goes_by_what_was_asked) {
  const one_answer codec;
  EXPECT_EQ(answer_text(codec, operation::chat, cache::body_form::json, k_completion), "hello");
  EXPECT_EQ(answer_text(codec, operation::completion, cache::body_form::json, k_completion), "once upon");
  EXPECT_EQ(answer_text(codec, operation::completion, cache::body_form::event_stream, k_completion), std::nullopt);
  EXPECT_EQ(answer_text(codec, operation::embedding, cache::body_form::json, k_completion), std::nullopt);
}

} // namespace
} // namespace inferenceflow::pipeline
