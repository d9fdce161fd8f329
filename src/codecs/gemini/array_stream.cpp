#include "codecs/gemini/array_stream.h"

namespace inferenceflow::codecs::gemini {

void array_stream::step(char c) noexcept {
  if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || at_ == place::after) {
    return;
  }
  if (c == '{') {
    lone_ = at_ == place::before;
    at_ = place::inside;
  } else if (at_ == place::before && c == '[') {
    at_ = place::between;
  } else if (at_ == place::between && c == ']') {
    at_ = place::after;
  } else if (at_ != place::between || c != ',') {
    at_ = place::broken;
  }
}

std::size_t array_stream::scan(std::string_view bytes) noexcept {
  whole_ = false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (in_string_) {
      in_string_ = escaped_ || c != '"';
      escaped_ = !escaped_ && c == '\\';
    } else if (c == '"') {
      in_string_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if ((c == '}' || c == ']') && --depth_ == 0) {
      whole_ = true;
      return i + 1;
    }
  }
  return bytes.size();
}

} // namespace inferenceflow::codecs::gemini
