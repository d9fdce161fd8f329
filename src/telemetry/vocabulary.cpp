#include "telemetry/vocabulary.h"

namespace inferenceflow::telemetry {

std::string_view to_string(operation value) noexcept {
  switch (value) {
  case operation::chat: return "chat";
  case operation::completions: return "completions";
  case operation::embeddings: return "embeddings";
  case operation::inference: return "inference";
  case operation::generate: return "generate";
  case operation::models: return "models";
  case operation::health: return "health";
  case operation::metrics: return "metrics";
  case operation::cache: return "cache";
  case operation::docs: return "docs";
  case operation::other: return "other";
  }
  return "other";
}

std::string_view to_string(cache_state value) noexcept {
  switch (value) {
  case cache_state::none: return "none";
  case cache_state::hit: return "hit";
  case cache_state::miss: return "miss";
  case cache_state::coalesced: return "coalesced";
  case cache_state::bypass: return "bypass";
  case cache_state::semantic: return "semantic";
  }
  return "none";
}

std::string_view to_string(semantic_outcome value) noexcept {
  switch (value) {
  case semantic_outcome::hit: return "hit";
  case semantic_outcome::followed: return "followed";
  case semantic_outcome::audited: return "audited";
  case semantic_outcome::explored: return "explored";
  case semantic_outcome::miss: return "miss";
  case semantic_outcome::skipped: return "skipped";
  }
  return "skipped";
}

std::string_view to_string(semantic_verdict value) noexcept {
  switch (value) {
  case semantic_verdict::right: return "right";
  case semantic_verdict::wrong: return "wrong";
  case semantic_verdict::unknown: return "unknown";
  }
  return "unknown";
}

std::string_view to_string(tier_outcome value) noexcept {
  switch (value) {
  case tier_outcome::hit: return "hit";
  case tier_outcome::miss: return "miss";
  case tier_outcome::rejected: return "rejected";
  }
  return "rejected";
}

std::string_view to_string(status_class value) noexcept {
  switch (value) {
  case status_class::success: return "2xx";
  case status_class::redirect: return "3xx";
  case status_class::client_error: return "4xx";
  case status_class::server_error: return "5xx";
  case status_class::cancelled: return "cancelled";
  }
  return "5xx";
}

status_class class_of(int status) noexcept {
  if (status == 499) {
    return status_class::cancelled;
  }
  if (status >= 100 && status < 300) {
    return status_class::success;
  }
  if (status >= 300 && status < 400) {
    return status_class::redirect;
  }
  return status >= 400 && status < 500 ? status_class::client_error : status_class::server_error;
}

} // namespace inferenceflow::telemetry
