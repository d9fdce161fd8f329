#include "http/request_parser.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <fmt/format.h>
#include <functional>

namespace inferenceflow::http {

namespace beast = boost::beast;
using boost::system::error_code;
using beast_error = beast::http::error;

namespace {

// A body is grown in steps up to here before its announced length is believed.
constexpr std::size_t k_body_reserve_bytes = 64U << 10U;

error invalid(std::string message) {
  return make_error(error_kind::invalid_request, std::move(message));
}

} // namespace

std::optional<std::string_view> request_head::find(field id) const noexcept {
  for (const auto& candidate : fields) {
    if (candidate.id == id) {
      return candidate.value;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> request_head::find(std::string_view name) const noexcept {
  for (const auto& candidate : fields) {
    if (candidate.id == field::unknown && beast::iequals(candidate.name, name)) {
      return candidate.value;
    }
  }
  return std::nullopt;
}

/// Beast tokenises; this keeps what the gateway needs and refuses what a second parser could read differently.
class request_parser::reader final {
public:
  explicit reader(parser_limits limits)
      : limits_(limits) {
    head_.fields.reserve(16);
    start();
  }

  void start() {
    auto fields = std::move(head_.fields);
    fields.clear(); // its memory serves the next request
    head_ = request_head{};
    head_.fields = std::move(fields);
    body_.clear();
    if (body_.capacity() > k_body_reserve_bytes) {
      body_ = std::string{}; // one large request must not pin its memory for the life of the connection
    }
    head_bytes_.clear();
    fields_at_.clear();
    base_ = {};
    refused_.reset();
    head_done_ = done_ = false;
    framing_fields_ = host_fields_ = 0;
    extension_bytes_ = 0;
    parser_.emplace(*this);
    parser_->eager(true);
    parser_->header_limit(static_cast<std::uint32_t>(limits_.header_bytes_max));
    parser_->body_limit(limits_.body_bytes_max);
  }

  result<std::size_t> feed(std::string_view bytes) {
    std::size_t consumed = 0;
    while (!done_ && consumed < bytes.size()) {
      base_ = bytes.substr(consumed);
      error_code failure;
      const std::size_t used = parser_->put(boost::asio::const_buffer{base_.data(), base_.size()}, failure);
      consumed += used;
      if (refused_) {
        return *std::exchange(refused_, std::nullopt);
      }
      if (failure == beast_error::need_more) {
        if (base_.size() - used > limits_.header_bytes_max) { // an endless chunk extension or trailer
          return invalid("chunk header or trailer too long");
        }
        break;
      }
      if (failure) {
        return describe(failure);
      }
      if (used == 0) {
        break;
      }
    }
    if (done_) {
      body_.reserve(body_.size() + k_body_padding_bytes);
    }
    return consumed;
  }

private:
  friend class request_parser;
  class tokens final : public beast::http::basic_parser<true> {
  public:
    explicit tokens(reader& owner)
        : owner_(owner) {}

  private:
    using view = beast::string_view;
    void on_request_impl(verb method, view name, view target, int version, error_code& failure) override {
      owner_.on_request(method, name, target, version, failure);
    }
    void on_response_impl(int, view, int, error_code&) override {}
    void on_field_impl(field id, view name, view value, error_code& failure) override {
      owner_.on_field(id, name, value, failure);
    }
    void on_header_impl(error_code& failure) override { owner_.on_header(keep_alive(), failure); }
    void on_body_init_impl(boost::optional<std::uint64_t> const& length, error_code&) override {
      owner_.body_.reserve(std::min<std::size_t>(length.value_or(0), k_body_reserve_bytes) + k_body_padding_bytes);
    }
    std::size_t on_body_impl(view piece, error_code&) override { return owner_.on_body(piece); }
    void on_chunk_header_impl(std::uint64_t, view extension, error_code& failure) override {
      owner_.on_chunk_extension(extension, failure);
    }
    std::size_t on_chunk_body_impl(std::uint64_t, view piece, error_code&) override { return owner_.on_body(piece); }
    void on_finish_impl(error_code&) override { owner_.done_ = true; }
    reader& owner_;
  };

  void refuse(error failure, error_code& stop) {
    refused_ = std::move(failure);
    stop = beast_error::bad_field;
  }

  void on_request(verb method, std::string_view name, std::string_view target, int version, error_code& stop) {
    if (version != 10 && version != 11) {
      return refuse(invalid("HTTP version not supported: use HTTP/1.1"), stop);
    }
    head_.method = method;
    method_at_ = keep(name);
    target_at_ = keep(target);
    head_.version = static_cast<unsigned>(version);
  }

  void on_field(field id, std::string_view name, std::string_view value, error_code& stop) {
    if (head_done_) {
      return; // trailer fields of a chunked request: nothing here acts on them
    }
    // Beast unfolds obs-fold into a buffer of its own; RFC 9112 §5.2 lets a server refuse it, and so do we.
    const std::less<const char*> before;
    if (!value.empty() && (before(value.data(), base_.data()) || !before(value.data(), base_.data() + base_.size()))) {
      return refuse(invalid(fmt::format("header {}: line folding is not allowed", name)), stop);
    }
    // Beast bounds each read, not their sum: a head that comes in many small pieces is counted here.
    if (head_bytes_.size() + name.size() + value.size() > limits_.header_bytes_max) {
      return refuse(header_limit(), stop);
    }
    if (fields_at_.size() == k_fields_max) {
      return refuse(make_error(error_kind::headers_too_large, fmt::format("more than {} headers", k_fields_max)), stop);
    }
    if (id == field::content_length || id == field::transfer_encoding) {
      if (++framing_fields_ > 1) {
        return refuse(invalid("more than one Content-Length or Transfer-Encoding"), stop);
      }
      if (id == field::transfer_encoding && (!beast::iequals(value, "chunked") || head_.version == 10)) {
        return refuse(invalid("Transfer-Encoding: only chunked, and only in HTTP/1.1"), stop);
      }
      if (id == field::content_length && value.find_first_not_of("0123456789") != std::string_view::npos) {
        return refuse(invalid("Content-Length: digits only"), stop);
      }
    }
    if (id == field::host && ++host_fields_ > 1) {
      return refuse(invalid("more than one Host"), stop);
    }
    if (id == field::expect && beast::iequals(value, "100-continue")) {
      head_.expects_continue = head_.version == 11;
    }
    fields_at_.push_back({id, keep(name), keep(value)});
  }

  void on_header(bool keep_alive, error_code& stop) {
    if (head_.version == 11 && host_fields_ == 0) {
      return refuse(invalid("Host header missing"), stop);
    }
    head_.keep_alive = keep_alive;
    build_head();
    head_done_ = true;
  }

  // Extensions say nothing to us, and without a bound a body of one-byte chunks could carry any amount of them.
  void on_chunk_extension(std::string_view extension, error_code& stop) {
    extension_bytes_ += extension.size();
    if (extension_bytes_ > limits_.header_bytes_max) {
      refuse(invalid("chunk extensions too long"), stop);
    }
  }

  struct kept {
    std::size_t offset = 0;
    std::size_t length = 0;
  };
  struct kept_field {
    field id = field::unknown;
    kept name;
    kept value;
  };

  // The receive buffer moves on while a head arrives in pieces, so each token is copied out as it comes.
  kept keep(std::string_view token) {
    const kept place{head_bytes_.size(), token.size()};
    head_bytes_.append(token);
    return place;
  }

  // Views only now: head_bytes_ no longer grows.
  void build_head() {
    const auto view = [this](kept place) { return std::string_view{head_bytes_}.substr(place.offset, place.length); };
    head_.method_name = view(method_at_);
    head_.target = view(target_at_);
    for (const auto& each : fields_at_) {
      head_.fields.push_back({each.id, view(each.name), view(each.value)});
    }
    std::string_view origin_form = head_.target;
    if (const std::size_t scheme = origin_form.find("://"); scheme != std::string_view::npos && origin_form[0] != '/') {
      const std::size_t path = origin_form.find('/', scheme + 3); // absolute-form, RFC 9112 §3.2.2
      origin_form = path == std::string_view::npos ? std::string_view{"/"} : origin_form.substr(path);
    }
    const std::size_t question = origin_form.find('?');
    head_.path = origin_form.substr(0, question);
    head_.query = question == std::string_view::npos ? std::string_view{} : origin_form.substr(question + 1);
  }

  std::size_t on_body(std::string_view piece) {
    body_.append(piece);
    return piece.size();
  }

  error header_limit() const {
    return make_error(error_kind::headers_too_large,
                      fmt::format("request line and headers exceed {} bytes", limits_.header_bytes_max));
  }

  error describe(const error_code& failure) const {
    if (failure == beast_error::header_limit) {
      return header_limit();
    }
    if (failure == beast_error::body_limit) {
      return make_error(error_kind::body_too_large,
                        fmt::format("request body exceeds {} bytes", limits_.body_bytes_max));
    }
    return invalid(fmt::format("malformed HTTP request: {}", failure.message()));
  }

  parser_limits limits_;
  request_head head_;
  std::string body_;
  bool head_done_ = false;
  bool done_ = false;
  std::optional<tokens> parser_;
  std::string head_bytes_;
  kept method_at_;
  kept target_at_;
  std::vector<kept_field> fields_at_;
  std::string_view base_;
  std::optional<error> refused_;
  int framing_fields_ = 0;
  int host_fields_ = 0;
  std::size_t extension_bytes_ = 0;
};

request_parser::request_parser(parser_limits limits)
    : reader_(std::make_unique<reader>(limits)) {}
request_parser::~request_parser() = default;

result<std::size_t> request_parser::feed(std::string_view bytes) {
  return reader_->feed(bytes);
}
bool request_parser::head_done() const noexcept {
  return reader_->head_done_;
}
bool request_parser::done() const noexcept {
  return reader_->done_;
}
const request_head& request_parser::head() const noexcept {
  return reader_->head_;
}
std::string& request_parser::body() noexcept {
  return reader_->body_;
}
void request_parser::reset() {
  reader_->start();
}

} // namespace inferenceflow::http
