// A stream put together, played as a stream and put together again is the same answer. The first byte chooses the
// operation and whether the replay carries usage.
#include "property.h"
#include "wire/openai/stream_assembly.h"
#include "wire/openai/stream_replay.h"
#include "wire/openai/stream_watch.h"
#include "wire/openai/usage_read.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>

namespace {

namespace fuzz = inferenceflow::fuzz;
namespace json = boost::json;
namespace openai = inferenceflow::wire::openai;

json::value parsed(std::string_view document) {
  json::parse_options options;
  options.max_depth = 256;
  boost::system::error_code failure;
  json::value value = json::parse(json::string_view{document.data(), document.size()}, failure, {}, options);
  fuzz::require(!failure && value.is_object(), "what is put together is a JSON object");
  return value;
}

/// A member as a client reads it: null, an empty text and an absent member are the same.
std::string member_of(const json::value* object, std::string_view name) {
  const json::value* value = object == nullptr ? nullptr : object->as_object().if_contains(name);
  const bool nothing = value == nullptr || value->is_null() || (value->is_string() && value->as_string().empty());
  return nothing ? "-\n" : json::serialize(*value) + "\n";
}

/// Text and end of every choice; what a client of this operation reads.
std::string told(openai::operation op, const json::value& document) {
  std::string text;
  const json::value* choices = document.as_object().if_contains("choices");
  fuzz::require(choices != nullptr && choices->is_array(), "what is put together has choices");
  for (const json::value& choice : choices->as_array()) {
    text += member_of(&choice, "index") + member_of(&choice, "finish_reason");
    if (op == openai::operation::completion) {
      text += member_of(&choice, "text");
      continue;
    }
    // A stream may leave the role out; a replay names it.
    const json::value* message = choice.as_object().if_contains("message");
    text += member_of(message, "content") + member_of(message, "refusal");
  }
  return text;
}

void check_replay(openai::operation op, std::string_view document, bool include_usage) {
  const auto stream = openai::replay_as_stream(op, document, include_usage);
  fuzz::require(stream.has_value(), "what was put together can be played");
  openai::stream_watch watcher{{}};
  fuzz::require(watcher.push(*stream).has_value(), "a replay's events are bounded");
  (void)watcher.finish();
  fuzz::require(watcher.facts().done && !watcher.facts().malformed, "a replay is a whole stream");
  const auto again = openai::assemble_stream(op, *stream);
  fuzz::require(again.has_value(), "a replay can be put together");
  fuzz::require(told(op, parsed(*again)) == told(op, parsed(document)), "a replay tells the same");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const auto op = (data[0] & 1U) != 0 ? openai::operation::completion : openai::operation::chat;
  const bool include_usage = (data[0] & 2U) != 0;
  const std::string_view stream = fuzz::view_of(data + 1, size - 1);
  const auto document = openai::assemble_stream(op, stream);
  const auto replayed =
      openai::replay_stream(op, stream, include_usage, inferenceflow::cost::token_usage{1, 2, 3, 4, 5});
  if (!document) {
    fuzz::require(!document.error().message.empty(), "a refusal says why");
    return 0;
  }
  (void)parsed(*document);
  openai::answer_reader reader;
  fuzz::require(reader.read(op, *document).well_formed, "what is put together can be read");
  check_replay(op, *document, include_usage);
  if (replayed) {
    const auto same = openai::assemble_stream(op, *replayed);
    fuzz::require(same.has_value() && told(op, parsed(*same)) == told(op, parsed(*document)),
                  "usage changes nothing else");
  }
  return 0;
}
