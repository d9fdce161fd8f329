#include "api/protocol_intake.h"

#include "api/intake.h"
#include "api/lane_wish.h"
#include "dialogue/digest.h"
#include "pipeline/cache_plan.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace inferenceflow::api {

namespace {

/// What the pipeline goes by, from a request that was read.
/// @param seed  of the tenant's scope.
void fill_facts(pipeline::request& into, const dialogue::request& read, const dialogue::codec& codec,
                std::uint64_t seed) {
  auto& facts = into.facts;
  facts.model = read.model;
  facts.stream = read.stream;
  facts.include_usage = true;
  facts.temperature = read.sample.temperature;
  facts.has_seed = read.sample.seed.has_value();
  facts.max_tokens = read.tokens_max;
  facts.choices = read.answers;
  facts.prompt_text_bytes = dialogue::prompt_text_bytes(read);
  facts.reproducible = facts.has_seed || facts.temperature == 0.0;
  const auto usual = codec.address({}, false).headers;
  for (const auto& feature : into.features) { // another feature, another answer
    if (std::find(usual.begin(), usual.end(), feature) == usual.end()) {
      seed = pipeline::narrowed_seed(seed, feature.first + ": " + feature.second);
    }
  }
  into.scan_seed = seed;
  const auto [high, low] = dialogue::digest(read, into.protocol, seed);
  facts.hash_high = high;
  facts.hash_low = low;
  if (!into.lane_named) {
    into.lane = lane_of_tier(read.service_tier);
  }
  if (!read.user.empty()) {
    into.user = printable(read.user);
  }
}

} // namespace

void take_dialogue(service& serving, pipeline::request& into, dialogue::request read) {
  into.read = std::make_shared<const dialogue::request>(std::move(read));
  fill_facts(into, *into.read, serving.shared.codecs.of(into.protocol), serving.secrets.of(into.tenant).scan_seed);
}

} // namespace inferenceflow::api
