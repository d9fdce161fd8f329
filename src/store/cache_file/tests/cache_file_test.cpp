#include "cache/entry_codec.h"
#include "store/cache_file/cache_file.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <future>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <vector>

namespace inferenceflow::store::cache_file {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

struct labels {
  std::string tenant = "acme";
  std::string model = "small";
  std::string tags = {};
  std::size_t body_bytes = 100;
};

class cache_file_test : public ::testing::Test {
protected:
  cache_file_test() {
    std::string pattern = (fs::temp_directory_path() / "cache-file-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~cache_file_test() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  [[nodiscard]] cache_file_options options(const std::string& file = "entries.db") {
    cache_file_options wanted;
    wanted.path = (folder_ / file).string();
    wanted.group_interval = 0ms;
    wanted.find_patience = 10s;
    wanted.on_warning = [this](const std::string& text) {
      const std::lock_guard lock(warnings_mutex_);
      warnings_.push_back(text);
    };
    return wanted;
  }
  [[nodiscard]] std::unique_ptr<cache_file> open() { return open(options()); }
  [[nodiscard]] std::unique_ptr<cache_file> open(cache_file_options wanted) {
    auto opened = cache_file::open(std::move(wanted), clock_);
    EXPECT_TRUE(opened.has_value()) << opened.error().message;
    return std::move(*opened);
  }
  [[nodiscard]] cache::entry_name name_of(std::uint64_t n) const {
    return cache::entry_name_of(secret_, {n, n}, cache::k_entry_format);
  }
  [[nodiscard]] std::string bytes_of(std::uint64_t n, const labels& wanted = {}) const {
    auto answer = std::make_shared<cache::cached_answer>();
    answer->tenant = wanted.tenant;
    answer->model = wanted.model;
    answer->operation = "chat";
    answer->tags = cache::entry_tags::parse(wanted.tags).value();
    for (std::uint64_t state = n + 1; answer->body.size() < wanted.body_bytes;
         state = state * 6364136223846793005U + 1) {
      answer->body.push_back(static_cast<char>(state >> 56U)); // does not compress
    }
    return cache::encode_entry({.key = {n, n}, .answer = answer, .expires = clock_.wall_now() + 1h}, secret_);
  }
  template <class T> T wait(net::task<T> work) {
    boost::asio::io_context loop;
    std::optional<T> got;
    boost::asio::co_spawn(
        loop, [&]() -> net::task<void> { got.emplace(co_await std::move(work)); }, boost::asio::detached);
    auto guard = boost::asio::make_work_guard(loop);
    while (!got) {
      loop.run_one();
    }
    return std::move(*got);
  }
  [[nodiscard]] bool has(cache_file& tier, std::uint64_t n) { return wait(tier.find(name_of(n))).has_value(); }

  fs::path folder_;
  manual_clock clock_;
  std::mutex warnings_mutex_;
  std::vector<std::string> warnings_;
  cache::tenant_secret secret_ =
      cache::derive_secret(cache::master_secret::from_text("a master secret of a test").value(), "acme");
};

TEST_F(cache_file_test, gives_back_what_was_stored_and_counts_it) {
  const auto tier = open();
  EXPECT_FALSE(has(*tier, 1));
  tier->store(name_of(1), bytes_of(1), 1h);
  tier->flush();
  EXPECT_EQ(wait(tier->find(name_of(1))), bytes_of(1));
  tier->store(name_of(1), bytes_of(1, {.body_bytes = 300}), 1h);
  tier->flush();
  EXPECT_EQ(wait(tier->find(name_of(1))), bytes_of(1, {.body_bytes = 300}));
  const auto now = tier->stats();
  EXPECT_TRUE(now.available);
  EXPECT_EQ(now.hits, 2U);
  EXPECT_EQ(now.misses, 1U);
  EXPECT_EQ(now.stored, 2U);
  EXPECT_EQ(now.entries, 1U);
  EXPECT_EQ(now.bytes, bytes_of(1, {.body_bytes = 300}).size() + static_cast<std::size_t>(k_row_overhead_bytes));
}

TEST_F(cache_file_test, survives_a_restart) {
  { open()->store(name_of(1), bytes_of(1), 1h); } // destruction writes what waits
  const auto again = open();
  EXPECT_TRUE(has(*again, 1));
  EXPECT_EQ(again->stats().entries, 1U);
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(cache_file_test, survives_the_death_of_its_process_up_to_the_last_group) {
  const auto tier = open();
  tier->store(name_of(1), bytes_of(1), 1h);
  tier->flush();
  for (const char* part : {"", "-wal"}) { // what a killed process leaves: nothing is closed or checkpointed
    fs::copy_file(folder_ / (std::string("entries.db") + part), folder_ / (std::string("killed.db") + part));
  }
  const auto heir = open(options("killed.db"));
  EXPECT_TRUE(has(*heir, 1));
}

TEST_F(cache_file_test, forgets_at_the_end_of_the_time_to_live) {
  const auto tier = open();
  tier->store(name_of(1), bytes_of(1), 10s);
  tier->store(name_of(2), bytes_of(2), 0s);
  tier->store(name_of(3), bytes_of(3), std::chrono::milliseconds::max());
  tier->flush();
  EXPECT_TRUE(has(*tier, 1));
  EXPECT_FALSE(has(*tier, 2));
  clock_.advance(10s);
  EXPECT_FALSE(has(*tier, 1));
  EXPECT_TRUE(has(*tier, 3));
}

TEST_F(cache_file_test, erases_one_and_those_that_a_filter_means) {
  const auto tier = open();
  tier->store(name_of(1), bytes_of(1, {.tenant = "acme", .tags = "news"}), 1h);
  tier->store(name_of(2), bytes_of(2, {.tenant = "acme", .model = "big", .tags = "daily,news"}), 1h);
  tier->store(name_of(3), bytes_of(3, {.tenant = "globex", .model = "big"}), 1h);
  tier->store(name_of(4), bytes_of(4), 1h);
  tier->erase(name_of(4));
  EXPECT_EQ(wait(tier->erase_where({.tenant = "globex", .tag = "news"})).value(), 0U);
  EXPECT_EQ(wait(tier->erase_where({.model = "big", .tag = "daily"})).value(), 1U);
  EXPECT_FALSE(has(*tier, 2));
  EXPECT_FALSE(has(*tier, 4));
  EXPECT_EQ(wait(tier->erase_where({.glob = "globex/chat/big/" + cache::to_hex(cache::cache_key{3, 3})})).value(), 1U);
  EXPECT_EQ(wait(tier->erase_where({})).value(), 1U);
  EXPECT_EQ(tier->stats().entries, 0U);
  EXPECT_EQ(tier->stats().bytes, 0U);
  EXPECT_EQ(tier->stats().erased, 4U);
}

TEST_F(cache_file_test, keeps_within_its_bound_and_what_was_used_last) {
  auto wanted = options();
  wanted.bytes_max = 100'000;
  const auto tier = open(wanted);
  for (std::uint64_t n = 1; n <= 40; ++n) {
    tier->store(name_of(n), bytes_of(n, {.body_bytes = 2'000}), 1h);
  }
  tier->flush();
  clock_.advance(1s);
  EXPECT_TRUE(has(*tier, 1)); // used later than all others
  clock_.advance(1s);
  for (std::uint64_t n = 41; n <= 60; ++n) {
    tier->store(name_of(n), bytes_of(n, {.body_bytes = 2'000}), 1h);
    tier->flush();
    ASSERT_LE(tier->stats().bytes, 100'000U);
  }
  EXPECT_TRUE(has(*tier, 1));
  EXPECT_FALSE(has(*tier, 2));
  EXPECT_TRUE(has(*tier, 60));
  EXPECT_GT(tier->stats().evicted, 15U);
}

TEST_F(cache_file_test, throws_out_what_has_expired_first) {
  auto wanted = options();
  wanted.bytes_max = 28'000; // eleven, and not twelve
  const auto tier = open(wanted);
  for (std::uint64_t n = 1; n <= 10; ++n) {
    tier->store(name_of(n), bytes_of(n, {.body_bytes = 2'000}), n == 10 ? 1s : 1h);
  }
  tier->flush();
  clock_.advance(1s);
  for (std::uint64_t n = 11; n <= 12; ++n) {
    tier->store(name_of(n), bytes_of(n, {.body_bytes = 2'000}), 1h);
  }
  tier->flush();
  EXPECT_TRUE(has(*tier, 1)) << "older than the expired one, but live; bytes: " << tier->stats().bytes;
  EXPECT_EQ(tier->stats().entries, 11U);
  EXPECT_EQ(tier->stats().errors, 0U);
}

TEST_F(cache_file_test, leaves_out_what_is_no_entry_or_too_large) {
  auto wanted = options();
  wanted.bytes_max = 10'000;
  const auto tier = open(wanted);
  tier->store(name_of(1), "not an entry", 1h);
  tier->store(name_of(2), bytes_of(2, {.body_bytes = 9'000}), 1h);
  tier->flush();
  EXPECT_EQ(tier->stats().entries, 0U);
  EXPECT_EQ(tier->stats().dropped, 2U);
  EXPECT_EQ(tier->stats().errors, 0U);
}

TEST_F(cache_file_test, walks_everything_once_or_until_told_to_stop) {
  const auto tier = open();
  constexpr std::uint64_t k_entries = 200; // several steps
  std::set<std::string> wanted;
  for (std::uint64_t n = 1; n <= k_entries; ++n) {
    tier->store(name_of(n), bytes_of(n), n == 7 ? 1s : 1h);
    if (n != 7) {
      wanted.insert(std::string{cache::view_of(name_of(n))} + bytes_of(n));
    }
  }
  tier->flush();
  clock_.advance(1s);
  std::set<std::string> seen;
  const auto visited = wait(tier->for_each([&](const cache::entry_name& name, std::string_view bytes) {
    return seen.insert(std::string{cache::view_of(name)}.append(bytes)).second;
  }));
  EXPECT_EQ(visited.value(), k_entries - 1);
  EXPECT_EQ(seen, wanted);
  int left = 70;
  EXPECT_EQ(wait(tier->for_each([&](const auto&, auto) { return --left > 0; })).value(), 70U);
  EXPECT_EQ(wait(open(options("empty.db"))->for_each([](const auto&, auto) { return true; })).value(), 0U);
}

TEST_F(cache_file_test, sets_a_corrupt_file_aside_at_start) {
  std::ofstream{folder_ / "entries.db"} << std::string(100'000, 'x');
  const auto tier = open();
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_NE(warnings_[0].find("set aside"), std::string::npos) << warnings_[0];
  tier->store(name_of(1), bytes_of(1), 1h);
  tier->flush();
  EXPECT_TRUE(has(*tier, 1));
  std::size_t aside = 0;
  for (const auto& file : fs::directory_iterator{folder_}) {
    aside += file.path().string().find(".corrupt-") != std::string::npos ? 1U : 0U;
  }
  EXPECT_EQ(aside, 1U) << "kept for who wants to look";
}

TEST_F(cache_file_test, sets_a_file_aside_that_turns_out_corrupt_in_operation) {
  {
    const auto tier = open();
    for (std::uint64_t n = 1; n <= 200; ++n) {
      tier->store(name_of(n), bytes_of(n, {.body_bytes = 3'000}), 1h);
    }
  }
  {
    std::fstream file{folder_ / "entries.db", std::ios::in | std::ios::out | std::ios::binary};
    for (std::streamoff page = 2; page < 180; ++page) { // page 1 and its schema stay whole
      file.seekp(page * 4'096);
      file << std::string(2'000, '\xA5');
    }
  }
  const auto tier = open();
  for (std::uint64_t n = 1; n <= 200; ++n) {
    (void)has(*tier, n); // no failure reaches who asks
  }
  tier->flush();
  tier->store(name_of(999), bytes_of(999), 1h);
  tier->flush();
  EXPECT_TRUE(has(*tier, 999));
  const std::lock_guard lock(warnings_mutex_);
  EXPECT_FALSE(warnings_.empty());
}

TEST_F(cache_file_test, refuses_another_programs_database_and_leaves_it_alone) {
  {
    auto other = sqlite_database::open((folder_ / "entries.db").string(), open_mode::read_write);
    ASSERT_TRUE(other->execute("CREATE TABLE theirs (x)").has_value());
  }
  const auto refused = cache_file::open(options(), clock_);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, error_kind::unavailable);
  EXPECT_TRUE(fs::exists(folder_ / "entries.db"));
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(cache_file_test, says_why_it_cannot_be_opened) {
  auto wanted = options();
  wanted.path = (folder_ / "none" / "entries.db").string();
  const auto failed = cache_file::open(wanted, clock_);
  ASSERT_FALSE(failed.has_value());
  EXPECT_NE(failed.error().message.find("none"), std::string::npos);
}

TEST_F(cache_file_test, a_full_disk_drops_and_counts_and_goes_on_when_there_is_room) {
  auto wanted = options();
  wanted.bytes_max = 1'000'000;
  wanted.file_bytes_max = 300'000; // as if the disk had no more
  const auto tier = open(wanted);
  for (std::uint64_t n = 1; n <= 300; ++n) {
    tier->store(name_of(n), bytes_of(n, {.body_bytes = 3'000}), 1h);
    tier->flush();
  }
  EXPECT_GT(tier->stats().errors, 0U);
  EXPECT_GT(tier->stats().dropped, 0U);
  EXPECT_TRUE(tier->stats().available);
  EXPECT_FALSE(has(*tier, 300));
  EXPECT_GT(wait(tier->erase_where({})).value(), 0U);
  tier->store(name_of(1'000), bytes_of(1'000, {.body_bytes = 3'000}), 1h);
  tier->flush();
  EXPECT_TRUE(has(*tier, 1'000));
}

TEST_F(cache_file_test, full_queues_drop_and_count) {
  auto wanted = options();
  wanted.queue_bytes_max = bytes_of(1).size() + 10;
  wanted.reads_max = 0;
  const auto tier = open(wanted);
  for (std::uint64_t n = 1; n <= 50; ++n) {
    tier->store(name_of(n), bytes_of(n, {.body_bytes = 400}), 1h); // larger than the whole queue
  }
  EXPECT_EQ(tier->stats().dropped, 50U);
  EXPECT_FALSE(has(*tier, 1)) << "no place for reads";
  EXPECT_EQ(tier->stats().dropped, 51U);
}

TEST_F(cache_file_test, a_read_that_takes_too_long_is_a_miss) {
  auto wanted = options();
  wanted.find_patience = 5ms;
  boost::asio::io_context loop; // outlives the tier, whose late answer goes there
  const auto tier = open(wanted);
  tier->store(name_of(1), bytes_of(1), 1h);
  tier->flush();
  std::promise<void> over;
  std::atomic<bool> walking{false};
  bool walked = false;
  std::optional<bool> found;
  boost::asio::co_spawn(
      loop,
      [&]() -> net::task<void> {
        auto blocked = over.get_future().share();
        cache::second_tier::visitor visit = [&walking, blocked](const auto&, auto) {
          walking = true;
          blocked.wait(); // a disk that hangs
          return true;
        };
        (void)co_await tier->for_each(std::move(visit));
        walked = true;
      },
      boost::asio::detached);
  while (!walking) {
    loop.poll_one();
  }
  boost::asio::co_spawn(
      loop, [&]() -> net::task<void> { found = (co_await tier->find(name_of(1))).has_value(); }, boost::asio::detached);
  while (!found) {
    loop.run_one();
  }
  EXPECT_EQ(found, false);
  EXPECT_EQ(tier->stats().errors, 1U);
  over.set_value();
  while (!walked) {
    loop.run_one();
  }
}

} // namespace
} // namespace inferenceflow::store::cache_file
