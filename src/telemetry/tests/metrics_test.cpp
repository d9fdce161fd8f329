#include "telemetry/metrics.h"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <thread>

namespace inferenceflow::telemetry {
namespace {

using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

// Family, type and label names of everything exposed, one family per line, sorted.
std::string inventory(const std::string& exposed) {
  std::map<std::string, std::string> types;
  std::map<std::string, std::set<std::string>> labels;
  std::istringstream lines(exposed);
  std::string family;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) {
      const auto name_end = line.find(' ', 7);
      family = line.substr(7, name_end - 7);
      types[family] = line.substr(name_end + 1);
    } else if (!line.starts_with("#")) {
      auto at = line.find('{');
      while (at != std::string::npos) {
        const auto equals = line.find("=\"", at + 1);
        const auto name = line.substr(at + 1, equals - at - 1);
        if (name != "le") {
          labels[family].insert(name);
        }
        const auto close = line.find('"', equals + 2);
        at = line[close + 1] == ',' ? close + 1 : std::string::npos;
      }
    }
  }
  std::string out;
  for (const auto& [name, type] : types) {
    out += name + " " + type;
    for (const auto& label : labels[name]) {
      out += " " + label;
    }
    out += "\n";
  }
  return out;
}

void touch_everything(gateway_metrics& metrics) {
  metrics.allow_names({"openai"}, {"gpt-4o"});
  metrics.connection_opened();
  metrics.request_started();
  metrics.request_finished({operation::chat, cache_state::miss, 200, 5ms, 2ms});
  metrics.usage(
      {"openai", "gpt-4o", {1, 2, 3, 4, 5}, money::from_nano_usd(1'500'000'000), money::from_nano_usd(7), true});
  metrics.upstream_request("openai", 4ms);
  metrics.upstream_error("openai", error_kind::upstream_timeout);
  metrics.retried("openai");
  metrics.hedged("openai");
  metrics.escalated("openai");
  metrics.explored("openai");
  metrics.coalesced();
  metrics.semantic_request(semantic_outcome::audited);
  metrics.semantic_skipped("tool_result");
  metrics.semantic_vetoed("negation");
  metrics.semantic_judged(semantic_verdict::wrong);
  metrics.semantic_embedded(3ms);
  metrics.semantic_looked_up(30us);
  metrics.cache_tier_request("redis", tier_outcome::rejected);
  metrics.config_reloaded(true);
  metrics.set_sampler([] {
    runtime_samples samples;
    samples.cache.hits = 11;
    samples.ledger.queue = 12;
    const counted_sample counted{{0.5, 1}, {2, 1, 1}, 3.5};
    samples.engines.push_back({"local", 1, 2, 3, {{"express", 4, counted}}, counted, counted, 5, 6, 9, 10, 7, 8});
    samples.model_pool = model_pool_sample{44, 41, 42, 43};
    samples.pools.push_back({"openai", 4, 5});
    samples.backends.push_back({"openai", 1, 6, 7, 8});
    samples.breakers.push_back({"openai", "gpt-4o", 0.5});
    samples.semantic = semantic_sample{21, 22, 0.0125};
    samples.tiers.push_back({.name = "file", .stored = 23, .dropped = 24, .errors = 25});
    samples.redis = redis_sample{0.5, 31, 32, 1};
    samples.batches = batch_sample{41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51};
    return samples;
  });
}

// A metric that is renamed, lost or gains a label breaks somebody's dashboard: the list changes on purpose only.
TEST(metrics, full_list_is_the_golden_one) {
  gateway_metrics metrics("1.2.3", "abc");
  touch_everything(metrics);
  std::ostringstream golden;
  golden << std::ifstream(std::string(IFLOW_GOLDEN_FOLDER) + "/metrics.golden.txt").rdbuf();
  EXPECT_EQ(inventory(metrics.expose()), golden.str());
}

TEST(metrics, exposes_values) {
  gateway_metrics metrics("1.2.3", "abc");
  touch_everything(metrics);
  const auto text = metrics.expose();
  for (const auto* line :
       {"inferenceflow_requests_total{operation=\"chat\",cache=\"miss\",status=\"2xx\"} 1",
        "inferenceflow_request_duration_seconds_bucket{operation=\"chat\",cache=\"miss\",le=\"0.003\"} 0",
        "inferenceflow_request_duration_seconds_bucket{operation=\"chat\",cache=\"miss\",le=\"0.005\"} 1",
        "inferenceflow_request_duration_seconds_bucket{operation=\"chat\",cache=\"miss\",le=\"+Inf\"} 1",
        "inferenceflow_request_duration_seconds_sum{operation=\"chat\",cache=\"miss\"} 0.005",
        "inferenceflow_tokens_total{model=\"gpt-4o\",part=\"reasoning\"} 5",
        "inferenceflow_cost_usd_total{provider=\"openai\",model=\"gpt-4o\"} 1.5",
        "inferenceflow_upstream_errors_total{provider=\"openai\",kind=\"upstream_timeout\"} 1",
        "inferenceflow_unpriced_requests_total{model=\"gpt-4o\"} 1",
        "inferenceflow_cache_hits_total 11",
        "inferenceflow_upstream_connections{provider=\"openai\",state=\"busy\"} 5",
        "inferenceflow_config_reloads_total{result=\"failed\"} 0",
        "inferenceflow_semantic_requests_total{outcome=\"audited\"} 1",
        "inferenceflow_semantic_skipped_total{reason=\"tool_result\"} 1",
        "inferenceflow_semantic_vetoed_total{kind=\"negation\"} 1",
        "inferenceflow_semantic_judged_total{verdict=\"wrong\"} 1",
        "inferenceflow_semantic_embedding_seconds_sum 0.003",
        "inferenceflow_semantic_lookup_seconds_count 1",
        "inferenceflow_semantic_entries 21",
        "inferenceflow_semantic_bytes 22",
        "inferenceflow_semantic_error_bound 0.0125",
        "inferenceflow_cache_tier_requests_total{tier=\"redis\",outcome=\"rejected\"} 1",
        "inferenceflow_cache_tier_writes_total{tier=\"file\",outcome=\"stored\"} 23",
        "inferenceflow_cache_tier_writes_total{tier=\"file\",outcome=\"dropped\"} 24",
        "inferenceflow_cache_tier_errors_total{tier=\"file\"} 25",
        "inferenceflow_engine_bytes{model=\"local\"} 8",
        "inferenceflow_engine_prefix_hit_tokens_total{model=\"local\"} 9",
        "inferenceflow_engine_prefix_kept_cells{model=\"local\"} 10",
        "inferenceflow_model_pool_bytes 44",
        "inferenceflow_model_pool_bytes_max 41",
        "inferenceflow_model_loads_total 42",
        "inferenceflow_model_unloads_total 43",
        "inferenceflow_redis_up 0.5",
        "inferenceflow_redis_commands_total 31",
        "inferenceflow_redis_timeouts_total 32",
        "inferenceflow_redis_breaker_open 1",
        "inferenceflow_batches 41",
        "inferenceflow_batch_lines_in_flight 42",
        "inferenceflow_batch_lines_total{outcome=\"completed\"} 43",
        "inferenceflow_batch_lines_total{outcome=\"failed\"} 44",
        "inferenceflow_batch_lines_total{outcome=\"again\"} 45",
        "inferenceflow_batch_pooled_lines 46",
        "inferenceflow_batch_pools_open 47",
        "inferenceflow_batch_pooled_lines_total{outcome=\"settled\"} 48",
        "inferenceflow_batch_pooled_lines_total{outcome=\"refused\"} 49",
        "inferenceflow_batch_pooled_lines_total{outcome=\"promoted\"} 50",
        "inferenceflow_batch_pool_errors_total 51",
        "inferenceflow_build_info{version=\"1.2.3\",commit=\"abc\"} 1",
        "inferenceflow_active_requests 0",
        "inferenceflow_connections 1"}) {
    EXPECT_THAT(text, HasSubstr(std::string(line) + "\n"));
  }
  EXPECT_THAT(text, Not(HasSubstr("process_resident_memory_bytes 0\n")));
}

TEST(metrics, names_that_nobody_configured_become_other) {
  gateway_metrics metrics("", "");
  metrics.allow_names({"a"}, {"m"});
  metrics.usage({"evil\"name", "made-up", {1, 0, 0, 0, 0}, money::from_nano_usd(1), {}, true});
  metrics.upstream_error("nobody", error_kind::internal);
  const auto text = metrics.expose();
  EXPECT_THAT(text, Not(HasSubstr("evil")));
  EXPECT_THAT(text, Not(HasSubstr("made-up")));
  EXPECT_THAT(text, HasSubstr("inferenceflow_upstream_errors_total{provider=\"other\",kind=\"internal\"} 1"));
  EXPECT_THAT(text, HasSubstr("inferenceflow_cost_usd_total{provider=\"other\",model=\"other\"} 1e-09"));
}

TEST(metrics, without_semantic_or_shared_cache_or_batches_nothing_of_them_is_exposed) {
  const auto text = gateway_metrics("", "").expose();
  for (const auto* word : {"semantic", "redis", "tier", "batch"}) {
    EXPECT_THAT(text, Not(HasSubstr(word)));
  }
}

TEST(metrics, words_that_nobody_listed_become_other) {
  gateway_metrics metrics("", "");
  metrics.semantic_skipped("what a stranger wrote");
  metrics.semantic_vetoed("");
  const auto text = metrics.expose();
  EXPECT_THAT(text, HasSubstr("inferenceflow_semantic_skipped_total{reason=\"other\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("inferenceflow_semantic_vetoed_total{kind=\"other\"} 1\n"));
}

TEST(metrics, series_are_bounded) {
  gateway_metrics metrics("", "");
  std::vector<std::string> names;
  for (int i = 0; i < 500; ++i) {
    names.push_back("n" + std::to_string(i));
  }
  metrics.allow_names(names, names);
  for (const auto& provider : names) {
    metrics.upstream_error(provider, error_kind::internal);
    metrics.usage({provider, provider, {1, 0, 0, 0, 0}, money::from_nano_usd(1'000'000'000), {}, false});
    metrics.usage({"n0", provider, {1, 0, 0, 0, 0}, money::from_nano_usd(1'000'000'000), {}, false});
  }
  const auto text = metrics.expose();
  const auto series_of = [&](const std::string& family) {
    std::size_t found = 0;
    for (auto at = text.find("\n" + family + "{"); at != std::string::npos;
         at = text.find("\n" + family + "{", at + 1)) {
      ++found;
    }
    return found;
  };
  EXPECT_LE(series_of("inferenceflow_upstream_errors_total"), k_label_values_max);
  EXPECT_LE(series_of("inferenceflow_tokens_total"), k_label_values_max);
  EXPECT_LE(series_of("inferenceflow_cost_usd_total"), k_label_values_max);
  EXPECT_EQ(metrics.summary().cost, money::from_nano_usd(1'000'000'000'000)) << "nothing is lost in other";
}

TEST(metrics, summary_of_nothing_is_zero) {
  const auto summary = gateway_metrics("", "").summary();
  EXPECT_EQ(summary.requests, 0U);
  EXPECT_EQ(summary.error_rate, 0.0);
  EXPECT_EQ(summary.latency_p99_ms, 0.0);
  EXPECT_EQ(summary.cache_hit_rate, 0.0);
}

TEST(metrics, summary_counts_model_operations_only) {
  gateway_metrics metrics("", "");
  const auto finish = [&](operation what, cache_state cache, int status) {
    metrics.request_started();
    metrics.request_finished({what, cache, status, 10ms, std::nullopt});
  };
  finish(operation::chat, cache_state::hit, 200);
  finish(operation::embeddings, cache_state::coalesced, 200);
  finish(operation::generate, cache_state::miss, 503);
  finish(operation::chat, cache_state::bypass, 400);
  finish(operation::chat, cache_state::miss, 499);
  finish(operation::health, cache_state::none, 500);
  finish(operation::chat, cache_state::semantic, 200);
  metrics.request_started();
  const auto summary = metrics.summary();
  EXPECT_EQ(summary.requests, 6U);
  EXPECT_EQ(summary.cache_hits, 3U);
  EXPECT_EQ(summary.errors, 1U);
  EXPECT_EQ(summary.client_errors, 1U);
  EXPECT_DOUBLE_EQ(summary.error_rate, 1.0 / 6);
  EXPECT_DOUBLE_EQ(summary.cache_hit_rate, 0.6);
  EXPECT_EQ(summary.active_requests, 1);
  EXPECT_GT(summary.latency_p50_ms, 5.0);
  EXPECT_LE(summary.latency_p99_ms, 10.0);
}

TEST(metrics, recording_beside_scraping_loses_nothing) {
  gateway_metrics metrics("", "");
  metrics.allow_names({"a"}, {"m"});
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&metrics] {
      for (int i = 0; i < 1'000; ++i) {
        metrics.request_started();
        metrics.request_finished({operation::chat, cache_state::hit, 200, 1ms, 1ms});
        metrics.usage({"a", "m", {1, 0, 0, 1, 0}, money::from_nano_usd(1), money::from_nano_usd(2), false});
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    metrics.allow_names({"p" + std::to_string(i)}, {});
    EXPECT_FALSE(metrics.expose().empty());
  }
  for (auto& thread : threads) {
    thread.join();
  }
  const auto summary = metrics.summary();
  EXPECT_EQ(summary.requests, 3'000U);
  EXPECT_EQ(summary.cost.nano_usd(), 3'000);
  EXPECT_EQ(summary.saved.nano_usd(), 6'000);
  EXPECT_EQ(summary.tokens.output, 3'000);
  EXPECT_EQ(summary.active_requests, 0);
}

} // namespace
} // namespace inferenceflow::telemetry
