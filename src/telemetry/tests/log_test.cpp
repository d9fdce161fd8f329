#include "telemetry/json_text.h"
#include "telemetry/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <string>
#include <vector>

namespace inferenceflow::telemetry {
namespace {

struct kept_lines {
  std::vector<std::string> lines;
  std::vector<bool> urgent;
  int flushes = 0;
};

class keeping_sink final : public log_sink {
public:
  explicit keeping_sink(kept_lines& kept)
      : kept_(kept) {}
  void append(std::string_view lines, bool urgent) override {
    kept_.lines.emplace_back(lines);
    kept_.urgent.push_back(urgent);
  }
  void flush() override { ++kept_.flushes; }

private:
  kept_lines& kept_;
};

class log_test : public testing::Test {
protected:
  manual_clock clock_;
  kept_lines kept_;
  logger log_{std::make_unique<keeping_sink>(kept_), log_level::info, clock_};

  std::string value_of(log_field field) {
    log_.info("m", {field});
    const auto& line = kept_.lines.back();
    const std::string start = R"({"ts":"2023-11-14T22:13:20.000Z","level":"info","msg":"m",)";
    EXPECT_TRUE(line.starts_with(start)) << line;
    EXPECT_TRUE(line.ends_with("}\n")) << line;
    return line.substr(start.size(), line.size() - start.size() - 2);
  }
};

TEST_F(log_test, writes_typed_fields_in_order) {
  const std::string text = "a\"b\\c\n";
  log_.info("served",
            {{"request_id", text}, {"status", 200}, {"bytes", std::size_t{7}}, {"cost", 0.25}, {"hit", true}});
  EXPECT_EQ(
      kept_.lines.at(0),
      "{\"ts\":\"2023-11-14T22:13:20.000Z\",\"level\":\"info\",\"msg\":\"served\",\"request_id\":\"a\\\"b\\\\c\\n\","
      "\"status\":200,\"bytes\":7,\"cost\":0.25,\"hit\":true}\n");
}

TEST_F(log_test, time_moves_with_the_clock) {
  log_.info("a");
  clock_.advance(std::chrono::milliseconds{61'007});
  log_.info("b");
  EXPECT_THAT(kept_.lines.at(1), testing::HasSubstr("2023-11-14T22:14:21.007Z"));
}

TEST_F(log_test, levels_filter_and_warn_is_urgent) {
  log_.debug("no");
  log_.info("yes");
  log_.warn("yes");
  log_.error("yes");
  EXPECT_THAT(kept_.urgent, testing::ElementsAre(false, true, true));
  log_.set_level(log_level::error);
  log_.warn("no");
  EXPECT_EQ(kept_.lines.size(), 3U);
  log_.set_level(log_level::debug);
  EXPECT_TRUE(log_.enabled(log_level::debug));
  log_.flush();
  EXPECT_EQ(kept_.flushes, 1);
}

TEST_F(log_test, extreme_values_stay_json) {
  EXPECT_EQ(value_of({"v", std::numeric_limits<double>::quiet_NaN()}), "\"v\":null");
  EXPECT_EQ(value_of({"v", std::numeric_limits<double>::infinity()}), "\"v\":null");
  EXPECT_EQ(value_of({"v", std::numeric_limits<std::int64_t>::min()}), "\"v\":-9223372036854775808");
  EXPECT_EQ(value_of({"v", std::numeric_limits<std::uint64_t>::max()}), "\"v\":18446744073709551615");
  EXPECT_EQ(value_of({"v", ""}), "\"v\":\"\"");
}

TEST_F(log_test, secrets_are_masked) {
  EXPECT_EQ(value_of({"Authorization", "Basic abc"}), "\"Authorization\":\"***\"");
  EXPECT_EQ(value_of({"x_api_key", 12}), "\"x_api_key\":\"***\"");
  EXPECT_EQ(value_of({"note", "used sk-abcdefghijkl."}), "\"note\":\"used sk-***\"");
  log_.info("key sk-abcdefghijkl");
  EXPECT_THAT(kept_.lines.back(), testing::HasSubstr("\"msg\":\"key sk-***\""));
}

TEST_F(log_test, long_text_is_cut_between_characters) {
  const auto written = value_of({"v", std::string(k_log_text_bytes_max - 1, 'a') + "\u00e4\u00e4"});
  EXPECT_EQ(written, "\"v\":\"" + std::string(k_log_text_bytes_max - 1, 'a') + "...\"");
}

std::string escaped(std::string_view text) {
  std::string out;
  append_json_text(out, text);
  return out;
}

TEST(json_text, escapes_control_characters) {
  EXPECT_EQ(escaped(std::string_view("\0\x01\b\t\x1f\x7f", 6)), "\\u0000\\u0001\\u0008\\t\\u001f\x7f");
}

TEST(json_text, keeps_well_formed_utf8) {
  for (const std::string_view text : {"\u00e4", "\u20ac", "\U0001f600", "\uffff", "\U0010ffff"}) {
    EXPECT_EQ(escaped(text), text);
  }
}

TEST(json_text, replaces_what_is_not_utf8) {
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_EQ(escaped("a\xff z"), "a" + r + " z");
  EXPECT_EQ(escaped("\xc3"), r) << "cut short";
  EXPECT_EQ(escaped("\xc0\xaf"), r + r) << "overlong";
  EXPECT_EQ(escaped("\xe0\x80\xaf"), r + r + r) << "overlong";
  EXPECT_EQ(escaped("\xed\xa0\x80"), r + r + r) << "surrogate";
  EXPECT_EQ(escaped("\xf4\x90\x80\x80"), r + r + r + r) << "above U+10FFFF";
  EXPECT_EQ(escaped("\xe2\x82z"), r + r + "z");
}

} // namespace
} // namespace inferenceflow::telemetry
