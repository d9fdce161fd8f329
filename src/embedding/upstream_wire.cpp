#include "embedding/upstream_wire.h"

#include "embedding/embedding.h"

#include <array>
#include <bit>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fmt/format.h>
#include <limits>
#include <optional>
#include <utility>

namespace inferenceflow::embedding {
namespace {

namespace json = boost::json;

error bad_answer(std::string_view what) {
  auto failure = make_error(error_kind::upstream_failed, fmt::format("the embedding backend answered {}", what));
  failure.source = error_source::upstream;
  return failure;
}

std::optional<std::uint32_t> sextet_of(char c) {
  if (c >= 'A' && c <= 'Z') {
    return static_cast<std::uint32_t>(c - 'A');
  }
  if (c >= 'a' && c <= 'z') {
    return static_cast<std::uint32_t>(c - 'a') + 26U;
  }
  if (c >= '0' && c <= '9') {
    return static_cast<std::uint32_t>(c - '0') + 52U;
  }
  if (c == '+' || c == '/') {
    return c == '+' ? 62U : 63U;
  }
  return std::nullopt;
}

result<std::vector<float>> from_base64(std::string_view text) {
  while (!text.empty() && text.back() == '=') {
    text.remove_suffix(1);
  }
  std::vector<unsigned char> bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  std::uint32_t count = 0;
  for (const char c : text) {
    const auto sextet = sextet_of(c);
    if (!sextet) {
      return bad_answer("a vector that is neither numbers nor base64");
    }
    bits = (bits << 6U) | *sextet;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<unsigned char>((bits >> count) & 0xFFU));
    }
  }
  if (bytes.size() % sizeof(float) != 0) {
    return bad_answer("base64 that is no whole number of 32-bit values");
  }
  static_assert(std::endian::native == std::endian::little, "float32 in base64 is little-endian");
  std::vector<float> values(bytes.size() / sizeof(float));
  if (!bytes.empty()) {
    std::memcpy(values.data(), bytes.data(), bytes.size());
  }
  return values;
}

result<std::vector<float>> from_numbers(const json::array& numbers) {
  if (numbers.size() > k_dimensions_max) {
    return bad_answer(fmt::format("a vector of {} dimensions, expected at most {}", numbers.size(), k_dimensions_max));
  }
  std::vector<float> values;
  values.reserve(numbers.size());
  for (const auto& number : numbers) {
    boost::system::error_code no_number;
    const auto value = number.to_number<double>(no_number);
    if (no_number || !(std::abs(value) <= std::numeric_limits<float>::max())) {
      return bad_answer("a vector with an element that is no finite 32-bit number");
    }
    values.push_back(static_cast<float>(value));
  }
  return values;
}

// The vector of data[0], as it was sent.
result<std::vector<float>> raw_vector(const json::value& document) {
  const auto* root = document.if_object();
  const auto* data = root == nullptr ? nullptr : root->if_contains("data");
  if (data == nullptr || !data->is_array()) {
    return bad_answer("a document without the array 'data'");
  }
  const auto& entries = data->get_array();
  if (entries.size() != 1) {
    return bad_answer(fmt::format("{} vectors for one text", entries.size()));
  }
  const auto* entry = entries.front().if_object();
  const auto* vector = entry == nullptr ? nullptr : entry->if_contains("embedding");
  if (vector == nullptr) {
    return bad_answer("an entry without 'embedding'");
  }
  if (const auto* text = vector->if_string()) {
    return from_base64(std::string_view(text->data(), text->size()));
  }
  if (const auto* numbers = vector->if_array()) {
    return from_numbers(*numbers);
  }
  return bad_answer("a vector that is neither numbers nor base64");
}

} // namespace

std::string write_embedding_body(std::string_view model, std::string_view text, std::size_t dimensions) {
  json::object body;
  body["model"] = json::string_view(model.data(), model.size());
  body["input"] = json::string_view(text.data(), text.size());
  body["encoding_format"] = "float";
  if (dimensions != 0) {
    body["dimensions"] = dimensions;
  }
  return json::serialize(body);
}

result<std::vector<float>> read_embedding_answer(std::string_view body, std::size_t dimensions) {
  if (body.size() > k_answer_bytes_max) {
    return bad_answer(fmt::format("{} bytes, expected at most {}", body.size(), k_answer_bytes_max));
  }
  boost::system::error_code malformed;
  const auto document = json::parse(json::string_view(body.data(), body.size()), malformed);
  if (malformed) {
    return bad_answer("something that is no JSON");
  }
  auto vector = raw_vector(document);
  if (vector.has_error()) {
    return vector;
  }
  if (dimensions != 0 && vector->size() != dimensions) {
    return bad_answer(fmt::format("{} dimensions, expected {}", vector->size(), dimensions));
  }
  if (auto whole = normalise(*vector); whole.has_error()) {
    return bad_answer(fmt::format("badly: {}", whole.error().message));
  }
  return vector;
}

} // namespace inferenceflow::embedding
