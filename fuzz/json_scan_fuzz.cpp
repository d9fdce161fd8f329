// The request scan: what it accepts, Boost.JSON accepts too and reads alike; spelling does not change the hash, tenant
// and operation do. The first byte chooses the operation.
#include "property.h"
#include "respell.h"
#include "wire/openai/request_scan.h"

#include <boost/json/parse.hpp>
#include <string>
#include <utility>

namespace {

namespace fuzz = inferenceflow::fuzz;
namespace json = boost::json;
namespace openai = inferenceflow::wire::openai;

openai::operation operation_of(char selector) {
  switch (static_cast<unsigned char>(selector) % 3) {
  case 0: return openai::operation::chat;
  case 1: return openai::operation::completion;
  default: return openai::operation::embedding;
  }
}

using hash = std::pair<std::uint64_t, std::uint64_t>;

hash hash_of(const openai::request_facts& facts) {
  return {facts.hash_high, facts.hash_low};
}

void check_span(std::string_view body, const openai::byte_span& span, std::string_view property) {
  fuzz::require(span.offset <= body.size() && span.length <= body.size() - span.offset, property);
}

void check_against_document(std::string_view body, const openai::request_facts& facts) {
  json::parse_options options;
  options.max_depth = openai::k_depth_max + 1;
  boost::system::error_code failure;
  const json::value document = json::parse(json::string_view{body.data(), body.size()}, failure, {}, options);
  if (failure == json::error::exponent_overflow) {
    return; // Boost.JSON refuses 1e-99999999999, which is a valid spelling of 0
  }
  fuzz::require(!failure, "what the scan accepts is JSON to another parser");
  const json::object& object = document.as_object();
  const json::value* model = object.if_contains("model");
  fuzz::require(model != nullptr && std::string_view{model->as_string()} == facts.model, "the model is read alike");
  const json::value* stream = object.if_contains("stream");
  fuzz::require((stream != nullptr && stream->is_bool() && stream->as_bool()) == facts.stream, "stream is read alike");
  const json::value* user = object.if_contains("user");
  fuzz::require((user != nullptr && user->is_string() ? std::string_view{user->as_string()} : "") == facts.user,
                "the user is read alike");
  check_span(body, facts.model_span, "model_span lies in the body");
  check_span(body, facts.stream_options_span, "stream_options_span lies in the body");
  check_span(body, facts.include_usage_span, "include_usage_span lies in the body");
  const std::string_view spelled = body.substr(facts.model_span.offset, facts.model_span.length);
  fuzz::require(json::parse(json::string_view{spelled.data(), spelled.size()}) == *model, "model_span is the model");
  fuzz::require(facts.prompt_text_bytes <= 4 * body.size(), "prompt bytes are bounded by the body");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const openai::operation op = operation_of(static_cast<char>(data[0]));
  const std::string_view body = fuzz::view_of(data + 1, size - 1);
  openai::request_scanner scanner;
  const auto facts = scanner.scan(op, body, 7);
  if (!facts) {
    fuzz::require(!facts.error().message.empty(), "a refusal says why");
    const auto again = scanner.scan(op, body, 7);
    fuzz::require(!again && again.error().message == facts.error().message, "a refusal repeats");
    return 0;
  }
  check_against_document(body, *facts);
  const hash first = hash_of(*facts);
  const std::string other_words = fuzz::respelled(body);

  const auto again = scanner.scan(op, body, 7);
  fuzz::require(again && hash_of(*again) == first, "a second scan gives the same hash");
  const auto respelled = scanner.scan(op, other_words, 7);
  fuzz::require(respelled && hash_of(*respelled) == first, "order, white space and escapes do not change the hash");
  const auto other_tenant = scanner.scan(op, body, 8);
  fuzz::require(other_tenant && hash_of(*other_tenant) != first, "another tenant has another hash");
  return 0;
}
