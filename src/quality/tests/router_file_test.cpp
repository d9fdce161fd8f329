#include "quality/mean_model.h"
#include "quality/neighbour_model.h"
#include "quality/router_file.h"
#include "quality/tests/synthetic.h"
#include "quality/trainer.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <limits>
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

  /// One model that is worth `mean` on average, and whose answers are exp(`slope` · length) tokens long.
  [[nodiscard]] static router_parts small(float mean, float slope = 0) {
    router_parts parts;
    parts.models = {"a"};
    parts.scorers.push_back(std::make_unique<mean_model>(std::vector<float>{mean}));
    parts.tokens = {{.at_mean = 3, .slope = slope, .smear = 1}};
    parts.text = {.members = {0}, .shares = {1}, .calibration = {{}}, .calibration_rows = {100}, .name = "mean"};
    parts.facts.mean_scores = {mean};
    return parts;
  }
  [[nodiscard]] bool is_taken(router_parts parts) const {
    EXPECT_TRUE(save_router(path(), router{std::move(parts)}));
    return load_router(path()).has_value();
  }

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
  other = content();
  other[8] = static_cast<char>(k_router_version);
  other[12] = 9; // of the features
  replace(other);
  EXPECT_NE(load_router(path()).error().message.find(".9; this program reads"), std::string::npos);
}

TEST_F(router_file, refuses_members_that_cannot_be_asked) {
  const design rows = design::make(rows_);
  const std::vector<std::uint32_t> some{0, 1, 2, 3};
  const auto refused = [&](std::uint32_t member) {
    router_parts parts;
    parts.models = {"strong", "weak"};
    parts.scorers.push_back(std::make_unique<mean_model>(std::vector<float>{0.5F, 0.5F}));
    parts.scorers.push_back(fit_neighbours(rows, some, targets::make(rows, some), {}));
    parts.text = {
        .members = {member}, .shares = {1}, .calibration = {{}, {}}, .calibration_rows = {1, 1}, .name = "text"};
    parts.tokens.resize(2);
    parts.facts.mean_scores = {0.5F, 0.5F};
    EXPECT_TRUE(save_router(path(), router{std::move(parts)}));
    return !load_router(path());
  };
  EXPECT_FALSE(refused(0));
  EXPECT_TRUE(refused(1)) << "it reads vectors, and a text has none";
  EXPECT_TRUE(refused(2)) << "there is none";
}

TEST_F(router_file, refuses_what_is_no_router_file_or_not_there) {
  replace("{\"prompt\": \"x\"}");
  EXPECT_EQ(load_router(path()).error().kind, error_kind::invalid_request);
  replace("");
  EXPECT_EQ(load_router(path()).error().kind, error_kind::invalid_request);
  EXPECT_EQ(load_router(folder_ / "none").error().kind, error_kind::not_found);
  EXPECT_EQ(load_router(folder_).error().kind, error_kind::unavailable);
}

TEST_F(router_file, refuses_numbers_that_no_training_makes) {
  EXPECT_TRUE(is_taken(small(0.5F)));
  EXPECT_FALSE(is_taken(small(1e30F))); // its square is no float
  EXPECT_FALSE(is_taken(small(std::numeric_limits<float>::quiet_NaN())));
  router_parts share = small(0.5F);
  share.text.shares = {1e30F};
  EXPECT_FALSE(is_taken(std::move(share)));
  router_parts steep = small(0.5F);
  steep.text.calibration = {*statistics::monotone_map::from_points({{.x = 0, .y = -1e308}, {.x = 1, .y = 1e308}})};
  EXPECT_FALSE(is_taken(std::move(steep)));
}

TEST_F(router_file, refuses_neighbours_that_weigh_the_more_the_farther_they_are) {
  for (const float sharpness : {10.0F, -1e6F}) {
    neighbour_parts near;
    near.models = 1;
    near.dimensions = 2;
    near.neighbours = 2;
    near.sharpness = sharpness;
    near.reach = -1;
    const vectors::row_format format{2};
    near.rows.resize(2 * format.row_bytes());
    ASSERT_TRUE(format.quantise(std::vector<float>{1, 0}, near.rows.data()));
    ASSERT_TRUE(format.quantise(std::vector<float>{0, 1}, near.rows.data() + format.row_bytes()));
    near.above = {0.1F, -0.1F};
    near.means = {0.5F};
    router_parts parts = small(0.5F);
    parts.dimensions = 2;
    parts.scorers.push_back(std::make_unique<neighbour_model>(std::move(near)));
    EXPECT_EQ(is_taken(std::move(parts)), sharpness > 0);
  }
}

TEST_F(router_file, a_long_prompt_leads_to_no_length_beyond_those_of_training) {
  const router steep{small(0.5F, 40)};
  std::vector<estimate> seen(1);
  steep.predict({.text = std::string(100'000, 'x')}, seen);
  EXPECT_EQ(seen[0].output_tokens, 1e7F);
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
