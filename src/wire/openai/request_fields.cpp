#include "wire/openai/request_fields.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace inferenceflow::wire::openai {
namespace {

constexpr std::uint8_t k_chat = 1U << static_cast<unsigned>(operation::chat);
constexpr std::uint8_t k_completion = 1U << static_cast<unsigned>(operation::completion);
constexpr std::uint8_t k_embedding = 1U << static_cast<unsigned>(operation::embedding);
constexpr std::uint8_t k_text = k_chat | k_completion;
constexpr std::uint8_t k_all = k_text | k_embedding;
constexpr double k_unbounded = 9007199254740992.0; // 2^53: every integer below it is exact as a double

using enum field_type;

constexpr auto by_length(const request_field& a, const request_field& b) {
  return a.name.size() < b.name.size();
}

constexpr auto make_fields() {
  std::array fields{
      request_field{"n", integer, field_fact::choices, true, 1, static_cast<double>(k_choices_max), k_text},
      request_field{"model", string, field_fact::model, true, 0, 0, k_all},
      request_field{"messages", messages, field_fact::prompt, true, 0, 0, k_chat},
      request_field{"prompt", text_or_tokens, field_fact::prompt, true, 0, 0, k_completion},
      request_field{"input", text_or_tokens, field_fact::prompt, true, 0, 0, k_embedding},
      request_field{"stream", boolean, field_fact::stream, false, 0, 0, k_text},
      request_field{"stream_options", stream_options, field_fact::none, false, 0, 0, k_text},
      request_field{"temperature", number, field_fact::temperature, true, 0, 2, k_text},
      request_field{"top_p", number, field_fact::none, true, 0, 1, k_text},
      request_field{"presence_penalty", number, field_fact::none, true, -2, 2, k_text},
      request_field{"frequency_penalty", number, field_fact::none, true, -2, 2, k_text},
      request_field{"max_tokens", integer, field_fact::max_tokens, true, 1, k_unbounded, k_text},
      request_field{"max_completion_tokens", integer, field_fact::max_completion_tokens, true, 1, k_unbounded, k_chat},
      request_field{"seed", integer, field_fact::seed, true, 0, 0, k_text},
      request_field{"stop", strings, field_fact::none, true, 0, 0, k_text},
      request_field{"logit_bias", object, field_fact::none, true, 0, 0, k_text},
      request_field{"response_format", object, field_fact::none, true, 0, 0, k_chat},
      request_field{"tools", array, field_fact::tools, true, 0, 0, k_chat},
      request_field{"functions", array, field_fact::tools, true, 0, 0, k_chat},
      request_field{"suffix", string, field_fact::none, true, 0, 0, k_completion},
      request_field{"dimensions", integer, field_fact::none, true, 1, k_unbounded, k_embedding},
      request_field{"encoding_format", string, field_fact::none, true, 0, 0, k_embedding},
      request_field{"user", string, field_fact::user, false, 0, 0, k_all},
      request_field{"metadata", object, field_fact::none, false, 0, 0, k_all},
      request_field{"store", boolean, field_fact::none, false, 0, 0, k_all},
      request_field{"service_tier", string, field_fact::service_tier, false, 0, 0, k_all},
      request_field{"safety_identifier", string, field_fact::none, false, 0, 0, k_all},
      request_field{"prompt_cache_key", string, field_fact::none, false, 0, 0, k_all},
      request_field{"prompt_cache_retention", string, field_fact::none, false, 0, 0, k_all},
  };
  std::sort(fields.begin(), fields.end(), by_length);
  return fields;
}

constexpr auto k_fields = make_fields();
static_assert(k_fields.size() <= 32);
constexpr std::size_t k_name_bytes_max = k_fields.back().name.size();

/// For each length of a name: where its fields begin. Few names share a length, so a look-up compares two or three.
constexpr auto k_begin_by_length = [] {
  std::array<std::uint8_t, k_name_bytes_max + 2> begin{};
  for (std::size_t length = 0; length < begin.size(); ++length) {
    std::size_t at = 0;
    while (at < k_fields.size() && k_fields[at].name.size() < length) {
      ++at;
    }
    begin[length] = static_cast<std::uint8_t>(at);
  }
  return begin;
}();

std::string describe_range(const request_field& field, std::string_view type) {
  if (field.fact == field_fact::seed) {
    return "must be a 64-bit integer";
  }
  if (field.max == k_unbounded) {
    return fmt::format("must be {} of at least {}", type, field.min);
  }
  return fmt::format("must be {} from {} to {}", type, field.min, field.max);
}

} // namespace

const request_field* find_field(operation op, std::string_view key) noexcept {
  if (key.size() > k_name_bytes_max) {
    return nullptr;
  }
  for (std::size_t at = k_begin_by_length[key.size()]; at < k_begin_by_length[key.size() + 1]; ++at) {
    if (k_fields[at].name == key) {
      const unsigned operations = k_fields[at].operations;
      return (operations >> static_cast<unsigned>(op) & 1U) != 0 ? &k_fields[at] : nullptr;
    }
  }
  return nullptr;
}

std::uint32_t field_bit(const request_field& field) noexcept {
  return 1U << static_cast<unsigned>(&field - k_fields.data());
}

std::string describe(const request_field& field) {
  switch (field.type) {
  case boolean: return "must be true or false";
  case integer: return describe_range(field, "an integer");
  case number: return describe_range(field, "a number");
  case string: return "must be a string";
  case strings: return "must be a string or an array of strings";
  case object: return "must be an object";
  case array: return "must be an array";
  case messages: return "must be an array of at least one message object";
  case text_or_tokens: return "must be a string, an array of strings, or an array of token ids";
  case stream_options: return "must be an object whose include_usage is true or false";
  case any: break;
  }
  return "has a wrong value";
}

} // namespace inferenceflow::wire::openai
