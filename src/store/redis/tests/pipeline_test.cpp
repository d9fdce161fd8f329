#include "store/redis/pipeline.h"

#include <gtest/gtest.h>
#include <map>
#include <string>

namespace inferenceflow::redis {
namespace {

using namespace std::chrono_literals;

constexpr steady_time k_start{1h};

class pipeline_of_calls : public testing::Test {
protected:
  options limits_{
      .answer_time_max = 1'000ms, .waiting_max = 4, .fired_max = 3, .unsent_bytes_max = 1'000, .late_max = 2};
  statistics counts_;
  pipeline line_{limits_, counts_};
  std::map<std::string, std::string> ended_; ///< by name: text of the answer, or the error's kind

  call_ptr make(const std::string& name, std::chrono::milliseconds patience, bool fired = false,
                std::size_t bytes = 1) {
    auto made = std::make_shared<call>(call{.what = *make_command({"SET", name, std::string(bytes, 'v')}, 1),
                                            .fired = fired,
                                            .deadline = k_start + patience});
    made->on_done = [this, name](result<reply> outcome) {
      EXPECT_EQ(ended_.count(name), 0U) << name << " ended twice";
      ended_[name] = outcome ? outcome->text : std::string{to_string(outcome.error().kind)};
    };
    return made;
  }
  call_ptr add(const std::string& name, std::chrono::milliseconds patience, bool fired = false) {
    auto made = make(name, patience, fired);
    EXPECT_TRUE(line_.add(made)) << name;
    return made;
  }
  std::size_t write(steady_time now = k_start) {
    std::vector<call_ptr> batch;
    line_.take(now, batch, [](const call&) { return true; });
    return batch.size();
  }
  bool answer(const std::string& text, steady_time now = k_start) {
    return line_.answered(reply{.kind = reply_kind::text, .text = text}, now);
  }
};

TEST_F(pipeline_of_calls, answers_go_to_their_calls_in_order) {
  add("a", 1s);
  add("b", 1s);
  EXPECT_EQ(write(), 2U);
  add("c", 1s);
  EXPECT_TRUE(answer("1", k_start + 2ms));
  EXPECT_TRUE(answer("2", k_start + 3ms));
  EXPECT_FALSE(answer("3")); // c is not written yet
  EXPECT_EQ(ended_, (std::map<std::string, std::string>{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(counts_.round_trips, 2U);
  EXPECT_EQ(counts_.round_trip_us, 5'000U);
  EXPECT_EQ(counts_.commands, 2U);
}

TEST_F(pipeline_of_calls, take_stops_where_it_is_told) {
  add("a", 1s);
  add("b", 1s);
  std::vector<call_ptr> batch;
  line_.take(k_start, batch, [n = 0](const call&) mutable { return n++ == 0; });
  EXPECT_EQ(batch.size(), 1U);
  EXPECT_TRUE(line_.has_unsent());
}

TEST_F(pipeline_of_calls, a_late_answer_is_thrown_away_and_the_order_kept) {
  add("slow", 20ms);
  write();
  EXPECT_EQ(line_.expire(k_start + 10ms), k_start + 20ms);
  EXPECT_TRUE(ended_.empty());
  EXPECT_EQ(line_.expire(k_start + 20ms), k_start + 1'000ms); // the connection itself is watched on
  EXPECT_EQ(ended_["slow"], "upstream_timeout");
  EXPECT_EQ(line_.late(), 1U);
  add("next", 1s);
  write();
  EXPECT_TRUE(answer("late"));
  EXPECT_TRUE(answer("good"));
  EXPECT_EQ(ended_["next"], "good");
  EXPECT_EQ(line_.late(), 0U);
  EXPECT_EQ(counts_.timeouts, 1U);
  EXPECT_EQ(counts_.late_replies, 1U);
}

TEST_F(pipeline_of_calls, whoever_is_not_written_goes_without_trace) {
  add("due", 20ms);
  const auto left = add("left", 1s);
  add("stays", 1s);
  EXPECT_EQ(line_.expire(k_start + 30ms), k_start + 1s);
  line_.abandon(*left);
  EXPECT_EQ(write(), 1U);
  EXPECT_TRUE(answer("x"));
  EXPECT_EQ(ended_, (std::map<std::string, std::string>{{"due", "upstream_timeout"}, {"stays", "x"}}));
  EXPECT_EQ(line_.unsent_bytes(), 0U);
}

TEST_F(pipeline_of_calls, an_abandoned_call_never_hears_of_it) {
  const auto left = add("left", 1s);
  add("next", 1s);
  write();
  line_.abandon(*left);
  line_.abandon(*left);
  EXPECT_EQ(line_.late(), 1U);
  EXPECT_TRUE(answer("1"));
  EXPECT_TRUE(answer("2"));
  EXPECT_EQ(ended_, (std::map<std::string, std::string>{{"next", "2"}}));
  EXPECT_EQ(line_.late(), 0U);
}

TEST_F(pipeline_of_calls, asking_takes_one_answer_more) {
  auto asked = make("asked", 1s);
  asked->asking = true;
  ASSERT_TRUE(line_.add(asked));
  write();
  EXPECT_TRUE(answer("OK"));
  EXPECT_TRUE(ended_.empty());
  EXPECT_TRUE(answer("value"));
  EXPECT_EQ(ended_["asked"], "value");
}

TEST_F(pipeline_of_calls, each_kind_has_its_own_room) {
  for (int i = 0; i < 4; ++i) {
    add("w" + std::to_string(i), 1s);
  }
  EXPECT_FALSE(line_.add(make("w4", 1s)));
  for (int i = 0; i < 3; ++i) {
    add("f" + std::to_string(i), 1s, true);
  }
  EXPECT_FALSE(line_.add(make("f3", 1s, true)));
  write();
  EXPECT_FALSE(line_.add(make("w4", 1s))); // unanswered ones count
  EXPECT_TRUE(answer("x"));
  EXPECT_TRUE(line_.add(make("w4", 1s)));
}

TEST_F(pipeline_of_calls, bytes_are_bounded_until_written) {
  ASSERT_TRUE(line_.add(make("a", 1s, true, 600)));
  EXPECT_FALSE(line_.add(make("b", 1s, true, 600)));
  EXPECT_FALSE(line_.add(make("c", 1s, true, 5'000)));
  EXPECT_TRUE(line_.add(make("d", 1s, false, 600))); // who waits does not pay for what is fired
  write();
  EXPECT_TRUE(line_.add(make("b", 1s, true, 600)));
}

TEST_F(pipeline_of_calls, fired_calls_that_grow_old_are_dropped) {
  add("old", 20ms, true);
  EXPECT_EQ(line_.expire(k_start + 30ms), std::nullopt);
  EXPECT_EQ(counts_.dropped, 1U);
  add("old too", 20ms, true);
  add("young", 1s, true);
  EXPECT_EQ(write(k_start + 30ms), 1U);
  EXPECT_EQ(counts_.dropped, 2U);
  EXPECT_TRUE(ended_.empty());
  EXPECT_EQ(line_.expire(k_start + 500ms), k_start + 30ms + 1'000ms); // written: the answer may take its time
}

TEST_F(pipeline_of_calls, a_lost_connection_ends_what_was_written_only) {
  add("written", 1s);
  add("fired", 1s, true);
  write();
  add("queued", 1s);
  line_.lost(make_error(error_kind::upstream_failed, "gone"));
  EXPECT_EQ(ended_["written"], "upstream_failed");
  EXPECT_EQ(ended_["fired"], "upstream_failed");
  EXPECT_EQ(counts_.dropped, 1U);
  EXPECT_EQ(ended_.count("queued"), 0U);
  EXPECT_FALSE(answer("of the old connection"));
  EXPECT_EQ(write(), 1U);
  EXPECT_TRUE(answer("new"));
  EXPECT_EQ(ended_["queued"], "new");
}

TEST_F(pipeline_of_calls, without_a_connection_only_fired_calls_stay) {
  add("waiting", 1s);
  add("fired", 1s, true);
  line_.refuse_unsent(make_error(error_kind::upstream_failed, "refused"));
  EXPECT_EQ(ended_, (std::map<std::string, std::string>{{"waiting", "upstream_failed"}}));
  EXPECT_EQ(write(), 1U);
  add("queued", 1s, true);
  line_.clear(make_error(error_kind::unavailable, "stopped"));
  EXPECT_EQ(counts_.dropped, 2U);
  EXPECT_FALSE(line_.has_unsent());
  EXPECT_EQ(line_.waiting_for_reply(), 0U);
}

TEST_F(pipeline_of_calls, a_connection_that_owes_too_much_or_too_long_has_stalled) {
  for (int i = 0; i < 3; ++i) {
    add("s" + std::to_string(i), 20ms);
  }
  write();
  EXPECT_FALSE(line_.stalled(k_start + 30ms));
  [[maybe_unused]] const auto next = line_.expire(k_start + 30ms);
  EXPECT_TRUE(line_.stalled(k_start + 30ms)); // three late ones, two are allowed
  line_.lost(make_error(error_kind::upstream_failed, "gone"));
  EXPECT_FALSE(line_.stalled(k_start + 10s));
  add("fired", 1s, true);
  write();
  EXPECT_FALSE(line_.stalled(k_start + 999ms));
  EXPECT_TRUE(line_.stalled(k_start + 1'000ms));
}

TEST_F(pipeline_of_calls, what_ends_may_ask_again_at_once) {
  auto first = make("first", 1s, true);
  first->on_done = [this](const result<reply>&) { add("second", 1s, true); };
  ASSERT_TRUE(line_.add(first));
  write();
  line_.lost(make_error(error_kind::upstream_failed, "gone"));
  EXPECT_EQ(write(), 1U);
  EXPECT_TRUE(answer("x"));
  EXPECT_EQ(ended_["second"], "x");
}

} // namespace
} // namespace inferenceflow::redis
