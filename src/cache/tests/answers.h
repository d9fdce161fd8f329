/// Answers for the tests of this module.
#pragma once

#include "cache/cache_key.h"
#include "cache/cached_answer.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace inferenceflow::cache::testing {

struct answer_of {
  std::size_t body_bytes = 100;
  std::int64_t cost_nano_usd = 1'000;
  std::string model = "small";
  std::string tenant = "default";
};

[[nodiscard]] inline std::shared_ptr<const cached_answer> make(const answer_of& wanted) {
  auto answer = std::make_shared<cached_answer>();
  answer->body = std::string(wanted.body_bytes, 'x');
  answer->operation = "chat";
  answer->model = wanted.model;
  answer->provider = "local";
  answer->tenant = wanted.tenant;
  answer->cost = money::from_nano_usd(wanted.cost_nano_usd);
  return answer;
}

/// Keys of one shard when there is one; spread over shards by the high half otherwise.
[[nodiscard]] inline cache_key key_of(std::uint64_t n) {
  return {n * 0x9E3779B97F4A7C15U, n};
}

} // namespace inferenceflow::cache::testing
