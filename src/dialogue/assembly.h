/// A stream's events ↔ a whole answer.
///
/// Role:      a client that did not ask for a stream gets one document; one that did gets events although the backend
///            or the cache has a document.
/// Lifecycle: one assembly per stream; replay() is a function.
/// Threading: one loop.
/// Bounds:    an assembly holds the whole answer: the caller bounds what it pushes.
#pragma once

#include "dialogue/answer.h"
#include "dialogue/codec.h"
#include "dialogue/event.h"

#include <optional>

namespace inferenceflow::dialogue {

class assembly {
public:
  void take(const event& happened);
  /// What came so far; after `end`, all of it.
  [[nodiscard]] const answer& so_far() const noexcept { return got_; }
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  [[nodiscard]] const std::optional<error>& failure() const noexcept { return failure_; }

private:
  [[nodiscard]] choice& choice_at(std::size_t index);
  void open_part(choice& into, const event& happened);

  answer got_;
  bool ended_ = false;
  std::optional<error> failure_;
};

/// Calls `handle` with the events that a backend would have streamed for `got`, one delta for each part.
void replay(const answer& got, const event_handler& handle);

} // namespace inferenceflow::dialogue
