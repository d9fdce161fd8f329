#include "codecs/gemini/embedding.h"

#include "codecs/gemini/chunk_read.h"
#include "codecs/gemini/error.h"
#include "codecs/gemini/fields.h"
#include "codecs/gemini/json_out.h"
#include "codecs/gemini/target.h"

#include <fmt/format.h>
#include <utility>

namespace inferenceflow::codecs::gemini {

using dialogue::json_view;

namespace {

constexpr field_name k_output_dimensionality{"outputDimensionality", "output_dimensionality"};
constexpr field_name k_task_type{"taskType", "task_type"};

/// The texts of one content: one vector stands for all of them.
std::string text_of(const json_view& content) {
  std::string text;
  const json_view parts = content.member("parts");
  if (!parts.present()) {
    parts.fail("is missing");
  }
  each_of(parts, [&](const json_view& part) {
    const json_view piece = part.member("text");
    if (!piece.present()) {
      part.fail("must hold text: only text can be embedded here");
    }
    text.append(text.empty() ? "" : "\n").append(piece.text());
  });
  return text;
}

struct embedding_options {
  std::optional<std::int64_t> dimensions;
  std::string task;
  friend bool operator==(const embedding_options&, const embedding_options&) = default;
};

embedding_options read_one(const json_view& given, std::vector<std::string>& inputs) {
  inputs.push_back(text_of(given.member("content")));
  if (const json_view title = given.member("title"); title.present()) {
    title.fail("cannot be carried; put it into the text");
  }
  return {.dimensions = get(given, k_output_dimensionality).integer(1),
          .task = std::string{get(given, k_task_type).text()}};
}

void read_batch(const json_view& requests, embedding_request& asked, embedding_options& options) {
  if (!requests.present() || requests.size() == 0 || requests.size() > k_inputs_max) {
    requests.fail(fmt::format("must hold 1 to {} requests", k_inputs_max));
    return;
  }
  bool first = true;
  requests.each([&](const json_view& given) {
    embedding_options wanted = read_one(given, asked.inputs);
    if (!first && wanted != options) {
      given.fail("must ask for the same taskType and outputDimensionality as the first");
    }
    options = std::move(wanted);
    first = false;
  });
}

void write_one(json_out& out, const embedding_request& asked, std::string_view input, std::string_view resource) {
  out.open_object();
  out.member_unless_empty("model", resource);
  out.key("content");
  out.open_object();
  out.key("parts");
  out.open_array();
  out.open_object();
  out.member("text", input);
  out.close_object();
  out.close_array();
  out.close_object();
  out.member_unless_empty("taskType", asked.task);
  out.member("outputDimensionality", asked.dimensions);
  out.close_object();
}

std::vector<float> read_vector(const json_view& embedding) {
  std::vector<float> vector;
  const json_view values = embedding.member("values");
  if (!values.present()) {
    values.fail("is missing");
  }
  vector.reserve(values.size());
  values.each([&](const json_view& value) { vector.push_back(static_cast<float>(value.number().value_or(0))); });
  return vector;
}

void write_vector(json_out& out, const std::vector<float>& vector) {
  out.open_object();
  out.key("values");
  out.open_array();
  for (const float value : vector) {
    out.value(value);
  }
  out.close_array();
  out.close_object();
}

} // namespace

result<embedding_request> read_embedding_request(std::string_view body, const dialogue::request_target& target) {
  const model_method addressed = model_method_of(target.path);
  embedding_request asked{.model = addressed.model, .batch = addressed.method == "batchEmbedContents"};
  if (!asked.batch && addressed.method != "embedContent") {
    return make_error(error_kind::not_found,
                      fmt::format("no method '{}': embedContent and batchEmbedContents are served", addressed.method));
  }
  dialogue::json_document document;
  const json_view root = document.parse(body);
  embedding_options options;
  if (asked.batch) {
    read_batch(root.member("requests"), asked, options);
  } else {
    options = read_one(root, asked.inputs);
  }
  if (document.failure()) {
    return *document.failure();
  }
  asked.dimensions = options.dimensions;
  asked.task = std::move(options.task);
  return asked;
}

dialogue::written_request write_embedding_request(const embedding_request& asked, std::string_view model) {
  dialogue::written_request written;
  written.headers.emplace_back("Content-Type", "application/json");
  json_out out{written.body};
  if (!asked.batch && asked.inputs.size() == 1) {
    write_one(out, asked, asked.inputs.front(), {});
    written.path = path_for(model, "embedContent");
    return written;
  }
  const std::string resource =
      model.find('/') == std::string_view::npos ? fmt::format("models/{}", model) : std::string{model};
  out.open_object();
  out.key("requests");
  out.open_array();
  for (const std::string& input : asked.inputs) {
    write_one(out, asked, input, resource);
  }
  out.close_array();
  out.close_object();
  written.path = path_for(model, "batchEmbedContents");
  return written;
}

result<embedding_answer> read_embedding_answer(std::string_view body) {
  dialogue::json_document document;
  const json_view root = document.parse(body);
  if (root.is_object() && root.member("error").present()) {
    return read_status(body);
  }
  embedding_answer got;
  const json_view one = root.member("embedding");
  const json_view many = root.member("embeddings");
  if (!one.present() && !many.present()) {
    many.fail("is missing");
  }
  if (one.present()) {
    got.vectors.push_back(read_vector(one));
  } else {
    many.each([&](const json_view& embedding) { got.vectors.push_back(read_vector(embedding)); });
  }
  got.tokens = root.member("usageMetadata").member("promptTokenCount").integer(0);
  if (document.failure()) {
    return not_gemini(*document.failure());
  }
  return got;
}

std::string write_embedding_answer(const embedding_answer& got, bool batch) {
  std::string body;
  json_out out{body};
  out.open_object();
  if (batch) {
    out.key("embeddings");
    out.open_array();
    for (const auto& vector : got.vectors) {
      write_vector(out, vector);
    }
    out.close_array();
  } else if (!got.vectors.empty()) {
    out.key("embedding");
    write_vector(out, got.vectors.front());
  }
  if (got.tokens) {
    out.key("usageMetadata");
    out.open_object();
    out.member("promptTokenCount", *got.tokens);
    out.member("totalTokenCount", *got.tokens);
    out.close_object();
  }
  out.close_object();
  return body;
}

} // namespace inferenceflow::codecs::gemini
