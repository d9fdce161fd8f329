#include "wire/json/writer.h"

#include <gtest/gtest.h>
#include <limits>

namespace inferenceflow::wire::json {
namespace {

TEST(writer, puts_commas_between_members_and_elements_only) {
  std::string out = "data: ";
  writer json{out};
  json.open_object().key("a").integer(-1).key("b").open_array().text("x").null().open_object().close_object();
  json.close_array().key("c").flag(true).key("d").raw(R"({"e":1})").close_object();
  EXPECT_EQ(out, R"(data: {"a":-1,"b":["x",null,{}],"c":true,"d":{"e":1}})");
}

TEST(writer, escapes_texts_and_names) {
  std::string out;
  writer json{out};
  json.open_object().key("a\"b").text({"line\n", "\xFF"}).close_object();
  EXPECT_EQ(out, "{\"a\\\"b\":\"line\\n\xEF\xBF\xBD\"}");
}

TEST(writer, numbers_are_the_shortest_that_read_back_and_never_invalid) {
  std::string out;
  writer json{out};
  json.open_array().number(0.1).number(0.1F).number(3.0).number(std::numeric_limits<double>::infinity());
  json.number(std::numeric_limits<float>::quiet_NaN()).integer(std::numeric_limits<std::int64_t>::min()).close_array();
  EXPECT_EQ(out, "[0.1,0.1,3,null,null,-9223372036854775808]");
}

} // namespace
} // namespace inferenceflow::wire::json
