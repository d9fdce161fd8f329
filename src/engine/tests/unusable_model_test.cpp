#include "engine/engine_set.h"
#include "engine/tests/local_models.h"

#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

namespace inferenceflow::engine {
namespace {

using testing::collected_generation;

class unusable_model : public ::testing::Test {
protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }

  static model_config config_of(const std::filesystem::path& file) {
    auto config = testing::chat_config();
    config.path = file.string();
    return config;
  }

  static error failure_of(const model_config& config) {
    const engine_set set({config}, {});
    collected_generation answer;
    generation request;
    request.prompt = std::string("hello");
    EXPECT_TRUE(set.find("chat")->submit(request, answer.callback()).has_value());
    answer.wait();
    EXPECT_EQ(set.find("chat")->stats().state, load_state::failed);
    return answer.failure.value();
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("iflow_unusable_model_" + std::to_string(getpid()));
};

TEST_F(unusable_model, a_missing_file_says_how_to_get_it) {
  const auto failure = failure_of(config_of(folder_ / "absent.gguf"));
  EXPECT_EQ(failure.kind, error_kind::unavailable);
  EXPECT_NE(failure.message.find("make models"), std::string::npos);
  EXPECT_NE(failure.message.find("absent.gguf"), std::string::npos);
}

TEST_F(unusable_model, a_file_that_is_no_model_is_refused) {
  EXPECT_EQ(failure_of(config_of(write("empty.gguf", ""))).kind, error_kind::unavailable);
  EXPECT_EQ(failure_of(config_of(write("text.gguf", "this is not a model"))).kind, error_kind::unavailable);
  EXPECT_EQ(
      failure_of(config_of(write("magic.gguf", std::string("GGUF\x03\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", 16))))
          .kind,
      error_kind::unavailable);
}

TEST_F(unusable_model, a_truncated_model_is_refused) {
  SKIP_WITHOUT_MODEL(testing::chat_model_file());
  for (const std::uintmax_t bytes : {100'000U, 5'000'000U, 60'000'000U}) {
    const auto file = folder_ / "cut.gguf";
    std::filesystem::copy_file(testing::chat_model_file(), file, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(file, bytes);
    EXPECT_EQ(failure_of(config_of(file)).kind, error_kind::unavailable) << bytes;
  }
}

TEST_F(unusable_model, an_embedding_model_does_not_chat) {
  SKIP_WITHOUT_MODEL(testing::embedding_model_file());
  EXPECT_EQ(failure_of(config_of(testing::embedding_model_file())).kind, error_kind::unavailable);
}

TEST_F(unusable_model, a_file_that_appears_later_is_loaded) {
  SKIP_WITHOUT_MODEL(testing::chat_model_file());
  const auto file = folder_ / "later.gguf";
  const engine_set set({config_of(file)}, {});
  auto& model = *set.find("chat");
  generation request;
  request.prompt = std::string("one two three");
  request.tokens_max = 2;
  collected_generation before;
  ASSERT_TRUE(model.submit(request, before.callback()).has_value());
  before.wait();
  ASSERT_TRUE(before.failure);
  std::filesystem::create_symlink(testing::chat_model_file(), file);
  collected_generation after;
  ASSERT_TRUE(model.submit(request, after.callback()).has_value());
  after.wait();
  EXPECT_FALSE(after.failure);
  EXPECT_EQ(model.stats().state, load_state::ready);
}

TEST_F(unusable_model, stopping_ends_jobs_and_refuses_new_ones) {
  const engine_set set({config_of(folder_ / "absent.gguf")}, {});
  auto& model = *set.find("chat");
  model.stop();
  const auto refused = model.submit(generation{}, [](generation_event&&) {});
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().kind, error_kind::unavailable);
}

TEST(model_queue, a_full_queue_is_refused_with_a_time_to_come_back) {
  SKIP_WITHOUT_MODEL(testing::chat_model_file());
  auto config = testing::chat_config();
  config.queue_max = 2;
  config.sequences_max = 1;
  const engine_set set({config}, {});
  auto& model = *set.find("chat");
  generation request;
  request.prompt = std::string("one two three four");
  request.tokens_max = 200;
  std::vector<std::unique_ptr<collected_generation>> running;
  std::optional<error> refused;
  for (int i = 0; i < 6 && !refused; ++i) {
    auto& one = running.emplace_back(std::make_unique<collected_generation>());
    const auto job = model.submit(request, one->callback());
    if (job.has_error()) {
      refused = job.error();
      running.pop_back();
    }
  }
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->kind, error_kind::unavailable);
  EXPECT_TRUE(refused->retryable);
  EXPECT_TRUE(refused->retry_after.has_value());
  EXPECT_EQ(model.stats().jobs_refused, 1U);
  model.stop();
  for (const auto& one : running) {
    one->wait();
  }
}

} // namespace
} // namespace inferenceflow::engine
