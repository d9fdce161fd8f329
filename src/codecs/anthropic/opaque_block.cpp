#include "codecs/anthropic/opaque_block.h"

#include "dialogue/json_view.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

namespace inferenceflow::codecs::anthropic {

namespace json = boost::json;

namespace {

std::optional<json::value> parsed(std::string_view text) {
  json::parse_options options;
  options.max_depth = dialogue::k_json_depth_max;
  boost::system::error_code broken;
  json::value value = json::parse({text.data(), text.size()}, broken, {}, options);
  if (broken) {
    return std::nullopt;
  }
  return value;
}

void merge(json::object& block, const json::object& delta) {
  for (const auto& [name, value] : delta) {
    if (name == "type") {
      continue;
    }
    json::value& place = block[name];
    if (place.is_string() && value.is_string()) {
      place.get_string().append(value.get_string());
    } else if (!value.is_null()) {
      place = value;
    }
  }
}

} // namespace

void opaque_block::begin(std::string type, std::string json) {
  type_ = std::move(type);
  json_ = std::move(json);
  input_.clear();
  deltas_.clear();
  bytes_ = json_.size();
}

void opaque_block::add_input(std::string_view piece) {
  input_.append(piece);
  bytes_ += piece.size();
}

void opaque_block::add_delta(std::string json) {
  bytes_ += json.size();
  deltas_.push_back(std::move(json));
}

std::optional<std::string> opaque_block::json() const {
  if (input_.empty() && deltas_.empty()) {
    return json_;
  }
  auto block = parsed(json_);
  if (!block || !block->is_object()) {
    return std::nullopt;
  }
  if (!input_.empty()) {
    auto input = parsed(input_);
    if (!input) {
      return std::nullopt;
    }
    block->get_object()["input"] = std::move(*input);
  }
  for (const std::string& delta : deltas_) {
    if (const auto members = parsed(delta); members && members->is_object()) {
      merge(block->get_object(), members->get_object());
    }
  }
  return json::serialize(*block);
}

} // namespace inferenceflow::codecs::anthropic
