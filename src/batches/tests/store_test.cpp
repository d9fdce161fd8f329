#include "batches/store.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

namespace inferenceflow::batches {
namespace {

constexpr std::int64_t k_now = 1'700'000'000;

std::string line_of(int id) {
  return R"({"custom_id":"c)" + std::to_string(id) + R"(","method":"POST","url":"/v1/chat/completions","body":{"n":)" +
         std::to_string(id) + "}}\n";
}

std::string lines(int count) {
  std::string text;
  for (int i = 1; i <= count; ++i) {
    text += line_of(i);
  }
  return text;
}

class batch_store_test : public testing::Test {
protected:
  void SetUp() override { open(); }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  void open() {
    store_.reset();
    auto opened = batch_store::open(path(), false);
    ASSERT_TRUE(opened) << opened.error().message;
    store_.emplace(std::move(*opened));
  }
  [[nodiscard]] std::string path() const { return folder_ / "batches.sqlite"; }
  [[nodiscard]] batch_store& store() { return *store_; }

  std::string add_file(const std::string& id, const std::string& content, const std::string& tenant = "t") {
    file_record file{.id = id, .tenant = tenant, .filename = "f.jsonl", .purpose = "batch", .created_s = k_now};
    const auto added = store().add_file(file, content, limits_);
    EXPECT_TRUE(added) << added.error().message;
    return id;
  }
  result<batch_record> add_batch(const std::string& id, const std::string& file, const std::string& tenant = "t") {
    batch_record batch;
    batch.id = id;
    batch.tenant = tenant;
    batch.endpoint = "/v1/chat/completions";
    batch.input_file = file;
    batch.window = "24h";
    batch.created_s = k_now;
    batch.expires_s = k_now + 86'400;
    return store().add_batch(batch, limits_);
  }
  /// A batch of so many lines, in progress.
  std::int64_t started(int count) {
    add_file("file-in", lines(count));
    const auto batch = add_batch("batch_x", "file-in");
    EXPECT_TRUE(batch) << batch.error().message;
    const auto validated = store().validate(batch->number, 100, k_now + 1);
    EXPECT_TRUE(validated) << validated.error().message;
    EXPECT_EQ(validated->status, batch_status::in_progress);
    EXPECT_EQ(validated->total, count);
    return batch->number;
  }
  std::string content(const std::string& id) {
    const auto file = store().find_file("t", id, k_now);
    EXPECT_TRUE(file && *file) << id;
    std::string text;
    file_cursor at;
    while (file && *file && !at.end) {
      auto piece = store().read_piece(**file, at);
      EXPECT_TRUE(piece);
      text += *piece;
    }
    return text;
  }

  store_limits limits_{};
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("iflow-batches-" + std::to_string(::getpid()) + "-" +
                                                testing::UnitTest::GetInstance()->current_test_info()->name());
  std::optional<batch_store> store_;
};

TEST_F(batch_store_test, gives_files_back_as_they_came) {
  const std::string big(3 * k_piece_bytes, 'x');
  add_file("file-a", big);
  add_file("file-b", "");
  EXPECT_EQ(content("file-a"), big);
  EXPECT_EQ(content("file-b"), "");
  open();
  EXPECT_EQ(content("file-a"), big) << "after a restart";
}

TEST_F(batch_store_test, what_belongs_to_another_tenant_is_not_there) {
  add_file("file-a", lines(1));
  ASSERT_TRUE(add_batch("batch_a", "file-a"));
  EXPECT_FALSE(*store().find_file("other", "file-a", k_now));
  EXPECT_FALSE(*store().find_batch("other", "batch_a"));
  EXPECT_FALSE(*store().remove_file("other", "file-a"));
  EXPECT_FALSE(*store().cancel("other", "batch_a", k_now));
  EXPECT_TRUE(store().list_files({.tenant = "other"}, k_now)->records.empty());
  EXPECT_TRUE(store().list_batches({.tenant = "other"})->records.empty());
  EXPECT_FALSE(add_batch("batch_b", "file-a", "other")) << "not even as an input";
  EXPECT_TRUE(*store().find_file("t", "file-a", k_now));
}

TEST_F(batch_store_test, holds_its_bounds) {
  limits_ = {.files_max = 2, .bytes_max = 1'000, .unfinished_max = 1};
  add_file("file-a", lines(1));
  add_file("file-b", "x");
  const file_record third{.id = "file-c", .tenant = "t", .purpose = "batch"};
  EXPECT_EQ(store().add_file(third, "x", limits_).error().kind, error_kind::conflict);
  ASSERT_TRUE(*store().remove_file("t", "file-b"));
  EXPECT_EQ(store().add_file(third, std::string(1'000, 'x'), limits_).error().kind, error_kind::conflict);
  EXPECT_TRUE(store().add_file(third, "x", limits_));
  ASSERT_TRUE(add_batch("batch_a", "file-a"));
  EXPECT_EQ(add_batch("batch_b", "file-a").error().kind, error_kind::rate_limited);
  EXPECT_EQ(add_batch("batch_b", "file-zzz").error().param, "input_file_id");
}

TEST_F(batch_store_test, lists_page_by_page) {
  for (const char* id : {"file-1", "file-2", "file-3"}) {
    add_file(id, "x");
  }
  auto page = store().list_files({.tenant = "t", .count = 2}, k_now);
  ASSERT_EQ(page->records.size(), 2U);
  EXPECT_TRUE(page->more);
  EXPECT_EQ(page->records[0].id, "file-3");
  page = store().list_files({.tenant = "t", .after = "file-2", .count = 2}, k_now);
  ASSERT_EQ(page->records.size(), 1U);
  EXPECT_FALSE(page->more);
  EXPECT_EQ(page->records[0].id, "file-1");
  page = store().list_files({.tenant = "t", .after = "file-1", .count = 9, .newest_first = false}, k_now);
  EXPECT_EQ(page->records.size(), 2U);
  EXPECT_TRUE(store().list_files({.tenant = "t", .purpose = "batch_output"}, k_now)->records.empty());
}

TEST_F(batch_store_test, files_expire) {
  file_record file{.id = "file-a", .tenant = "t", .purpose = "batch", .created_s = k_now, .expires_s = k_now + 10};
  ASSERT_TRUE(store().add_file(file, "x", limits_));
  EXPECT_TRUE(*store().find_file("t", "file-a", k_now + 9));
  EXPECT_FALSE(*store().find_file("t", "file-a", k_now + 10));
  EXPECT_EQ(*store().remove_expired(k_now + 9), 0);
  EXPECT_EQ(*store().remove_expired(k_now + 10), 1);
  EXPECT_FALSE(*store().find_file("t", "file-a", k_now));
}

TEST_F(batch_store_test, a_file_that_is_not_fit_fails_the_batch_and_says_where) {
  add_file("file-a", line_of(1) + "nonsense\n");
  const auto batch = add_batch("batch_a", "file-a");
  const auto failed = store().validate(batch->number, 100, k_now + 5);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->status, batch_status::failed);
  EXPECT_EQ(failed->failed_s, k_now + 5);
  EXPECT_NE(failed->errors.find(R"("code":"invalid_json_line")"), std::string::npos) << failed->errors;
  EXPECT_NE(failed->errors.find(R"("line":2)"), std::string::npos);
  bool more = true;
  EXPECT_TRUE(store().waiting(batch->number, 0, more)->empty());
}

TEST_F(batch_store_test, a_file_that_is_gone_fails_the_batch) {
  add_file("file-a", line_of(1));
  const auto batch = add_batch("batch_a", "file-a");
  ASSERT_TRUE(*store().remove_file("t", "file-a"));
  EXPECT_EQ(store().validate(batch->number, 100, k_now)->status, batch_status::failed);
}

TEST_F(batch_store_test, a_line_is_settled_once_and_stays_so_over_a_restart) {
  const auto batch = started(3);
  ASSERT_TRUE(store().settle(batch, 2, {.good = true, .output = "two\n"}));
  ASSERT_TRUE(store().settle(batch, 2, {.good = false, .output = "again\n"})) << "no error, and no change";
  open();
  bool more = true;
  const auto left = store().waiting(batch, 0, more);
  ASSERT_EQ(left->size(), 2U);
  EXPECT_FALSE(more);
  EXPECT_EQ((*left)[0].custom_id, "c1");
  EXPECT_EQ((*left)[1].line, 3);
  EXPECT_EQ((*left)[1].body, R"({"n":3})");
  const auto now = store().unfinished();
  ASSERT_EQ(now->size(), 1U);
  EXPECT_EQ(now->front().completed, 1);
  EXPECT_EQ(now->front().failed, 0);
}

TEST_F(batch_store_test, validates_once) {
  const auto batch = started(3);
  ASSERT_TRUE(store().settle(batch, 1, {.good = true, .output = "one\n"}));
  EXPECT_EQ(store().validate(batch, 100, k_now + 9)->in_progress_s, k_now + 1);
  bool more = true;
  EXPECT_EQ(store().waiting(batch, 0, more)->size(), 2U);
}

TEST_F(batch_store_test, makes_the_files_at_the_end) {
  const auto batch = started(3);
  EXPECT_EQ(store().finish(batch, batch_status::completed, k_now + 2)->status, batch_status::in_progress)
      << "lines still wait";
  for (int line = 1; line <= 3; ++line) {
    const item_result what{.good = line != 2, .output = "line " + std::to_string(line) + "\n"};
    ASSERT_TRUE(store().settle(batch, line, what));
  }
  const auto done = store().finish(batch, batch_status::completed, k_now + 3);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->status, batch_status::completed);
  EXPECT_EQ(done->completed, 2);
  EXPECT_EQ(done->failed, 1);
  EXPECT_EQ(done->completed_s, k_now + 3);
  EXPECT_EQ(content(done->output_file), "line 1\nline 3\n");
  EXPECT_EQ(content(done->error_file), "line 2\n");
  EXPECT_EQ((*store().find_file("t", done->output_file, k_now))->bytes, 14);
  EXPECT_EQ(store().finish(batch, batch_status::cancelled, k_now + 9)->status, batch_status::completed) << "is over";
  ASSERT_TRUE(*store().remove_file("t", done->output_file));
  EXPECT_EQ(content(done->error_file), "line 2\n") << "the other file is still there";
  EXPECT_TRUE(store().unfinished()->empty());
}

TEST_F(batch_store_test, without_a_good_line_there_is_no_output_file) {
  const auto batch = started(1);
  ASSERT_TRUE(store().settle(batch, 1, {.good = false, .output = "bad\n"}));
  const auto done = store().finish(batch, batch_status::completed, k_now + 3);
  EXPECT_EQ(done->output_file, "");
  EXPECT_NE(done->error_file, "");
}

TEST_F(batch_store_test, an_end_before_all_is_done_says_so_for_each_line) {
  for (const auto end : {batch_status::expired, batch_status::cancelled}) {
    const auto batch = started(3);
    ASSERT_TRUE(store().settle(batch, 1, {.good = true, .output = "one\n"}));
    if (end == batch_status::cancelled) {
      EXPECT_EQ((*store().cancel("t", "batch_x", k_now + 2))->status, batch_status::cancelling);
      EXPECT_EQ((*store().cancel("t", "batch_x", k_now + 3))->cancelling_s, k_now + 2) << "twice changes nothing";
    }
    const auto done = store().finish(batch, end, k_now + 4);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->status, end);
    EXPECT_EQ(done->completed, 1);
    EXPECT_EQ(done->failed, 2);
    EXPECT_EQ(content(done->output_file), "one\n");
    const std::string told = content(done->error_file);
    EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 2);
    EXPECT_NE(told.find(end == batch_status::expired ? R"("code":"batch_expired")" : R"("code":"batch_cancelled")"),
              std::string::npos)
        << told;
    EXPECT_NE(told.find(R"("custom_id":"c2")"), std::string::npos) << told;
    EXPECT_EQ(store().cancel("t", "batch_x", k_now + 9).error().kind, error_kind::conflict);
    store_.reset();
    std::filesystem::remove_all(folder_);
    open();
  }
}

TEST_F(batch_store_test, reads_lines_page_by_page) {
  const auto batch = started(100);
  bool more = false;
  const auto first = store().waiting(batch, 0, more);
  EXPECT_EQ(first->size(), k_page_items);
  EXPECT_TRUE(more);
  const auto second = store().waiting(batch, first->back().line, more);
  EXPECT_EQ(second->size(), 100 - k_page_items);
  EXPECT_FALSE(more);
}

TEST_F(batch_store_test, lines_in_a_provider_s_batch_are_not_given_out_and_survive) {
  const auto batch = started(4);
  ASSERT_TRUE(store().settle(batch, 4, {.good = true, .output = "x\n"}));
  const pooled_batch sent{.number = 7,
                          .target = "openai",
                          .mark = "m",
                          .created_s = k_now,
                          .lines = {{.batch = batch, .line = 1, .request_id = "r1"},
                                    {.batch = batch, .line = 2, .request_id = "r2"},
                                    {.batch = batch, .line = 4, .request_id = "r4"}}};
  const auto in = store().add_pooled(sent);
  ASSERT_TRUE(in) << in.error().message;
  EXPECT_EQ(in->size(), 2U) << "a line that is settled stays out";
  ASSERT_TRUE(store().set_remote(7, "remote"));
  open();
  bool more = true;
  const auto waiting = store().waiting(batch, 0, more);
  ASSERT_TRUE(waiting);
  ASSERT_EQ(waiting->size(), 1U);
  EXPECT_EQ(waiting->front().line, 3);
  const auto pooled = store().pooled();
  ASSERT_TRUE(pooled) << pooled.error().message;
  ASSERT_EQ(pooled->size(), 1U);
  EXPECT_EQ(pooled->front().remote, "remote");
  ASSERT_EQ(pooled->front().lines.size(), 2U);
  EXPECT_EQ(pooled->front().lines[1].request_id, "r2");
  EXPECT_EQ(pooled->front().lines[1].expires_s, k_now + 86'400);
  const auto line = store().waiting_line(batch, 2);
  ASSERT_TRUE(line && *line);
  EXPECT_EQ((*line)->custom_id, "c2");
}

TEST_F(batch_store_test, lines_leave_a_provider_s_batch_settled_or_released_and_the_last_takes_it_along) {
  const auto batch = started(2);
  const pooled_line first{.batch = batch, .line = 1, .request_id = "r1"};
  const pooled_line second{.batch = batch, .line = 2, .request_id = "r2"};
  ASSERT_TRUE(store().add_pooled({.number = 7, .target = "t", .mark = "m", .lines = {first, second}}));
  ASSERT_TRUE(store().settle(batch, 1, {.good = true, .output = "x\n"}));
  ASSERT_TRUE(store().settle(batch, 1, {.good = false, .output = "again\n"})) << "changes nothing";
  EXPECT_EQ(store().pooled()->front().lines.size(), 1U);
  ASSERT_TRUE(store().release({second, second}));
  EXPECT_TRUE(store().pooled()->empty());
  bool more = true;
  EXPECT_EQ(store().waiting(batch, 0, more)->size(), 1U);
  EXPECT_FALSE(*store().waiting_line(batch, 1));
}

TEST_F(batch_store_test, a_file_of_the_first_version_gets_the_new_tables) {
  const auto batch = started(1);
  store_.reset();
  {
    auto old = store::sqlite_database::open(path(), store::open_mode::read_write);
    ASSERT_TRUE(old);
    ASSERT_TRUE(old->execute("DROP TABLE pooled; DROP TABLE pooled_lines; PRAGMA user_version = 1"));
  }
  open();
  EXPECT_TRUE(store().pooled()->empty());
  EXPECT_TRUE(store().add_pooled({.number = 1, .target = "t", .mark = "m", .lines = {{.batch = batch, .line = 1}}}));
  EXPECT_EQ(store().pooled()->size(), 1U);
}

TEST_F(batch_store_test, belongs_to_one_process_and_one_program) {
  const auto second = batch_store::open(path(), false);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find(path()), std::string::npos) << second.error().message;
  EXPECT_NE(second.error().message.find("another process"), std::string::npos) << second.error().message;
  auto foreign = store::sqlite_database::open(folder_ / "foreign.sqlite", store::open_mode::read_write);
  ASSERT_TRUE(foreign->execute("CREATE TABLE t (a)"));
  EXPECT_FALSE(batch_store::open(folder_ / "foreign.sqlite", false));
  EXPECT_FALSE(batch_store::open("/proc/no/such/place", false));
}

} // namespace
} // namespace inferenceflow::batches
