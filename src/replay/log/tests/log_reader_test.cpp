#include "replay/log/log_reader.h"
#include "replay/log/tests/sample_files.h"
#include "store/ledger.h"

#include <filesystem>
#include <gtest/gtest.h>

namespace inferenceflow::replay {
namespace {

const std::string k_line = R"({"request":{"model":"m","messages":[]},"timestamp":1772366400})";
const std::string k_row =
    R"({"request_id":"a","call_type":"completion","startTime":"2026-03-01","spend":1,"model":"m","prompt_tokens":1})";

std::vector<log_item> all_of(const std::string& path, log_format wanted = log_format::automatic) {
  auto log = open_log(path, wanted).value();
  std::vector<log_item> items;
  while (auto item = log->next()) {
    items.push_back(std::move(*item));
  }
  return items;
}

TEST(open_log, knows_a_format_by_its_content) {
  const sample_file lines{k_line + "\n" + k_row + "\nnot json\n[1]\n"};
  const auto mixed = all_of(lines.path());
  ASSERT_EQ(mixed.size(), 4U);
  EXPECT_TRUE(mixed[0].read);
  EXPECT_EQ(mixed[1].read->id, "a");
  EXPECT_EQ(mixed[2].why, skip_reason::broken);
  EXPECT_EQ(mixed[3].why, skip_reason::no_request);
  const sample_file array{"[" + k_row + "," + k_row + "]"};
  EXPECT_EQ(all_of(array.path()).size(), 2U);
  const sample_file csv{"request_id,model,startTime,prompt_tokens,messages\n"
                        "a,m,2026-03-01 12:00:00,7,\"[{\"\"role\"\": \"\"user\"\"}]\"\n"
                        "b,m,2026-03-01\n"};
  const auto rows = all_of(csv.path());
  ASSERT_EQ(rows.size(), 2U);
  ASSERT_TRUE(rows[0].read);
  EXPECT_EQ(rows[0].read->usage->fresh_input, 7);
  EXPECT_FALSE(rows[0].read->body.empty());
  EXPECT_EQ(rows[1].why, skip_reason::broken);
}

TEST(open_log, a_csv_row_that_is_no_utf8_is_broken) {
  const sample_file csv{"request_id,model,startTime,prompt_tokens,messages\n"
                        "a,m\xff,2026-03-01,7,\"[{\"\"role\"\": \"\"user\"\"}]\"\n"
                        "b,m,2026-03-01,7,\n"};
  const auto rows = all_of(csv.path());
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_FALSE(rows[0].read);
  EXPECT_EQ(rows[0].why, skip_reason::broken);
  EXPECT_TRUE(rows[1].read);
}

TEST(open_log, what_is_no_log_is_an_error) {
  const sample_file empty{" \n\n"};
  EXPECT_EQ(open_log(empty.path(), log_format::automatic).error().kind, error_kind::invalid_request);
  const sample_file csv{"request_id,cost\n1,2\n"};
  EXPECT_NE(open_log(csv.path(), log_format::automatic).error().message.find("model"), std::string::npos);
  EXPECT_EQ(open_log("/nowhere", log_format::automatic).error().kind, error_kind::unavailable);
  EXPECT_EQ(open_log(csv.path(), log_format::ledger).error().kind, error_kind::invalid_request);
  const sample_file fake{std::string{"SQLite format 3\0", 16} + "and then garbage"};
  EXPECT_EQ(open_log(fake.path(), log_format::automatic).error().kind, error_kind::unavailable);
}

TEST(open_log, nesting_beyond_the_bound_is_a_broken_line) {
  std::string deep;
  for (int i = 0; i < 5'000; ++i) {
    deep += "{\"a\":";
  }
  const sample_file file{deep + "1" + std::string(5'000, '}') + "\n" + k_line + "\n"};
  const auto items = all_of(file.path(), log_format::openai);
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].why, skip_reason::broken);
  EXPECT_TRUE(items[1].read);
  const sample_file endless{std::string(100'000, '[')};
  const auto cut = all_of(endless.path());
  ASSERT_EQ(cut.size(), 1U);
  EXPECT_EQ(cut[0].why, skip_reason::broken);
}

store::ledger_row row_of(const std::string& id) {
  store::ledger_row row;
  row.request_id = id;
  row.finished_ms = 1'772'366'400'000;
  row.tenant = "acme";
  row.user = "eve";
  row.surface = "chat";
  row.model_requested = "auto";
  row.model_served = "gpt-4o";
  row.provider = "openai";
  row.cache = "miss";
  row.status = 200;
  row.usage = {.fresh_input = 10, .output = 5};
  row.cost = money::from_nano_usd(75'000);
  row.direct = row.cost;
  row.latency_us = 2'500'000;
  return row;
}

class ledger_file {
public:
  ledger_file()
      : path_(
            (std::filesystem::temp_directory_path() / ("iflow-replay-ledger-" + std::to_string(::getpid()))).string()) {
    remove();
  }
  ~ledger_file() { remove(); }
  ledger_file(const ledger_file&) = delete;
  ledger_file& operator=(const ledger_file&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

private:
  void remove() const {
    for (const char* const end : {"", "-wal", "-shm"}) {
      std::filesystem::remove(path_ + end);
    }
  }
  std::string path_;
};

TEST(ledger_log, rows_of_a_ledger_are_records) {
  const ledger_file file;
  {
    auto ledger = store::open_sqlite_ledger({.path = file.path()}).value();
    ASSERT_TRUE(ledger->append(row_of("r1"), {}));
    auto failed = row_of("r2");
    failed.status = 502;
    failed.error_kind = "upstream_failed";
    failed.usage = {};
    failed.cost = failed.direct = {};
    ASSERT_TRUE(ledger->append(failed, {}));
    auto hit = row_of("r3");
    hit.cache = "hit";
    ASSERT_TRUE(ledger->append(hit, {}));
  }
  const auto items = all_of(file.path());
  ASSERT_EQ(items.size(), 3U);
  const record& got = items[0].read.value();
  EXPECT_EQ(got.id, "r1");
  EXPECT_EQ(got.model, "auto");
  EXPECT_EQ(got.served, "gpt-4o");
  EXPECT_EQ(got.provider, "openai");
  EXPECT_EQ(got.began_ms, 1'772'366'397'500);
  EXPECT_EQ(got.latency_ms, 2'500);
  EXPECT_EQ(got.usage->output, 5);
  EXPECT_EQ(items[1].why, skip_reason::failed);
  EXPECT_FALSE(items[2].read->latency_ms); // a hit says nothing of how long a call takes
}

TEST(ledger_log, bodies_and_what_was_said_of_routed_answers_come_with_their_rows) {
  const ledger_file file;
  {
    auto ledger = store::open_sqlite_ledger({.path = file.path()}).value();
    auto routed = row_of("r1");
    routed.asked = store::kept_request{.path = "/v1/messages", .body = R"({"model":"auto"})"};
    routed.routed = store::routed_part{.strategy = "cost_optimal", .chosen = "openai/gpt-4o", .propensity = 0.25};
    auto escalated = routed;
    escalated.request_id = "r2";
    escalated.routed->escalations = 1;
    auto shadow = routed;
    shadow.request_id = "r3";
    shadow.routed->role = store::routed_role::shadow;
    auto canary = routed;
    canary.request_id = "r4";
    canary.routed->role = store::routed_role::canary;
    for (const auto& row : {routed, escalated, shadow, canary}) {
      ASSERT_TRUE(ledger->append(row, {}));
    }
    ledger->flush();
    for (const char* const id : {"r1", "r2", "r4"}) {
      ASSERT_TRUE(
          ledger->append_feedback({.request_id = id, .tenant = "acme", .score = 0.5, .at_ms = 1'772'366'401'000},
                                  [](const store::feedback_receipt&) {}));
    }
    ledger->flush();
  }
  const auto items = all_of(file.path());
  ASSERT_EQ(items.size(), 4U);
  const record& got = items[0].read.value();
  EXPECT_EQ(got.path, "/v1/messages");
  EXPECT_EQ(got.body, R"({"model":"auto"})");
  ASSERT_TRUE(got.judged);
  EXPECT_EQ(got.judged->chosen, "openai/gpt-4o");
  EXPECT_EQ(got.judged->propensity, 0.25);
  EXPECT_EQ(got.judged->score, 0.5);
  EXPECT_FALSE(items[1].read->judged); // what was said is said of another model's answer
  EXPECT_EQ(items[2].why, skip_reason::shadow);
  EXPECT_FALSE(items[3].read->judged); // its probability is another choice's
}

} // namespace
} // namespace inferenceflow::replay
