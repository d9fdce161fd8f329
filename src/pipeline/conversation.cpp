#include "pipeline/conversation.h"

#include <variant>
#include <xxhash.h>

namespace inferenceflow::pipeline {

std::uint64_t conversation_of(const dialogue::request& asked, std::string_view tenant) {
  std::uint64_t hash = 0;
  const auto add = [&hash](std::string_view text) { hash = XXH3_64bits_withSeed(text.data(), text.size(), hash); };
  add(tenant);
  for (const auto& tool : asked.tools) {
    add(tool.name);
    add(tool.parameters);
  }
  for (const auto& turn : asked.messages) {
    for (const auto& part : turn.parts) {
      if (const auto* text = std::get_if<dialogue::text_part>(&part)) {
        add(text->text);
      }
    }
    if (turn.who != dialogue::role::system) {
      break;
    }
  }
  return hash;
}

} // namespace inferenceflow::pipeline
