#include "codecs/openai_responses/codec.h"

#include "codecs/openai_responses/answer_read.h"
#include "codecs/openai_responses/answer_write.h"
#include "codecs/openai_responses/error.h"
#include "codecs/openai_responses/request_read.h"
#include "codecs/openai_responses/request_write.h"
#include "codecs/openai_responses/stream_read.h"
#include "codecs/openai_responses/stream_write.h"

namespace inferenceflow::codecs::openai_responses {

result<dialogue::request> codec::read_request(std::string_view body, const dialogue::request_target&) const {
  return openai_responses::read_request(body);
}

result<dialogue::written_request> codec::write_request(const dialogue::request& asked, std::string_view model) const {
  return openai_responses::write_request(asked, model);
}

dialogue::backend_address codec::address(std::string_view, bool) const {
  return {.path = "/v1/responses"};
}

result<dialogue::answer> codec::read_answer(std::string_view body) const {
  return openai_responses::read_answer(body);
}

dialogue::written_answer codec::write_answer(const dialogue::answer& got, const dialogue::stream_wish& wish) const {
  return openai_responses::write_answer(got, wish);
}

std::unique_ptr<dialogue::event_reader> codec::make_reader(std::size_t event_bytes_max) const {
  return std::make_unique<stream_reader>(event_bytes_max);
}

std::unique_ptr<dialogue::event_writer> codec::make_writer(const dialogue::stream_wish& wish) const {
  return std::make_unique<stream_writer>(wish);
}

error codec::read_error(int status, std::string_view body, std::string_view retry_after) const {
  return openai_responses::read_error(status, body, retry_after);
}

dialogue::written_error codec::write_error(const error& why) const {
  return openai_responses::write_error(why);
}

} // namespace inferenceflow::codecs::openai_responses
