#include "pipeline/targets.h"

#include <gtest/gtest.h>

namespace inferenceflow::pipeline {
namespace {

/// Knows two models; of the second it says that this prompt is too far away.
class half_knowing final : public quality::predictor {
public:
  std::span<const std::string> models() const noexcept override { return names_; }
  std::string_view space() const noexcept override { return {}; }
  std::string_view name() const noexcept override { return "half"; }
  void predict_from(const quality::features&, std::span<const float>, std::span<quality::estimate> out) const override {
    out[0] = {.known = true, .quality = 0.75F, .output_tokens = 0};
    out[1] = {.known = false, .quality = 0.25F, .output_tokens = 60};
  }

private:
  std::vector<std::string> names_{"p/big", "small"};
};

class targets_test : public testing::Test {
protected:
  targets_test() {
    auto prices = std::make_shared<cost::model_prices>();
    prices->periods.push_back({.price = cost::flat_price({1'000'000'000}, {2'000'000'000})});
    for (auto* one : {&big_, &small_, &other_}) {
      one->provider = "p";
      one->price = prices;
    }
    big_.upstream_model = "big";
    small_.upstream_model = "small";
    other_.upstream_model = "other";
  }
  routing::route big_;
  routing::route small_;
  routing::route other_;
};

TEST_F(targets_test, a_quality_that_nobody_has_stated_is_unknown) {
  EXPECT_EQ(candidate_of(big_, wall_time{}).quality, -1);
  big_.traits.quality = 0.9;
  big_.traits.cannot = {"images", "streaming"};
  const auto one = candidate_of(big_, wall_time{});
  EXPECT_EQ(one.quality, 0.9);
  EXPECT_FALSE(one.can.images || one.can.streaming);
  EXPECT_TRUE(one.can.tools && one.can.json_schema && one.can.reasoning);
}

TEST_F(targets_test, a_prediction_says_what_it_knows_and_leaves_the_rest) {
  const std::vector<const routing::route*> targets{&small_, &big_, &other_};
  std::vector<routing::candidate> into(3);
  for (auto& one : into) {
    one.quality = 0.5;
    one.output_tokens = 10;
  }
  (void)predict_into(half_knowing{}, {}, {}, targets, into);
  EXPECT_EQ(into[0].quality, 0.5) << "too far away";
  EXPECT_EQ(into[0].output_tokens, 60);
  EXPECT_EQ(into[1].quality, 0.75);
  EXPECT_EQ(into[1].output_tokens, 10) << "nothing is known of its length";
  EXPECT_EQ(into[2].quality, 0.5) << "never heard of";
}

TEST(preference, of_the_other_choice_is_its_own) {
  config::other_choice_settings other;
  other.strategy = config::routing_strategy::balanced;
  other.quality_min = 0.5;
  other.cost_weight = 0.25;
  const auto wanted = preference_of(other, 2);
  EXPECT_EQ(wanted.which, routing::strategy::balanced);
  EXPECT_EQ(wanted.quality_min, 0.5);
  EXPECT_EQ(wanted.cost_weight, 0.25);
  EXPECT_EQ(wanted.quality_weight, 2);
}

} // namespace
} // namespace inferenceflow::pipeline
