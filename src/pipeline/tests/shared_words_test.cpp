// Words and bounds that two modules must agree on although neither may know the other.
#include "cache/tenant_secret.h"
#include "cache/trust_level.h"
#include "config/settings.h"
#include "config/trust_number.h"
#include "semantic/text/difference.h"
#include "telemetry/vocabulary.h"
#include "turn/last_turn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferenceflow {
namespace {

TEST(shared_words, every_reason_why_a_request_is_not_looked_up_is_a_label) {
  for (auto why = static_cast<unsigned>(turn::unsuited::malformed);
       why <= static_cast<unsigned>(turn::unsuited::server_state); ++why) {
    EXPECT_THAT(telemetry::k_semantic_skip_reasons, testing::Contains(to_string(static_cast<turn::unsuited>(why))));
  }
}

TEST(shared_words, every_kind_of_difference_is_a_label) {
  for (std::uint32_t kind = semantic::differs::k_numbers; kind <= semantic::differs::k_foreign; kind <<= 1U) {
    EXPECT_THAT(telemetry::k_semantic_veto_kinds, testing::Contains(semantic::kind_name(kind)));
  }
  EXPECT_EQ(semantic::kind_name(semantic::differs::k_foreign << 1U), "none") << "there is a kind that nobody counts";
}

TEST(shared_words, levels_of_trust_mean_the_same_to_the_file_and_to_the_cache) {
  for (const auto* text :
       {"none", "low", "standard", "high", "0", "1", "200", "255", "256", "-1", "", "hi", "64x", " 1"}) {
    const auto number = config::trust_number(text);
    const auto level = cache::parse_trust(text);
    ASSERT_EQ(number.has_value(), level.has_value()) << text;
    if (number) {
      EXPECT_EQ(*number, static_cast<std::uint8_t>(*level)) << text;
    }
  }
}

TEST(shared_words, a_secret_that_the_loader_takes_is_long_enough_for_the_cache) {
  EXPECT_EQ(config::k_cache_secret_bytes_min, cache::k_master_text_bytes_min);
}

} // namespace
} // namespace inferenceflow
