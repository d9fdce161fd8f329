#include "codecs/tests/translation_table.h"

#include <cstdlib>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <sstream>

namespace inferenceflow::codecs::tests {
namespace {

template <class whole, class visit> void each_cell(const std::vector<probe_group<whole>>& groups, visit see) {
  for (const auto& group : groups) {
    for (const auto& what : group.rows) {
      for (const auto& target : columns()) {
        see(what, target, fate_of(what, target));
      }
    }
  }
}

TEST(translation_table, is_the_page_in_docs) {
  const std::string path = IFLOW_SOURCE "/docs/translation.md";
  const std::string made = translation_page();
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream{path} << made;
    return;
  }
  std::ifstream file{path};
  std::ostringstream kept;
  kept << file.rdbuf();
  EXPECT_EQ(made, kept.str()) << "docs/translation.md is not what the codecs do; if the change is wanted, run this "
                                 "program with UPDATE_GOLDEN=1";
}

TEST(translation_table, no_field_of_a_request_is_lost_silently) {
  each_cell(request_probes(), [](const auto& what, const column& target, const cell& found) {
    EXPECT_NE(found.document, fate::left_out) << what.field << " to " << target.title;
  });
}

TEST(translation_table, what_is_refused_or_dropped_is_named) {
  each_cell(request_probes(), [](const auto& what, const column& target, const cell& found) {
    const bool lost =
        found.document == fate::refused || found.document == fate::dropped || found.document == fate::near;
    if (lost) {
      EXPECT_THAT(found.names, testing::Not(testing::IsEmpty())) << what.field << " to " << target.title;
      EXPECT_THAT(found.names, testing::Each(testing::Not(testing::IsEmpty()))) << what.field << " to " << target.title;
    }
  });
}

} // namespace
} // namespace inferenceflow::codecs::tests
