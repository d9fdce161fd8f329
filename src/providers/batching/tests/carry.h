/// Carries errands against recorded answers.
#pragma once

#include "providers/batching/errand.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

namespace inferenceflow::providers::batching {

/// What was sent, and how it ended.
struct carried {
  std::vector<std::string> sent = {}; ///< "METHOD path"
  std::vector<side_request> requests = {};
  result<bool> end = false;
};

inline carried carry(errand& matter, const std::vector<side_answer>& answers) {
  carried all;
  for (const auto& answer : answers) {
    all.requests.push_back(matter.ask());
    all.sent.push_back(fmt::format("{} {}", matter.ask().method, matter.ask().path));
    all.end = matter.take(answer);
    if (!all.end || *all.end) {
      break;
    }
  }
  return all;
}

inline side_answer ok(std::string body) {
  return {.status = 200, .body = std::move(body)};
}

/// Every errand of `wire` against answers that are none: an error and nothing found, never a crash.
inline void expect_errors_for_garbage(const batch_wire& wire, const outgoing_batch& batch) {
  const lost_batch lost{.mark = batch.mark, .lines = batch.lines.size()};
  const auto make = [&](int which) {
    switch (which) {
    case 0: return wire.submit(batch);
    case 1: return wire.find(lost);
    default: return wire.poll("b1");
    }
  };
  const std::string deep = std::string(100, '[') + std::string(100, ']');
  for (const std::string& body : {std::string{}, std::string{"{"}, std::string{"[]"}, std::string{"\"x\""}, deep,
                                  std::string{R"({"id":7,"data":3,"name":"../x","operations":)"},
                                  std::string{R"({"id":"../../x","name":"batches/../x"})"}, std::string{"\xff\xfe"}}) {
    for (int which = 0; which < 3; ++which) {
      const auto matter = make(which);
      const auto end = matter->take(ok(body));
      if (which == 1 && end) { // a list without the member is an empty one to Google
        EXPECT_TRUE(matter->found.remote.empty());
        continue;
      }
      ASSERT_FALSE(end) << which << ": " << body;
      EXPECT_EQ(end.error().kind, error_kind::upstream_failed) << which << ": " << body;
    }
  }
  for (int which = 0; which < 3; ++which) {
    EXPECT_EQ(make(which)->take({.status = 429}).error().kind, error_kind::rate_limited);
    EXPECT_EQ(make(which)->take({.status = 503, .body = "<html>"}).error().kind, error_kind::upstream_failed);
    EXPECT_EQ(make(which)->take({.status = 401}).error().kind, error_kind::forbidden);
    EXPECT_EQ(make(which)->take({.status = 400}).error().kind, error_kind::invalid_request);
    EXPECT_EQ(make(which)->take({.status = 302}).error().kind, error_kind::upstream_failed);
  }
}

} // namespace inferenceflow::providers::batching
