#include "codecs/gemini/target.h"

#include "base/percent.h"

#include <algorithm>

namespace inferenceflow::codecs::gemini {

namespace {

bool is_path_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view{"-._~/@"}.find(c) != std::string_view::npos;
}

bool begins(std::string_view text, std::string_view with) {
  return text.substr(0, with.size()) == with;
}

} // namespace

model_method model_method_of(std::string_view path) {
  model_method found;
  const std::size_t colon = path.rfind(':');
  std::string_view resource = path.substr(0, colon);
  if (colon != std::string_view::npos) {
    found.method = path.substr(colon + 1);
  }
  if (const std::size_t tuned = resource.rfind("tunedModels/"); tuned != std::string_view::npos) {
    resource.remove_prefix(tuned);
  } else if (const std::size_t models = resource.rfind("models/"); models != std::string_view::npos) {
    resource.remove_prefix(models + std::string_view{"models/"}.size());
  }
  found.model = percent_decoded(resource);
  return found;
}

std::string path_for(std::string_view model, std::string_view method) {
  std::string path = begins(model, "projects/")                                  ? "/v1/"
                     : begins(model, "models/") || begins(model, "tunedModels/") ? "/v1beta/"
                                                                                 : "/v1beta/models/";
  for (const char c : model) {
    if (is_path_character(c)) {
      path.push_back(c);
    } else {
      append_percent_encoded(path, {&c, 1});
    }
  }
  return path.append(":").append(method);
}

stream_form form_of(std::string_view query) noexcept {
  while (!query.empty()) {
    const std::string_view field = query.substr(0, query.find('&'));
    for (const std::string_view spelling : {"alt=sse", "$alt=sse", "%24alt=sse"}) {
      if (begins(field, spelling) && (field.size() == spelling.size() || field[spelling.size()] == ';' ||
                                      begins(field.substr(spelling.size()), "%3B"))) {
        return stream_form::events;
      }
    }
    query.remove_prefix(std::min(field.size() + 1, query.size()));
  }
  return stream_form::array;
}

} // namespace inferenceflow::codecs::gemini
