/// Requests that are running now, by the same key as the exact cache: the first one leads, identical ones follow.
///
/// Role:      pipeline/ joins after a cache miss. The leader runs the call and writes; followers relay what it writes.
/// Lifecycle: the table outlives every leader; followers may outlive leader and table.
/// Threading: the table is thread-safe (sharded). A leader or follower handle belongs to one thread at a time;
/// different
///            handles of one answer may be used on different threads at once.
/// Bounds:    limits.entries_max running answers, limits.answer_bytes_max bytes each, limits.followers_max followers
///            each. Beyond a bound a request runs alone: it gets a leader whom nobody follows.
///
/// The leader's order at the end: store in the exact cache, then complete(). Then a request that comes in between
/// follows, and a later one hits the cache: none slips through to the upstream.
///
/// A leader whose own client has gone: while `!abandon_if_unread()`, keep the call running and wait for on_unread().
#pragma once

#include "base/error.h"
#include "cache/cache_key.h"
#include "cache/shared_answer.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

namespace inferenceflow::cache {

struct inflight_limits {
  std::size_t entries_max = 10'000;
  std::size_t answer_bytes_max = 4U << 20U;
  std::size_t followers_max = 1'024;
};

class inflight_table;

/// The one that runs the call. Dropped without complete() or fail(), it fails its followers with `unavailable`,
/// retryable: they may join() again.
class inflight_leader {
public:
  inflight_leader(inflight_leader&& other) noexcept;
  inflight_leader& operator=(inflight_leader&& other) noexcept;
  ~inflight_leader();

  /// One that shares with nobody, for requests that the table must not see.
  [[nodiscard]] static inflight_leader alone();

  /// False when it runs alone; every other call is then without effect.
  [[nodiscard]] bool shared() const { return answer_ != nullptr; }

  /// Status and names, before the first byte; a second call is ignored.
  void publish_head(answer_head head);
  /// Bytes of the answer, in order. An answer that outgrows the bound leaves the table: later identical requests start
  /// anew, followers that keep up go on, others fail.
  void append(std::string_view bytes);
  /// Ends well. @param answer  for followers that want usage and cost, or the body as a whole; may be null.
  void complete(std::shared_ptr<const cached_answer> answer);
  /// Ends badly, for every follower.
  void fail(error failure);

  /// Everything appended so far, for the cache; empty when running alone or outgrown. Valid until the next append().
  [[nodiscard]] std::string_view bytes() const;
  [[nodiscard]] std::size_t followers() const;
  /// True when nobody follows: then the entry has left the table and nobody ever will, so the call may be cancelled.
  [[nodiscard]] bool abandon_if_unread();
  /// `wake` is called once, on the thread of the follower that leaves last.
  /// @returns false, without registering, when nobody follows now.
  [[nodiscard]] bool on_unread(wake_callback wake);

private:
  friend class inflight_table;
  inflight_leader(inflight_table* table, const cache_key& key, std::shared_ptr<shared_answer> answer);
  void leave_table();

  inflight_table* table_ = nullptr; ///< null once out of the table
  cache_key key_;
  std::shared_ptr<shared_answer> answer_;
};

/// One that reads along. Destroying it (its client left) detaches it; a wake_callback in flight may still run once
/// after that, so it must own what it touches, or hold it weakly.
class inflight_follower {
public:
  inflight_follower(inflight_follower&& other) noexcept;
  inflight_follower& operator=(inflight_follower&& other) noexcept;
  ~inflight_follower();

  /// Appends the next unread bytes, at most `bytes_max`, to `out`.
  /// @returns `complete` or `failed` only once there is nothing left to read.
  [[nodiscard]] share_state read(std::size_t bytes_max, std::string& out);
  /// Registers `wake` for the next news (head, bytes, end) since the last read(); it runs once on the leader's thread.
  /// @returns false, without registering, when there is news already: read() again.
  [[nodiscard]] bool wait(wake_callback wake);

  [[nodiscard]] std::optional<answer_head> head() const;
  /// Why it failed; unavailable when this follower was too slow or the leader was dropped.
  [[nodiscard]] std::optional<error> failure() const;
  /// The leader's final answer; null before `complete`, or when the leader gave none.
  [[nodiscard]] std::shared_ptr<const cached_answer> answer() const;

private:
  friend class inflight_table;
  inflight_follower(std::shared_ptr<shared_answer> answer, shared_answer::reader_place place);

  std::shared_ptr<shared_answer> answer_;
  shared_answer::reader_place place_;
};

class inflight_table {
public:
  explicit inflight_table(inflight_limits limits)
      : limits_(limits) {}
  inflight_table(const inflight_table&) = delete;
  inflight_table& operator=(const inflight_table&) = delete;

  /// Follows the running request of this key, or leads a new one.
  [[nodiscard]] std::variant<inflight_leader, inflight_follower> join(const cache_key& key);

  /// Follows the running request of this key, if there is one.
  [[nodiscard]] std::optional<inflight_follower> follow(const cache_key& key);

  /// Answers that can be joined now.
  [[nodiscard]] std::size_t size() const { return size_.load(std::memory_order_relaxed); }

private:
  friend class inflight_leader;
  static constexpr std::size_t k_shards = 16;
  struct alignas(64) shard {
    std::mutex mutex;
    std::unordered_map<cache_key, std::shared_ptr<shared_answer>, cache_key_hash> running;
  };

  [[nodiscard]] shard& shard_of(const cache_key& key) { return shards_[key.high % k_shards]; }
  [[nodiscard]] inflight_leader lead(shard& home, const cache_key& key);
  void forget(const cache_key& key, const shared_answer* answer);
  [[nodiscard]] bool forget_if_unread(const cache_key& key, const shared_answer* answer);

  const inflight_limits limits_;
  std::atomic<std::size_t> size_{0};
  std::array<shard, k_shards> shards_;
};

} // namespace inferenceflow::cache
