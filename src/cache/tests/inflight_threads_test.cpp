// Meant for the thread sanitizer: leaders, followers and leavers of the same keys race.
#include "cache/inflight_table.h"
#include "cache/tests/answers.h"

#include <atomic>
#include <condition_variable>
#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace inferenceflow::cache {
namespace {

using testing::key_of;

/// Stands for an executor: a wake only sets a flag that the follower's thread waits for.
struct signal {
  std::mutex mutex;
  std::condition_variable changed;
  bool set = false;
  void raise() {
    {
      const std::lock_guard lock{mutex};
      set = true;
    }
    changed.notify_one();
  }
  void wait() {
    std::unique_lock lock{mutex};
    changed.wait(lock, [this] { return set; });
    set = false;
  }
};

std::string answer_text(std::uint64_t n) {
  std::string text;
  for (int i = 0; i < 40; ++i) {
    text += std::to_string(n) + ":" + std::to_string(i) + ";";
  }
  return text;
}

void lead(inflight_leader& leader, std::uint64_t n, bool give_up) {
  leader.publish_head({});
  const std::string text = answer_text(n);
  for (std::size_t at = 0; at < text.size(); at += 7) {
    leader.append(std::string_view{text}.substr(at, 7));
    if (give_up && at > text.size() / 2) {
      return;
    }
  }
  leader.complete(nullptr);
}

/// @returns false when what was read is not a prefix of the right answer, or not all of it at a good end.
bool follow(inflight_follower& follower, std::uint64_t n, bool leave_early) {
  const auto woken = std::make_shared<signal>();
  const std::string expected = answer_text(n);
  std::string got;
  for (;;) {
    const share_state state = follower.read(16, got);
    if (state == share_state::complete) {
      return got == expected;
    }
    if (state == share_state::failed || (leave_early && got.size() > 20)) {
      return expected.compare(0, got.size(), got) == 0;
    }
    if (follower.wait([woken] { woken->raise(); })) {
      woken->wait();
    }
  }
}

TEST(inflight_threads, every_follower_reads_its_leaders_bytes_and_is_always_woken) {
  inflight_table table{{.entries_max = 3, .answer_bytes_max = 1U << 16U}};
  std::atomic<int> wrong{0};
  std::atomic<int> followed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937_64 random{static_cast<std::uint64_t>(t)};
      for (int i = 0; i < 1'500; ++i) {
        const auto n = random() % 4;
        auto joined = table.join(key_of(n));
        if (auto* leader = std::get_if<inflight_leader>(&joined)) {
          lead(*leader, n, random() % 5 == 0);
          continue;
        }
        followed.fetch_add(1);
        if (!follow(std::get<inflight_follower>(joined), n, random() % 4 == 0)) {
          wrong.fetch_add(1);
        }
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_GT(followed.load(), 0);
  EXPECT_EQ(table.size(), 0U);
}

TEST(inflight_threads, nobody_joins_what_was_abandoned) {
  inflight_table table{{}};
  std::atomic<int> stranded{0};
  for (int round = 0; round < 500; ++round) {
    auto joined = table.join(key_of(1));
    auto& leader = std::get<inflight_leader>(joined);
    std::atomic<bool> follows{false};
    std::thread other{[&] {
      auto mine = table.join(key_of(1));
      follows = std::holds_alternative<inflight_follower>(mine);
      if (follows && !follow(std::get<inflight_follower>(mine), 1, false)) {
        stranded.fetch_add(1);
      }
    }};
    const bool abandoned = leader.abandon_if_unread();
    if (!abandoned) {
      lead(leader, 1, false);
    }
    other.join();
    if (abandoned && follows) {
      stranded.fetch_add(1);
    }
  }
  EXPECT_EQ(stranded.load(), 0);
}

} // namespace
} // namespace inferenceflow::cache
