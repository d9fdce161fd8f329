#include "codecs/cohere/embedding.h"

#include "codecs/cohere/error.h"
#include "codecs/cohere/json_out.h"
#include "dialogue/json_view.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <iterator>

namespace inferenceflow::codecs::cohere {

using dialogue::json_view;

namespace {

/// inputs[]: each is a list of pieces; only those of a single text can be taken apart again.
void read_inputs(const json_view& inputs, embedding_request& into) {
  inputs.each([&](const json_view& input) {
    const json_view content = input.member("content");
    if (!content.is_array() || content.size() != 1) {
      content.fail("must hold exactly one text");
      return;
    }
    const json_view piece = content.element(0);
    const json_view type = piece.member("type");
    if (type.text() != "text") {
      type.fail("must be text");
    }
    into.inputs.emplace_back(piece.member("text").required_text());
  });
}

void check_forms(const json_view& types) {
  types.each([](const json_view& type) {
    if (type.text() != "float") {
      type.fail("must be float");
    }
  });
}

std::vector<float> read_vector(const json_view& numbers) {
  std::vector<float> read;
  read.reserve(numbers.size());
  numbers.each([&](const json_view& number) { read.push_back(static_cast<float>(number.number().value_or(0))); });
  return read;
}

std::optional<std::int64_t> read_tokens(const json_view& billed) {
  const auto texts = billed.member("input_tokens").number();
  const auto images = billed.member("image_tokens").number();
  if (!texts && !images) {
    return std::nullopt;
  }
  constexpr double k_most = 1e12;
  return static_cast<std::int64_t>(std::clamp(texts.value_or(0) + images.value_or(0), 0.0, k_most));
}

void append_vector(json_out& json, std::string& body, const std::vector<float>& vector) {
  json.open_array();
  bool first = true;
  for (const float number : vector) {
    if (!first) {
      body.push_back(',');
    }
    first = false;
    fmt::format_to(std::back_inserter(body), "{}", std::isfinite(number) ? number : 0.0F);
  }
  json.close_array();
}

} // namespace

result<embedding_request> read_embedding_request(std::string_view body) {
  dialogue::json_document document;
  const json_view root = document.parse(body);
  if (!document.failure() && !root.is_object()) {
    root.fail("must be an object");
  }
  if (document.failure()) {
    return *document.failure();
  }
  embedding_request read;
  read.model = root.member("model").required_text();
  read.input_type = root.member("input_type").text();
  read.dimensions = root.member("output_dimension").integer(1);
  const json_view texts = root.member("texts");
  texts.each([&](const json_view& text) { read.inputs.emplace_back(text.required_text()); });
  read_inputs(root.member("inputs"), read);
  check_forms(root.member("embedding_types"));
  if (const json_view images = root.member("images"); images.size() > 0) {
    images.fail("cannot be embedded here: texts only");
  }
  if (read.inputs.empty()) {
    texts.fail("must hold at least one text");
  }
  if (document.failure()) {
    return *document.failure();
  }
  return read;
}

result<dialogue::written_request> write_embedding_request(const embedding_request& asked, std::string_view model) {
  if (asked.inputs.empty()) {
    return make_error(error_kind::invalid_request, "inputs: must hold at least one text", "inputs");
  }
  dialogue::written_request written;
  written.path = "/v2/embed";
  json_out json{written.body};
  json.open_object();
  json.text_member("model", model);
  json.text_member("input_type", asked.input_type.empty() ? std::string_view{"search_document"} : asked.input_type);
  json.open_array_member("texts");
  for (const std::string& text : asked.inputs) {
    json.text(text);
  }
  json.close_array();
  json.raw_member("embedding_types", R"(["float"])");
  json.text_member("truncate", "NONE");
  if (asked.dimensions) {
    json.integer_member("output_dimension", *asked.dimensions);
  }
  json.close_object();
  return written;
}

result<embedding_answer> read_embedding_answer(std::string_view body) {
  dialogue::json_document document;
  const json_view root = document.parse(body);
  if (!document.failure() && !root.is_object()) {
    root.fail("must be an object");
  }
  if (document.failure()) {
    return unreadable(*document.failure());
  }
  embedding_answer read;
  read.id = root.member("id").text();
  const json_view embeddings = root.member("embeddings");
  // Without embedding_types, older models answer with a bare list.
  const json_view vectors = embeddings.is_array() ? embeddings : embeddings.member("float");
  if (!vectors.present()) {
    vectors.fail("is missing");
  }
  vectors.each([&](const json_view& vector) { read.vectors.push_back(read_vector(vector)); });
  read.tokens = read_tokens(root.member("meta").member("billed_units"));
  if (document.failure()) {
    return unreadable(*document.failure());
  }
  return read;
}

std::string write_embedding_answer(const embedding_answer& got, const embedding_request& asked) {
  std::string body;
  json_out json{body};
  json.open_object();
  json.text_member("id", got.id);
  json.open_object_member("embeddings");
  json.open_array_member("float");
  for (const auto& vector : got.vectors) {
    append_vector(json, body, vector);
  }
  json.close_array();
  json.close_object();
  json.open_array_member("texts");
  for (const std::string& text : asked.inputs) {
    json.text(text);
  }
  json.close_array();
  json.open_object_member("meta");
  json.raw_member("api_version", R"({"version":"2"})");
  if (got.tokens) {
    json.open_object_member("billed_units");
    json.integer_member("input_tokens", *got.tokens);
    json.close_object();
  }
  json.close_object();
  json.text_member("response_type", "embeddings_by_type");
  json.close_object();
  return body;
}

} // namespace inferenceflow::codecs::cohere
