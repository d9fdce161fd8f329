// A TGI stream, cut anywhere: events keep their order and come to one end, every cut gives the same answer, and no
// answer ends with the marker of the prompt's template.
#include "codecs/tgi/codec.h"
#include "codecs/tgi/prompt.h"
#include "stream_reading.h"

#include <string>

namespace {

namespace dialogue = inferenceflow::dialogue;
namespace fuzz = inferenceflow::fuzz;
namespace tgi = inferenceflow::codecs::tgi;

const tgi::codec k_tgi;

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::view_of(data, size);
  const auto whole = fuzz::read_any_cut(k_tgi, bytes);
  if (whole.ended && !whole.got.choices.empty() && !whole.got.choices[0].parts.empty()) {
    const std::string& text = std::get<dialogue::text_part>(whole.got.choices[0].parts[0]).text;
    const bool marked = text.size() >= tgi::k_next_turn.size() &&
                        std::string_view{text}.substr(text.size() - tgi::k_next_turn.size()) == tgi::k_next_turn;
    fuzz::require(!marked, "the template's marker is not part of the answer");
  }
  return 0;
}
