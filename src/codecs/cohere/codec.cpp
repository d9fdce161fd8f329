#include "codecs/cohere/codec.h"

#include "codecs/cohere/answer_read.h"
#include "codecs/cohere/answer_write.h"
#include "codecs/cohere/error.h"
#include "codecs/cohere/request_read.h"
#include "codecs/cohere/request_write.h"
#include "codecs/cohere/stream_read.h"
#include "codecs/cohere/stream_write.h"

namespace inferenceflow::codecs::cohere {

result<dialogue::request> codec::read_request(std::string_view body, const dialogue::request_target&) const {
  return cohere::read_request(body);
}

result<dialogue::written_request> codec::write_request(const dialogue::request& asked, std::string_view model) const {
  return cohere::write_request(asked, model);
}

dialogue::backend_address codec::address(std::string_view, bool) const {
  return {.path = "/v2/chat"};
}

result<dialogue::answer> codec::read_answer(std::string_view body) const {
  return cohere::read_answer(body);
}

dialogue::written_answer codec::write_answer(const dialogue::answer& got, const dialogue::stream_wish&) const {
  return cohere::write_answer(got);
}

std::unique_ptr<dialogue::event_reader> codec::make_reader(std::size_t event_bytes_max) const {
  return std::make_unique<stream_reader>(event_bytes_max);
}

std::unique_ptr<dialogue::event_writer> codec::make_writer(const dialogue::stream_wish&) const {
  return std::make_unique<stream_writer>();
}

error codec::read_error(int status, std::string_view body, std::string_view retry_after) const {
  return cohere::read_error(status, body, retry_after);
}

dialogue::written_error codec::write_error(const error& why) const {
  return cohere::write_error(why);
}

} // namespace inferenceflow::codecs::cohere
