#include "codecs/gemini/target.h"

#include <algorithm>
#include <fmt/format.h>

namespace inferenceflow::codecs::gemini {

namespace {

int hex(char c) noexcept {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_code = text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0;
    plain.push_back(is_code ? static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2])) : text[i]);
    i += is_code ? 2 : 0;
  }
  return plain;
}

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
      path += fmt::format("%{:02X}", static_cast<unsigned char>(c));
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
