#include "providers/local/embedding_request.h"

#include "providers/local/body_fields.h"
#include "providers/local/sampling_fields.h"

#include <bit>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cstring>
#include <fmt/format.h>
#include <iterator>
#include <utility>
#include <vector>

namespace inferenceflow::providers::local {
namespace {

static_assert(std::endian::native == std::endian::little, "base64 vectors are little-endian float32");

using embedding_input = std::variant<std::string, std::vector<engine::token_id>>;

result<embedding_input> read_input(const boost::json::value& value, const std::string& place) {
  if (value.is_string() && !value.get_string().empty()) {
    return embedding_input(std::string(value.get_string()));
  }
  if (value.is_array() && !value.get_array().empty()) {
    auto tokens = read_tokens(value.get_array(), place);
    return tokens.has_error() ? result<embedding_input>(tokens.error()) : embedding_input(std::move(tokens).value());
  }
  return bad_field(place, fmt::format("'{}' must be a string or an array of token ids, and not empty", place));
}

result<void> read_inputs(const body_fields& fields, engine::embedding_request& request) {
  const auto* value = fields.find("input");
  if (value == nullptr) {
    return bad_field("input", "'input' is missing");
  }
  const bool several = value->is_array() && !value->get_array().empty() && !value->get_array().front().is_number();
  const std::size_t count = several ? value->get_array().size() : 1;
  if (count > k_inputs_max) {
    return bad_field("input", fmt::format("'input' holds {} inputs, at most {} are allowed", count, k_inputs_max));
  }
  for (std::size_t i = 0; i < count; ++i) {
    auto input = several ? read_input(value->get_array()[i], fmt::format("input[{}]", i)) : read_input(*value, "input");
    if (input.has_error()) {
      return input.error();
    }
    request.inputs.push_back(std::move(input).value());
  }
  return {};
}

void append_vector(const std::vector<float>& vector, bool base64, std::string& out) {
  if (base64) {
    std::string bytes(vector.size() * sizeof(float), '\0');
    std::memcpy(bytes.data(), vector.data(), bytes.size());
    out += '"';
    out += to_base64(bytes);
    out += '"';
    return;
  }
  out += '[';
  for (std::size_t i = 0; i < vector.size(); ++i) {
    if (i != 0) {
      out += ',';
    }
    fmt::format_to(std::back_inserter(out), "{}", vector[i]);
  }
  out += ']';
}

} // namespace

result<embedding_call> parse_embedding_request(const boost::json::object& body) {
  const body_fields fields(body);
  embedding_call call;
  const auto format = fields.text("encoding_format");
  if (format.has_error()) {
    return format.error();
  }
  const auto name = format.value().value_or("float");
  if (name != "float" && name != "base64") {
    return bad_field("encoding_format", "'encoding_format' must be float or base64");
  }
  call.base64 = name == "base64";
  const auto dimensions = fields.integer("dimensions", 1, 1'000'000);
  if (dimensions.has_error()) {
    return dimensions.error();
  }
  call.dimensions = dimensions.value();
  if (auto inputs = read_inputs(fields, call.request); inputs.has_error()) {
    return inputs.error();
  }
  return call;
}

result<std::string> render_embeddings(const embedding_call& call, const engine::embedding_answer& answer,
                                      std::string_view model) {
  const auto length = answer.vectors.empty() ? 0 : answer.vectors.front().size();
  if (call.dimensions && static_cast<std::size_t>(*call.dimensions) != length) {
    return bad_field("dimensions",
                     fmt::format("'dimensions' is {}, the vectors of this model have {}", *call.dimensions, length));
  }
  std::string out = R"({"object":"list","data":[)";
  for (std::size_t i = 0; i < answer.vectors.size(); ++i) {
    fmt::format_to(std::back_inserter(out), R"({}{{"object":"embedding","index":{},"embedding":)", i == 0 ? "" : ",",
                   i);
    append_vector(answer.vectors[i], call.base64, out);
    out += '}';
  }
  fmt::format_to(std::back_inserter(out), R"(],"model":{},"usage":{{"prompt_tokens":{},"total_tokens":{}}}}})",
                 boost::json::serialize(boost::json::string_view(model.data(), model.size())), answer.prompt_tokens,
                 answer.prompt_tokens);
  return out;
}

std::string to_base64(std::string_view bytes) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = (group << 8U) | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= count ? alphabet[(group >> (18U - 6U * k)) & 0x3FU] : '=';
    }
  }
  return out;
}

} // namespace inferenceflow::providers::local
