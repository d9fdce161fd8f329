#include "codecs/tgi/codec.h"
#include "dialogue/assembly.h"
#include "dialogue/order_check.h"

#include <gtest/gtest.h>
#include <vector>

namespace inferenceflow::codecs::tgi {
namespace {

using dialogue::answer;
using dialogue::finish;
using dialogue::text_part;

const codec k_tgi;

struct outcome {
  answer got = {};
  bool ended = false;
  int failures = 0;
  error failure = {};
};

outcome read_in_pieces(std::string_view stream, std::size_t piece, std::size_t event_bytes_max = 1 << 16) {
  dialogue::assembly whole;
  dialogue::order_check order;
  outcome result;
  const auto reader = k_tgi.make_reader(event_bytes_max);
  const dialogue::event_handler take = [&](const dialogue::event& happened) {
    order.take(happened);
    whole.take(happened);
    result.failures += happened.kind == dialogue::event_kind::failure ? 1 : 0;
  };
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    reader->push(stream.substr(at, piece), take);
  }
  reader->finish(take);
  EXPECT_EQ(order.fault(), "") << stream;
  EXPECT_TRUE(order.closed());
  result.got = whole.so_far();
  result.ended = whole.ended();
  result.failure = whole.failure().value_or(error{});
  return result;
}

std::string token(std::string_view text, std::string_view rest = R"("generated_text":null,"details":null)",
                  bool special = false) {
  return R"(data:{"index":1,"token":{"id":5,"text":")" + std::string{text} + R"(","logprob":-0.5,"special":)" +
         (special ? "true" : "false") + "}," + std::string{rest} + "}\n\n";
}

std::string last(std::string_view reason) {
  return R"("generated_text":"all","details":{"finish_reason":")" + std::string{reason} +
         R"(","generated_tokens":3,"seed":null,"input_length":9})";
}

TEST(tgi_answer, reads_a_whole_one) {
  const auto read = k_tgi.read_answer(
      R"({"generated_text":" Blue sky.","details":{"finish_reason":"eos_token","generated_tokens":3,"seed":null,
          "prefill":[{"id":1,"text":"<s>","logprob":null},{"id":2,"text":"User","logprob":-1}],
          "tokens":[{"id":5,"text":" Blue","logprob":-0.5,"special":false}]}})");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->choices[0].parts, (std::vector<dialogue::part>{text_part{.text = "Blue sky."}}));
  EXPECT_EQ(read->choices[0].reason, finish::stop);
  EXPECT_EQ(read->usage, (cost::token_usage{.fresh_input = 2, .output = 3}));
  EXPECT_TRUE(read->choices[0].logprobs.empty());
}

TEST(tgi_answer, takes_the_templates_marker_off) {
  const auto read = k_tgi.read_answer(
      R"([{"generated_text":"Blue.\n\nUser:","details":{"finish_reason":"stop_sequence","generated_tokens":3,
          "prefill":[],"tokens":[{"id":5,"text":"Blue.","logprob":-0.5,"special":false},
          {"id":6,"text":"\n\nUser:","logprob":-1,"special":false},{"id":7,"text":"</s>","logprob":0,"special":true}],
          "top_tokens":[[{"id":5,"text":"Blue.","logprob":-0.5,"special":false}],[],[]]}}])");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(std::get<text_part>(read->choices[0].parts[0]).text, "Blue.");
  EXPECT_EQ(read->choices[0].reason, finish::stop);
  EXPECT_EQ(read->choices[0].logprobs,
            (std::vector<dialogue::token_logprob>{{.token = "Blue.", .logprob = -0.5, .top = {{"Blue.", -0.5}}}}));
  EXPECT_FALSE(read->usage);
  EXPECT_EQ(
      k_tgi.read_answer(R"({"generated_text":"a","details":{"finish_reason":"stop_sequence"}})")->choices[0].reason,
      finish::stop_sequence);
  EXPECT_EQ(k_tgi.read_answer(R"({"generated_text":""})")->choices[0].parts.size(), 0U);
}

TEST(tgi_answer, what_is_no_answer_is_the_upstreams_fault) {
  for (const std::string_view body : {"", "[]", "{}", "null", R"({"error":"x","error_type":"validation"})",
                                      R"({"generated_text":3})", R"({"generated_text":"a","details":7})"}) {
    const auto read = k_tgi.read_answer(body);
    ASSERT_FALSE(read) << body;
    EXPECT_EQ(read.error().kind, error_kind::upstream_failed);
  }
}

TEST(tgi_stream, is_read_in_every_cut) {
  const std::string stream = ":\n\n" + token(" Blue") + token(" sky.") + token("</s>", last("eos_token"), true);
  for (std::size_t piece = 1; piece < 40; ++piece) {
    const outcome read = read_in_pieces(stream, piece);
    EXPECT_TRUE(read.ended) << read.failure.message;
    ASSERT_EQ(read.got.choices.size(), 1U);
    EXPECT_EQ(read.got.choices[0].parts, (std::vector<dialogue::part>{text_part{.text = "Blue sky."}}));
    EXPECT_EQ(read.got.choices[0].reason, finish::stop);
    EXPECT_EQ(read.got.usage, (cost::token_usage{.fresh_input = 9, .output = 3}));
  }
}

TEST(tgi_stream, the_marker_is_held_back_and_other_text_is_not_lost) {
  const outcome marked =
      read_in_pieces(token("Blue.") + token("\\n\\n") + token("Us") + token("er:", last("stop_sequence")), 9);
  EXPECT_EQ(std::get<text_part>(marked.got.choices[0].parts[0]).text, "Blue.");
  EXPECT_EQ(marked.got.choices[0].reason, finish::stop);
  const outcome other = read_in_pieces(token("a\\n\\nUs") + token("age\\n") + token("\\n", last("length")), 9);
  EXPECT_EQ(std::get<text_part>(other.got.choices[0].parts[0]).text, "a\n\nUsage\n\n");
  EXPECT_EQ(other.got.choices[0].reason, finish::length);
}

TEST(tgi_stream, probabilities_go_with_their_text) {
  const std::string top = R"("top_tokens":[{"id":1,"text":"x","logprob":-2,"special":false}],)";
  const outcome read =
      read_in_pieces(token("A", top + R"("generated_text":null)") + token("\\n\\n", top + R"("generated_text":null)") +
                         token("User:", top + last("stop_sequence")),
                     5);
  EXPECT_EQ(read.got.choices[0].logprobs,
            (std::vector<dialogue::token_logprob>{{.token = "A", .logprob = -0.5, .top = {{"x", -2}}}}));
}

TEST(tgi_stream, broken_ones_end_in_one_failure) {
  const std::string too_long =
      std::string{
          R"(data:{"error":"Input validation error: `inputs` must have less than 9 tokens.","error_type":"validation"})"} +
      "\n\n";
  const std::vector<std::string> broken = {
      "",
      token("half"),
      "data:{\n\n",
      "data:{}\n\n",
      "data:[DONE]\n\n",
      token("half") + "data:{\"error\":\"Model is overloaded\",\"error_type\":\"overloaded\"}\n\n",
      too_long,
      token("half", R"("generated_text":"x","details":4)"),
      "data:{\"error\":{},\"error_type\":\"generation\"}\n\n",
  };
  for (const std::string& stream : broken) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{4096}}) {
      const outcome read = read_in_pieces(stream, piece);
      EXPECT_EQ(read.failures, 1) << stream;
      EXPECT_FALSE(read.ended) << stream;
    }
  }
  EXPECT_EQ(read_in_pieces(broken[5], 99).failure.kind, error_kind::rate_limited);
  EXPECT_EQ(read_in_pieces(broken[6], 99).failure.kind, error_kind::context_too_long);
  EXPECT_EQ(read_in_pieces(broken[6], 99).failure.source, error_source::client);
  EXPECT_EQ(read_in_pieces(token(std::string(300, 'x')), 64, 256).failures, 1);
}

TEST(tgi_error, maps_status_and_document) {
  const error validation = k_tgi.read_error(
      422, R"({"error":"Input validation error: grammar is not supported","error_type":"validation"})", "");
  EXPECT_EQ(validation.kind, error_kind::invalid_request);
  EXPECT_EQ(validation.source, error_source::client);
  EXPECT_FALSE(validation.retryable);
  const error busy = k_tgi.read_error(429, R"({"error":"Model is overloaded","error_type":"overloaded"})", "2");
  EXPECT_EQ(busy.kind, error_kind::rate_limited);
  EXPECT_EQ(busy.retry_after, std::chrono::seconds{2});
  EXPECT_EQ(busy.source, error_source::upstream);
  const error broke = k_tgi.read_error(424, R"({"error":"Request failed, see http://10.0.0.1/x"})", "");
  EXPECT_EQ(broke.kind, error_kind::upstream_failed);
  EXPECT_EQ(broke.message, "Request failed, see [address]");
  EXPECT_TRUE(broke.retryable);
  EXPECT_EQ(k_tgi.read_error(401, "no", "").kind, error_kind::forbidden);
  EXPECT_EQ(k_tgi.read_error(400, R"({"error":["`inputs.context`: field required"]})", "").message,
            "`inputs.context`: field required");
  EXPECT_EQ(k_tgi.read_error(500, "<html>", "").message, "the provider answered with status 500");
  const auto written = k_tgi.write_error(make_error(error_kind::rate_limited, "slow \"down\""));
  EXPECT_EQ(written.status, 429);
  EXPECT_EQ(written.body, R"({"error":"slow \"down\"","error_type":"overloaded"})");
}

} // namespace
} // namespace inferenceflow::codecs::tgi
