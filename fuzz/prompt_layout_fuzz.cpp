// Any bytes as a request body. What has a layout gets marks behind every block that takes one: the result must still be
// JSON with as many blocks, and, since marks do not count, every prompt must have the name that it had before.
#include "prompt_cache/body_edit.h"
#include "prompt_cache/prompt_layout.h"
#include "property.h"

#include <string_view>
#include <vector>

namespace {

using namespace inferenceflow;
using namespace inferenceflow::prompt_cache;

std::vector<boundary> names_of(const prompt_layout& layout, std::string_view body) {
  std::vector<boundary> names;
  std::vector<std::size_t> where;
  boundaries_of(layout, body, 1, 1, names, where);
  return names;
}

void mark_all(dialogue::protocol speaks, std::string_view body) {
  static layout_reader reader;
  const prompt_layout* layout = reader.read(speaks, body);
  if (layout == nullptr) {
    return;
  }
  std::vector<block_mark> marks;
  for (std::size_t i = 0; i < layout->blocks.size(); ++i) {
    const block& each = layout->blocks[i];
    fuzz::require(each.whole.begin < each.whole.end && each.whole.end <= body.size(), "a block lies within the body");
    if (each.markable && !each.client_mark) {
      marks.push_back(
          {.block = i, .life = i % 2 == 0 ? dialogue::cache_life::hour_1 : dialogue::cache_life::minutes_5});
    }
  }
  const std::size_t blocks = layout->blocks.size();
  const auto before = names_of(*layout, body);
  const std::string edited = with_marks(speaks, body, *layout, marks);
  const prompt_layout* again = reader.read(speaks, edited);
  fuzz::require(again != nullptr, "a marked body is still JSON");
  fuzz::require(again->blocks.size() == blocks, "marks add no block");
  std::size_t marked = 0;
  for (const block& each : again->blocks) {
    marked += each.client_mark ? 1U : 0U;
  }
  fuzz::require(marked >= marks.size(), "every mark is found again");
  std::vector<boundary> after = names_of(*again, edited);
  // A client's marks are always looked at, so now there may be more boundaries: those from before are among them.
  std::size_t at = 0;
  for (const boundary& each : before) {
    while (at < after.size() && after[at].block != each.block) {
      ++at;
    }
    fuzz::require(at < after.size() && after[at].hash == each.hash, "a boundary is still there, by its name");
  }
}

void add_key(std::string_view body) {
  static layout_reader reader;
  const prompt_layout* layout = reader.read(dialogue::protocol::openai_chat, body);
  if (layout == nullptr || layout->has_cache_key || layout->blocks.empty()) {
    return;
  }
  const std::string edited = with_cache_key(body, *layout, cache_key_of("scope", 1));
  const prompt_layout* again = reader.read(dialogue::protocol::openai_chat, edited);
  fuzz::require(again != nullptr && again->has_cache_key, "a body with a key is still JSON and has it");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body{reinterpret_cast<const char*>(data), size};
  mark_all(dialogue::protocol::anthropic, body);
  mark_all(dialogue::protocol::bedrock, body);
  add_key(body);
  return 0;
}
