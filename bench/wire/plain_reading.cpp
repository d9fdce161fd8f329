#include "bench/wire/plain_reading.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdint>
#include <initializer_list>
#include <utility>

namespace inferenceflow::bench {

namespace json = boost::json;
using cost::token_usage;

namespace {

void add_document(std::vector<json::value>& into, std::string_view text) {
  boost::system::error_code failed;
  json::value read = json::parse(text, failed);
  if (!failed) {
    into.push_back(std::move(read));
  }
}

std::uint32_t big_endian(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    value = (value << 8U) | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

/// Payloads of AWS' event stream: total length, length of the headers, checksum; headers, payload, checksum.
std::vector<json::value> frames_of(std::string_view bytes) {
  constexpr std::size_t k_prelude = 12;
  constexpr std::size_t k_checksum = 4;
  std::vector<json::value> found;
  while (bytes.size() >= k_prelude + k_checksum) {
    const std::size_t total = big_endian(bytes, 0);
    const std::size_t headers = big_endian(bytes, 4);
    if (total > bytes.size() || k_prelude + headers + k_checksum > total) {
      break;
    }
    add_document(found, bytes.substr(k_prelude + headers, total - k_prelude - headers - k_checksum));
    bytes.remove_prefix(total);
  }
  return found;
}

std::vector<json::value> events_of(std::string_view text) {
  constexpr std::string_view k_data = "data:";
  std::vector<json::value> found;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (line.substr(0, k_data.size()) == k_data) {
      add_document(found, line.substr(k_data.size()));
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return found;
}

/// The object at a path of keys, or null.
const json::object* at(const json::value& root, std::initializer_list<std::string_view> path) {
  const json::value* here = &root;
  for (const auto key : path) {
    here = here->is_object() ? here->get_object().if_contains(key) : nullptr;
    if (here == nullptr) {
      return nullptr;
    }
  }
  return here->is_object() ? &here->get_object() : nullptr;
}

std::int64_t count(const json::object* block, std::initializer_list<std::string_view> path) {
  const json::value* here = nullptr;
  for (const auto key : path) {
    here = block == nullptr ? nullptr : block->if_contains(key);
    block = here != nullptr && here->is_object() ? &here->get_object() : nullptr;
  }
  if (here == nullptr) {
    return 0;
  }
  return here->is_int64() ? here->get_int64() : here->is_double() ? static_cast<std::int64_t>(here->get_double()) : 0;
}

token_usage openai_usage(const json::object* block) {
  const auto details = [block](const char* what, const char* name) { return count(block, {what, name}); };
  const std::int64_t prompt = count(block, {"prompt_tokens"}) + count(block, {"input_tokens"});
  const std::int64_t completion = count(block, {"completion_tokens"}) + count(block, {"output_tokens"});
  const std::int64_t cached =
      std::max({details("prompt_tokens_details", "cached_tokens"), details("input_tokens_details", "cached_tokens"),
                count(block, {"prompt_cache_hit_tokens"}), count(block, {"cached_tokens"}),
                count(block, {"num_cached_tokens"})});
  const std::int64_t written = std::max(details("prompt_tokens_details", "cache_write_tokens"),
                                        details("input_tokens_details", "cache_write_tokens"));
  const std::int64_t reasoning = std::max(details("completion_tokens_details", "reasoning_tokens"),
                                          details("output_tokens_details", "reasoning_tokens"));
  const bool beside = reasoning > 0 && count(block, {"total_tokens"}) == prompt + completion + reasoning;
  return {.fresh_input = prompt - cached - written,
          .cached_input = cached,
          .cache_write = written,
          .output = beside ? completion : completion - reasoning,
          .reasoning = reasoning};
}

token_usage anthropic_usage(const json::object* start, const json::object* last) {
  const auto latest = [start, last](std::string_view name) {
    return last != nullptr && last->contains(name) && !last->at(name).is_null() ? count(last, {name})
                                                                                : count(start, {name});
  };
  const std::int64_t thinking = std::max(count(start, {"output_tokens_details", "thinking_tokens"}),
                                         count(last, {"output_tokens_details", "thinking_tokens"}));
  return {.fresh_input = latest("input_tokens"),
          .cached_input = latest("cache_read_input_tokens"),
          .cache_write = latest("cache_creation_input_tokens"),
          .output = latest("output_tokens") - thinking,
          .reasoning = thinking};
}

token_usage gemini_usage(const json::object* block) {
  const std::int64_t cached = count(block, {"cachedContentTokenCount"});
  return {.fresh_input = count(block, {"promptTokenCount"}) + count(block, {"toolUsePromptTokenCount"}) - cached,
          .cached_input = cached,
          .output = count(block, {"candidatesTokenCount"}),
          .reasoning = count(block, {"thoughtsTokenCount"})};
}

token_usage cohere_usage(const json::object* block) {
  const bool billed = block->contains("billed_units");
  const char* which = billed ? "billed_units" : "tokens";
  const std::int64_t prompt = count(block, {which, "input_tokens"});
  const std::int64_t unbilled = std::max<std::int64_t>(count(block, {"tokens", "input_tokens"}) - prompt, 0);
  const std::int64_t cached = std::clamp<std::int64_t>(count(block, {"cached_tokens"}) - unbilled, 0, prompt);
  return {.fresh_input = prompt - cached, .cached_input = cached, .output = count(block, {which, "output_tokens"})};
}

token_usage bedrock_usage(const json::object* block) {
  return {.fresh_input = count(block, {"inputTokens"}),
          .cached_input = count(block, {"cacheReadInputTokens"}),
          .cache_write = count(block, {"cacheWriteInputTokens"}),
          .output = count(block, {"outputTokens"})};
}

const json::object* usage_within(dialogue::protocol speaks, const json::value& document) {
  using dialogue::protocol;
  switch (speaks) {
  case protocol::openai_chat: {
    const auto* plain = at(document, {"usage"});
    return plain != nullptr ? plain : at(document, {"x_groq", "usage"});
  }
  case protocol::openai_responses: {
    const auto* whole = at(document, {"usage"});
    return whole != nullptr ? whole : at(document, {"response", "usage"});
  }
  case protocol::gemini: return at(document, {"usageMetadata"});
  case protocol::cohere: {
    const auto* whole = at(document, {"usage"});
    return whole != nullptr ? whole : at(document, {"delta", "usage"});
  }
  case protocol::bedrock: return at(document, {"usage"});
  case protocol::anthropic: {
    const auto* whole = at(document, {"usage"});
    return whole != nullptr ? whole : at(document, {"message", "usage"});
  }
  case protocol::tgi: return at(document, {"details"});
  }
  return nullptr;
}

} // namespace

std::vector<json::value> documents_of(const recording& row) {
  if (row.streamed && row.speaks == dialogue::protocol::bedrock) {
    return frames_of(row.body);
  }
  if (row.streamed && row.body.substr(0, 1) != "[") {
    return events_of(row.body);
  }
  std::vector<json::value> found;
  add_document(found, row.body);
  if (row.streamed && !found.empty() && found.front().is_array()) {
    const json::array chunks = found.front().get_array();
    found.assign(chunks.begin(), chunks.end());
  }
  return found;
}

std::optional<token_usage> recorded_usage(const recording& row) {
  using dialogue::protocol;
  const auto documents = documents_of(row);
  const json::object* first = nullptr;
  const json::object* last = nullptr;
  for (const auto& document : documents) {
    if (const auto* block = usage_within(row.speaks, document); block != nullptr && !block->empty()) {
      first = first == nullptr ? block : first;
      last = block;
    }
  }
  if (last == nullptr) {
    return std::nullopt;
  }
  switch (row.speaks) {
  case protocol::openai_chat:
  case protocol::openai_responses: return openai_usage(last);
  case protocol::anthropic: return anthropic_usage(first, last);
  case protocol::gemini: return gemini_usage(last);
  case protocol::cohere: return cohere_usage(last);
  case protocol::bedrock: return bedrock_usage(last);
  case protocol::tgi: break;
  }
  return token_usage{.fresh_input = count(last, {"input_length"}), .output = count(last, {"generated_tokens"})};
}

std::string recorded_message(const recording& row) {
  for (const auto& document : documents_of(row)) {
    const json::object* inner = at(document, {"error"});
    const json::object* holder = inner != nullptr ? inner : at(document, {});
    const json::value* said = holder == nullptr ? nullptr : holder->if_contains("message");
    if (said != nullptr && said->is_string()) {
      return std::string(said->get_string());
    }
  }
  return {};
}

} // namespace inferenceflow::bench
