#include "codecs/openai_chat/codec.h"

#include "codecs/openai_chat/answer_read.h"
#include "codecs/openai_chat/answer_write.h"
#include "codecs/openai_chat/error.h"
#include "codecs/openai_chat/request_read.h"
#include "codecs/openai_chat/request_write.h"
#include "codecs/openai_chat/stream_read.h"
#include "codecs/openai_chat/stream_write.h"

namespace inferenceflow::codecs::openai_chat {

// Qualified calls below: the free functions have the names of the members that call them.

result<dialogue::request> codec::read_request(std::string_view body, const dialogue::request_target& /*target*/) const {
  return openai_chat::read_request(body); // everything stands in the body
}

result<dialogue::written_request> codec::write_request(const dialogue::request& asked, std::string_view model) const {
  return openai_chat::write_request(asked, model, dialect_);
}

dialogue::backend_address codec::address(std::string_view, bool) const {
  return {.path = "/chat/completions"};
}

result<dialogue::answer> codec::read_answer(std::string_view body) const {
  return openai_chat::read_answer(body);
}

dialogue::written_answer codec::write_answer(const dialogue::answer& got, const dialogue::stream_wish& wish) const {
  return openai_chat::write_answer(got, wish);
}

std::unique_ptr<dialogue::event_reader> codec::make_reader(std::size_t event_bytes_max) const {
  return std::make_unique<stream_reader>(dialect_, event_bytes_max);
}

std::unique_ptr<dialogue::event_writer> codec::make_writer(const dialogue::stream_wish& wish) const {
  return std::make_unique<stream_writer>(wish);
}

error codec::read_error(int status, std::string_view body, std::string_view retry_after) const {
  return openai_chat::read_error(status, body, retry_after);
}

dialogue::written_error codec::write_error(const error& why) const {
  return openai_chat::write_error(why);
}

} // namespace inferenceflow::codecs::openai_chat
