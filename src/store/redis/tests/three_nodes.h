/// Three real redis-servers that are a cluster.
///
/// Role:      tests of this module and of redis_tier.
/// Lifecycle: construct waits until they agree; destruction kills them.
/// Threading: the test's thread.
/// Bounds:    30 s for the cluster to form.
#pragma once

#include "store/redis/slot.h"
#include "store/redis/tests/real_redis.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::redis::testing_support {

/// Three masters that share the slots.
class three_nodes {
public:
  static constexpr std::array<std::size_t, 4> k_first{0, 5'461, 10'923, k_slots};

  three_nodes() {
    for (std::size_t i = 0; i < 3; ++i) {
      const std::uint16_t bus = free_port();
      nodes.push_back(std::make_unique<redis_process>(std::vector<std::string>{
          "--cluster-enabled", "yes", "--cluster-port", std::to_string(bus), "--cluster-node-timeout", "2000",
          "--cluster-require-full-coverage", "no", "--cluster-config-file", "nodes.conf"}));
      buses_.push_back(bus);
      nodes[i]->ask({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
      nodes[i]->ask({"CLUSTER", "ADDSLOTSRANGE", std::to_string(k_first[i]), std::to_string(k_first[i + 1] - 1)});
    }
    for (std::size_t i = 1; i < 3; ++i) {
      nodes[0]->ask({"CLUSTER", "MEET", "127.0.0.1", std::to_string(nodes[i]->port()), std::to_string(buses_[i])});
    }
    const bool formed = eventually(
        [&] {
          return std::all_of(nodes.begin(), nodes.end(), [](const auto& each) {
            const reply slots = each->ask({"CLUSTER", "SLOTS"});
            return slots.elements.size() == 3 &&
                   each->ask({"CLUSTER", "INFO"}).text.find("cluster_state:ok") != std::string::npos;
          });
        },
        std::chrono::seconds{30});
    if (!formed) {
      throw std::runtime_error("the cluster does not form");
    }
  }

  [[nodiscard]] std::string url_of_all() const {
    std::string url = "redis://";
    for (const auto& each : nodes) {
      url += (each == nodes.front() ? "127.0.0.1:" : ",127.0.0.1:") + std::to_string(each->port());
    }
    return url;
  }
  [[nodiscard]] std::size_t owner(std::string_view key) const {
    const std::size_t slot = slot_of(key);
    return slot < k_first[1] ? 0 : slot < k_first[2] ? 1 : 2;
  }
  [[nodiscard]] std::string id(std::size_t i) const { return nodes[i]->ask({"CLUSTER", "MYID"}).text; }

  std::vector<std::unique_ptr<redis_process>> nodes;

private:
  std::vector<std::uint16_t> buses_;
};

} // namespace inferenceflow::redis::testing_support
