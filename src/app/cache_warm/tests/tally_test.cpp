#include "app/cache_warm/command.h"
#include "app/cache_warm/tally.h"

#include <gmock/gmock.h>

namespace inferenceflow::app::cache_warm {
namespace {

using testing::HasSubstr;
using testing::Not;

warm_answer answer(int status, std::string cache, std::int64_t nano_usd = 0, std::string message = {}) {
  return {.status = status,
          .cache = std::move(cache),
          .cost = money::from_nano_usd(nano_usd),
          .retry_after = {},
          .message = std::move(message)};
}

TEST(tally, answers_are_sorted_by_what_the_cache_did) {
  tally counts;
  counts.note(answer(200, "hit"));
  counts.note(answer(200, "semantic"));
  counts.note(answer(200, "miss", 1'500));
  counts.note(answer(200, "coalesced"));
  counts.note(answer(200, "bypass", 500));
  counts.note(answer(500, "miss", 0, "first"));
  counts.note(answer(500, "miss", 0, "second"));
  counts.note(answer(404, "", 0));
  counts.note_no_answer("reset");
  EXPECT_EQ(counts.failures(), 4U);
  const std::string text = counts.summary(std::chrono::seconds{2});
  EXPECT_THAT(text, HasSubstr("sent 9: 2 there already (1 hit, 1 semantic), 2 stored, 4 failed; cost 0.000002000 USD"));
  EXPECT_THAT(text, HasSubstr("1 answered and not kept"));
  EXPECT_THAT(text, HasSubstr("status 500: 2, first: first\n"));
  EXPECT_THAT(text, HasSubstr("status 404: 1\n"));
  EXPECT_THAT(text, HasSubstr("no answer: 1, first: reset\n"));
  EXPECT_THAT(text, Not(HasSubstr("skipped")));
}

TEST(tally, progress_has_a_bar_and_the_time_left_where_the_end_is_known) {
  tally counts;
  for (int i = 0; i < 10; ++i) {
    counts.note(answer(200, "miss"));
  }
  EXPECT_EQ(counts.progress(std::chrono::seconds{4}, true), "10 sent: 0 there, 10 stored, 0 failed, 2.5/s");
  counts.reached = 0.25;
  EXPECT_EQ(counts.progress(std::chrono::seconds{4}, true),
            "[######..................]  25 %  10 sent: 0 there, 10 stored, 0 failed, 2.5/s, 0:00:12 left");
  EXPECT_THAT(counts.progress(std::chrono::seconds{0}, false), HasSubstr("0.0/s"));
}

TEST(tally, money_is_read_exactly_or_not_at_all) {
  EXPECT_EQ(parse_usd("0.000001220")->nano_usd(), 1'220);
  EXPECT_EQ(parse_usd("12.5")->nano_usd(), 12'500'000'000);
  EXPECT_EQ(parse_usd("3")->nano_usd(), 3'000'000'000);
  for (const char* text : {"", ".", ".5", "x", "1.x", "1.0000000001", "99999999999999999999", "1e5"}) {
    EXPECT_FALSE(parse_usd(text).has_value()) << text;
  }
}

TEST(command, spans_have_a_unit) {
  using namespace std::chrono_literals;
  EXPECT_EQ(*parse_span("90s"), 90s);
  EXPECT_EQ(*parse_span("30m"), 30min);
  EXPECT_EQ(*parse_span("30min"), 30min);
  EXPECT_EQ(*parse_span("12h"), 12h);
  EXPECT_EQ(*parse_span("7d"), 168h);
  EXPECT_EQ(*parse_span("2w"), 336h);
  for (const char* text : {"", "7", "d", "-1d", "7 d", "1y", "99999999d", "99999999999999999999s"}) {
    EXPECT_FALSE(parse_span(text).has_value()) << text;
  }
}

TEST(command, header_fields_are_checked) {
  EXPECT_EQ(parse_header("x-a: b: c")->first, "x-a");
  EXPECT_EQ(parse_header("x-a: b: c")->second, "b: c");
  EXPECT_EQ(parse_header("x-a:")->second, "");
  for (const char* text : {"", "x-a", ": b", "x a: b", "x-a: b\r\nc: d", "Content-Length: 5", "host: h"}) {
    EXPECT_FALSE(parse_header(text).has_value()) << text;
  }
}

} // namespace
} // namespace inferenceflow::app::cache_warm
