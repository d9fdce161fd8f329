// A Cohere stream, cut anywhere: events keep their order and come to one end, every cut gives the same answer, and a
// whole answer written as a stream is read back.
#include "codecs/cohere/codec.h"
#include "stream_reading.h"

#include <string>

namespace {

namespace dialogue = inferenceflow::dialogue;
namespace fuzz = inferenceflow::fuzz;

const inferenceflow::codecs::cohere::codec k_cohere;

struct teller {
  std::string& out;
  void operator()(const dialogue::text_part& part) const {
    out += "text " + part.text + "\n";
    for (const auto& cited : part.citations) {
      out += "cited " + cited.quote + " " + std::to_string(cited.begin) + " " + std::to_string(cited.end) + "\n";
    }
  }
  void operator()(const dialogue::reasoning_part& part) const { out += "thought " + part.id + " " + part.text + "\n"; }
  void operator()(const dialogue::tool_call_part& part) const {
    out += "call " + part.id + " " + part.name + " " + part.arguments + "\n";
  }
  template <class Part> void operator()(const Part&) const { out += "other\n"; }
};

/// What a client reads of it.
std::string told(const dialogue::answer& got) {
  std::string text = got.id + "\n";
  for (const auto& choice : got.choices) {
    for (const auto& part : choice.parts) {
      std::visit(teller{text}, part);
    }
  }
  return text;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::view_of(data, size);
  const auto whole = fuzz::read_any_cut(k_cohere, bytes);
  if (!whole.ended) {
    return 0;
  }
  const auto again = fuzz::read_stream(k_cohere, fuzz::streamed(whole.got, k_cohere), 0);
  fuzz::require(again.ended && told(again.got) == told(whole.got), "what is written is read back");
  fuzz::require(k_cohere.read_answer(k_cohere.write_answer(whole.got, {}).body).has_value(),
                "what is written whole can be read");
  return 0;
}
