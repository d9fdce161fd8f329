#include "dialogue/digest_feeder.h"

namespace inferenceflow::dialogue {

void digest_feeder::add_frame(const request& asked) {
  add(asked.tools);
  add(asked.choice.mode);
  add(asked.choice.name);
  add(asked.choice.parallel);
  add(asked.format.kind);
  for (const std::string* text : {&asked.format.name, &asked.format.description, &asked.format.schema}) {
    add(*text);
  }
  add(asked.format.strict);
  add(asked.stop);
  const sampling& sample = asked.sample;
  for (const auto* number : {&sample.temperature, &sample.top_p, &sample.min_p, &sample.presence_penalty,
                             &sample.frequency_penalty, &sample.repetition_penalty}) {
    add(*number);
  }
  add(sample.top_k);
  add(sample.seed);
  add(sample.logit_bias);
  add(asked.tokens_max);
  add(asked.answers);
  add(asked.logprobs);
  add(asked.top_logprobs);
  add(asked.reasoning.level);
  add(asked.reasoning.budget_tokens);
  add(asked.reasoning.shown);
  add(asked.reasoning.summary);
  add(asked.extras);
}

} // namespace inferenceflow::dialogue
