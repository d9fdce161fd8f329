#include "codecs/bedrock/codec.h"

#include "codecs/bedrock/answer_read.h"
#include "codecs/bedrock/answer_write.h"
#include "codecs/bedrock/error.h"
#include "codecs/bedrock/model_path.h"
#include "codecs/bedrock/request_read.h"
#include "codecs/bedrock/request_write.h"
#include "codecs/bedrock/stream_read.h"
#include "codecs/bedrock/stream_write.h"

namespace inferenceflow::codecs::bedrock {

result<dialogue::request> codec::read_request(std::string_view body, const dialogue::request_target& target) const {
  return bedrock::read_request(body, target);
}

result<dialogue::written_request> codec::write_request(const dialogue::request& asked, std::string_view model) const {
  return bedrock::write_request(asked, model);
}

dialogue::backend_address codec::address(std::string_view model, bool stream) const {
  return {.path = make_model_path(model, stream)};
}

result<dialogue::answer> codec::read_answer(std::string_view body) const {
  return bedrock::read_answer(body);
}

dialogue::written_answer codec::write_answer(const dialogue::answer& got, const dialogue::stream_wish&) const {
  return bedrock::write_answer(got); // names neither model nor time
}

std::unique_ptr<dialogue::event_reader> codec::make_reader(std::size_t event_bytes_max) const {
  return std::make_unique<stream_reader>(event_bytes_max);
}

std::unique_ptr<dialogue::event_writer> codec::make_writer(const dialogue::stream_wish&) const {
  return std::make_unique<stream_writer>();
}

error codec::read_error(int status, std::string_view body, std::string_view retry_after) const {
  return bedrock::read_error(status, body, retry_after);
}

dialogue::written_error codec::write_error(const error& why) const {
  return bedrock::write_error(why);
}

} // namespace inferenceflow::codecs::bedrock
