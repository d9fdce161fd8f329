#include "wire/openai/usage_read.h"

#include <algorithm>

namespace inferenceflow::wire::openai {

answer_facts answer_reader::read(operation op, std::string_view body) {
  answer_facts facts;
  const auto document = walk_.read(body);
  if (!document) {
    return facts;
  }
  facts.well_formed = true;
  facts.is_error = document->is_error;
  facts.model = document->model;
  facts.usage = document->usage;
  const auto& choices = walk_.choices();
  facts.choices = choices.size();
  for (const choice_facts& choice : choices) {
    facts.text_bytes += choice.text_bytes;
  }
  if (op == operation::embedding) {
    facts.complete = !facts.is_error && document->data_items > 0;
    facts.cacheable = facts.complete;
    return facts;
  }
  if (choices.empty()) {
    return facts;
  }
  facts.finish = choices.front().finish;
  facts.complete = !facts.is_error && std::none_of(choices.begin(), choices.end(), [](const choice_facts& choice) {
    return choice.finish == finish_reason::none;
  });
  facts.cacheable = facts.complete && std::all_of(choices.begin(), choices.end(), [](const choice_facts& choice) {
                      return is_natural_end(choice.finish);
                    });
  return facts;
}

} // namespace inferenceflow::wire::openai
