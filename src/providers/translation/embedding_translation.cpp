#include "providers/translation/embedding_translation.h"

#include "codecs/cohere/embedding.h"
#include "codecs/gemini/embedding.h"
#include "dialogue/json_view.h"
#include "wire/json/text.h"

#include <bit>
#include <cmath>
#include <fmt/format.h>
#include <iterator>

namespace inferenceflow::providers::translation {

using dialogue::json_view;
using dialogue::protocol;

namespace {

void read_inputs(const json_view& input, embedding_wish& wish) {
  const auto take = [&](const json_view& text) {
    if (!text.is_text()) {
      text.fail("must be text: tokens are known to the model's own tokenizer only");
    } else if (text.text().empty()) {
      text.fail("must not be empty");
    } else {
      wish.inputs.emplace_back(text.text());
    }
  };
  if (input.is_array()) {
    input.each(take);
    if (input.size() == 0) {
      input.fail("must hold at least one text");
    }
  } else if (!input.present()) {
    input.fail("is missing");
  } else {
    take(input);
  }
}

void append_base64(std::string& out, std::string_view bytes) {
  constexpr std::string_view k_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = (group << 8U) | (k < count ? static_cast<unsigned char>(bytes[at + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out.push_back(k <= count ? k_alphabet[(group >> (18U - 6U * k)) & 0x3FU] : '=');
    }
  }
}

void append_vector(std::string& out, const std::vector<float>& vector, bool base64) {
  if (base64) {
    std::string bytes;
    bytes.reserve(vector.size() * sizeof(float));
    for (const float value : vector) {
      const auto bits = std::bit_cast<std::uint32_t>(value);
      for (unsigned shift = 0; shift < 32; shift += 8) {
        bytes.push_back(static_cast<char>((bits >> shift) & 0xFFU));
      }
    }
    out.push_back('"');
    append_base64(out, bytes);
    out.push_back('"');
    return;
  }
  out.push_back('[');
  for (std::size_t at = 0; at < vector.size(); ++at) {
    fmt::format_to(std::back_inserter(out), "{}{}", at == 0 ? "" : ",", std::isfinite(vector[at]) ? vector[at] : 0.0F);
  }
  out.push_back(']');
}

struct vectors_read {
  std::vector<std::vector<float>> vectors;
  std::optional<std::int64_t> tokens;
};

result<vectors_read> read_vectors(std::string_view body, protocol spoken) {
  if (spoken == protocol::gemini) {
    auto got = codecs::gemini::read_embedding_answer(body);
    return got ? result<vectors_read>{vectors_read{std::move(got->vectors), got->tokens}} : got.error();
  }
  auto got = codecs::cohere::read_embedding_answer(body);
  return got ? result<vectors_read>{vectors_read{std::move(got->vectors), got->tokens}} : got.error();
}

} // namespace

bool has_embeddings(protocol spoken) noexcept {
  return spoken == protocol::gemini || spoken == protocol::cohere;
}

result<embedding_wish> read_wish(std::string_view body) {
  dialogue::json_document document;
  const json_view root = document.parse(body);
  embedding_wish wish;
  if (!document.failure()) {
    read_inputs(root.member("input"), wish);
    wish.dimensions = root.member("dimensions").integer(1, 1'000'000);
    const json_view format = root.member("encoding_format");
    wish.base64 = format.text() == "base64";
    if (format.present() && !wish.base64 && format.text() != "float") {
      format.fail("must be float or base64");
    }
  }
  if (document.failure()) {
    return *document.failure();
  }
  return wish;
}

result<dialogue::written_request> write_wish(const embedding_wish& wish, protocol spoken, std::string_view model) {
  const std::size_t most = spoken == protocol::gemini ? k_gemini_inputs_max : k_cohere_inputs_max;
  if (wish.inputs.size() > most) {
    return make_error(
        error_kind::invalid_request,
        fmt::format("input: {} texts; the provider of this model takes {} in one request", wish.inputs.size(), most),
        "input");
  }
  if (spoken == protocol::gemini) {
    return codecs::gemini::write_embedding_request(
        {.model = {}, .inputs = wish.inputs, .dimensions = wish.dimensions, .task = {}, .batch = false}, model);
  }
  return codecs::cohere::write_embedding_request(
      {.model = {}, .inputs = wish.inputs, .dimensions = wish.dimensions, .input_type = {}}, model);
}

result<embedding_result> translate_answer(std::string_view body, protocol spoken, const embedding_wish& wish,
                                          std::string_view model, std::int64_t tokens) {
  const auto got = read_vectors(body, spoken);
  if (!got) {
    return got.error();
  }
  if (got->vectors.size() != wish.inputs.size()) {
    return make_error(error_kind::upstream_failed, fmt::format("the upstream answered {} texts with {} vectors",
                                                               wish.inputs.size(), got->vectors.size()));
  }
  embedding_result told{.body = R"({"object":"list","data":[)", .tokens = got->tokens};
  for (std::size_t at = 0; at < got->vectors.size(); ++at) {
    fmt::format_to(std::back_inserter(told.body), R"({}{{"object":"embedding","index":{},"embedding":)",
                   at == 0 ? "" : ",", at);
    append_vector(told.body, got->vectors[at], wish.base64);
    told.body.push_back('}');
  }
  const std::int64_t count = got->tokens.value_or(tokens);
  told.body.append(R"(],"model":")");
  wire::json::append_escaped(told.body, model);
  fmt::format_to(std::back_inserter(told.body), R"(","usage":{{"prompt_tokens":{},"total_tokens":{}}}}})", count,
                 count);
  return told;
}

} // namespace inferenceflow::providers::translation
