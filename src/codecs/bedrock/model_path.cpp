#include "codecs/bedrock/model_path.h"

#include "base/percent.h"

namespace inferenceflow::codecs::bedrock {

std::optional<model_path> parse_model_path(std::string_view path) {
  constexpr std::string_view k_before = "/model/";
  const std::size_t before = path.find(k_before);
  const std::size_t last = path.rfind('/');
  if (before == std::string_view::npos || last < before + k_before.size()) {
    return std::nullopt;
  }
  const std::string_view verb = path.substr(last + 1);
  const std::size_t begin = before + k_before.size();
  model_path parsed{.model = percent_decoded(path.substr(begin, last - begin)), .stream = verb == "converse-stream"};
  if (parsed.model.empty() || (!parsed.stream && verb != "converse")) {
    return std::nullopt;
  }
  return parsed;
}

std::string make_model_path(std::string_view model, bool stream) {
  std::string path = "/model/";
  append_percent_encoded(path, model);
  return path.append(stream ? "/converse-stream" : "/converse");
}

} // namespace inferenceflow::codecs::bedrock
