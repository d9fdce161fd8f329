#include "codecs/tgi/prompt.h"

#include <fmt/format.h>
#include <optional>

namespace inferenceflow::codecs::tgi {

using dialogue::message;
using dialogue::part;
using dialogue::role;

namespace {

std::string_view name_of(role who) {
  switch (who) {
  case role::system: return "System:";
  case role::user: return "User:";
  case role::assistant:
  case role::tool: break;
  }
  return "Assistant:";
}

/// The part's text; nothing if it is no text; an empty one for thoughts, which are left out.
std::optional<std::string_view> text_of(const part& given, const std::string& path, std::vector<std::string>& losses) {
  if (const auto* words = std::get_if<dialogue::text_part>(&given)) {
    if (words->cache_mark) {
      losses.push_back(path + ".cache_mark");
    }
    if (!words->signature.empty()) {
      losses.push_back(path + ".signature");
    }
    if (!words->citations.empty()) {
      losses.push_back(path + ".citations");
    }
    return words->text;
  }
  if (const auto* refusal = std::get_if<dialogue::refusal_part>(&given)) {
    return refusal->text;
  }
  if (std::holds_alternative<dialogue::reasoning_part>(given)) {
    losses.push_back(path);
    return std::string_view{};
  }
  return std::nullopt;
}

} // namespace

result<std::string> prompt_of(std::span<const message> messages, std::vector<std::string>& losses) {
  std::string prompt;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const message& given = messages[i];
    if (!given.name.empty()) {
      losses.push_back(fmt::format("messages[{}].name", i));
    }
    if (given.who == role::tool) {
      const std::string path = fmt::format("messages[{}]", i);
      return make_error(error_kind::invalid_request, path + ": TGI's native protocol has no tools", path);
    }
    prompt += name_of(given.who);
    char before = ' ';
    for (std::size_t at = 0; at < given.parts.size(); ++at) {
      const std::string path = fmt::format("messages[{}].parts[{}]", i, at);
      const auto text = text_of(given.parts[at], path, losses);
      if (!text) {
        return make_error(error_kind::invalid_request, path + ": TGI's native protocol carries text only", path);
      }
      if (!text->empty()) {
        prompt.push_back(before);
        prompt += *text;
        before = '\n';
      }
    }
    prompt += "\n\n";
  }
  prompt += name_of(role::assistant);
  return prompt;
}

} // namespace inferenceflow::codecs::tgi
