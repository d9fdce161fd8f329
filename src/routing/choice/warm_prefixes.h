/// Which target has a conversation's beginning in its prompt cache, as far as can be known from here.
///
/// Role:      the pipeline notes who answered a conversation and asks, before it chooses, what a switch throws away.
/// Lifecycle: outlives every loop.
/// Threading: thread-safe.
/// Bounds:    k_conversations_max conversations of 48 bytes; the one noted longest ago gives way.
/// Source:    OpenAI, "Prompt caching", and Anthropic, "Prompt caching": prefixes are kept for five minutes after their
///            last use, from about a thousand tokens on.
#pragma once

#include "base/clock.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <unordered_map>

namespace inferenceflow::routing {

class warm_prefixes {
public:
  static constexpr std::size_t k_conversations_max = 65'536;
  static constexpr std::chrono::seconds k_kept{300};
  static constexpr std::uint64_t k_bytes_min = 4'096; ///< about 1,024 tokens: shorter prompts are not cached

  /// @param conversation  hash of its beginning; 0 = none, nothing is noted. @param prompt_bytes  of this request.
  void note(std::uint64_t conversation, std::uint64_t target, std::uint64_t prompt_bytes, steady_time now);

  /// @returns bytes of the conversation that this target very likely still holds; 0 = none.
  [[nodiscard]] std::uint64_t held(std::uint64_t conversation, std::uint64_t target, steady_time now) const;

private:
  struct entry {
    std::uint64_t conversation = 0;
    std::uint64_t target = 0;
    std::uint64_t bytes = 0;
    steady_time at{};
  };
  mutable std::mutex mutex_;
  std::list<entry> newest_first_;
  std::unordered_map<std::uint64_t, std::list<entry>::iterator> by_conversation_;
};

} // namespace inferenceflow::routing
