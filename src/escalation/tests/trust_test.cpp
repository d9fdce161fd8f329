#include "escalation/trust.h"
#include "statistics/calibration.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <sstream>
#include <unistd.h>
#include <xxhash.h>

namespace inferenceflow::escalation {
namespace {

/// Answers that are the more often wrong the less samples agree; of class "hard" more often by far.
std::vector<labelled> answers(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 draws{seed};
  std::uniform_real_distribution<double> uniform;
  std::vector<labelled> rows(count);
  for (labelled& row : rows) {
    const double agreement = uniform(draws);
    const bool hard = uniform(draws) < 0.3;
    row.seen.agreement = agreement;
    row.seen.margin = std::clamp(agreement + 0.3 * (uniform(draws) - 0.5), 0.0, 1.0);
    row.label = hard ? "hard" : "easy";
    const double p_wrong = hard ? 1 - 0.7 * agreement : std::pow(1 - agreement, 3);
    row.wrong = uniform(draws) < p_wrong;
  }
  return rows;
}

trust learnt(std::size_t count = 4000, std::uint64_t seed = 1) {
  auto made = trust::fit(answers(count, seed));
  EXPECT_TRUE(made);
  return std::move(*made);
}

class folder {
public:
  folder() { std::filesystem::create_directories(path_); }
  ~folder() { std::filesystem::remove_all(path_); }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() /
      fmt::format("trust_test.{}.{}", ::getpid(), ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

std::string content(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void put(const std::string& path, const std::string& text) {
  std::ofstream{path, std::ios::binary} << text;
}

TEST(trust, orders_answers_without_any_label) {
  const trust made = trust::prior();
  EXPECT_FALSE(made.learnt());
  EXPECT_NEAR(made.p_wrong({}), 0.25, 1e-12);
  EXPECT_LT(made.p_wrong({.agreement = 1}), made.p_wrong({.agreement = 0.5}));
  EXPECT_LT(made.p_wrong({.margin = 0.95}), made.p_wrong({.margin = 0.2}));
  EXPECT_LT(made.p_wrong({.entropy = 0.05}), made.p_wrong({.entropy = 0.6}));
  EXPECT_LT(made.p_wrong({.logprob_mean = -0.1}), made.p_wrong({.logprob_mean = -2}));
  EXPECT_LT(made.p_wrong({.score = 0.95}), made.p_wrong({.score = 0.4}));
  EXPECT_LT(made.p_wrong({.support = 0.9}), made.p_wrong({.support = 0.1}));
  EXPECT_GT(made.p_wrong({.format_valid = false}), 0.9);
  EXPECT_GT(made.p_wrong({.empty = true}), 0.9);
  EXPECT_GT(made.p_wrong({.refusal = true}), 0.5);
  EXPECT_GT(made.p_wrong({.agreement = 1, .cut = true}), made.p_wrong({.agreement = 1}));
}

TEST(trust, learns_probabilities_that_hold_for_other_answers) {
  const trust made = learnt();
  std::vector<double> predicted;
  std::vector<double> observed;
  for (const labelled& row : answers(8000, 2)) {
    predicted.push_back(made.p_wrong(row.seen, row.label));
    observed.push_back(row.wrong ? 1 : 0);
  }
  EXPECT_LT(statistics::calibration_error(predicted, observed), 0.03);
  EXPECT_LT(made.calibration_error(), 0.05); // of a map from three fifths of the rows, in bins of a hundred
  EXPECT_EQ(made.classes(), 2U);
}

TEST(trust, tells_classes_apart_and_falls_back_to_what_is_common) {
  const trust made = learnt();
  const signals agreeing{.margin = 0.9, .agreement = 0.9};
  EXPECT_NEAR(made.p_wrong(agreeing, "easy"), 0.0, 0.06);
  EXPECT_NEAR(made.p_wrong(agreeing, "hard"), 0.37, 0.1);
  const double common = made.p_wrong(agreeing);
  EXPECT_GT(common, made.p_wrong(agreeing, "easy"));
  EXPECT_LT(common, made.p_wrong(agreeing, "hard"));
  EXPECT_EQ(made.p_wrong(agreeing, "never seen"), common);
}

TEST(trust, draws_a_rare_class_to_the_common_weights) {
  auto rows = answers(4000, 3);
  for (std::size_t i = 0; i < k_class_rows_min; ++i) { // chance: all of a rare class are wrong
    rows[i].label = "rare";
    rows[i].wrong = true;
  }
  const auto made = trust::fit(rows);
  ASSERT_TRUE(made);
  const signals agreeing{.margin = 0.9, .agreement = 0.9};
  EXPECT_GT(made->p_wrong(agreeing, "rare"), made->p_wrong(agreeing));
  EXPECT_LT(made->p_wrong(agreeing, "rare"), 0.9); // 30 rows do not prove certainty
}

TEST(trust, takes_a_rare_class_for_what_is_common_until_it_proves_otherwise) {
  auto rows = answers(4000, 3);
  for (std::size_t i = 0; i < k_class_rows_min; ++i) {
    rows[i].label = "rare";
  }
  const auto made = trust::fit(rows);
  ASSERT_TRUE(made);
  for (const double agreement : {0.05, 0.5, 0.95}) {
    const signals seen{.margin = agreement, .agreement = agreement};
    EXPECT_NEAR(made->p_wrong(seen, "rare"), made->p_wrong(seen), 0.12) << agreement;
  }
}

TEST(trust, never_falls_as_agreement_falls_and_is_never_certain) {
  const trust made = learnt();
  double before = 1;
  for (int i = 0; i <= 100; ++i) {
    const double p_wrong = made.p_wrong({.margin = 0.5, .agreement = i / 100.0}, "easy");
    EXPECT_LE(p_wrong, before + 1e-12);
    EXPECT_GT(p_wrong, 0);
    EXPECT_LT(p_wrong, 1);
    before = p_wrong;
  }
}

TEST(trust, tells_answers_apart_that_are_as_often_wrong_as_seen) {
  const trust made = learnt(500);
  double before = made.p_wrong({.margin = 0.5, .agreement = 0}, "easy");
  for (int i = 1; i <= 90; ++i) { // else a threshold takes all of a level or none of it
    const double p_wrong = made.p_wrong({.margin = 0.5, .agreement = i / 100.0}, "easy");
    EXPECT_LT(p_wrong, before) << i;
    before = p_wrong;
  }
}

TEST(trust, learns_nothing_from_what_never_varies) {
  auto rows = answers(500, 4);
  for (labelled& row : rows) {
    row.seen.entropy = 0.25;
  }
  const auto made = trust::fit(rows);
  ASSERT_TRUE(made);
  const double usual = made->p_wrong({.entropy = 0.25, .agreement = 0.5});
  EXPECT_NEAR(usual, made->p_wrong({.entropy = 0.26, .agreement = 0.5}), 0.05);
  EXPECT_LT(made->p_wrong({.entropy = 0.25, .agreement = 1}), usual);
}

/// Numbers that say nothing of being wrong, which one answer in four is.
std::vector<labelled> noise(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 draws{seed};
  std::uniform_real_distribution<double> uniform;
  std::vector<labelled> rows(count);
  for (labelled& row : rows) {
    row.seen = {.logprob_mean = -uniform(draws),
                .logprob_min = -uniform(draws),
                .margin = uniform(draws),
                .entropy = uniform(draws),
                .agreement = uniform(draws)};
    row.wrong = uniform(draws) < 0.25;
  }
  return rows;
}

TEST(trust, makes_nothing_of_noise) {
  double off = 0;
  constexpr int k_runs = 20;
  for (std::uint64_t seed = 0; seed < k_runs; ++seed) {
    const auto made = trust::fit(noise(200, seed), {.ridge = 0.001});
    ASSERT_TRUE(made);
    for (const labelled& row : noise(100, seed + 1'000)) {
      off += std::abs(made->p_wrong(row.seen) - 0.25) / 100 / k_runs;
    }
  }
  EXPECT_LT(off, 0.06);
}

TEST(trust, takes_signals_that_are_no_numbers_for_absent) {
  const trust made = learnt();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(made.p_wrong({.margin = nan, .agreement = nan}), made.p_wrong({}));
  EXPECT_TRUE(std::isfinite(made.p_wrong({.logprob_mean = -1e300, .agreement = 1e300})));
}

TEST(trust, refuses_rows_that_teach_nothing) {
  EXPECT_FALSE(trust::fit(answers(k_rows_min - 1, 1)));
  auto rows = answers(100, 1);
  std::for_each(rows.begin(), rows.end(), [](labelled& row) { row.wrong = true; });
  EXPECT_NE(trust::fit(rows).error().message.find("all of the labelled answers are wrong"), std::string::npos);
  rows[0].wrong = false;
  EXPECT_TRUE(trust::fit(rows));
  EXPECT_FALSE(trust::fit(rows, {.ridge = 0}));
  rows[3].seen.margin = std::numeric_limits<double>::infinity();
  EXPECT_NE(trust::fit(rows).error().message.find("row 4"), std::string::npos);
}

TEST(trust_file, brings_back_the_same_probabilities) {
  const folder home;
  const trust made = learnt();
  ASSERT_TRUE(made.save(home.file("trust")));
  const auto back = trust::load(home.file("trust"));
  ASSERT_TRUE(back) << back.error().message;
  for (const labelled& row : answers(200, 9)) {
    EXPECT_NEAR(back->p_wrong(row.seen, row.label), made.p_wrong(row.seen, row.label), 1e-12);
  }
  EXPECT_EQ(back->rows(), made.rows());
  EXPECT_NEAR(back->calibration_error(), made.calibration_error(), 1e-12);
  ASSERT_TRUE(trust::prior().save(home.file("trust"))); // takes its place
  EXPECT_FALSE(trust::load(home.file("trust"))->learnt());
  EXPECT_FALSE(std::filesystem::exists(home.file("trust.writing")));
}

TEST(trust_file, says_what_is_wrong_with_a_file) {
  const folder home;
  const std::string path = home.file("trust");
  EXPECT_EQ(trust::load(path).error().kind, error_kind::not_found);
  ASSERT_TRUE(learnt(500).save(path));
  const std::string sound = content(path);
  const auto failure = [&](const std::string& text) {
    put(path, text);
    const auto loaded = trust::load(path);
    EXPECT_FALSE(loaded);
    return loaded ? std::string{} : loaded.error().message;
  };
  EXPECT_NE(failure("").find("no file of trust"), std::string::npos);
  EXPECT_NE(failure("{}").find("no file of trust"), std::string::npos);
  EXPECT_NE(failure(sound.substr(0, sound.size() / 2)).find("damaged"), std::string::npos);
  std::string turned = sound;
  turned[turned.size() / 2] ^= 1;
  EXPECT_NE(failure(turned).find("damaged"), std::string::npos);
  std::string later = sound;
  later.replace(later.find(" 1 "), 3, " 2 ");
  EXPECT_NE(failure(later).find("another version"), std::string::npos);
  EXPECT_EQ(trust::load(home.file("")).error().kind, error_kind::invalid_request); // a folder
}

/// A file whose checksum is right, whatever stands in it.
std::string sealed(const std::string& body) {
  const auto digest = XXH3_128bits(body.data(), body.size());
  return fmt::format("inferenceflow-trust 1 {:016x}{:016x}\n{}", digest.high64, digest.low64, body);
}

TEST(trust_file, refuses_numbers_that_no_training_makes) {
  const folder home;
  const std::string path = home.file("trust");
  ASSERT_TRUE(learnt(500).save(path));
  std::string body = content(path);
  body.erase(0, body.find('\n') + 1);
  put(path, sealed(body));
  ASSERT_TRUE(trust::load(path));
  const std::pair<std::string_view, const char*> wrong[] = {
      {R"("rows":)", "1e300"},    {R"("rows":)", "-1"},   {R"("wrong_share":)", "2"},  {R"("mean":[)", "1e308"},
      {R"("spread":[)", "1e308"}, {R"("spread":[)", "0"}, {R"("weights":[)", "1e308"}, {R"("map":[[)", "-1e308"}};
  for (const auto& [behind, number] : wrong) {
    std::string other = body;
    const auto found = other.find(behind);
    ASSERT_NE(found, std::string::npos) << behind;
    const auto at = found + behind.size();
    put(path, sealed(other.replace(at, other.find_first_of(",]", at) - at, number)));
    const auto loaded = trust::load(path);
    ASSERT_FALSE(loaded) << behind << number;
    EXPECT_NE(loaded.error().message.find("no training makes"), std::string::npos);
  }
}

TEST(trust_file, neighbours_that_are_read_the_wrong_way_round_are_one) {
  const folder home;
  const std::string path = home.file("trust");
  ASSERT_TRUE(learnt(500).save(path));
  std::string body = content(path);
  body.erase(0, body.find('\n') + 1);
  const auto map = body.find(R"("map":[)");
  const auto end = body.find("]]", map);
  for (const auto& [points, fine] :
       {std::pair{"[0.5,0.1],[0.49999999999999994,0.2", true}, std::pair{"[0.5,0.1],[0.49,0.2", false}}) {
    std::string other = body;
    other.replace(map + 7, end - map - 7, points);
    put(path, sealed(other));
    EXPECT_EQ(trust::load(path).has_value(), fine) << points;
  }
}

TEST(trust, signals_far_from_all_others_are_still_a_probability) {
  const trust made = learnt(500);
  for (const double far : {-1e308, 1e308}) {
    const double p_wrong = made.p_wrong({.logprob_mean = far, .logprob_min = far, .margin = -far, .entropy = far});
    EXPECT_GT(p_wrong, 0);
    EXPECT_LT(p_wrong, 1);
  }
  auto rows = answers(500, 1);
  rows[0].seen.entropy = 1e300; // its square is no number
  EXPECT_EQ(trust::fit(rows).error().kind, error_kind::invalid_request);
}

TEST(trust_file, leaves_the_old_file_where_it_cannot_write) {
  EXPECT_EQ(trust::prior().save("/proc/nowhere/trust").error().kind, error_kind::unavailable);
}

TEST(read_labels, takes_what_is_documented) {
  const auto rows =
      read_labels(R"({"signals":{"margin":0.5,"agreement":1,"format":1,"refusal":0},"wrong":0,"class":"de"}

{"signals":{"entropy":null,"format":false,"cut":true,"empty":1,"score":0.25,"support":0.5},"wrong":true,"id":"x"}
)");
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ((*rows)[0].seen, (signals{.margin = 0.5, .agreement = 1, .format_valid = true}));
  EXPECT_EQ((*rows)[0].label, "de");
  EXPECT_EQ((*rows)[1].seen,
            (signals{.score = 0.25, .support = 0.5, .format_valid = false, .empty = true, .cut = true}));
  EXPECT_TRUE((*rows)[1].wrong);
  EXPECT_TRUE(read_labels("")->empty());
}

TEST(read_labels, names_the_line_that_is_broken) {
  const std::string good = "{\"signals\":{},\"wrong\":1}\n";
  for (const char* bad :
       {"{", "[]", "{\"wrong\":1}", "{\"signals\":{}}", "{\"signals\":{},\"wrong\":2}",
        "{\"signals\":{\"margin\":\"x\"},\"wrong\":1}", "{\"signals\":{\"mragin\":1},\"wrong\":1}",
        "{\"signals\":{\"format\":0.5},\"wrong\":1}", "{\"signals\":{},\"wrong\":1,\"class\":7}", "\xff"}) {
    const auto rows = read_labels(good + bad);
    ASSERT_FALSE(rows) << bad;
    EXPECT_NE(rows.error().message.find("line 2"), std::string::npos) << bad;
  }
  EXPECT_FALSE(read_labels(good + std::string(1U << 20U, '[')));
}

} // namespace
} // namespace inferenceflow::escalation
