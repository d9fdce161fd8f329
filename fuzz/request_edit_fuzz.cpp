// The edit of a request on its way upstream: the new document is the old one with the model and include_usage changed,
// and nothing else. Input: one byte of flags, the new model up to a line break, the body.
#include "property.h"
#include "wire/json/text.h"
#include "wire/openai/request_edit.h"
#include "wire/openai/request_scan.h"

#include <boost/json/parse.hpp>
#include <string>

namespace {

namespace fuzz = inferenceflow::fuzz;
namespace json = boost::json;
namespace openai = inferenceflow::wire::openai;
namespace text = inferenceflow::wire::json;

json::value parsed(std::string_view body) {
  json::parse_options options;
  options.max_depth = openai::k_depth_max + 2;
  boost::system::error_code failure;
  json::value document = json::parse(json::string_view{body.data(), body.size()}, failure, {}, options);
  fuzz::require(!failure, "the edited request is JSON");
  return document;
}

json::value expected(std::string_view body, std::string_view model, bool include_usage) {
  json::value document = parsed(body);
  json::object& object = document.as_object();
  if (!model.empty()) {
    object["model"] = json::string_view{model.data(), model.size()};
  }
  if (include_usage) {
    json::value& options = object["stream_options"];
    if (!options.is_object()) {
      options.emplace_object();
    }
    options.as_object()["include_usage"] = true;
  }
  return document;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::view_of(data, size);
  const std::size_t line_end = input.find('\n');
  if (size == 0 || line_end == std::string_view::npos || line_end == 0) {
    return 0;
  }
  const bool include_usage = (input[0] & 1) != 0;
  const std::string_view model = input.substr(1, line_end - 1);
  const std::string_view body = input.substr(line_end + 1);
  openai::request_scanner scanner;
  const auto facts = scanner.scan(openai::operation::chat, body, 0);
  if (!facts) {
    return 0;
  }
  const openai::request_edit edit{body, *facts, model, include_usage};
  const std::string sent = edit.joined();
  fuzz::require(edit.pieces().size() <= openai::request_edit::k_pieces_max, "pieces are bounded");
  fuzz::require(sent.size() == edit.size_bytes(), "the announced size is the size sent");
  fuzz::require(edit.changed() || sent == body, "unchanged means byte for byte");
  fuzz::require(!edit.added_include_usage() || !facts->include_usage, "include_usage is added once");
  const json::value result = parsed(sent);
  if (text::find_invalid_utf8(model) == std::string_view::npos) {
    fuzz::require(result == expected(body, model, include_usage), "only model and include_usage differ");
  }
  openai::request_scanner second;
  fuzz::require(second.scan(openai::operation::chat, sent, 0).has_value(), "the edited request scans");
  return 0;
}
