#include "embedding/cached_embedder.h"
#include "embedding/local_embedder.h"
#include "embedding/tests/on_a_loop.h"
#include "engine/tests/local_models.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::embedding {
namespace {

using engine::testing::embedding_model_file;
using testing::ask;
using testing::ask_now;

engine::model_config missing_config() {
  auto config = engine::testing::embedding_config();
  config.name = "missing";
  config.path = "/nonexistent/model.gguf";
  return config;
}

class local_embedder_test : public ::testing::Test {
protected:
  static void SetUpTestSuite() {
    engines_ = std::make_shared<engine::engine_set>(
        std::vector{engine::testing::embedding_config(), missing_config(), engine::testing::chat_config()},
        engine::log_sink{});
  }
  static void TearDownTestSuite() { engines_.reset(); }
  static std::shared_ptr<local_embedder> of(std::string_view model) {
    return local_embedder::make(engines_, model).value();
  }
  static std::shared_ptr<engine::engine_set> engines_;
};
std::shared_ptr<engine::engine_set> local_embedder_test::engines_;

TEST_F(local_embedder_test, only_embedding_models_of_the_set_will_do) {
  EXPECT_EQ(local_embedder::make(engines_, "unknown").error().kind, error_kind::model_not_found);
  EXPECT_EQ(local_embedder::make(engines_, "chat").error().kind, error_kind::invalid_request);
}

TEST_F(local_embedder_test, a_model_that_is_not_there_is_unavailable_and_has_no_space) {
  const auto embedder = of("missing");
  EXPECT_EQ(ask_now(*embedder, "text").error().kind, error_kind::unavailable);
  EXPECT_EQ(embedder->space(), "");
  EXPECT_EQ(embedder->dimensions(), 0U);
}

TEST_F(local_embedder_test, texts_of_one_meaning_are_near) {
  SKIP_WITHOUT_MODEL(embedding_model_file());
  const auto embedder = of("embed");
  EXPECT_EQ(embedder->name(), "local:embed");
  const auto a = ask_now(*embedder, "How do I reset my password?");
  const auto b = ask_now(*embedder, "What are the steps to change a forgotten password?");
  const auto c = ask_now(*embedder, "The weather in Paris is fine today.");
  ASSERT_TRUE(a.has_value() && b.has_value() && c.has_value());
  EXPECT_GT(cosine((*a)->values, (*b)->values), 0.6F);
  EXPECT_LT(cosine((*a)->values, (*c)->values), 0.3F);
  EXPECT_EQ((*a)->space, embedder->space());
  EXPECT_EQ((*a)->values.size(), embedder->dimensions());
  EXPECT_EQ(embedder->space().substr(0, 5), "gguf:");
  EXPECT_FALSE((*a)->cut);
}

TEST_F(local_embedder_test, a_text_beyond_the_context_is_marked) {
  SKIP_WITHOUT_MODEL(embedding_model_file());
  std::string text;
  for (int i = 0; i < 600; ++i) {
    text += "word ";
  }
  const auto got = ask_now(*of("embed"), text);
  ASSERT_TRUE(got.has_value()) << got.error().message;
  EXPECT_TRUE((*got)->cut);
}

TEST_F(local_embedder_test, any_bytes_are_embedded_or_refused) {
  SKIP_WITHOUT_MODEL(embedding_model_file());
  const auto embedder = of("embed");
  for (const std::string& text : {std::string(), std::string(" "), std::string("\xff\xfe"), std::string("a\0b", 3)}) {
    const auto got = ask_now(*embedder, text);
    if (got.has_value()) {
      EXPECT_EQ((*got)->values.size(), embedder->dimensions());
    } else {
      EXPECT_EQ(got.error().kind, error_kind::invalid_request) << got.error().message;
    }
  }
}

TEST_F(local_embedder_test, concurrent_embeds_share_steps) {
  SKIP_WITHOUT_MODEL(embedding_model_file());
  const auto embedder = of("embed");
  ASSERT_TRUE(ask_now(*embedder, "loaded").has_value());
  auto& model = *engines_->find("embed");
  const auto steps_before = model.stats().load.decode_steps;
  boost::asio::io_context context;
  std::vector<std::shared_ptr<testing::asking>> all;
  // The first keeps the engine busy for longer than it takes to ask for the rest.
  std::string long_text;
  for (int i = 0; i < 500; ++i) {
    long_text += "river ";
  }
  all.push_back(ask(context, *embedder, long_text));
  for (int i = 0; i < 16; ++i) {
    all.push_back(ask(context, *embedder, "question number " + std::to_string(i)));
  }
  context.run();
  for (const auto& one : all) {
    ASSERT_TRUE(one->got && one->got->has_value());
  }
  EXPECT_LT(model.stats().load.decode_steps - steps_before, 17U);
}

TEST_F(local_embedder_test, cancelled_before_during_and_after) {
  SKIP_WITHOUT_MODEL(embedding_model_file());
  const auto embedder = of("embed");
  boost::asio::io_context context;
  const auto before = ask(context, *embedder, "before");
  before->scope.cancel();
  const auto during = ask(context, *embedder, "during");
  const auto other = ask(context, *embedder, "other");
  context.poll_one();
  context.poll_one();
  context.poll_one();
  during->scope.cancel();
  context.run();
  EXPECT_EQ(before->got->error().kind, error_kind::cancelled);
  EXPECT_EQ(during->got->error().kind, error_kind::cancelled);
  ASSERT_TRUE(other->got->has_value());
  other->scope.cancel();
  EXPECT_TRUE(ask_now(*embedder, "again").has_value());
}

TEST_F(local_embedder_test, the_loop_may_go_while_the_model_works) {
  SKIP_WITHOUT_MODEL(embedding_model_file());
  const auto embedder = of("embed");
  {
    boost::asio::io_context gone;
    const auto asked = ask(gone, *embedder, "nobody will hear this");
    gone.poll();
  }
  EXPECT_TRUE(ask_now(*embedder, "still there").has_value());
}

TEST_F(local_embedder_test, a_stopped_engine_is_unavailable) {
  SKIP_WITHOUT_MODEL(embedding_model_file());
  const auto engines =
      std::make_shared<engine::engine_set>(std::vector{engine::testing::embedding_config()}, engine::log_sink{});
  const auto embedder = local_embedder::make(engines, "embed").value();
  boost::asio::io_context context;
  const auto running = ask(context, *embedder, "in the queue");
  context.poll();
  engines->stop();
  context.restart();
  context.run();
  ASSERT_TRUE(running->got);
  EXPECT_TRUE(running->got->has_value() || running->got->error().kind == error_kind::unavailable);
  EXPECT_EQ(ask_now(*embedder, "too late").error().kind, error_kind::unavailable);
}

TEST_F(local_embedder_test, a_full_queue_refuses_at_once) {
  SKIP_WITHOUT_MODEL(embedding_model_file());
  auto config = engine::testing::embedding_config();
  config.queue_max = 1;
  const auto engines = std::make_shared<engine::engine_set>(std::vector{config}, engine::log_sink{});
  const auto embedder = local_embedder::make(engines, "embed").value();
  boost::asio::io_context context;
  std::vector<std::shared_ptr<testing::asking>> all; // while the model loads, nothing leaves the queue
  for (int i = 0; i < 40; ++i) {
    all.push_back(ask(context, *embedder, std::to_string(i)));
  }
  context.run();
  int refused = 0;
  for (const auto& one : all) {
    if (one->got->has_error()) {
      EXPECT_EQ(one->got->error().kind, error_kind::unavailable);
      EXPECT_TRUE(one->got->error().retryable);
      ++refused;
    }
  }
  EXPECT_GT(refused, 0);
}

TEST_F(local_embedder_test, cached_it_answers_again_without_the_model) {
  SKIP_WITHOUT_MODEL(embedding_model_file());
  net::deadline_wheel wheel;
  const auto shared = std::make_shared<shared_embeddings>(embedding_limits{});
  cached_embedder cached(of("embed"), shared, wheel);
  const auto first = ask_now(cached, "What time is it?");
  ASSERT_TRUE(first.has_value());
  const auto again = ask_now(cached, "What time is it?");
  EXPECT_EQ(*first, *again);
  EXPECT_EQ(shared->stats().cache.hits, 1U);
  EXPECT_EQ(shared->stats().embedded, 1U);
}

} // namespace
} // namespace inferenceflow::embedding
