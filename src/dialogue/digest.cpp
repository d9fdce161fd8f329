#include "dialogue/digest.h"

#include "dialogue/digest_feeder.h"

#include <type_traits>

namespace inferenceflow::dialogue {

std::pair<std::uint64_t, std::uint64_t> digest(const request& asked, protocol spoken, std::uint64_t seed) {
  digest_feeder into{seed};
  into.add(spoken);
  into.add(asked.model);
  into.add(asked.messages);
  into.add_frame(asked);
  return into.digest();
}

std::size_t prompt_text_bytes(const request& asked) noexcept {
  std::size_t bytes = 0;
  const auto count = [&bytes](const auto& each) {
    using type = std::decay_t<decltype(each)>;
    if constexpr (std::is_same_v<type, text_part> || std::is_same_v<type, reasoning_part>) {
      bytes += each.text.size();
    } else if constexpr (std::is_same_v<type, tool_call_part>) {
      bytes += each.name.size() + each.arguments.size();
    } else if constexpr (std::is_same_v<type, tool_result_part>) {
      bytes += each.json.size();
      for (const auto& piece : each.content) {
        if (const auto* words = std::get_if<text_part>(&piece)) {
          bytes += words->text.size();
        }
      }
    }
  };
  for (const message& said : asked.messages) {
    for (const part& each : said.parts) {
      std::visit(count, each);
    }
  }
  for (const tool& offered : asked.tools) {
    bytes += offered.name.size() + offered.description.size() + offered.parameters.size() + offered.opaque.size();
  }
  return bytes;
}

} // namespace inferenceflow::dialogue
