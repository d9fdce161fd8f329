#include "routing/choice/warm_prefixes.h"

namespace inferenceflow::routing {

void warm_prefixes::note(std::uint64_t conversation, std::uint64_t target, std::uint64_t prompt_bytes,
                         steady_time now) {
  if (conversation == 0 || prompt_bytes < k_bytes_min) {
    return;
  }
  const std::scoped_lock lock{mutex_};
  if (const auto found = by_conversation_.find(conversation); found != by_conversation_.end()) {
    newest_first_.splice(newest_first_.begin(), newest_first_, found->second);
  } else {
    if (by_conversation_.size() >= k_conversations_max) {
      by_conversation_.erase(newest_first_.back().conversation);
      newest_first_.pop_back();
    }
    newest_first_.emplace_front();
    by_conversation_.emplace(conversation, newest_first_.begin());
  }
  newest_first_.front() = {.conversation = conversation, .target = target, .bytes = prompt_bytes, .at = now};
}

std::uint64_t warm_prefixes::held(std::uint64_t conversation, std::uint64_t target, steady_time now) const {
  if (conversation == 0) {
    return 0;
  }
  const std::scoped_lock lock{mutex_};
  const auto found = by_conversation_.find(conversation);
  if (found == by_conversation_.end()) {
    return 0;
  }
  const entry& kept = *found->second;
  return kept.target == target && now - kept.at <= k_kept ? kept.bytes : 0;
}

} // namespace inferenceflow::routing
