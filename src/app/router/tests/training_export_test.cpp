#include "app/router/training_export.h"
#include "codecs/openai_chat/codec.h"
#include "store/ledger.h"

#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <vector>

namespace inferenceflow::app::router {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr const char* k_chat = "/v1/chat/completions";
constexpr const char* k_plain = R"({"model":"auto","messages":[{"role":"user","content":"What is 2+2?"}]})";
constexpr const char* k_long =
    R"({"model":"auto","messages":[{"role":"system","content":"Be \"brief\"."},{"role":"user","content":"a"},)"
    R"({"role":"assistant","content":"b"},{"role":"user","content":"What is 2+2?"}]})";

class training_export_test : public testing::Test {
protected:
  training_export_test() {
    std::string pattern = (std::filesystem::temp_directory_path() / "training_export_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    codecs_.add(std::make_unique<codecs::openai_chat::codec>());
    store::ledger_options options;
    options.path = path();
    book_ = std::move(*store::open_sqlite_ledger(options));
  }
  ~training_export_test() override {
    book_.reset();
    std::filesystem::remove_all(folder_);
  }

  [[nodiscard]] std::string path() const { return (folder_ / "ledger.sqlite").string(); }

  /// A request that was judged.
  void answer(std::string model, std::optional<double> score, const char* body = k_plain, const char* path = k_chat,
              std::string tenant = "default") {
    store::ledger_row row;
    row.request_id = "r" + std::to_string(++number_);
    row.finished_ms = 1'700'000'000'000 + number_ * 1'000;
    row.tenant = tenant;
    row.model_served = std::move(model);
    row.provider = "p";
    row.usage.output = 10 * number_;
    if (body != nullptr) {
      row.asked = store::kept_request{.path = path, .body = body};
    }
    const std::string id = row.request_id;
    EXPECT_TRUE(book_->append(std::move(row), {}));
    EXPECT_TRUE(book_->append_feedback({.request_id = id,
                                        .tenant = std::move(tenant),
                                        .score = score,
                                        .label = score ? "" : "funny",
                                        .at_ms = 1'700'000'000'000},
                                       {}));
  }

  export_counts write(const export_wish& wish = {}) {
    book_->flush();
    lines_.clear();
    const auto done = export_training(path(), wish, codecs_, [this](std::string_view line) {
      lines_.emplace_back(line);
      return true;
    });
    EXPECT_TRUE(done.has_value()) << done.error().message;
    return *done;
  }

  std::filesystem::path folder_;
  dialogue::codec_set codecs_;
  std::unique_ptr<store::ledger> book_;
  std::int64_t number_ = 0;
  std::vector<std::string> lines_;
};

TEST_F(training_export_test, one_prompt_is_one_line_with_all_who_answered_it) {
  answer("small", 0);
  answer("large", 1);
  answer("small", 0.5);
  const auto counts = write();
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_THAT(lines_[0], testing::StartsWith(R"({"prompt":"What is 2+2?","turns":1,"scores":{"large":1,"small":0.25},)"
                                             R"("output_tokens":{"large":20,"small":20},"group":")"));
  EXPECT_EQ(counts.judged, 3U);
  EXPECT_EQ(counts.prompts, 1U);
  EXPECT_EQ(counts.scores, 3U);
}

TEST_F(training_export_test, context_and_turns_stand_apart_and_equal_questions_are_one_group) {
  answer("m", 1);
  answer("m", 1, k_long);
  (void)write();
  ASSERT_EQ(lines_.size(), 2U);
  EXPECT_THAT(lines_[1], AllOf(HasSubstr(R"("prompt":"What is 2+2?","context":)"), HasSubstr(R"(Be \"brief\".)"),
                               HasSubstr(R"("turns":2)")));
  const auto group = [](const std::string& line) { return line.substr(line.find("\"group\"")); };
  EXPECT_EQ(group(lines_[0]), group(lines_[1]));
}

TEST_F(training_export_test, what_is_left_out_is_counted) {
  answer("m", 1);
  answer("m", std::nullopt);
  answer("m", 1, nullptr);
  answer("m", 1, R"({"model":"m","input":"x"})", "/v1/embeddings");
  answer("m", 1, R"({"model":)");
  answer("m", 1, R"({"model":"m","messages":[{"role":"user","content":""}]})");
  const auto counts = write();
  EXPECT_EQ(lines_.size(), 1U);
  EXPECT_EQ(counts.judged, 6U);
  EXPECT_EQ(counts.without_score, 1U);
  EXPECT_EQ(counts.body_not_kept, 1U);
  EXPECT_EQ(counts.not_a_dialogue, 1U);
  EXPECT_EQ(counts.unreadable, 1U);
  EXPECT_EQ(counts.without_text, 1U);
  EXPECT_EQ(counts.scores, 1U);
}

TEST_F(training_export_test, a_time_and_a_tenant_can_be_asked_for) {
  answer("m", 1);
  answer("m", 0, k_long);
  answer("n", 0, k_plain, k_chat, "other");
  EXPECT_EQ(write({.from_ms = 1'700'000'002'000}).judged, 2U);
  EXPECT_EQ(write({.until_ms = 1'700'000'002'000}).judged, 1U);
  EXPECT_EQ(write({.tenant = "other"}).prompts, 1U);
  EXPECT_THAT(lines_[0], HasSubstr(R"("scores":{"n":0})"));
  EXPECT_EQ(write().prompts, 3U) << "tenants do not share prompts";
  (void)write({.qualified = true});
  EXPECT_THAT(lines_[0], HasSubstr(R"("scores":{"p/m":1})"));
}

TEST_F(training_export_test, failures_are_told) {
  answer("m", 1);
  book_->flush();
  const auto stopped = export_training(path(), {}, codecs_, [](std::string_view) { return false; });
  EXPECT_EQ(stopped.error().kind, error_kind::internal);
  const auto missing = export_training(path() + ".no", {}, codecs_, [](std::string_view) { return true; });
  EXPECT_THAT(missing.error().message, HasSubstr(".no"));
}

} // namespace
} // namespace inferenceflow::app::router
