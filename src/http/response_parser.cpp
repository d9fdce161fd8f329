#include "http/response_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <fmt/format.h>
#include <optional>

namespace inferenceflow::http {

namespace beast = boost::beast;
using boost::system::error_code;
using beast_error = beast::http::error;
using field = beast::http::field;

namespace {

constexpr std::size_t k_head_fields_bytes_max = 256U << 10U;

bool is_event_stream(std::string_view content_type) {
  constexpr std::string_view k_name = "text/event-stream";
  return content_type.size() >= k_name.size() && beast::iequals(content_type.substr(0, k_name.size()), k_name);
}

} // namespace

class response_parser::reader final {
public:
  reader() { start(); }

  void start() {
    head_ = {};
    head_done_ = done_ = interim_ = ambiguous_ = false;
    framing_fields_ = 0;
    head_bytes_ = 0;
    parser_.emplace(*this);
    parser_->eager(true);
    parser_->header_limit(static_cast<std::uint32_t>(k_response_header_bytes_max));
    parser_->body_limit(boost::none); // bounded by whoever keeps the pieces
  }

  result<std::size_t> feed(std::string_view bytes, std::vector<std::string_view>& pieces) {
    pieces_ = &pieces;
    std::size_t consumed = 0;
    while (!done_ && consumed < bytes.size()) {
      const std::string_view rest = bytes.substr(consumed);
      error_code failure;
      const std::size_t used = parser_->put(boost::asio::const_buffer{rest.data(), rest.size()}, failure);
      consumed += used;
      if (ambiguous_ || head_bytes_ > k_head_fields_bytes_max) {
        return malformed("ambiguous or oversized head");
      }
      if (failure == beast_error::need_more) {
        if (rest.size() - used > k_response_header_bytes_max) {
          return malformed("chunk header or trailer too long");
        }
        break;
      }
      if (failure) {
        return malformed(failure.message());
      }
      if (done_ && interim_) {
        start();
      } else if (used == 0) {
        break;
      }
    }
    return consumed;
  }

  bool end_of_stream() {
    if (done_) {
      return true;
    }
    if (!parser_->got_some()) {
      return false;
    }
    error_code failure;
    parser_->put_eof(failure);
    return !failure && done_;
  }

private:
  friend class response_parser;
  class tokens final : public beast::http::basic_parser<false> {
  public:
    explicit tokens(reader& owner)
        : owner_(owner) {}

  private:
    using view = beast::string_view;
    void on_request_impl(beast::http::verb, view, view, int, error_code&) override {}
    void on_response_impl(int status, view, int, error_code& failure) override {
      owner_.head_.status = status;
      if (status < 100 || status > 599) { // RFC 9110 §15: not a status code
        failure = beast_error::bad_status;
      }
    }
    void on_field_impl(field id, view name, view value, error_code& failure) override {
      owner_.on_field(id, name, value, failure);
    }
    void on_header_impl(error_code&) override {
      owner_.head_.keep_alive = keep_alive();
      if (const auto length = content_length()) {
        owner_.head_.content_length = *length;
      }
      owner_.interim_ = owner_.head_.status / 100 == 1;
      owner_.head_done_ = !owner_.interim_;
    }
    void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
    std::size_t on_body_impl(view piece, error_code&) override { return owner_.on_body(piece); }
    void on_chunk_header_impl(std::uint64_t, view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, view piece, error_code&) override { return owner_.on_body(piece); }
    void on_finish_impl(error_code&) override { owner_.done_ = true; }
    reader& owner_;
  };

  static error malformed(std::string_view what) {
    return make_error(error_kind::upstream_failed, fmt::format("the upstream's answer is not valid HTTP: {}", what));
  }

  void on_field(field id, std::string_view name, std::string_view value, error_code& stop) {
    head_bytes_ += name.size() + value.size() + 4;
    if (head_done_) {
      return; // trailer
    }
    switch (id) {
    case field::content_length:
    case field::transfer_encoding:
      // Two lengths from an upstream could make the next answer on this connection somebody else's.
      if (++framing_fields_ > 1 || (id == field::transfer_encoding && !beast::iequals(value, "chunked"))) {
        ambiguous_ = true;
        stop = beast_error::bad_field;
      }
      break;
    case field::content_type:
      head_.content_type = value;
      head_.event_stream = is_event_stream(value);
      break;
    case field::content_encoding:
      head_.content_encoding = beast::iequals(value, "identity") ? std::string_view{} : value;
      break;
    case field::retry_after: head_.retry_after = value; break;
    case field::location: head_.location = value; break;
    case field::etag: head_.etag = value; break;
    case field::content_range: head_.content_range = value; break;
    default:
      if (id == field::unknown && beast::iequals(name, "x-request-id")) {
        head_.request_id = value;
      } else if (id == field::unknown && beast::iequals(name, "x-linked-etag")) {
        head_.linked_etag = value;
      }
    }
  }

  std::size_t on_body(std::string_view piece) {
    if (!piece.empty()) {
      pieces_->push_back(piece);
    }
    return piece.size();
  }

  response_head head_;
  bool head_done_ = false;
  bool done_ = false;
  std::optional<tokens> parser_;
  std::vector<std::string_view>* pieces_ = nullptr;
  std::size_t head_bytes_ = 0;
  int framing_fields_ = 0;
  bool interim_ = false;
  bool ambiguous_ = false;
};

response_parser::response_parser()
    : reader_(std::make_unique<reader>()) {}
response_parser::~response_parser() = default;

result<std::size_t> response_parser::feed(std::string_view bytes, std::vector<std::string_view>& pieces) {
  return reader_->feed(bytes, pieces);
}
bool response_parser::end_of_stream() {
  return reader_->end_of_stream();
}
bool response_parser::head_done() const noexcept {
  return reader_->head_done_;
}
bool response_parser::done() const noexcept {
  return reader_->done_;
}
const response_head& response_parser::head() const noexcept {
  return reader_->head_;
}
void response_parser::reset() {
  reader_->start();
}

} // namespace inferenceflow::http
