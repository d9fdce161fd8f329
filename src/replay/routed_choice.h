/// The gateway's router over a log: the same formula, fed by what the log shows of each target.
///
/// Role:      replay gives one to each simulation whose configuration has a routing strategy.
/// Lifecycle: one per configuration: choose()* in order of time.
/// Threading: one thread.
/// Bounds:    those of routing::experience and routing::warm_prefixes.
/// Source:    routing/choice/choose.h; pipeline/route_choice.h is what the gateway does. Left out, because a log cannot
///            answer for it: breakers, shadows and canaries, exploration, the pacer of a budget, escalation.
#pragma once

#include "pipeline/question.h"
#include "quality/predictor.h"
#include "replay/model_choice.h"
#include "replay/similar_answers.h"
#include "routing/choice/choose.h"
#include "routing/choice/experience.h"
#include "routing/choice/warm_prefixes.h"
#include "wire/openai/request_scan.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace inferenceflow::replay {

/// Router files by path, as the configuration names them.
using routers = std::map<std::string, std::shared_ptr<const quality::predictor>, std::less<>>;

class routed_choice final : public model_choice {
public:
  /// @param codecs  outlives it. @param embed  for routers that need vectors; may be empty, and those then know
  /// nothing.
  routed_choice(const dialogue::codec_set& codecs, routers known, embed_text embed)
      : codecs_(codecs)
      , routers_(std::move(known))
      , embed_(std::move(embed)) {}

  [[nodiscard]] chosen_model choose(const asked& one, const routing::route& route) override;

private:
  struct predicted {
    bool any = false;
    std::vector<double> output_tokens; ///< per candidate; 0 = unknown
  };
  [[nodiscard]] std::vector<routing::candidate>
  candidates_of(const routing::route& route, const pipeline::question& about, wall_time wall, steady_time now) const;
  [[nodiscard]] predicted predict(const routing::route& route, const pipeline::question& about,
                                  std::vector<routing::candidate>& into) const;
  void remember(const asked& one, const routing::route& route, const routing::route& target,
                const pipeline::question& about, steady_time now);

  const dialogue::codec_set& codecs_;
  routers routers_;
  embed_text embed_;
  targets_in_turn otherwise_;
  wire::openai::request_scanner scanner_;
  routing::experience seen_;
  routing::warm_prefixes warm_;
};

} // namespace inferenceflow::replay
