#include "wire/openai/stream_watch.h"

#include <gtest/gtest.h>
#include <memory>

namespace inferenceflow::wire::openai {
namespace {

constexpr std::string_view k_role =
    R"(data: {"id":"c","object":"chat.completion.chunk","model":"m-1","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null})"
    "\n\n";
constexpr std::string_view k_text =
    R"(data: {"id":"c","choices":[{"index":0,"delta":{"content":"H\u00e9"},"finish_reason":null}],"usage":null})"
    "\n\n";
constexpr std::string_view k_stop =
    R"(data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null})"
    "\n\n";
constexpr std::string_view k_usage =
    R"(data: {"id":"c","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}})"
    "\n\n";
constexpr std::string_view k_done = "data: [DONE]\n\n";

std::string join(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) {
    all += part;
  }
  return all;
}

struct outcome {
  std::string forwarded;
  stream_facts facts;
};

outcome watch(const std::vector<std::string_view>& pieces, bool drop) {
  stream_watch watcher{{drop, 1 << 16}};
  outcome out;
  const auto forward = [&](std::span<const std::string_view> views) {
    for (const std::string_view view : views) {
      out.forwarded += view;
    }
  };
  for (const std::string_view piece : pieces) {
    const auto copy = std::make_unique<std::string>(piece); // freed at once: later views must not need it
    const auto views = watcher.push(*copy);
    EXPECT_TRUE(views.has_value());
    if (views) {
      forward(*views);
    }
  }
  forward(watcher.finish());
  out.facts = watcher.facts();
  return out;
}

/// Whole, cut once at every point, and byte by byte: the same bytes come out and the same facts.
outcome watch_every_way(std::string_view stream, bool drop) {
  outcome whole = watch({stream}, drop);
  const auto same = [&](const outcome& other) {
    EXPECT_EQ(other.forwarded, whole.forwarded);
    EXPECT_EQ(other.facts.usage, whole.facts.usage);
    EXPECT_EQ(other.facts.text_bytes, whole.facts.text_bytes);
    EXPECT_EQ(other.facts.events, whole.facts.events);
    EXPECT_EQ(other.facts.cacheable, whole.facts.cacheable);
    EXPECT_EQ(other.facts.is_error, whole.facts.is_error);
  };
  std::vector<std::string_view> bytes;
  for (std::size_t cut = 0; cut < stream.size(); ++cut) {
    same(watch({stream.substr(0, cut), stream.substr(cut)}, drop));
    bytes.push_back(stream.substr(cut, 1));
  }
  same(watch(bytes, drop));
  return whole;
}

TEST(stream_watch, a_whole_stream) {
  const std::string stream = join({k_role, k_text, k_text, k_stop, k_usage, k_done});
  const outcome out = watch_every_way(stream, false);
  EXPECT_EQ(out.forwarded, stream);
  EXPECT_TRUE(out.facts.done);
  EXPECT_TRUE(out.facts.finished);
  EXPECT_TRUE(out.facts.cacheable);
  EXPECT_FALSE(out.facts.is_error);
  EXPECT_FALSE(out.facts.malformed);
  EXPECT_EQ(out.facts.finish, finish_reason::stop);
  EXPECT_EQ(out.facts.model, "m-1");
  EXPECT_EQ(out.facts.events, 6U);
  EXPECT_EQ(out.facts.text_deltas, 2U);
  EXPECT_EQ(out.facts.text_bytes, 6U);
  EXPECT_EQ(out.facts.usage, (cost::token_usage{7, 0, 0, 2, 0}));
}

TEST(stream_watch, drops_the_usage_chunk_and_nothing_else) {
  const outcome out = watch_every_way(join({": hi\n\n", k_role, k_text, k_stop, k_usage, k_done}), true);
  EXPECT_EQ(out.forwarded, join({": hi\n\n", k_role, k_text, k_stop, k_done}));
  EXPECT_EQ(out.facts.usage, (cost::token_usage{7, 0, 0, 2, 0}));
}

TEST(stream_watch, drops_with_any_line_ends) {
  for (const std::string_view line_end : {"\n", "\r\n", "\r"}) {
    const auto with = [&](std::string_view text) {
      std::string out;
      for (const char c : text) {
        out += c == '\n' ? std::string{line_end} : std::string(1, c);
      }
      return out;
    };
    const outcome out = watch_every_way(with(join({k_role, k_stop, k_usage, k_done})), true);
    EXPECT_EQ(out.forwarded, with(join({k_role, k_stop, k_done})));
    EXPECT_TRUE(out.facts.cacheable);
  }
}

TEST(stream_watch, keeps_chunks_that_only_look_like_the_usage_chunk) {
  for (
      const std::string_view chunk :
      {R"(data: {"choices":[],"prompt_filter_results":[{"prompt_index":0}]})",
       R"(data: {"choices":[{"index":0,"delta":{"content":"\"usage\":{\"prompt_tokens\":1}"}}],"usage":null})",
       R"(data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}})",
       R"(data: {"choices":[],"usage":{"prompt_tokens":1},"error":{"message":"x"}})",
       R"(data: {"usage":{"prompt_tokens":1}})", "data: not json", "event: ping", ": comment"}) {
    const std::string stream = join({k_role, chunk, "\n\n", k_done});
    EXPECT_EQ(watch_every_way(stream, true).forwarded, stream) << chunk;
  }
}

TEST(stream_watch, sees_usage_however_it_is_spelt) {
  const std::string stream = join({k_role, k_stop,
                                   "data:{ \"us\\u0061ge\" : {\"prompt_tokens\": 3 ,\"completion_tokens\":1},\n"
                                   "data: \"ch\\u006fices\" : [ ] }\n\n",
                                   k_done});
  const outcome out = watch_every_way(stream, true);
  EXPECT_EQ(out.facts.usage, (cost::token_usage{3, 0, 0, 1, 0}));
  EXPECT_EQ(out.forwarded, join({k_role, k_stop, k_done}));
}

TEST(stream_watch, reads_groq_and_last_usage_wins) {
  EXPECT_EQ(
      watch_every_way(
          R"(data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"x_groq":{"usage":{"prompt_tokens":4,"completion_tokens":5}}})"
          "\n\n",
          false)
          .facts.usage,
      (cost::token_usage{4, 0, 0, 5, 0}));
  EXPECT_EQ(
      watch_every_way("data: {\"usage\":{\"prompt_tokens\":1}}\n\ndata: {\"usage\":{\"prompt_tokens\":2}}\n\n", false)
          .facts.usage,
      (cost::token_usage{2, 0, 0, 0, 0}));
}

TEST(stream_watch, every_choice_must_end) {
  const std::string_view second = R"(data: {"choices":[{"index":1,"delta":{"content":"x"}}]})"
                                  "\n\n";
  const std::string_view second_end = R"(data: {"choices":[{"index":1,"delta":{},"finish_reason":"length"}]})"
                                      "\n\n";
  EXPECT_FALSE(watch({join({k_role, second, k_stop, k_done})}, false).facts.finished);
  const outcome out = watch({join({k_role, second, k_stop, second_end, k_done})}, false);
  EXPECT_TRUE(out.facts.finished);
  EXPECT_FALSE(out.facts.cacheable);
  EXPECT_EQ(out.facts.finish, finish_reason::stop);
}

TEST(stream_watch, what_broke_off_is_not_cacheable) {
  EXPECT_FALSE(watch({join({k_role, k_text})}, false).facts.finished);
  EXPECT_TRUE(watch({join({k_role, k_text, k_stop})}, false).facts.finished);
  EXPECT_FALSE(watch({join({k_role, k_text, k_stop})}, false).facts.cacheable);
  EXPECT_FALSE(
      watch({join({k_role, k_stop, "data: {\"error\":{\"message\":\"x\"}}\n\n", k_done})}, false).facts.cacheable);
  EXPECT_TRUE(watch({"event: error\ndata: {}\n\n"}, false).facts.is_error);
  EXPECT_TRUE(watch({"data: {\"a\":\n\n"}, false).facts.malformed);
  EXPECT_FALSE(watch({join({"data: garbage\n\n", k_role, k_stop, k_done})}, false).facts.cacheable);
  EXPECT_FALSE(watch({k_done}, false).facts.cacheable);
  EXPECT_FALSE(watch({}, true).facts.finished);
}

TEST(stream_watch, the_last_blank_line_may_be_missing) {
  const std::string stream = join({k_role, k_stop, "data: [DONE]"});
  EXPECT_TRUE(watch_every_way(stream, false).facts.cacheable);
  EXPECT_EQ(watch_every_way(stream, true).forwarded, stream);
  EXPECT_EQ(watch_every_way(stream, false).forwarded, stream);
}

TEST(stream_watch, an_event_beyond_the_bound_is_an_error) {
  for (const bool drop : {false, true}) {
    stream_watch watcher{{drop, 100}};
    EXPECT_TRUE(watcher.push("data: {}\n\n").has_value());
    const std::string flood(60, 'x');
    EXPECT_TRUE(watcher.push(flood).has_value());
    const auto failed = watcher.push(flood);
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().kind, error_kind::upstream_failed);
    EXPECT_TRUE(watcher.finish().empty());
  }
}

TEST(stream_watch, text_behind_the_last_usage_is_told_apart) {
  const std::string text = R"(data: {"choices":[{"index":0,"delta":{"content":"abcd"}}]})"
                           "\n\n";
  const std::string usage = R"(data: {"choices":[{"index":0,"delta":{"content":"ef"}}],"usage":{"prompt_tokens":1,)"
                            R"("completion_tokens":2}})"
                            "\n\n";
  const auto last = watch({join({text, usage})}, false).facts;
  EXPECT_EQ(last.text_bytes, 6U);
  EXPECT_EQ(last.counted_text_bytes, 6U) << "the text of the same chunk is counted";
  EXPECT_EQ(watch({join({text, usage, text})}, false).facts.counted_text_bytes, 6U);
  EXPECT_EQ(watch({text}, false).facts.counted_text_bytes, 0U);
}

TEST(stream_watch, choices_are_bounded) {
  std::string stream;
  for (int i = 0; i < 1000; ++i) {
    stream += R"(data: {"choices":[{"index":)" + std::to_string(i) + R"(,"finish_reason":"stop"}]})" + "\n\n";
  }
  EXPECT_TRUE(watch({stream}, false).facts.malformed);
}

} // namespace
} // namespace inferenceflow::wire::openai
