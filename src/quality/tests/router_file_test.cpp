#include "quality/router_file.h"
#include "quality/tests/synthetic.h"
#include "quality/trainer.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <unistd.h>

namespace inferenceflow::quality {
namespace {

class router_file : public ::testing::Test {
protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("router_file_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    training_options options;
    options.trial_trees = 5;
    options.trees = 10;
    options.date = "2026-01-02";
    rows_ = two_models(200, 1, true);
    rows_.space = "gguf:abc:8";
    auto made = train(rows_, options);
    ASSERT_TRUE(made);
    made_ = *made;
    ASSERT_TRUE(save_router(path(), *made_));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path() const { return folder_ / "router.bin"; }
  [[nodiscard]] std::string content() const {
    std::ifstream file{path(), std::ios::binary};
    std::ostringstream whole;
    whole << file.rdbuf();
    return whole.str();
  }
  void replace(const std::string& by) const { std::ofstream{path(), std::ios::binary} << by; }

  std::filesystem::path folder_;
  training_set rows_;
  std::shared_ptr<const router> made_;
};

TEST_F(router_file, is_read_back_and_predicts_the_same) {
  const auto loaded = load_router(path());
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ((*loaded)->space(), made_->space());
  EXPECT_EQ((*loaded)->name(), made_->name());
  std::vector<estimate> one(2);
  std::vector<estimate> other(2);
  for (const example& row : rows_.rows) {
    for (const bool with_vector : {false, true}) {
      prompt asked = row.as_prompt();
      if (!with_vector) {
        asked.vector = {};
      }
      made_->predict(asked, one);
      (*loaded)->predict(asked, other);
      for (std::size_t m = 0; m < 2; ++m) {
        EXPECT_EQ(one[m].known, other[m].known);
        EXPECT_EQ(one[m].quality, other[m].quality);
        EXPECT_EQ(one[m].deviation, other[m].deviation);
        EXPECT_EQ(one[m].output_tokens, other[m].output_tokens);
      }
    }
  }
  const auto opened = open_router(path());
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->parts().facts.date, "2026-01-02");
  EXPECT_EQ((*opened)->parts().facts.rows, 200U);
  EXPECT_EQ((*opened)->parts().facts.candidates.size(), made_->parts().facts.candidates.size());
}

TEST_F(router_file, refuses_a_file_that_is_cut_off_anywhere) {
  const std::string whole = content();
  for (std::size_t size = 0; size < whole.size(); size += 1 + whole.size() / 97) {
    replace(whole.substr(0, size));
    const auto loaded = load_router(path());
    ASSERT_FALSE(loaded) << size;
    EXPECT_EQ(loaded.error().kind, error_kind::invalid_request);
  }
}

TEST_F(router_file, refuses_a_file_with_any_bit_turned) {
  const std::string whole = content();
  for (std::size_t at = 0; at < whole.size(); at += 1 + whole.size() / 211) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    replace(damaged);
    EXPECT_FALSE(load_router(path())) << at;
  }
  replace(whole + "x");
  EXPECT_FALSE(load_router(path()));
}

TEST_F(router_file, names_another_version) {
  std::string other = content();
  other[8] = 9;
  replace(other);
  const auto loaded = load_router(path());
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find("version 9."), std::string::npos);
  EXPECT_NE(loaded.error().message.find(path()), std::string::npos);
}

TEST_F(router_file, refuses_what_is_no_router_file_or_not_there) {
  replace("{\"prompt\": \"x\"}");
  EXPECT_EQ(load_router(path()).error().kind, error_kind::invalid_request);
  replace("");
  EXPECT_EQ(load_router(path()).error().kind, error_kind::invalid_request);
  EXPECT_EQ(load_router(folder_ / "none").error().kind, error_kind::not_found);
  EXPECT_EQ(load_router(folder_).error().kind, error_kind::unavailable);
}

TEST_F(router_file, is_not_replaced_by_one_that_cannot_be_written) {
  const std::string before = content();
  EXPECT_FALSE(save_router(folder_ / "missing" / "router.bin", *made_));
  EXPECT_EQ(content(), before);
  ASSERT_TRUE(save_router(path(), *made_));
  EXPECT_EQ(content(), before);
}

} // namespace
} // namespace inferenceflow::quality
