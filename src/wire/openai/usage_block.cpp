#include "wire/openai/usage_block.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace inferenceflow::wire::openai {
namespace {

using count = std::optional<std::int64_t>;

struct raw_counts {
  count prompt;
  count completion;
  count total;
  count cached;
  count cache_write;
  count reasoning;
};

struct count_name {
  std::string_view name;
  count raw_counts::*place;
};

constexpr std::array k_top_names{
    count_name{"prompt_tokens", &raw_counts::prompt},
    count_name{"completion_tokens", &raw_counts::completion},
    count_name{"total_tokens", &raw_counts::total},
    count_name{"input_tokens", &raw_counts::prompt},
    count_name{"output_tokens", &raw_counts::completion},
    count_name{"prompt_cache_hit_tokens", &raw_counts::cached},
    count_name{"num_cached_tokens", &raw_counts::cached},
    count_name{"cached_tokens", &raw_counts::cached},
    count_name{"cache_read_input_tokens", &raw_counts::cached},
    count_name{"cache_creation_input_tokens", &raw_counts::cache_write},
    count_name{"reasoning_tokens", &raw_counts::reasoning},
};
constexpr std::array k_prompt_detail_names{
    count_name{"cached_tokens", &raw_counts::cached},
    count_name{"cache_write_tokens", &raw_counts::cache_write},
    count_name{"cache_creation_tokens", &raw_counts::cache_write},
};
constexpr std::array k_completion_detail_names{
    count_name{"reasoning_tokens", &raw_counts::reasoning},
};

std::int64_t clamped(const json::number& number) {
  if (number.negative || std::isnan(number.value)) {
    return 0;
  }
  return static_cast<std::int64_t>(std::min(std::trunc(number.value), static_cast<double>(cost::k_tokens_max)));
}

/// Reads one member; a count that is no number counts as absent. A larger second spelling of the same count wins, so a
/// dialect that sends both a real figure and a zero under the other name is read right.
template <class Names>
bool read_count(json::reader& in, const json::text& key, const Names& names, raw_counts& counts) {
  const bool is_number = in.peek() == '-' || (in.peek() >= '0' && in.peek() <= '9');
  for (const count_name& known : names) {
    if (is_number && json::equals(key, known.name)) {
      json::number number;
      if (!in.read_number(number)) {
        return false;
      }
      count& place = counts.*known.place;
      place = std::max(place.value_or(0), clamped(number));
      return true;
    }
  }
  return in.skip();
}

template <class Names> bool read_details(json::reader& in, const Names& names, raw_counts& counts) {
  return in.read_object([&](const json::text& key) { return read_count(in, key, names, counts); });
}

cost::token_usage disjoint(const raw_counts& counts) {
  cost::token_usage usage;
  const bool only_total = !counts.prompt && !counts.completion;
  const std::int64_t prompt = only_total ? counts.total.value_or(0) : counts.prompt.value_or(0);
  usage.cached_input = std::min(counts.cached.value_or(0), prompt);
  usage.cache_write = std::min(counts.cache_write.value_or(0), prompt - usage.cached_input);
  usage.fresh_input = prompt - usage.cached_input - usage.cache_write;

  const std::int64_t completion = counts.completion.value_or(0);
  const std::int64_t reasoning = counts.reasoning.value_or(0);
  const bool left_out = reasoning > 0 && counts.total == prompt + completion + reasoning;
  usage.reasoning = left_out ? reasoning : std::min(reasoning, completion);
  usage.output = left_out ? completion : completion - usage.reasoning;
  return usage;
}

} // namespace

bool read_usage(json::reader& in, std::optional<cost::token_usage>& out) {
  if (in.peek() != '{') {
    return in.skip();
  }
  raw_counts counts;
  const bool read = in.read_object([&](const json::text& key) {
    if (in.peek() == '{') {
      if (json::equals(key, "prompt_tokens_details") || json::equals(key, "input_tokens_details")) {
        return read_details(in, k_prompt_detail_names, counts);
      }
      if (json::equals(key, "completion_tokens_details") || json::equals(key, "output_tokens_details")) {
        return read_details(in, k_completion_detail_names, counts);
      }
    }
    return read_count(in, key, k_top_names, counts);
  });
  if (read && (counts.prompt || counts.completion || counts.total)) {
    out = disjoint(counts);
  }
  return read;
}

} // namespace inferenceflow::wire::openai
