#include "api/routing_wishes.h"
#include "http/request_parser.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <string>

namespace inferenceflow::api {
namespace {

constexpr const char* k_budget = "x-inferenceflow-budget-usd";
constexpr const char* k_latency = "x-inferenceflow-latency-slo-ms";
constexpr const char* k_confidence = "x-inferenceflow-min-confidence";

// Reads one header field.
result<pipeline::routing_wish> wish(std::string_view name, std::string_view value) {
  const std::string text =
      "POST / HTTP/1.1\r\nhost: a\r\n" + std::string{name} + ": " + std::string{value} + "\r\n\r\n";
  http::request_parser parser{{}};
  EXPECT_TRUE(parser.feed(text));
  pipeline::routing_wish wished;
  const auto read = read_routing_headers(parser.head(), wished);
  return read ? result<pipeline::routing_wish>(wished) : read.error();
}

TEST(routing_wishes, headers_say_them) {
  EXPECT_EQ(wish(k_budget, "0.0125")->budget, money::from_nano_usd(12'500'000));
  EXPECT_EQ(wish(k_budget, "1e-9")->budget, money::from_nano_usd(1));
  EXPECT_EQ(wish(k_budget, "1000000")->budget, money::from_nano_usd(1'000'000'000'000'000));
  EXPECT_EQ(wish(k_latency, "1500")->latency_slo, std::chrono::milliseconds{1'500});
  EXPECT_EQ(wish(k_latency, "86400000")->latency_slo, std::chrono::hours{24});
  EXPECT_EQ(wish(k_confidence, "0.8")->min_confidence, 0.8);
  EXPECT_EQ(wish(k_confidence, "0")->min_confidence, 0.0);
  EXPECT_EQ(wish("X-InferenceFlow-Min-Confidence", "1")->min_confidence, 1.0);
  const auto silent = wish("x-other", "1");
  EXPECT_FALSE(silent->budget || silent->latency_slo || silent->min_confidence);
}

TEST(routing_wishes, what_is_none_is_refused_and_the_header_named) {
  for (const auto& [name, values] :
       {std::pair{k_budget,
                  std::vector<std::string>{"0", "-1", "nan", "inf", "1e300", "1000001", "", "1 USD", "$1", "1e-12"}},
        {k_latency, {"0", "-1", "1.5", "soon", "", "86400001", "99999999999999999999"}},
        {k_confidence, {"-0.1", "1.01", "nan", "high", "", "80%", "inf"}}}) {
    for (const auto& value : values) {
      const auto refused = wish(name, value);
      ASSERT_TRUE(refused.has_error()) << name << ": " << value;
      EXPECT_EQ(refused.error().kind, error_kind::invalid_request);
      EXPECT_EQ(refused.error().param, name);
      EXPECT_NE(refused.error().message.find("must be"), std::string::npos);
    }
  }
}

TEST(routing_wishes, models_and_tags_are_lists) {
  EXPECT_EQ(wish("x-inferenceflow-route-models", "gpt-4o, p/mini ,\tx")->models,
            (std::vector<std::string>{"gpt-4o", "p/mini", "x"}));
  EXPECT_EQ(wish("x-inferenceflow-route-tags", "eu")->tags, std::vector<std::string>{"eu"});
  std::string many = "a";
  for (int i = 1; i < 64; ++i) {
    many += ",a";
  }
  EXPECT_EQ(wish("x-inferenceflow-route-tags", many)->tags.size(), 64U);
  many += ",a";
  for (const std::string& value : {std::string{}, std::string{","}, std::string{"a,,b"}, std::string{"a,"}, many}) {
    const auto refused = wish("x-inferenceflow-route-tags", value);
    ASSERT_TRUE(refused.has_error()) << value;
    EXPECT_EQ(refused.error().param, "x-inferenceflow-route-tags");
  }
}

TEST(routing_wishes, budget_is_whole_nano_dollars) {
  EXPECT_EQ(budget_of(0.1), money::from_nano_usd(100'000'000));
  EXPECT_EQ(budget_of(std::nan("")), std::nullopt);
  EXPECT_EQ(budget_of(-0.0), std::nullopt);
  EXPECT_EQ(budget_of(std::numeric_limits<double>::infinity()), std::nullopt);
}

} // namespace
} // namespace inferenceflow::api
