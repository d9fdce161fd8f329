#include "codecs/gemini/scrub.h"

#include <algorithm>

namespace inferenceflow::codecs::gemini {

namespace {

constexpr std::string_view k_around_words = " \t\r\n\"'`()[]{}<>,;";

bool holds(std::string_view word, std::string_view piece) {
  return word.find(piece) != std::string_view::npos;
}

void append_word(std::string& out, std::string_view word) {
  const bool is_account = word.find('@') != std::string_view::npos && word.find('.') != std::string_view::npos;
  if (holds(word, "://") || holds(word, "www.")) {
    out += "[link]";
  } else if (holds(word, "AIza") || holds(word, "api_key:") || holds(word, "ya29.")) {
    out += "[key]";
  } else if (is_account || holds(word, "project_number:") || holds(word, "googleapis.com")) {
    out += "[account]";
  } else if (holds(word, "projects/")) {
    const std::size_t model = word.find("models/");
    out += model == std::string_view::npos ? std::string_view{"[account]"} : word.substr(model);
  } else {
    out += word;
  }
}

} // namespace

std::string scrubbed(std::string_view message) {
  std::string out;
  out.reserve(message.size());
  while (!message.empty()) {
    const std::size_t begin = std::min(message.find_first_not_of(k_around_words), message.size());
    out += message.substr(0, begin);
    message.remove_prefix(begin);
    const std::size_t end = std::min(message.find_first_of(k_around_words), message.size());
    append_word(out, message.substr(0, end));
    message.remove_prefix(end);
  }
  return out;
}

} // namespace inferenceflow::codecs::gemini
