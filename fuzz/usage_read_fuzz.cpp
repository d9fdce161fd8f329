// A whole answer: what counts as well-formed is JSON to another parser, spelling changes nothing, counts are clamped,
// and nothing that failed may be cached. The first byte chooses the operation.
#include "property.h"
#include "respell.h"
#include "wire/openai/usage_read.h"

#include <boost/json/parse.hpp>
#include <string>

namespace {

namespace cost = inferenceflow::cost;
namespace fuzz = inferenceflow::fuzz;
namespace json = boost::json;
namespace openai = inferenceflow::wire::openai;

std::size_t members_in(const json::value& value) {
  std::size_t count = 0;
  if (const json::object* object = value.if_object()) {
    for (const auto& member : *object) {
      count += 1 + members_in(member.value());
    }
  } else if (const json::array* array = value.if_array()) {
    for (const json::value& element : *array) {
      count += members_in(element);
    }
  }
  return count;
}

bool same(const openai::answer_facts& a, const openai::answer_facts& b) {
  return a.well_formed == b.well_formed && a.is_error == b.is_error && a.complete == b.complete &&
         a.cacheable == b.cacheable && a.finish == b.finish && a.choices == b.choices && a.text_bytes == b.text_bytes &&
         a.usage == b.usage;
}

void check_usage(const cost::token_usage& usage) {
  for (const std::int64_t part :
       {usage.fresh_input, usage.cached_input, usage.cache_write, usage.output, usage.reasoning}) {
    fuzz::require(part >= 0 && part <= cost::k_tokens_max, "token counts are clamped");
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const auto op = static_cast<openai::operation>(data[0] % 3);
  const std::string_view body = fuzz::view_of(data + 1, size - 1);
  openai::answer_reader reader;
  const openai::answer_facts facts = reader.read(op, body);
  fuzz::require(!facts.cacheable || facts.complete, "only a complete answer may be kept");
  fuzz::require(!facts.complete || (facts.well_formed && !facts.is_error), "only an answer is complete");
  if (facts.usage) {
    check_usage(*facts.usage);
  }
  if (!facts.well_formed) {
    return 0;
  }
  json::parse_options options;
  options.max_depth = 128;
  boost::system::error_code failure;
  const json::value document = json::parse(json::string_view{body.data(), body.size()}, failure, {}, options);
  if (failure) {
    // Surrogates without a partner and numbers beyond a double are text to one parser and a fault to the other.
    return 0;
  }
  fuzz::require(document.is_object(), "what is well-formed is an object");
  std::size_t members = 0;
  const std::string other_words = fuzz::respelled(body, &members);
  if (members == members_in(document)) { // with duplicate keys their order decides
    openai::answer_reader second;
    fuzz::require(same(second.read(op, other_words), facts), "order, white space and escapes change nothing");
  }
  return 0;
}
