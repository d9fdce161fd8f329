#include "wire/openai/completion_text.h"

#include "wire/openai/answer_walk.h"
#include "wire/openai/json_tree.h"
#include "wire/openai/request_scan.h"
#include "wire/openai/stream_assembly.h"

namespace inferenceflow::wire::openai {

namespace {

std::string_view string_at(const boost::json::object& object, std::string_view key) {
  const boost::json::value* const found = object.if_contains(key);
  return found != nullptr && found->is_string() ? std::string_view{found->get_string()} : std::string_view{};
}

} // namespace

std::optional<std::string> completion_text(bool streamed, std::string_view body) {
  if (streamed) {
    const auto document = assemble_stream(operation::completion, body);
    return document ? completion_text(false, *document) : std::nullopt;
  }
  const auto document = json_tree::parse_object(body);
  const boost::json::value* const choices = document ? document->if_contains("choices") : nullptr;
  if (choices == nullptr || !choices->is_array() || choices->get_array().size() != 1 ||
      !choices->get_array().front().is_object()) {
    return std::nullopt;
  }
  const boost::json::object& only = choices->get_array().front().get_object();
  const std::string_view words = string_at(only, "text");
  const bool whole = finish_reason_of(string_at(only, "finish_reason")) == finish_reason::stop;
  return whole && !words.empty() ? std::optional{std::string{words}} : std::nullopt;
}

} // namespace inferenceflow::wire::openai
