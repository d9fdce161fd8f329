#include "codecs/openai_responses/answer_write.h"

#include "codecs/openai_responses/stream_write.h"
#include "dialogue/assembly.h"

namespace inferenceflow::codecs::openai_responses {

dialogue::written_answer write_answer(const dialogue::answer& got, const dialogue::stream_wish& wish) {
  stream_writer writer{wish, true};
  writer.set_service_tier(got.service_tier);
  std::string unused;
  dialogue::replay(got, [&](const dialogue::event& happened) { writer.write(happened, unused); });
  return {.body = writer.document(), .losses = writer.losses()};
}

} // namespace inferenceflow::codecs::openai_responses
