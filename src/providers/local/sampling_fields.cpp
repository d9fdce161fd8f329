#include "providers/local/sampling_fields.h"

#include <boost/json/array.hpp>
#include <charconv>
#include <cstdint>
#include <fmt/format.h>
#include <limits>
#include <utility>

namespace inferenceflow::providers::local {
namespace {

constexpr std::int64_t k_int64_min = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t k_int64_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int32_t k_token_id_max = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t k_logit_bias_max = 1024;

// All 64 bits of the caller's seed matter, the engine draws from 32.
std::uint32_t fold_seed(std::int64_t seed) {
  const auto bits = static_cast<std::uint64_t>(seed);
  return static_cast<std::uint32_t>(bits ^ (bits >> 32U));
}

result<void> read_logit_bias(const body_fields& fields, engine::sampling_options& options) {
  const auto found = fields.object("logit_bias");
  if (found.has_error()) {
    return found.error();
  }
  if (found.value() == nullptr) {
    return {};
  }
  if (found.value()->size() > k_logit_bias_max) {
    return bad_field("logit_bias", fmt::format("'logit_bias' has more than {} entries", k_logit_bias_max));
  }
  for (const auto& entry : *found.value()) {
    const std::string_view key(entry.key().data(), entry.key().size());
    engine::token_id token = -1;
    const auto [end, failed] = std::from_chars(key.data(), key.data() + key.size(), token);
    if (failed != std::errc() || end != key.data() + key.size() || token < 0) {
      return bad_field("logit_bias", "'logit_bias' maps token ids, written as strings of digits, to numbers");
    }
    const double bias = entry.value().is_number() ? entry.value().to_number<double>() : 1000.0;
    if (!(bias >= -100 && bias <= 100)) {
      return bad_field("logit_bias", "the values of 'logit_bias' must be numbers from -100 to 100");
    }
    options.logit_bias.emplace_back(token, static_cast<float>(bias));
  }
  return {};
}

} // namespace

result<engine::sampling_options> read_sampling(const body_fields& fields) {
  engine::sampling_options options;
  const auto set = [&fields](const char* name, double min, double max, float& target) -> result<void> {
    const auto read = fields.number(name, min, max);
    if (read.has_error()) {
      return read.error();
    }
    target = read.value() ? static_cast<float>(*read.value()) : target;
    return {};
  };
  for (const auto& outcome :
       {set("temperature", 0, 2, options.temperature), set("top_p", 0, 1, options.top_p),
        set("min_p", 0, 1, options.min_p), set("presence_penalty", -2, 2, options.presence_penalty),
        set("frequency_penalty", -2, 2, options.frequency_penalty), read_logit_bias(fields, options)}) {
    if (outcome.has_error()) {
      return outcome.error();
    }
  }
  const auto top_k = fields.integer("top_k", -1, k_token_id_max);
  if (top_k.has_error()) {
    return top_k.error();
  }
  options.top_k = static_cast<std::int32_t>(std::max<std::int64_t>(top_k.value().value_or(0), 0));
  const auto seed = fields.integer("seed", k_int64_min, k_int64_max);
  if (seed.has_error()) {
    return seed.error();
  }
  if (seed.value()) {
    options.seed = fold_seed(*seed.value());
  }
  return options;
}

result<std::vector<std::string>> read_stop(const body_fields& fields) {
  std::vector<std::string> stops;
  const auto* value = fields.find("stop");
  if (value == nullptr) {
    return stops;
  }
  const auto refuse = [](std::string_view why) { return bad_field("stop", fmt::format("'stop' {}", why)); };
  const auto add = [&stops](const boost::json::value& one) {
    if (one.is_string() && !one.get_string().empty()) {
      stops.emplace_back(one.get_string().data(), one.get_string().size());
      return true;
    }
    return false;
  };
  if (value->is_string()) {
    if (!add(*value)) {
      return refuse("must not be empty");
    }
    return stops;
  }
  if (!value->is_array() || value->get_array().size() > k_stops_max) {
    return refuse(fmt::format("must be a string or an array of at most {} strings", k_stops_max));
  }
  for (const auto& one : value->get_array()) {
    if (!add(one)) {
      return refuse("must hold strings that are not empty");
    }
  }
  return stops;
}

result<void> read_stream(const body_fields& fields, text_request& request) {
  const auto stream = fields.boolean("stream");
  if (stream.has_error()) {
    return stream.error();
  }
  request.stream = stream.value().value_or(false);
  const auto options = fields.object("stream_options");
  if (options.has_error()) {
    return options.error();
  }
  if (options.value() == nullptr) {
    return {};
  }
  if (!request.stream) {
    return bad_field("stream_options", "'stream_options' is only allowed when 'stream' is true");
  }
  const auto include = body_fields(*options.value(), "stream_options.").boolean("include_usage");
  if (include.has_error()) {
    return include.error();
  }
  request.include_usage = include.value().value_or(false);
  return {};
}

result<void> refuse_fields(const body_fields& fields,
                           const std::vector<std::pair<std::string_view, std::string_view>>& unsupported) {
  for (const auto& [name, reason] : unsupported) {
    const auto* value = fields.find(name);
    const bool asks_nothing = value == nullptr || (value->is_bool() && !value->get_bool()) ||
                              (value->is_array() && value->get_array().empty());
    if (!asks_nothing) {
      return bad_field(std::string(name), fmt::format("'{}' is not supported by this local model: {}", name, reason));
    }
  }
  return {};
}

result<std::vector<engine::token_id>> read_tokens(const boost::json::array& ids, const std::string& name) {
  std::vector<engine::token_id> tokens;
  for (const auto& id : ids) {
    if (!id.is_int64() || id.get_int64() < 0 || id.get_int64() > k_token_id_max) {
      return bad_field(name, fmt::format("'{}' must hold token ids, integers from 0", name));
    }
    tokens.push_back(static_cast<engine::token_id>(id.get_int64()));
  }
  return tokens;
}

} // namespace inferenceflow::providers::local
