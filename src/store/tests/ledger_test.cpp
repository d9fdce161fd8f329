#include "store/sqlite_database.h"
#include "store/tests/ledger_fixture.h"

#include <atomic>
#include <fmt/format.h>
#include <thread>
#include <vector>

namespace inferenceflow::store {
namespace {

TEST_F(ledger_test, keeps_every_field) {
  const auto book = open(options());
  ledger_row row = make_row("id-1");
  row.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  row.error_kind = "cancelled";
  row.finish_reason = "length";
  row.streamed = true;
  row.source = cost::usage_source::estimated;
  row.ceiling_priced = true;
  row.batched = true;
  row.status = 499;
  row.latency_us = 1'234;
  row.first_byte_us = 56;
  ASSERT_TRUE(book->append(row, {}));
  book->flush();
  const auto found = book->find("id-1");
  ASSERT_TRUE(found.has_value());
  ASSERT_TRUE(found->has_value());
  const ledger_row& back = **found;
  EXPECT_EQ(back.trace_id, row.trace_id);
  EXPECT_EQ(back.finished_ms, row.finished_ms);
  EXPECT_EQ(back.tenant, "default");
  EXPECT_EQ(back.user, "u");
  EXPECT_EQ(back.surface, "chat");
  EXPECT_EQ(back.model_requested, "m");
  EXPECT_EQ(back.model_served, "m");
  EXPECT_EQ(back.provider, "p");
  EXPECT_EQ(back.cache, "miss");
  EXPECT_EQ(back.status, 499);
  EXPECT_EQ(back.error_kind, "cancelled");
  EXPECT_EQ(back.finish_reason, "length");
  EXPECT_TRUE(back.streamed);
  EXPECT_EQ(back.usage, row.usage);
  EXPECT_EQ(back.source, cost::usage_source::estimated);
  EXPECT_TRUE(back.ceiling_priced);
  EXPECT_TRUE(back.batched);
  EXPECT_EQ(back.cost, row.cost);
  EXPECT_EQ(back.direct, row.direct);
  EXPECT_EQ(back.latency_us, 1'234);
  EXPECT_EQ(back.first_byte_us, 56);
  EXPECT_FALSE(book->find("id-2")->has_value());
}

TEST_F(ledger_test, text_with_quotes_and_nul_bytes_survives) {
  const auto book = open(options());
  ledger_row row = make_row("id'; DROP TABLE ledger; --");
  row.user = std::string("a\0b", 3) + "'\"é";
  ASSERT_TRUE(book->append(row, {}));
  book->flush();
  EXPECT_EQ((*book->find(row.request_id))->user, row.user);
}

TEST_F(ledger_test, rows_with_one_request_id_are_all_billed) {
  const auto book = open(options());
  std::atomic<int> committed{0};
  for (int i = 0; i < 3; ++i) {
    ledger_row row = make_row("same");
    row.status = 200 + i;
    ASSERT_TRUE(book->append(std::move(row), [&](bool good) { committed += good ? 1 : 0; }));
    if (i == 1) {
      book->flush();
    }
  }
  book->flush();
  EXPECT_EQ(committed, 3);
  EXPECT_EQ(book->count().written, 3U);
  EXPECT_EQ(book->count().duplicates, 0U);
  const auto totals = book->totals({});
  ASSERT_EQ(totals->size(), 1U);
  EXPECT_EQ(totals->front().requests, 3);
  EXPECT_EQ(totals->front().cost, money::from_nano_usd(300));
  EXPECT_EQ((*book->find("same"))->status, 202) << "the newest";
}

TEST_F(ledger_test, destruction_commits_what_was_accepted) {
  for (const auto mode : {durability::group, durability::sync}) {
    ledger_options chosen = options();
    chosen.path = path(mode == durability::sync ? "sync" : "group");
    chosen.mode = mode;
    {
      const auto book = open(chosen);
      for (int i = 0; i < 500; ++i) {
        ASSERT_TRUE(book->append(make_row(fmt::format("id-{}", i)), {}));
      }
    }
    EXPECT_EQ(open(chosen)->totals({})->front().requests, 500);
  }
}

TEST_F(ledger_test, rows_of_several_threads_arrive) {
  const auto book = open(options());
  std::atomic<int> committed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 1'000; ++i) {
        while (!book->append(make_row(fmt::format("{}-{}", t, i)), [&](bool good) { committed += good ? 1 : 0; })) {
          std::this_thread::yield();
        }
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  book->flush();
  EXPECT_EQ(committed, 4'000);
  EXPECT_EQ(book->count().written, 4'000U);
  EXPECT_EQ(book->totals({})->front().requests, 4'000);
}

TEST_F(ledger_test, two_ledgers_on_one_file_both_write) {
  const auto first = open(options());
  const auto second = open(options());
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(first->append(make_row(fmt::format("a{}", i)), {}));
    ASSERT_TRUE(second->append(make_row(fmt::format("b{}", i)), {}));
  }
  first->flush();
  second->flush();
  EXPECT_EQ(first->totals({})->front().requests, 400);
}

TEST_F(ledger_test, in_memory_database_sums_too) {
  ledger_options chosen;
  chosen.path = ":memory:";
  const auto book = open(chosen);
  ASSERT_TRUE(book->append(make_row("1"), {}));
  book->flush();
  EXPECT_EQ(book->totals({})->front().requests, 1);
  EXPECT_TRUE(book->find("1")->has_value());
}

TEST_F(ledger_test, rows_cannot_be_changed_or_deleted) {
  const auto book = open(options());
  ASSERT_TRUE(book->append(make_row("1"), {}));
  book->flush();
  auto other = sqlite_database::open(path(), open_mode::read_write);
  EXPECT_NE(other->run("UPDATE ledger SET cost_nano_usd = 0"), SQLITE_OK);
  EXPECT_NE(other->run("DELETE FROM ledger"), SQLITE_OK);
  EXPECT_EQ(book->totals({})->front().cost, money::from_nano_usd(100));
}

} // namespace
} // namespace inferenceflow::store
