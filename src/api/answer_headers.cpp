#include "api/answer_headers.h"

namespace inferenceflow::api {

void add_note(http::header_block& lines, const pipeline::answer_note& note) {
  lines.add("x-inferenceflow-cache", to_string(note.cache));
  if (!note.provider.empty()) {
    lines.add("x-inferenceflow-model", note.model).add("x-inferenceflow-provider", note.provider);
  }
  if (note.settled) {
    lines.add("x-inferenceflow-cost", to_usd_string(note.cost)).add("x-inferenceflow-saved", to_usd_string(note.saved));
  } else {
    lines.add("Trailer", "x-inferenceflow-cost, x-inferenceflow-saved");
  }
}

http::header_block note_trailers(const pipeline::answer_note& note) {
  http::header_block lines;
  lines.add("x-inferenceflow-cost", to_usd_string(note.cost)).add("x-inferenceflow-saved", to_usd_string(note.saved));
  return lines;
}

} // namespace inferenceflow::api
