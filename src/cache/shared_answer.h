/// The answer of one call while it runs: one writer appends what arrives, any number of readers follow.
///
/// Role:      inflight_leader writes, inflight_follower reads; nobody else uses this directly.
/// Lifecycle: construct → publish_head? → append* → complete | fail; readers come and go at any time.
/// Threading: thread-safe; one mutex. Callbacks run on the thread that made the news, with no lock held.
/// Bounds:    keeps the whole answer up to bytes_max. An answer that outgrows it takes no new reader and keeps only
/// what
///            its readers have yet to read; a reader that falls behind by more than bytes_max is failed (overrun). So
///            at most 2 · bytes_max are held. readers_max readers.
#pragma once

#include "base/error.h"
#include "cache/cached_answer.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::cache {

enum class share_state : std::uint8_t {
  waiting,   ///< no head yet
  streaming, ///< head known, bytes arriving
  complete,  ///< everything has been written; a follower may still have bytes to read
  failed,    ///< ended early: failure() says why
};

/// What is known before the first byte.
struct answer_head {
  int status = 200;
  body_form form = body_form::json;
  std::string content_type;
  std::string model;         ///< model that answers, as priced
  std::string provider;      ///< backend that answers
  std::string retry_after{}; ///< of a backend that asked to wait; empty if none
  std::string dropped{};     ///< fields of the request that the backend's protocol could not carry; mostly empty
};

/// Called at most once; must not block: it posts to the executor of whoever waits.
using wake_callback = std::function<void()>;

class shared_answer {
public:
  struct reader {
    std::size_t offset = 0; ///< bytes read so far
    share_state seen = share_state::waiting;
    bool overrun = false;
    wake_callback wake;
  };
  using reader_place = std::list<reader>::iterator;

  shared_answer(std::size_t bytes_max, std::size_t readers_max)
      : bytes_max_(bytes_max)
      , readers_max_(readers_max) {}
  shared_answer(const shared_answer&) = delete;
  shared_answer& operator=(const shared_answer&) = delete;

  void publish_head(answer_head head);
  /// @returns false when the answer has outgrown bytes_max.
  bool append(std::string_view bytes);
  void complete(std::shared_ptr<const cached_answer> answer);
  void fail(error failure);
  /// Everything appended so far, empty when outgrown. Valid until the next append; for the writer only.
  [[nodiscard]] std::string_view bytes() const;
  [[nodiscard]] std::size_t readers() const;
  /// Registers the writer's callback for the moment the last reader leaves; false when there is none now.
  [[nodiscard]] bool on_unread(wake_callback wake);

  /// @returns nothing when no reader is taken any more: outgrown, failed or readers_max reached.
  [[nodiscard]] std::optional<reader_place> attach();
  void detach(reader_place place);
  /// Appends up to `bytes_max` unread bytes to `out`; state is final only once everything has been read.
  [[nodiscard]] share_state read(reader_place place, std::size_t bytes_max, std::string& out);
  /// Registers a callback for the next news; false (and not registered) when there already is some to read.
  [[nodiscard]] bool wait(reader_place place, wake_callback wake);
  [[nodiscard]] std::optional<answer_head> head() const;
  [[nodiscard]] std::optional<error> failure(reader_place place) const;
  [[nodiscard]] std::shared_ptr<const cached_answer> answer() const;

private:
  [[nodiscard]] std::size_t end() const { return base_ + bytes_.size(); }
  [[nodiscard]] share_state state_for(const reader& who) const;
  [[nodiscard]] std::vector<wake_callback> take_wakes();
  void outrun(std::size_t coming_bytes);
  void drop_read_bytes();

  const std::size_t bytes_max_;
  const std::size_t readers_max_;
  mutable std::mutex mutex_;
  share_state state_ = share_state::waiting;
  bool outgrown_ = false;
  std::optional<answer_head> head_;
  std::string bytes_;
  std::size_t base_ = 0; ///< offset of bytes_[0] in the answer; 0 until outgrown
  std::optional<error> failure_;
  std::shared_ptr<const cached_answer> answer_;
  std::list<reader> readers_;
  wake_callback unread_;
};

} // namespace inferenceflow::cache
