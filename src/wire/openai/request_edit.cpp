#include "wire/openai/request_edit.h"

#include "wire/json/text.h"

#include <utility>

namespace inferenceflow::wire::openai {
namespace {

constexpr std::string_view k_new_options_first = R"("stream_options":{"include_usage":true},)";
constexpr std::string_view k_new_options = R"({"include_usage":true})";
constexpr std::string_view k_new_member_first = R"("include_usage":true,)";
constexpr std::string_view k_white_space = " \t\r\n";

} // namespace

request_edit::request_edit(std::string_view body, const request_facts& facts, std::string_view model,
                           bool include_usage) {
  std::array<replacement, 2> edits{};
  std::size_t count = 0;
  if (!model.empty() && model != facts.model) {
    edits[count++] = model_edit(facts, model);
  }
  if (include_usage && !facts.include_usage) {
    added_include_usage_ = true;
    const byte_span options = facts.stream_options_span;
    if (facts.include_usage_span.present()) {
      edits[count++] = {facts.include_usage_span.offset, facts.include_usage_span.length, "true"};
    } else if (!options.present()) {
      // The body holds at least a model, so a member that goes first always has another behind it.
      edits[count++] = {body.find('{') + 1, 0, k_new_options_first};
    } else if (body[options.offset] != '{' || body[body.find_first_not_of(k_white_space, options.offset + 1)] == '}') {
      edits[count++] = {options.offset, options.length, k_new_options};
    } else {
      edits[count++] = {options.offset + 1, 0, k_new_member_first};
    }
  }
  changed_ = count != 0;
  if (count == 2 && edits[1].offset < edits[0].offset) {
    std::swap(edits[0], edits[1]);
  }
  apply(body, {edits.data(), count});
}

request_edit::replacement request_edit::model_edit(const request_facts& facts, std::string_view model) {
  if (!json::needs_no_escape(model)) {
    escaped_model_ = std::make_unique<std::string>();
    json::append_escaped(*escaped_model_, model);
    model = *escaped_model_;
  }
  return {facts.model_span.offset + 1, facts.model_span.length - 2, model};
}

void request_edit::apply(std::string_view body, std::span<const replacement> edits) {
  std::size_t from = 0;
  for (const replacement& edit : edits) {
    add(body.substr(from, edit.offset - from));
    add(edit.text);
    from = edit.offset + edit.length;
  }
  add(body.substr(from));
}

void request_edit::add(std::string_view piece) {
  if (!piece.empty()) {
    pieces_[count_++] = piece;
    size_bytes_ += piece.size();
  }
}

std::string request_edit::joined() const {
  std::string all;
  all.reserve(size_bytes_);
  for (const std::string_view piece : pieces()) {
    all += piece;
  }
  return all;
}

} // namespace inferenceflow::wire::openai
