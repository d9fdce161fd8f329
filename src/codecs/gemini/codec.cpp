#include "codecs/gemini/codec.h"

#include "codecs/gemini/answer_read.h"
#include "codecs/gemini/answer_write.h"
#include "codecs/gemini/count_tokens.h"
#include "codecs/gemini/error.h"
#include "codecs/gemini/request_read.h"
#include "codecs/gemini/request_write.h"
#include "codecs/gemini/stream_read.h"
#include "codecs/gemini/stream_write.h"
#include "codecs/gemini/target.h"

namespace inferenceflow::codecs::gemini {

result<dialogue::request> codec::read_request(std::string_view body, const dialogue::request_target& target) const {
  return gemini::read_request(body, target);
}

result<dialogue::written_request> codec::write_request(const dialogue::request& asked, std::string_view model) const {
  return gemini::write_request(asked, model);
}

dialogue::backend_address codec::address(std::string_view model, bool stream) const {
  return {.path = stream ? path_for(model, "streamGenerateContent") + "?alt=sse" : path_for(model, "generateContent")};
}

result<dialogue::request> codec::read_count_request(std::string_view body,
                                                    const dialogue::request_target& target) const {
  return gemini::read_count_request(body, target);
}

result<dialogue::written_request> codec::write_count_request(const dialogue::request& asked,
                                                             std::string_view model) const {
  return gemini::write_count_request(asked, model);
}

result<std::int64_t> codec::read_count_answer(std::string_view body) const {
  return gemini::read_count_answer(body);
}

std::string codec::write_count_answer(std::int64_t tokens) const {
  return gemini::write_count_answer(tokens);
}

result<dialogue::answer> codec::read_answer(std::string_view body) const {
  return gemini::read_answer(body);
}

dialogue::written_answer codec::write_answer(const dialogue::answer& got, const dialogue::stream_wish& wish) const {
  return gemini::write_answer(got, wish);
}

std::unique_ptr<dialogue::event_reader> codec::make_reader(std::size_t event_bytes_max) const {
  return std::make_unique<stream_reader>(event_bytes_max);
}

std::unique_ptr<dialogue::event_writer> codec::make_writer(const dialogue::stream_wish& wish) const {
  return make_writer(wish, stream_form::events);
}

std::unique_ptr<dialogue::event_writer> codec::make_writer(const dialogue::stream_wish& wish, stream_form form) {
  return std::make_unique<stream_writer>(wish, form);
}

error codec::read_error(int status, std::string_view body, std::string_view retry_after) const {
  return gemini::read_error(status, body, retry_after);
}

dialogue::written_error codec::write_error(const error& why) const {
  return gemini::write_error(why);
}

} // namespace inferenceflow::codecs::gemini
