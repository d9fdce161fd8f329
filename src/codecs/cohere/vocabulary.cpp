#include "codecs/cohere/vocabulary.h"

namespace inferenceflow::codecs::cohere {

using dialogue::finish;

finish finish_of(std::string_view word) noexcept {
  if (word.empty()) {
    return finish::none;
  }
  if (word == "COMPLETE") {
    return finish::stop;
  }
  if (word == "STOP_SEQUENCE") {
    return finish::stop_sequence;
  }
  if (word == "MAX_TOKENS" || word == "ERROR_LIMIT") {
    return finish::length;
  }
  if (word == "TOOL_CALL") {
    return finish::tool_calls;
  }
  if (word == "ERROR_TOXIC") {
    return finish::content_filter;
  }
  return word == "ERROR" || word == "TIMEOUT" ? finish::failed : finish::other;
}

std::string_view word_of(finish reason) noexcept {
  switch (reason) {
  case finish::stop_sequence: return "STOP_SEQUENCE";
  case finish::length: return "MAX_TOKENS";
  case finish::tool_calls: return "TOOL_CALL";
  case finish::content_filter:
  case finish::failed: return "ERROR";
  case finish::none:
  case finish::stop:
  case finish::refusal:
  case finish::paused:
  case finish::other: return "COMPLETE";
  }
  return "COMPLETE";
}

bool has_word(finish reason) noexcept {
  return finish_of(word_of(reason)) == reason;
}

} // namespace inferenceflow::codecs::cohere
