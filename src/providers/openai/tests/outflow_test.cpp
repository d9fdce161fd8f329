#include "codecs/openai_chat/codec.h"
#include "providers/openai/outflow.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferenceflow::providers::openai {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view k_role =
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
constexpr std::string_view k_word = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"}}]}\n\n";
constexpr std::string_view k_end = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
                                   "data: [DONE]\n\n";
constexpr std::string_view k_error =
    "data: {\"error\":{\"message\":\"overloaded, key sk-abcdefghijklmnopqrstuvwxyz\",\"type\":"
    "\"server_error\"}}\n\n";

class recorder final : public event_sink {
public:
  net::task<bool> write(std::string_view bytes) override {
    got.append(bytes);
    co_return true;
  }
  net::task<bool> write_split(std::string_view, std::span<const std::string_view> visible) override {
    for (const std::string_view piece : visible) {
      got.append(piece);
    }
    co_return true;
  }
  void dropped(std::span<const std::string>) override {}
  std::string got;
};

class outflow_test : public testing::Test {
protected:
  /// Each string is one read. @returns why the stream was given up.
  std::optional<error> feed(std::initializer_list<std::string> reads) {
    std::optional<error> why;
    boost::asio::io_context context;
    auto all = [&]() -> net::task<void> {
      for (const std::string& read : reads) {
        const std::string_view piece = read;
        why = co_await out_.push(std::span{&piece, 1});
        if (why) {
          co_return;
        }
        seen_.push_back(sink_.got.size());
      }
      why = co_await out_.finish();
    };
    boost::asio::co_spawn(context, all(), boost::asio::detached);
    context.run();
    return why;
  }
  static std::string joined(std::initializer_list<std::string_view> events) {
    std::string all;
    for (const std::string_view event : events) {
      all.append(event);
    }
    return all;
  }

  recorder sink_;
  codecs::openai_chat::codec codec_;
  outflow out_{sink_, false, codec_, 1U << 20U};
  std::vector<std::size_t> seen_; ///< bytes in the sink after each read
};

TEST_F(outflow_test, the_role_waits_for_the_first_word_and_nothing_is_lost) {
  EXPECT_FALSE(feed({std::string{k_role}, std::string{k_word}, std::string{k_end}}));
  EXPECT_EQ(seen_[0], 0U);
  EXPECT_EQ(seen_[1], k_role.size() + k_word.size());
  EXPECT_EQ(sink_.got, joined({k_role, k_word, k_end}));
}

TEST_F(outflow_test, an_error_instead_of_content_is_no_answer) {
  const auto why = feed({std::string{k_role}, std::string{k_error}});
  ASSERT_TRUE(why);
  EXPECT_THAT(why->message, HasSubstr("overloaded"));
  EXPECT_THAT(why->message, Not(HasSubstr("sk-abc")));
  EXPECT_FALSE(out_.delivered());
  EXPECT_EQ(sink_.got, "");
}

TEST_F(outflow_test, an_error_in_one_read_with_the_first_word_names_no_key) {
  const auto why = feed({joined({k_role, k_word, k_error})});
  EXPECT_TRUE(why);
  EXPECT_TRUE(out_.delivered());
  EXPECT_THAT(sink_.got, HasSubstr("Hello"));
  EXPECT_THAT(sink_.got, HasSubstr("overloaded"));
  EXPECT_THAT(sink_.got, Not(HasSubstr("sk-abc")));
}

TEST_F(outflow_test, garbage_ends_the_stream) {
  const auto why = feed({joined({k_role, k_word}), "data: {not json\n\n", std::string{k_end}});
  ASSERT_TRUE(why);
  EXPECT_TRUE(out_.delivered());
  EXPECT_EQ(sink_.got, joined({k_role, k_word}));
}

TEST_F(outflow_test, an_end_without_its_marker_gets_one) {
  const std::string_view finish = k_end.substr(0, k_end.find("data: [DONE]"));
  EXPECT_FALSE(feed({joined({k_role, k_word, finish})}));
  EXPECT_THAT(sink_.got, testing::EndsWith("data: [DONE]\n\n"));
}

TEST_F(outflow_test, a_stream_that_ends_before_content_is_no_answer) {
  EXPECT_TRUE(feed({std::string{k_role}}));
  EXPECT_FALSE(out_.delivered());
  EXPECT_EQ(sink_.got, "");
}

} // namespace
} // namespace inferenceflow::providers::openai
