#include "codecs/openai_chat/text_ruler.h"

#include <algorithm>

namespace inferenceflow::codecs::openai_chat {

void text_ruler::append(std::string_view text) {
  for (const char byte : text) {
    starts_.push_back((static_cast<unsigned char>(byte) & 0xC0U) != 0x80U);
  }
}

std::int64_t text_ruler::byte_of(std::int64_t index) const {
  std::int64_t seen = 0;
  for (std::size_t at = 0; at < starts_.size(); ++at) {
    if (starts_[at] && seen++ == index) {
      return static_cast<std::int64_t>(at);
    }
  }
  return index == seen ? bytes() : -1;
}

std::int64_t text_ruler::character_of(std::int64_t offset) const {
  return offset < 0 || offset > bytes() ? -1 : std::count(starts_.begin(), starts_.begin() + offset, true);
}

} // namespace inferenceflow::codecs::openai_chat
