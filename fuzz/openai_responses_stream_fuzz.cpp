// A response's event stream: any bytes in any cut give the same answer, in order, closed by one end or failure; an
// answer that was written and read once more stays what it is, as a document and as a stream.
#include "codecs/openai_responses/codec.h"
#include "stream_reading.h"

#include <string>

namespace {

namespace dialogue = inferenceflow::dialogue;
namespace fuzz = inferenceflow::fuzz;
using inferenceflow::codecs::openai_responses::codec;

dialogue::answer rewritten(const dialogue::answer& got) {
  const auto again = codec{}.read_answer(codec{}.write_answer(got, {}).body);
  fuzz::require(again.has_value(), "what is written can be read");
  return *again;
}

dialogue::answer replayed(const dialogue::answer& got) {
  const auto again = fuzz::read_stream(codec{}, fuzz::streamed(got, codec{}), 0);
  fuzz::require(again.ended, "a written stream is whole");
  return again.got;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::view_of(data, size);
  const auto whole = fuzz::read_any_cut(codec{}, bytes);
  if (whole.ended) {
    const dialogue::answer once = rewritten(whole.got);
    fuzz::require(rewritten(once) == once, "an answer stays what it is");
    fuzz::require(replayed(once) == once, "a stream tells what the document tells");
  }
  return 0;
}
