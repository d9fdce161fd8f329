#include "store/redis_tier/news.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::store::redis_tier {
namespace {

const wall_time k_now{std::chrono::seconds{1'700'000'000}};
constexpr const char* k_channel = "iflow:1:news";

cache::secret_bytes key_from(const std::string& text) {
  return news_key(cache::master_secret::from_text(text).value());
}
const cache::secret_bytes k_key = key_from("a master secret of a test");

cache::entry_name name_of_number(unsigned char number) {
  cache::entry_name name{};
  name.fill(number);
  return name;
}

news_writer writer(std::uint64_t origin = 1) {
  return {k_key, k_channel, origin};
}
news_reader reader() {
  return {k_key, k_channel, {77, 78}};
}

void expect_fault(const std::variant<news, news_fault>& said, news_fault wanted) {
  ASSERT_TRUE(std::holds_alternative<news_fault>(said));
  EXPECT_EQ(std::get<news_fault>(said), wanted);
}
void expect_believed(const std::variant<news, news_fault>& said, const news& wanted) {
  ASSERT_TRUE(std::holds_alternative<news>(said)) << static_cast<int>(std::get<news_fault>(said));
  EXPECT_EQ(std::get<news>(said), wanted);
}

TEST(news, come_out_as_they_went_in) {
  auto from = writer();
  auto to = reader();
  const cache::entry_filter full{.glob = "acme/*", .model = "m", .tenant = std::string(1'024, 't'), .tag = ""};
  for (const news& each : {news{entry_stored{name_of_number(1)}}, news{entry_erased{name_of_number(2)}},
                           news{entries_erased{{}}}, news{entries_erased{full}}}) {
    expect_believed(to.read(from.write(each, k_now), k_now), each);
  }
  const cache::entry_filter longest{
      .glob = full.tenant, .model = full.tenant, .tenant = full.tenant, .tag = full.tenant};
  EXPECT_LE(from.write(entries_erased{longest}, k_now).size(), k_news_bytes_max);
}

TEST(news, of_the_process_itself_are_told_apart) {
  auto from = writer(78);
  expect_fault(reader().read(from.write(entry_stored{}, k_now), k_now), news_fault::own);
}

TEST(news, no_byte_of_a_message_can_be_changed) {
  auto from = writer();
  const std::string message = from.write(entries_erased{{.tenant = "acme"}}, k_now);
  auto to = reader();
  for (std::size_t i = 0; i < message.size(); ++i) {
    for (const int bit : {0, 7}) {
      std::string changed = message;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      EXPECT_TRUE(std::holds_alternative<news_fault>(to.read(changed, k_now))) << i;
    }
  }
  EXPECT_TRUE(std::holds_alternative<news>(to.read(message, k_now))); // none of them used up its number
}

TEST(news, cut_and_lengthened_messages_are_none) {
  auto from = writer();
  const std::string message = from.write(entry_erased{name_of_number(3)}, k_now);
  auto to = reader();
  for (std::size_t size = 0; size < message.size(); ++size) {
    EXPECT_TRUE(std::holds_alternative<news_fault>(to.read(message.substr(0, size), k_now))) << size;
  }
  EXPECT_TRUE(std::holds_alternative<news_fault>(to.read(message + "x", k_now)));
  expect_fault(to.read(std::string(k_news_bytes_max + 1, 'x'), k_now), news_fault::malformed);
  EXPECT_TRUE(std::holds_alternative<news>(to.read(message, k_now)));
}

TEST(news, need_the_secret_and_the_channel) {
  auto from = writer();
  const std::string message = from.write(entry_erased{}, k_now);
  news_reader stranger{key_from("another secret of a test"), k_channel, {}};
  expect_fault(stranger.read(message, k_now), news_fault::forged);
  news_reader elsewhere{k_key, std::string{k_channel} + ":3", {}};
  expect_fault(elsewhere.read(message, k_now), news_fault::forged);
}

TEST(news, are_stale_after_five_minutes_and_from_the_future_before) {
  auto from = writer();
  auto to = reader();
  const auto late = from.write(entry_erased{}, k_now);
  expect_fault(to.read(late, k_now + k_news_age_max + std::chrono::milliseconds{1}), news_fault::stale);
  expect_fault(to.read(late, k_now - k_news_age_max - std::chrono::milliseconds{1}), news_fault::stale);
  EXPECT_TRUE(std::holds_alternative<news>(to.read(late, k_now + k_news_age_max)));
}

TEST(news, count_once) {
  auto from = writer();
  auto other = writer(2);
  auto to = reader();
  std::vector<std::string> said;
  for (int i = 0; i < 100; ++i) {
    said.push_back(from.write(entry_erased{}, k_now));
  }
  std::swap(said[40], said[90]); // overtaken, by fewer than the window
  for (const std::string& each : said) {
    EXPECT_TRUE(std::holds_alternative<news>(to.read(each, k_now)));
  }
  for (const std::string& each : said) {
    expect_fault(to.read(each, k_now), news_fault::repeated);
  }
  EXPECT_TRUE(std::holds_alternative<news>(to.read(other.write(entry_erased{}, k_now), k_now)));
}

TEST(news, beyond_the_window_are_taken_for_repeated) {
  auto from = writer();
  auto to = reader();
  const std::string first = from.write(entry_erased{}, k_now);
  for (int i = 0; i < 64; ++i) {
    EXPECT_TRUE(std::holds_alternative<news>(to.read(from.write(entry_erased{}, k_now), k_now)));
  }
  expect_fault(to.read(first, k_now), news_fault::repeated);
}

TEST(news, remember_a_bounded_number_of_writers_and_forget_the_silent_ones) {
  auto to = reader();
  auto early = writer(1'000'000);
  const std::string heard = early.write(entry_erased{}, k_now);
  EXPECT_TRUE(std::holds_alternative<news>(to.read(heard, k_now)));
  for (std::uint64_t origin = 1'000; origin < 1'000 + k_origins_max - 1; ++origin) {
    auto from = writer(origin);
    EXPECT_TRUE(std::holds_alternative<news>(to.read(from.write(entry_erased{}, k_now), k_now)));
  }
  expect_fault(to.read(heard, k_now), news_fault::repeated); // all are known, and it was the last to be heard of
  const wall_time later = k_now + 3 * k_news_age_max;
  for (std::uint64_t origin = 500'000; origin < 500'100; ++origin) {
    auto from = writer(origin);
    const std::string message = from.write(entry_erased{}, later);
    EXPECT_TRUE(std::holds_alternative<news>(to.read(message, later)));
    expect_fault(to.read(message, later), news_fault::repeated);
  }
}

} // namespace
} // namespace inferenceflow::store::redis_tier
