/// One record as the gateway would see it: scanned, hashed, priced as it was paid directly.
///
/// Role:      made once per record; every configuration's simulation takes the same.
/// Lifecycle: asked_reader is kept; what read() gives is valid until its next call and while the record lives.
/// Threading: one thread.
/// Bounds:    those of the scanner.
/// Source:    api/intake.cpp for what the gateway fills in; cost/estimate.h where the log has no counts.
#pragma once

#include "cache/tenant_secret.h"
#include "cost/price_table.h"
#include "dialogue/codec_set.h"
#include "pipeline/request.h"
#include "replay/log/record.h"
#include "wire/openai/request_scan.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace inferenceflow::replay {

/// What is not in the log and was put in its place.
struct gaps {
  bool body = false;       ///< no body: nothing can be said of caches
  bool unreadable = false; ///< a body that the gateway would refuse
  bool parameters = false; ///< temperature, seed and format are not in the log
  bool usage = false;      ///< token counts are estimated
  bool latency = false;    ///< nothing can be said of coalescing
  bool price = false;      ///< nobody knows what the model costs: left out of every sum
};

struct asked {
  const record* logged = nullptr;
  std::string_view model;    ///< the public name it is replayed under
  pipeline::request request; ///< op, protocol, body, facts, tenant, lane
  cost::token_usage usage = {};
  cost::price_handle price = {}; ///< of the model that answered in the log; never null
  money direct = {};             ///< at that price
  gaps lacking = {};
  bool provider_caches = false; ///< its provider reported tokens read from a prompt cache, in this or an earlier answer
};

class asked_reader {
public:
  /// @param prices  outlives it. @param codecs  outlives it; asked for protocols other than OpenAI's chat.
  asked_reader(const cost::price_table& prices, const dialogue::codec_set& codecs);

  /// The public name under which a model of the log is replayed; without one, its own.
  void rename(std::string from, std::string to) { names_[std::move(from)] = std::move(to); }

  [[nodiscard]] asked read(const record& logged);

  /// For pipelines that split the last turn.
  [[nodiscard]] wire::openai::request_scanner& scanner() noexcept { return scanner_; }

private:
  struct known_model {
    cost::price_handle price;
    bool caches = false;
  };
  void take_body(const record& logged, asked& into);
  void scan_openai(const record& logged, asked& into);
  void read_dialogue(const record& logged, asked& into);
  void take_usage(const record& logged, asked& into);
  [[nodiscard]] known_model& model_of(const record& logged);

  const cost::price_table& prices_;
  const dialogue::codec_set& codecs_;
  cache::tenant_secrets secrets_;
  wire::openai::request_scanner scanner_;
  boost::unordered_flat_map<std::string, std::string> names_;
  boost::unordered_flat_map<std::string, known_model> models_;
};

} // namespace inferenceflow::replay
