#include "codecs/gemini/count_tokens.h"

#include "codecs/gemini/fields.h"
#include "codecs/gemini/json_out.h"
#include "codecs/gemini/request_read.h"
#include "codecs/gemini/request_write.h"
#include "codecs/gemini/target.h"

#include <fmt/format.h>

namespace inferenceflow::codecs::gemini {

using dialogue::json_view;

namespace {

constexpr field_name k_whole{"generateContentRequest", "generate_content_request"};

} // namespace

result<dialogue::request> read_count_request(std::string_view body, const dialogue::request_target& target) {
  std::string whole;
  {
    dialogue::json_document document;
    const json_view root = document.parse(body);
    if (root.is_object()) {
      whole = get(root, k_whole).json();
    }
    if (document.failure()) {
      return *document.failure();
    }
  }
  // The same request as for an answer, by another method.
  const std::string path = path_for(model_method_of(target.path).model, "generateContent");
  return read_request(whole.empty() ? body : std::string_view{whole}, {.path = path, .query = target.query});
}

result<dialogue::written_request> write_count_request(const dialogue::request& asked, std::string_view model) {
  auto written = write_request(asked, model);
  if (!written || !written->body.starts_with('{')) {
    return written;
  }
  std::string name;
  json_out out{name};
  out.value(model.find('/') == std::string_view::npos ? fmt::format("models/{}", model) : std::string{model});
  const std::string_view rest = std::string_view{written->body}.substr(1);
  written->body = fmt::format(R"({{"generateContentRequest":{{"model":{}{}{}}})", name, rest == "}" ? "" : ",", rest);
  written->path = path_for(model, k_count_method);
  return written;
}

result<std::int64_t> read_count_answer(std::string_view body) {
  dialogue::json_document document;
  const auto tokens = document.parse(body).member("totalTokens").integer(0);
  if (document.failure() || !tokens) {
    return make_error(error_kind::upstream_failed, "the upstream's answer holds no count of tokens");
  }
  return *tokens;
}

std::string write_count_answer(std::int64_t tokens) {
  return fmt::format(R"({{"totalTokens":{}}})", tokens);
}

} // namespace inferenceflow::codecs::gemini
