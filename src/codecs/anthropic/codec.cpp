#include "codecs/anthropic/codec.h"

#include "codecs/anthropic/answer_read.h"
#include "codecs/anthropic/answer_write.h"
#include "codecs/anthropic/count_tokens.h"
#include "codecs/anthropic/error.h"
#include "codecs/anthropic/request_read.h"
#include "codecs/anthropic/request_write.h"
#include "codecs/anthropic/stream_read.h"
#include "codecs/anthropic/stream_write.h"
#include "codecs/anthropic/vocabulary.h"

namespace inferenceflow::codecs::anthropic {

result<dialogue::request> codec::read_request(std::string_view body, const dialogue::request_target& target) const {
  return read_messages_request(body,
                               target.path.ends_with(k_count_suffix) ? body_kind::count_tokens : body_kind::create);
}

result<dialogue::written_request> codec::write_request(const dialogue::request& asked, std::string_view model) const {
  return write_messages_request(asked, model);
}

dialogue::backend_address codec::address(std::string_view, bool) const {
  return {.path = std::string{k_path}, .headers = {{"anthropic-version", std::string{k_version}}}};
}

result<dialogue::request> codec::read_count_request(std::string_view body, const dialogue::request_target&) const {
  return anthropic::read_count_request(body);
}

result<dialogue::written_request> codec::write_count_request(const dialogue::request& asked,
                                                             std::string_view model) const {
  return anthropic::write_count_request(asked, model);
}

result<std::int64_t> codec::read_count_answer(std::string_view body) const {
  return anthropic::read_count_answer(body);
}

std::string codec::write_count_answer(std::int64_t tokens) const {
  return anthropic::write_count_answer(tokens);
}

result<dialogue::answer> codec::read_answer(std::string_view body) const {
  return read_message(body);
}

dialogue::written_answer codec::write_answer(const dialogue::answer& got, const dialogue::stream_wish& wish) const {
  return write_message(got, wish);
}

std::unique_ptr<dialogue::event_reader> codec::make_reader(std::size_t event_bytes_max) const {
  return std::make_unique<stream_reader>(event_bytes_max);
}

std::unique_ptr<dialogue::event_writer> codec::make_writer(const dialogue::stream_wish& wish) const {
  return std::make_unique<stream_writer>(wish);
}

error codec::read_error(int status, std::string_view body, std::string_view retry_after) const {
  return read_error_document(status, body, retry_after);
}

dialogue::written_error codec::write_error(const error& why) const {
  return write_error_document(why);
}

} // namespace inferenceflow::codecs::anthropic
