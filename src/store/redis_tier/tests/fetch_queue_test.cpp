#include "store/redis_tier/complaints.h"
#include "store/redis_tier/entry_key.h"
#include "store/redis_tier/fetch_queue.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace inferenceflow::store::redis_tier {
namespace {

cache::entry_name numbered(unsigned char number) {
  cache::entry_name name{};
  name.fill(number);
  return name;
}

TEST(fetch_queue, gives_names_once_in_their_order) {
  fetch_queue queue{10};
  EXPECT_TRUE(queue.add(numbered(1)));
  EXPECT_TRUE(queue.add(numbered(2)));
  EXPECT_TRUE(queue.add(numbered(1)));
  EXPECT_EQ(queue.take(), (std::vector{numbered(1), numbered(2)}));
  EXPECT_TRUE(queue.landed(numbered(1)));
  EXPECT_FALSE(queue.landed(numbered(1)));
  EXPECT_TRUE(queue.landed(numbered(2)));
  EXPECT_TRUE(queue.take().empty());
}

TEST(fetch_queue, is_bounded) {
  fetch_queue queue{2};
  EXPECT_TRUE(queue.add(numbered(1)));
  EXPECT_TRUE(queue.add(numbered(2)));
  EXPECT_FALSE(queue.add(numbered(3)));
  EXPECT_TRUE(queue.add(numbered(2))); // waits already
  EXPECT_EQ(queue.take().size(), 2U);
  EXPECT_TRUE(queue.add(numbered(3)));
}

TEST(fetch_queue, what_is_erased_while_it_is_read_does_not_land) {
  fetch_queue queue{10};
  EXPECT_TRUE(queue.add(numbered(1)));
  EXPECT_TRUE(queue.add(numbered(2)));
  EXPECT_EQ(queue.take().size(), 2U);
  EXPECT_TRUE(queue.add(numbered(3)));
  queue.erased(numbered(1));
  queue.erased(numbered(3));
  EXPECT_FALSE(queue.landed(numbered(1)));
  EXPECT_TRUE(queue.landed(numbered(2)));
  EXPECT_TRUE(queue.take().empty());
}

TEST(fetch_queue, reads_again_what_was_read_while_some_were_erased) {
  fetch_queue queue{10};
  EXPECT_TRUE(queue.add(numbered(1)));
  EXPECT_EQ(queue.take().size(), 1U);
  EXPECT_TRUE(queue.add(numbered(2)));
  queue.some_erased();
  EXPECT_FALSE(queue.landed(numbered(1)));
  EXPECT_EQ(queue.take(), (std::vector{numbered(1), numbered(2)}));
  EXPECT_TRUE(queue.landed(numbered(1)));
}

TEST(entry_key, is_readable_and_comes_back) {
  const cache::entry_name name = cache::keyed_hash({}, {"x"});
  const std::string key = key_of("iflow:1:", name);
  EXPECT_EQ(key, "iflow:1:e:" + cache::to_hex(name));
  EXPECT_EQ(name_of("iflow:1:", key), name);
  EXPECT_FALSE(name_of("iflow:2:", key));
  EXPECT_FALSE(name_of("iflow:1:", key + "0"));
  EXPECT_FALSE(name_of("iflow:1:", key.substr(0, key.size() - 1)));
  EXPECT_FALSE(name_of("iflow:1:", "iflow:1:e:" + std::string(64, 'G')));
  EXPECT_FALSE(name_of("iflow:1:", "iflow:1:e:" + std::string(64, 'A')));
  EXPECT_FALSE(name_of("iflow:1:", ""));
}

TEST(complaints, are_made_once_a_minute_for_each_kind) {
  manual_clock clock;
  std::vector<std::string> said;
  complaints log{[&said](const std::string& what) { said.push_back(what); }, clock};
  for (int i = 0; i < 100; ++i) {
    log.add(complaint::failing, "gone");
    log.add(complaint::slow, "late");
  }
  EXPECT_EQ(said, (std::vector<std::string>{"shared cache: gone", "shared cache: late"}));
  clock.advance(k_complaint_pause);
  log.add(complaint::failing, "still gone");
  EXPECT_EQ(said.size(), 3U);
  complaints mute{{}, clock};
  mute.add(complaint::failing, "nobody hears it");
}

} // namespace
} // namespace inferenceflow::store::redis_tier
