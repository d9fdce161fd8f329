#include "telemetry/family_list.h"
#include "telemetry/process_sample.h"

#include <algorithm>

namespace inferenceflow::telemetry {
namespace {

constexpr auto k_relaxed = std::memory_order_relaxed;
using prometheus::MetricType;

void add_requests(family_list& out, const metrics_state& state) {
  out.begin("inferenceflow_requests_total", "Requests answered.", MetricType::Counter);
  for (std::size_t i = 0; i < k_operations; ++i) {
    for (std::size_t j = 0; j < k_cache_states; ++j) {
      for (std::size_t k = 0; k < k_status_classes; ++k) {
        if (const auto value = state.requests[i][j][k].load(k_relaxed); value > 0) {
          out.number({{"operation", to_string(static_cast<operation>(i))},
                      {"cache", to_string(static_cast<cache_state>(j))},
                      {"status", to_string(static_cast<status_class>(k))}},
                     value);
        }
      }
    }
  }
  out.begin("inferenceflow_request_duration_seconds", "From the last byte of a request to the last of its answer.",
            MetricType::Histogram);
  for (std::size_t i = 0; i < k_operations; ++i) {
    for (std::size_t j = 0; j < k_cache_states; ++j) {
      if (const auto snapshot = state.durations[i][j].snapshot(); snapshot.total() > 0) {
        out.durations(
            {{"operation", to_string(static_cast<operation>(i))}, {"cache", to_string(static_cast<cache_state>(j))}},
            snapshot);
      }
    }
  }
  out.begin("inferenceflow_time_to_first_byte_seconds", "From the last byte of a request to the first of its answer.",
            MetricType::Histogram);
  for (std::size_t i = 0; i < k_operations; ++i) {
    if (const auto snapshot = state.first_bytes[i].snapshot(); snapshot.total() > 0) {
      out.durations({{"operation", to_string(static_cast<operation>(i))}}, snapshot);
    }
  }
  out.gauge("inferenceflow_active_requests", "Requests being answered.",
            static_cast<double>(state.active_requests.load(k_relaxed)));
  out.gauge("inferenceflow_connections", "Client connections open.",
            static_cast<double>(state.connections.load(k_relaxed)));
  out.gauge("inferenceflow_websockets", "Client connections that have become WebSockets.",
            static_cast<double>(state.websockets.load(k_relaxed)));
  out.begin("inferenceflow_websocket_messages_total", "Messages on WebSockets.", MetricType::Counter);
  out.number({{"direction", "received"}}, state.websocket_received.load(k_relaxed));
  out.number({{"direction", "sent"}}, state.websocket_sent.load(k_relaxed));
}

void add_providers(family_list& out, const metrics_state& state) {
  out.begin("inferenceflow_upstream_request_duration_seconds", "Calls to a provider, whole.", MetricType::Histogram);
  state.providers.for_each([&out](const auto& provider) {
    if (const auto snapshot = provider.series.duration.snapshot(); snapshot.total() > 0) {
      out.durations({{"provider", provider.name}}, snapshot);
    }
  });
  out.begin("inferenceflow_upstream_errors_total", "Calls to a provider that failed.", MetricType::Counter);
  state.providers.for_each([&out](const auto& provider) {
    for (std::size_t kind = 0; kind < k_error_kinds; ++kind) {
      if (const auto value = provider.series.errors[kind].load(k_relaxed); value > 0) {
        out.number({{"provider", provider.name}, {"kind", to_string(static_cast<error_kind>(kind))}}, value);
      }
    }
  });
}

void add_second_calls(family_list& out, const metrics_state& state) {
  const auto family = [&](const char* name, const char* help, auto member) {
    out.begin(name, help, MetricType::Counter);
    state.providers.for_each([&](const auto& provider) {
      out.number({{"provider", provider.name}}, (provider.series.*member).load(k_relaxed));
    });
  };
  family("inferenceflow_upstream_retries_total", "Calls made because another one of the same request had failed.",
         &provider_series::retries);
  family("inferenceflow_upstream_hedges_total", "Calls made beside one whose first token was late.",
         &provider_series::hedges);
  family("inferenceflow_routing_escalations_total", "Answers that were not trusted, and thrown away.",
         &provider_series::escalations);
  family("inferenceflow_routing_explored_total", "Requests sent where it was to be learned how good the answers are.",
         &provider_series::explorations);
}

void add_backends(family_list& out, const runtime_samples& samples) {
  const auto family = [&](const char* name, const char* help, auto member) {
    out.begin(name, help, MetricType::Gauge);
    for (std::size_t i = 0; i < std::min(samples.backends.size(), k_label_values_max); ++i) {
      out.number({{"provider", samples.backends[i].provider}}, samples.backends[i].*member);
    }
  };
  family("inferenceflow_backend_up", "1 when calls and probes of the provider go well, 0 when it is sick.",
         &backend_sample::up);
  family("inferenceflow_backend_calls", "Calls under way.", &backend_sample::calls);
  family("inferenceflow_backend_calls_limit", "Calls that may be under way at once.", &backend_sample::calls_limit);
  family("inferenceflow_backend_queue", "Requests that wait for a place at the provider.", &backend_sample::waiting);
  out.begin("inferenceflow_breaker_open", "1 while the circuit breaker is open, 0.5 while it lets probes through.",
            MetricType::Gauge);
  for (std::size_t i = 0; i < std::min(samples.breakers.size(), k_label_values_max); ++i) {
    const auto& breaker = samples.breakers[i];
    out.number({{"provider", breaker.provider}, {"model", breaker.model}}, breaker.open);
  }
}

void add_usage(family_list& out, const metrics_state& state) {
  constexpr std::array<std::string_view, k_token_parts> parts = {"fresh_input", "cached_input", "cache_write", "output",
                                                                 "reasoning"};
  out.begin("inferenceflow_tokens_total", "Tokens billed, in parts that do not overlap.", MetricType::Counter);
  state.models.for_each([&](const auto& model) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (const auto value = model.series.tokens[i].load(k_relaxed); value > 0) {
        out.number({{"model", model.name}, {"part", parts[i]}}, static_cast<double>(value));
      }
    }
  });
  out.begin("inferenceflow_unpriced_requests_total", "Requests charged the ceiling: their model has no price.",
            MetricType::Counter);
  state.models.for_each([&out](const auto& model) {
    if (const auto value = model.series.unpriced.load(k_relaxed); value > 0) {
      out.number({{"model", model.name}}, value);
    }
  });
  const auto spend = [&](const char* name, const char* help, auto member) {
    out.begin(name, help, MetricType::Counter);
    state.spend.for_each([&](const spend_series& series) {
      out.number({{"provider", series.provider}, {"model", series.model}},
                 money::from_nano_usd((series.*member).load(k_relaxed)).usd());
    });
  };
  spend("inferenceflow_cost_usd_total", "Spent; exact sums are in the ledger.", &spend_series::cost_nano_usd);
  spend("inferenceflow_saved_usd_total", "Saved against direct calls; exact sums are in the ledger.",
        &spend_series::saved_nano_usd);
}

void add_samples(family_list& out, const runtime_samples& samples) {
  const auto& cache = samples.cache;
  out.counter("inferenceflow_cache_hits_total", "Lookups that found an answer.", cache.hits);
  out.counter("inferenceflow_cache_misses_total", "Lookups that found none.", cache.misses);
  out.counter("inferenceflow_cache_stored_total", "Answers kept.", cache.stored);
  out.counter("inferenceflow_cache_evicted_total", "Answers dropped to make room.", cache.evicted);
  out.gauge("inferenceflow_cache_bytes", "Memory held by answers.", static_cast<double>(cache.bytes));
  out.gauge("inferenceflow_cache_entries", "Answers held.", static_cast<double>(cache.entries));
  const auto& ledger = samples.ledger;
  out.counter("inferenceflow_ledger_appended_total", "Rows taken.", ledger.appended);
  out.counter("inferenceflow_ledger_written_total", "Rows on disk.", ledger.written);
  out.counter("inferenceflow_ledger_dropped_total", "Rows lost because the queue was full.", ledger.dropped);
  out.counter("inferenceflow_ledger_errors_total", "Rows that could not be written.", ledger.errors);
  out.gauge("inferenceflow_ledger_queue", "Rows that wait for the writer.", static_cast<double>(ledger.queue));
  out.begin("inferenceflow_ledger_left_out_total", "What was to be kept beside the rows and found no room.",
            MetricType::Counter);
  out.number({{"what", "body"}}, ledger.bodies_left_out);
  out.number({{"what", "explanation"}}, ledger.explanations_left_out);
  out.number({{"what", "feedback"}}, ledger.feedback_left_out);
  out.counter("inferenceflow_feedback_total", "Judgements of answers that were kept.", ledger.feedback);

  add_engines(out, samples);
  out.begin("inferenceflow_upstream_connections", "Connections to providers.", MetricType::Gauge);
  for (std::size_t i = 0; i < std::min(samples.pools.size(), k_label_values_max); ++i) {
    const auto& pool = samples.pools[i];
    out.number({{"provider", pool.provider}, {"state", "idle"}}, pool.idle);
    out.number({{"provider", pool.provider}, {"state", "busy"}}, pool.busy);
  }
}

void add_prompt_caches(family_list& out, const runtime_samples& samples) {
  const std::size_t count = std::min(samples.prompt_caches.size(), k_label_values_max);
  const auto all = [&](const char* name, const char* help, auto&& add) {
    out.begin(name, help, MetricType::Counter);
    for (std::size_t i = 0; i < count; ++i) {
      add(samples.prompt_caches[i]);
    }
  };
  all("inferenceflow_prompt_cache_tokens_total", "Prompt tokens read from and written to a provider's prompt cache.",
      [&out](const prompt_cache_sample& of) {
        out.number({{"provider", of.provider}, {"kind", "read"}}, of.read_tokens);
        out.number({{"provider", of.provider}, {"kind", "written"}}, of.written_tokens);
      });
  all("inferenceflow_prompt_cache_usd_total",
      "Saved by reading from a prompt cache and spent on writing to it, against reading afresh; expected: what marks "
      "would have done while they were only observed.",
      [&out](const prompt_cache_sample& of) {
        out.number({{"provider", of.provider}, {"kind", "saved"}}, of.saved_usd);
        out.number({{"provider", of.provider}, {"kind", "spent"}}, of.spent_usd);
        out.number({{"provider", of.provider}, {"kind", "expected_saved"}}, of.would_save_usd);
        out.number({{"provider", of.provider}, {"kind", "expected_spent"}}, of.would_spend_usd);
      });
  all("inferenceflow_prompt_cache_marked_total", "Requests that cache marks or a cache key were put into.",
      [&out](const prompt_cache_sample& of) {
        out.number({{"provider", of.provider}}, of.marked);
      });
  all("inferenceflow_prompt_cache_missed_total", "Requests that did not find the prompt that the provider should hold.",
      [&out](const prompt_cache_sample& of) {
        out.number({{"provider", of.provider}}, of.missed);
      });
  all("inferenceflow_prompt_cache_refused_total", "Requests that a provider took only without marks or key.",
      [&out](const prompt_cache_sample& of) {
        out.number({{"provider", of.provider}}, of.refused);
      });
}

void add_batches(family_list& out, const runtime_samples& samples) {
  if (!samples.batches) {
    return;
  }
  out.gauge("inferenceflow_batches", "Batches that are not over.", static_cast<double>(samples.batches->batches));
  out.gauge("inferenceflow_batch_lines_in_flight", "Lines of batches that are being asked.",
            static_cast<double>(samples.batches->in_flight));
  out.begin("inferenceflow_batch_lines_total", "Answers to lines of batches: settled, or to be asked again.",
            MetricType::Counter);
  out.number({{"outcome", "completed"}}, samples.batches->completed);
  out.number({{"outcome", "failed"}}, samples.batches->failed);
  out.number({{"outcome", "again"}}, samples.batches->again);
  out.gauge("inferenceflow_batch_pooled_lines", "Lines that wait for a provider's batch, or in one.",
            static_cast<double>(samples.batches->pooled));
  out.gauge("inferenceflow_batch_pools_open", "Batches at providers.",
            static_cast<double>(samples.batches->pools_open));
  out.begin("inferenceflow_batch_pooled_lines_total", "Lines that left a provider's batch.", MetricType::Counter);
  out.number({{"outcome", "settled"}}, samples.batches->settled);
  out.number({{"outcome", "refused"}}, samples.batches->refused);
  out.number({{"outcome", "promoted"}}, samples.batches->promoted);
  out.counter("inferenceflow_batch_pool_errors_total", "Requests to a provider's batch API that failed.",
              samples.batches->pool_errors);
}

void add_process(family_list& out, const metrics_state& state) {
  out.counter("inferenceflow_coalesced_total", "Requests that shared the call of an identical one.",
              state.coalesced.load(k_relaxed));
  out.begin("inferenceflow_config_reloads_total", "Reloads of the configuration.", MetricType::Counter);
  out.number({{"result", "succeeded"}}, state.reloads_succeeded.load(k_relaxed));
  out.number({{"result", "failed"}}, state.reloads_failed.load(k_relaxed));
  out.begin("inferenceflow_build_info", "Always 1; what runs is in the labels.", MetricType::Gauge);
  out.number({{"version", state.version}, {"commit", state.commit}}, 1.0);
  const auto process = sample_process();
  out.gauge("process_resident_memory_bytes", "Resident memory.", static_cast<double>(process.resident_bytes));
  out.gauge("process_open_fds", "Open file descriptors.", static_cast<double>(process.open_descriptors));
  out.begin("process_cpu_seconds_total", "User and system time.", MetricType::Counter);
  out.number({}, process.cpu_seconds);
}

} // namespace

std::string gateway_metrics::expose() const {
  family_list out;
  add_requests(out, *state_);
  add_providers(out, *state_);
  add_second_calls(out, *state_);
  add_usage(out, *state_);
  const auto samples = state_->sampler ? state_->sampler() : runtime_samples{};
  add_samples(out, samples);
  add_backends(out, samples);
  add_prompt_caches(out, samples);
  add_semantic(out, *state_, samples);
  add_cache_tiers(out, *state_, samples);
  add_batches(out, samples);
  add_process(out, *state_);
  return out.text();
}

} // namespace inferenceflow::telemetry
