/// The nodes of one Redis, alone or a cluster, and which of them a command goes to.
///
/// Role:      client asks it for the node; it learns the slots by CLUSTER SLOTS and from redirects.
/// Lifecycle: make → route()*, refresh()* → stop(). Its coroutines keep it alive until they have ended.
/// Threading: one event loop; not thread-safe.
/// Bounds:    k_nodes_max nodes with a connection each; one refresh at a time, and not more than one per
///            k_refresh_pause_min.
/// Source:    Redis cluster specification, "Clients first connection and handling of redirections".
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "net/event_loop.h"
#include "net/task.h"
#include "resilience/random_stream.h"
#include "store/redis/command.h"
#include "store/redis/node.h"
#include "store/redis/options.h"
#include "store/redis/redirect.h"
#include "store/redis/slot_map.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace inferenceflow::redis {

class topology : public std::enable_shared_from_this<topology> {
public:
  static constexpr std::size_t k_nodes_max = 1'064; ///< k_masters_max and the seeds
  static constexpr std::chrono::milliseconds k_refresh_pause_min{250};
  static constexpr std::chrono::milliseconds k_refresh_budget{1'000}; ///< per node that is asked
  static constexpr std::size_t k_refresh_nodes_max = 8;               ///< asked per refresh

  topology(net::event_loop& loop, options settings, std::uint64_t seed);
  topology(const topology&) = delete;
  topology& operator=(const topology&) = delete;

  /// The node for a command: its slot's owner, else a seed that takes calls. Never null, unless there are too many.
  [[nodiscard]] std::shared_ptr<node> route(const command& what);

  /// What a node said about a slot. @returns the node to go to; null when there are too many.
  [[nodiscard]] std::shared_ptr<node> follow(const redirect& said);

  /// Learns the slots anew soon, if this is a cluster.
  void request_refresh();

  /// Learns the slots now. @returns the last node's failure when no node told them.
  [[nodiscard]] net::task<result<void>> refresh();

  /// Nodes that own keys: the one of a single server, or a cluster's masters as far as known.
  [[nodiscard]] std::vector<std::shared_ptr<node>> masters();

  [[nodiscard]] bool is_cluster() const noexcept { return cluster_; }
  [[nodiscard]] const options& settings() const noexcept { return *settings_; }
  [[nodiscard]] statistics& counts() noexcept { return *counts_; }
  [[nodiscard]] statistics snapshot() const;
  /// A command would not be refused at once by every node.
  [[nodiscard]] bool takes_calls() const;

  /// Ends everything. Idempotent.
  void stop();

private:
  [[nodiscard]] std::shared_ptr<node> node_of(const node_name& name);
  [[nodiscard]] std::vector<std::shared_ptr<node>> refresh_candidates();
  void retire_unused();
  net::task<void> refresh_in_background(std::shared_ptr<topology> self);

  net::event_loop& loop_;
  std::shared_ptr<const options> settings_;
  std::shared_ptr<statistics> counts_;
  resilience::random_stream random_;
  std::map<node_name, std::shared_ptr<node>> nodes_;
  slot_map slots_;
  command ask_slots_;
  bool cluster_;
  bool refreshing_ = false;
  bool stopped_ = false;
  steady_time refreshed_at_{};
};

} // namespace inferenceflow::redis
