#include "routing/choice/decision.h"

namespace inferenceflow::routing {

std::string_view to_string(verdict why) noexcept {
  switch (why) {
  case verdict::chosen: return "chosen";
  case verdict::next: return "next";
  case verdict::dearer: return "dearer";
  case verdict::slower: return "slower";
  case verdict::unknown_quality: return "unknown_quality";
  case verdict::quality: return "quality";
  case verdict::context: return "context";
  case verdict::tools: return "tools";
  case verdict::images: return "images";
  case verdict::json_schema: return "json_schema";
  case verdict::reasoning: return "reasoning";
  case verdict::streaming: return "streaming";
  case verdict::not_allowed: return "not_allowed";
  case verdict::tags: return "tags";
  case verdict::budget: return "budget";
  case verdict::latency: return "latency";
  case verdict::unhealthy: return "unhealthy";
  }
  return "next";
}

bool excluded(verdict why) noexcept {
  return why >= verdict::context;
}

} // namespace inferenceflow::routing
