#include "pipeline/screening.h"

#include <gtest/gtest.h>

namespace inferenceflow::pipeline {
namespace {

using dialogue::event;
using dialogue::event_kind;

/// Of a stream whose every byte is one event: a token of choice 0, in capitals of choice 1, '!' a piece of a refusal.
class byte_reader final : public dialogue::event_reader {
public:
  void push(std::string_view bytes, const dialogue::event_handler& handle) override {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const bool other = bytes[i] >= 'A' && bytes[i] <= 'Z';
      handle({.kind = bytes[i] == '!' ? event_kind::refusal : event_kind::text,
              .choice = other ? 1U : 0U,
              .text = bytes.substr(i, 1)});
    }
  }
  void finish(const dialogue::event_handler& handle) override {
    handle({.kind = event_kind::finish, .reason = dialogue::finish::stop});
  }
};

class byte_writer final : public dialogue::event_writer {
public:
  void write(const event& happened, std::string& out) override { out += happened.text; }
  [[nodiscard]] const std::vector<std::string>& losses() const noexcept override { return none_; }

private:
  std::vector<std::string> none_;
};

class byte_codec final : public dialogue::codec {
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
  result<dialogue::answer> read_answer(std::string_view) const override { return dialogue::answer{}; }
  dialogue::written_answer write_answer(const dialogue::answer&, const dialogue::stream_wish&) const override {
    return {};
  }
  std::unique_ptr<dialogue::event_reader> make_reader(std::size_t) const override {
    return std::make_unique<byte_reader>();
  }
  std::unique_ptr<dialogue::event_writer> make_writer(const dialogue::stream_wish&) const override {
    return std::make_unique<byte_writer>();
  }
  error read_error(int, std::string_view, std::string_view) const override { return {}; }
  dialogue::written_error write_error(const error&) const override { return {}; }
};

class screening_test : public testing::Test {
protected:
  /// Holds three tokens for a second at most.
  [[nodiscard]] screening held() {
    return {codec_,
            {},
            1'024,
            false,
            {.tokens_max = 3, .until = clock_.steady_now() + std::chrono::seconds{1}},
            [this](const sighting& seen) {
              judged_ = seen;
              return trusts_;
            },
            clock_};
  }
  byte_codec codec_;
  manual_clock clock_;
  bool trusts_ = true;
  sighting judged_;
};

TEST_F(screening_test, holds_as_many_tokens_as_it_may_and_then_lets_all_of_them_go) {
  auto screen = held();
  EXPECT_EQ(screen.take("ab"), screened::held);
  EXPECT_EQ(screen.take("c"), screened::held);
  EXPECT_EQ(screen.take("d"), screened::passed);
  EXPECT_EQ(screen.ready(), "abcd");
  EXPECT_EQ(judged_.text, "abcd");
  screen.sent();
  EXPECT_EQ(screen.take("e"), screened::passed);
  EXPECT_EQ(screen.ready(), "e");
}

TEST_F(screening_test, holds_no_longer_than_it_may) {
  auto screen = held();
  EXPECT_EQ(screen.take("a"), screened::held);
  clock_.advance(std::chrono::seconds{1});
  EXPECT_EQ(screen.take("b"), screened::passed);
}

TEST_F(screening_test, nothing_of_what_is_not_trusted_is_seen) {
  trusts_ = false;
  auto screen = held();
  EXPECT_EQ(screen.take("abcd"), screened::rejected);
  EXPECT_EQ(screen.take("e"), screened::rejected);
  EXPECT_EQ(screen.ready(), "");
}

TEST_F(screening_test, the_beginning_of_a_stream_is_not_empty_yet) {
  auto screen = held();
  clock_.advance(std::chrono::seconds{1});
  EXPECT_EQ(screen.take(""), screened::passed);
  EXPECT_FALSE(judged_.signals().empty);
  auto ended = held();
  EXPECT_EQ(ended.finish(), screened::passed);
  EXPECT_TRUE(judged_.signals().empty);
}

TEST_F(screening_test, what_was_refused_stays_refused_to_the_end) {
  auto screen = held();
  EXPECT_EQ(screen.take("a!"), screened::held);
  EXPECT_EQ(screen.finish(), screened::passed);
  EXPECT_TRUE(judged_.signals().refusal);
}

TEST_F(screening_test, only_the_first_of_several_answers_is_judged) {
  auto screen = held();
  EXPECT_EQ(screen.take("aXYZW"), screened::held);
  EXPECT_EQ(screen.finish(), screened::passed);
  EXPECT_EQ(judged_.text, "a");
  EXPECT_EQ(screen.ready(), "aXYZW") << "all of them go out";
}

} // namespace
} // namespace inferenceflow::pipeline
