#include "pipeline/targets.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace inferenceflow::pipeline {

namespace {

routing::capabilities capabilities_of(const config::model_traits& traits) {
  routing::capabilities can{.context_tokens = traits.context_tokens};
  const std::pair<std::string_view, bool*> words[] = {{"tools", &can.tools},
                                                      {"images", &can.images},
                                                      {"json_schema", &can.json_schema},
                                                      {"reasoning", &can.reasoning},
                                                      {"streaming", &can.streaming}};
  for (const auto& [word, able] : words) {
    *able = std::find(traits.cannot.begin(), traits.cannot.end(), word) == traits.cannot.end();
  }
  return can;
}

bool is_called(const routing::route& target, std::string_view name) {
  const std::size_t slash = target.provider.size();
  return name == target.upstream_model ||
         (name.size() == slash + 1 + target.upstream_model.size() && name.starts_with(target.provider) &&
          name[slash] == '/' && name.ends_with(target.upstream_model));
}

routing::strategy strategy_of(config::routing_strategy which) {
  return static_cast<routing::strategy>(which); // in the same order
}

} // namespace

routing::candidate candidate_of(const routing::route& target, wall_time at) {
  return {.provider = target.provider,
          .model = target.upstream_model,
          .tier = target.traits.tier,
          .tags = target.traits.tags,
          .can = capabilities_of(target.traits),
          .price = &target.price->at(at),
          .quality = target.traits.quality > 0 ? target.traits.quality : -1};
}

routing::preference preference_of(const config::routing_settings& wanted) {
  return {.which = strategy_of(wanted.strategy),
          .cost_weight = wanted.cost_weight,
          .quality_min = wanted.quality_min,
          .quality_weight = wanted.quality_weight};
}

routing::preference preference_of(const config::other_choice_settings& other, double quality_weight) {
  return {.which = strategy_of(other.strategy),
          .cost_weight = other.cost_weight,
          .quality_min = other.quality_min,
          .quality_weight = quality_weight};
}

std::vector<quality::estimate> predict_into(const quality::predictor& by, const quality::features& read,
                                            std::span<const float> vector,
                                            std::span<const routing::route* const> targets,
                                            std::span<routing::candidate> into) {
  const auto names = by.models();
  std::vector<quality::estimate> estimates(names.size());
  by.predict_from(read, vector, estimates);
  std::vector<quality::estimate> told(into.size());
  for (std::size_t i = 0; i < into.size(); ++i) {
    const auto at =
        std::find_if(names.begin(), names.end(), [&](const std::string& name) { return is_called(*targets[i], name); });
    if (at == names.end()) {
      continue;
    }
    told[i] = estimates[static_cast<std::size_t>(at - names.begin())];
    if (told[i].known) {
      into[i].quality = told[i].quality;
    }
    if (told[i].output_tokens > 0) {
      into[i].output_tokens = told[i].output_tokens;
    }
  }
  return told;
}

} // namespace inferenceflow::pipeline
