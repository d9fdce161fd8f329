/// What the pipeline knows of one request, whatever surface it came in by.
///
/// Role:      api/ fills it, pipeline/ works with it.
/// Lifecycle: lives as long as the exchange it belongs to; views point into the exchange's head and body.
/// Threading: one event loop.
/// Bounds:    those of the HTTP edge.
#pragma once

#include "base/clock.h"
#include "base/lane.h"
#include "cache/entry_tags.h"
#include "dialogue/codec.h"
#include "pipeline/routing_wish.h"
#include "providers/provider.h"
#include "wire/openai/request_scan.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inferenceflow::pipeline {

/// What the request itself asks of the cache.
struct cache_wish {
  bool no_lookup = false;                        ///< Cache-Control: no-cache (or max-age=0)
  bool no_store = false;                         ///< Cache-Control: no-store: neither kept nor shared
  bool exact_only = false;                       ///< x-inferenceflow-cache: exact: no answer to another question
  bool insist = false;                           ///< cache although not reproducible: use_cache, x-inferenceflow-cache
  std::optional<std::chrono::seconds> age_max{}; ///< Cache-Control: max-age
  cache::entry_tags tags{};                      ///< x-inferenceflow-cache-tags: to invalidate the answer by
};

/// What a provider's batch has answered to a request.
struct batch_answer {
  std::string provider = {}; ///< configured name
  std::string model = {};    ///< as the provider calls it
  providers::recorded_answer answer = {};
  unsigned price_percent = 100; ///< of the model's price
  bool in_ledger = false;       ///< an earlier process has written its row
};

struct request {
  wire::openai::operation op = wire::openai::operation::chat;
  std::string_view surface; ///< "chat", "completions", "embeddings", "inference", "generate", "messages", …
  dialogue::protocol protocol = dialogue::protocol::openai_chat; ///< of `body`, and of the answer
  dialogue::request_target target{};                             ///< where the client sent it
  /// Header fields of the client's that belong to its body: see api/client_features.h.
  std::vector<std::pair<std::string, std::string>> features{};
  std::string_view body;
  /// `body`, read; null for openai_chat, which is scanned instead and read only when it must be translated.
  std::shared_ptr<const dialogue::request> read{};
  std::uint64_t scan_seed = 0;       ///< of the hash in `facts`: the tenant, and what else narrows who may share
  wire::openai::request_facts facts; ///< for other protocols than OpenAI's without spans
  std::string decoded_model;         ///< backs facts.model when the body spelled it with escapes
  std::string request_id;
  std::string trace_id;         ///< empty if none
  std::string_view traceparent; ///< empty if none
  std::string tenant;
  std::string user;
  cache_wish cache;
  routing_wish wish = {};
  service_lane lane = service_lane::standard; ///< who goes first at a local model
  bool lane_named = false;                    ///< the request has said so in the gateway's own terms
  std::optional<steady_time> deadline{};      ///< when the whole answer must be there
  steady_time started{};
  bool kept_only = false;                   ///< answered from what is kept, or not at all: no reply, no row
  const batch_answer* from_batch = nullptr; ///< the answer is there already; nobody is asked
};

} // namespace inferenceflow::pipeline
