// Recorded arrivals through the simulated engine: `make eval-lanes DATA=folder`; skipped where no folder is named.
#include "engine/tests/step_simulator.h"

#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <vector>

namespace inferenceflow::engine {
namespace {

using testing::quantile;
using testing::simulated_job;
using testing::step_simulator;

constexpr std::size_t k_requests = 3'000;     // of each trace
constexpr double k_token_scale = 0.1;         // the simulated model is as much slower than those that were recorded
constexpr std::uint32_t k_prompt_max = 1'500; // tokens, after scaling
constexpr std::uint32_t k_output_max = 300;

struct recorded_request {
  double at_s = 0;
  std::uint32_t prompt_tokens = 0;
  std::uint32_t output_tokens = 0;
  std::vector<std::int64_t> blocks = {}; ///< ids of what the prompt consists of, where recorded
};

std::uint32_t scaled(double tokens, std::uint32_t most) {
  return std::clamp(static_cast<std::uint32_t>(tokens * k_token_scale), 1U, most);
}

// TIMESTAMP,ContextTokens,GeneratedTokens; the time of day is enough, an hour was recorded.
std::vector<recorded_request> read_azure(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<recorded_request> requests;
  std::string line;
  std::getline(in, line);
  while (requests.size() < k_requests && std::getline(in, line)) {
    int hour = 0;
    int minute = 0;
    double second = 0;
    double prompt = 0;
    double output = 0;
    if (std::sscanf(line.c_str(), "%*s %d:%d:%lf,%lf,%lf", &hour, &minute, &second, &prompt, &output) == 5) {
      requests.push_back(
          {hour * 3600 + minute * 60 + second, scaled(prompt, k_prompt_max), scaled(output, k_output_max)});
    }
  }
  return requests;
}

std::vector<recorded_request> read_mooncake(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<recorded_request> requests;
  std::string line;
  while (std::getline(in, line)) {
    const auto parsed = boost::json::parse(line);
    recorded_request one;
    one.at_s = parsed.at("timestamp").to_number<double>() / 1000;
    one.output_tokens = scaled(parsed.at("output_length").to_number<double>(), k_output_max);
    for (const auto& id : parsed.at("hash_ids").as_array()) {
      one.blocks.push_back(id.to_number<std::int64_t>());
    }
    requests.push_back(std::move(one));
  }
  return requests;
}

void add(step_simulator& sim, const std::vector<recorded_request>& trace, service_lane lane, job_id first) {
  for (std::size_t i = 0; i < trace.size(); ++i) {
    simulated_job job;
    job.arrives = std::chrono::duration_cast<testing::nanoseconds>(
        std::chrono::duration<double>(trace[i].at_s - trace.front().at_s));
    job.output_tokens = trace[i].output_tokens;
    job.wanted.job = first + i;
    job.wanted.prompt_tokens = trace[i].prompt_tokens;
    job.wanted.tokens_max = k_output_max;
    job.wanted.lane = lane;
    job.wanted.tenant = std::string(to_string(lane));
    sim.add(job);
  }
}

std::vector<double> queueing(const step_simulator& sim, service_lane lane) {
  std::vector<double> waits;
  for (const auto& [id, record] : sim.records()) {
    if (record.lane == lane) {
      EXPECT_TRUE(record.ended.has_value()) << "job " << id << " has not ended";
      waits.push_back(record.queueing_ms());
    }
  }
  return waits;
}

class recorded_traces : public ::testing::Test {
protected:
  void SetUp() override {
    const char* folder = std::getenv("IFLOW_TRACES");
    if (folder == nullptr) {
      GTEST_SKIP() << "IFLOW_TRACES names no folder; `make eval-lanes DATA=folder` does";
    }
    folder_ = folder;
  }
  std::filesystem::path folder_;
};

// The conversations are people's; every fourth of them is urgent. The code completions can wait.
TEST_F(recorded_traces, azure_arrivals_in_three_lanes) {
  const auto people = read_azure(folder_ / "azure2023_conv.csv");
  const auto code = read_azure(folder_ / "azure2023_code.csv");
  ASSERT_EQ(people.size(), k_requests);
  ASSERT_EQ(code.size(), k_requests);
  std::vector<recorded_request> urgent;
  std::vector<recorded_request> others;
  for (std::size_t i = 0; i < people.size(); ++i) {
    (i % 4 == 0 ? urgent : others).push_back(people[i]);
  }
  scheduler_limits limits;
  limits.sequences_max = 8;
  limits.express_extra = 2;
  limits.sequence_ids = 16;
  limits.cells_max = 16'384;
  limits.context_tokens = 4'096;
  limits.queue_max = {k_requests, k_requests, k_requests};
  step_simulator sim(limits, {}, {}, 1);
  add(sim, urgent, service_lane::express, 1);
  add(sim, others, service_lane::standard, 100'000);
  add(sim, code, service_lane::batch, 200'000);
  sim.run();
  const double hours = std::chrono::duration<double>(sim.now()).count() / 3600;
  std::printf("azure2023, %.2f h simulated: added queueing in ms, p50 p95 p99\n", hours);
  for (const auto lane : k_all_lanes) {
    const auto waits = queueing(sim, lane);
    std::printf("  %-9s %8zu requests %10.1f %10.1f %10.1f\n", std::string(to_string(lane)).c_str(), waits.size(),
                quantile(waits, 0.5), quantile(waits, 0.95), quantile(waits, 0.99));
  }
  EXPECT_LT(quantile(queueing(sim, service_lane::express), 0.95), 50);
  EXPECT_LT(quantile(queueing(sim, service_lane::standard), 0.95), 200);
}

// One block of the recording is one of ours.
void replay_blocks(const std::string& name, const std::vector<recorded_request>& trace, std::uint32_t blocks,
                   std::uint32_t prefixes) {
  scheduler_limits limits;
  limits.sequences_max = 8;
  limits.sequence_ids = 16 + prefixes;
  limits.prefixes_max = prefixes;
  limits.cells_max = blocks * k_prefix_block;
  limits.context_tokens = limits.cells_max;
  limits.queue_max = {10'000, 10'000, 10'000};
  testing::step_cost cost;
  cost.prompt_token_ms = 0.05;
  step_simulator sim(limits, cost, {}, 1);
  std::vector<std::vector<token_id>> prompts;
  std::set<std::int64_t> seen;
  double tokens = 0;
  double known = 0;
  for (const auto& one : trace) {
    auto& prompt = prompts.emplace_back();
    bool same = true;
    for (const auto id : one.blocks) {
      prompt.insert(prompt.end(), k_prefix_block, static_cast<token_id>(id));
      same = seen.count(id) != 0 && same;
      known += same ? k_prefix_block : 0;
      seen.insert(id);
    }
    tokens += static_cast<double>(prompt.size());
  }
  for (std::size_t i = 0; i < trace.size(); ++i) {
    simulated_job job;
    job.arrives = std::chrono::duration_cast<testing::nanoseconds>(std::chrono::duration<double>(trace[i].at_s));
    job.output_tokens = std::min(trace[i].output_tokens, 8U);
    job.wanted.job = i + 1;
    job.wanted.prompt_tokens = static_cast<std::uint32_t>(prompts[i].size());
    job.wanted.tokens_max = 8;
    job.wanted.prompt = prompts[i];
    sim.add(job);
  }
  sim.run();
  std::printf("  %-22s %6u blocks, %3u kept: %.3f of the prompts' tokens reused; %.3f with memory for all\n",
              name.c_str(), blocks, prefixes, static_cast<double>(sim.under_test().reused_tokens()) / tokens,
              known / tokens);
  EXPECT_LE(static_cast<double>(sim.under_test().reused_tokens()), known);
  EXPECT_GT(sim.under_test().reused_tokens(), 0U);
}

TEST_F(recorded_traces, mooncake_prefixes) {
  std::printf("prefixes: hits by what may be kept\n");
  for (const auto* name : {"mooncake_conversation", "mooncake_synthetic"}) {
    const auto trace = read_mooncake(folder_ / (std::string(name) + ".jsonl"));
    ASSERT_GT(trace.size(), 1'000U);
    for (const auto& [blocks, prefixes] : {std::pair(1'000U, 16U), std::pair(1'000U, 128U), std::pair(4'000U, 128U)}) {
      replay_blocks(name, trace, blocks, prefixes);
    }
  }
}

} // namespace
} // namespace inferenceflow::engine
