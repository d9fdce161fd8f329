#include "codecs/openai_chat/annotation.h"

namespace inferenceflow::codecs::openai_chat {

std::optional<dialogue::citation> read_annotation(const dialogue::json_view& annotation, const text_ruler& said) {
  const auto body = annotation.member("url_citation");
  if (!body.present() || body.member("url").text().empty()) {
    return std::nullopt;
  }
  dialogue::citation source;
  source.url = body.member("url").text();
  source.title = body.member("title").text();
  source.quote = body.member("content").text();
  const auto begin = body.member("start_index").integer();
  const auto end = body.member("end_index").integer();
  if (begin && end && *end > *begin && *begin >= 0) {
    source.begin = said.byte_of(*begin);
    source.end = said.byte_of(*end);
    if (source.begin < 0 || source.end < 0) { // counted in something else, or beyond the text
      source.begin = -1;
      source.end = -1;
    }
  }
  return source;
}

void write_annotation(json_out& out, const dialogue::citation& source, const text_ruler& said,
                      std::int64_t part_begin) {
  const bool placed = source.begin >= 0 && source.end > source.begin;
  const std::int64_t begin = placed ? said.character_of(part_begin + source.begin) : -1;
  const std::int64_t end = placed ? said.character_of(part_begin + source.end) : -1;
  const bool known = begin >= 0 && end > begin;
  out.open_object().key("type").text("url_citation").key("url_citation").open_object();
  out.key("url").text(source.url).key("title").text(source.title);
  out.key("start_index").integer(known ? begin : 0).key("end_index").integer(known ? end : 0);
  if (!source.quote.empty()) {
    out.key("content").text(source.quote);
  }
  out.close_object().close_object();
}

} // namespace inferenceflow::codecs::openai_chat
