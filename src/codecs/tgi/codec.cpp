#include "codecs/tgi/codec.h"

#include "codecs/tgi/answer_read.h"
#include "codecs/tgi/error.h"
#include "codecs/tgi/request_write.h"
#include "codecs/tgi/stream_read.h"

namespace inferenceflow::codecs::tgi {

namespace {

/// No request is read in this protocol, so no answer is ever due in it.
class no_writer final : public dialogue::event_writer {
public:
  void write(const dialogue::event&, std::string&) override {}
  [[nodiscard]] const std::vector<std::string>& losses() const noexcept override { return losses_; }

private:
  std::vector<std::string> losses_{"answer"};
};

} // namespace

result<dialogue::request> codec::read_request(std::string_view, const dialogue::request_target&) const {
  return make_error(error_kind::invalid_request, "TGI's native protocol is spoken to backends only");
}

result<dialogue::written_request> codec::write_request(const dialogue::request& asked, std::string_view) const {
  return tgi::write_request(asked);
}

dialogue::backend_address codec::address(std::string_view, bool stream) const {
  return {.path = stream ? "/generate_stream" : "/generate"};
}

result<dialogue::answer> codec::read_answer(std::string_view body) const {
  return tgi::read_answer(body);
}

dialogue::written_answer codec::write_answer(const dialogue::answer&, const dialogue::stream_wish&) const {
  return {.losses = {"answer"}};
}

std::unique_ptr<dialogue::event_reader> codec::make_reader(std::size_t event_bytes_max) const {
  return std::make_unique<stream_reader>(event_bytes_max);
}

std::unique_ptr<dialogue::event_writer> codec::make_writer(const dialogue::stream_wish&) const {
  return std::make_unique<no_writer>();
}

error codec::read_error(int status, std::string_view body, std::string_view retry_after) const {
  return tgi::read_error(status, body, retry_after);
}

dialogue::written_error codec::write_error(const error& why) const {
  return tgi::write_error(why);
}

} // namespace inferenceflow::codecs::tgi
