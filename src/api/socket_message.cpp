#include "api/socket_message.h"

#include "http/request_parser.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>

namespace inferenceflow::api {

namespace json = wire::json;

namespace {

// What may differ between the requests of a socket. Who asks is settled when the socket is opened.
constexpr std::array<std::string_view, 8> k_headers{"anthropic-beta",
                                                    "anthropic-version",
                                                    "cache-control",
                                                    "traceparent",
                                                    "x-inferenceflow-cache",
                                                    "x-inferenceflow-cache-tags",
                                                    "x-inferenceflow-priority",
                                                    "x-request-id"};

bool may_be_set(std::string_view name) {
  return std::find(k_headers.begin(), k_headers.end(), name) != k_headers.end();
}

bool is_header_value(std::string_view value) {
  return value.size() <= k_socket_header_bytes_max && std::all_of(value.begin(), value.end(), [](char c) {
           return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
         });
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

class message_reader {
public:
  message_reader(std::string_view text, json::reader document, socket_message& into)
      : text_(text)
      , document_(document)
      , into_(into) {}

  [[nodiscard]] bool read() {
    return document_.read_object([this](const json::text& key) { return member(json::decoded(key)); }) &&
           document_.finish();
  }

  [[nodiscard]] const json::fault& failure() const { return document_.failure(); }

  /// What is wrong with a message that is JSON.
  [[nodiscard]] std::optional<error> verdict() {
    if (!wrong_ && !typed_) {
      object("type", "missing: one of request, cancel, ping");
    }
    if (!wrong_ && into_.id.empty() && into_.what != socket_message::kind::ping) {
      object("id", "missing: a string that names the request");
    }
    if (!wrong_ && into_.what == socket_message::kind::request && into_.body.empty()) {
      object("body", "missing: what the body of the HTTP request would be, an object");
    }
    return wrong_;
  }

private:
  static constexpr unsigned k_type = 1, k_id = 2, k_path = 4, k_body = 8, k_own_headers = 16; // members seen

  /// Keeps the first objection; reading goes on, so that the id is found.
  void object(std::string_view param, std::string_view what) {
    if (!wrong_) {
      wrong_ = make_error(error_kind::invalid_request, fmt::format("{}: {}", param, what), std::string{param});
    }
  }

  bool member(const std::string& key) {
    const unsigned bit = key == "type"      ? k_type
                         : key == "id"      ? k_id
                         : key == "path"    ? k_path
                         : key == "body"    ? k_body
                         : key == "headers" ? k_own_headers
                                            : 0U;
    if (bit == 0) {
      object(key.substr(0, k_socket_id_bytes_max), "unknown; a message has type, id, path, body and headers");
      return document_.skip();
    }
    if ((seen_ & bit) != 0) {
      object(key, "given twice");
      return document_.skip();
    }
    seen_ |= bit;
    switch (bit) {
    case k_type: return read_type();
    case k_id: return read_id();
    case k_path: return read_text("path", into_.path);
    case k_body: return read_body();
    default: return read_headers();
    }
  }

  bool read_text(std::string_view name, std::string& out) {
    if (document_.peek() != '"') {
      object(name, "not a string");
      return document_.skip();
    }
    json::text piece;
    if (!document_.read_checked_string(piece)) {
      return false;
    }
    out = json::decoded(piece);
    return true;
  }

  bool read_type() {
    std::string word;
    if (!read_text("type", word)) {
      return false;
    }
    typed_ = true;
    if (word == "cancel") {
      into_.what = socket_message::kind::cancel;
    } else if (word == "ping") {
      into_.what = socket_message::kind::ping;
    } else if (word != "request") {
      object("type", "one of request, cancel, ping");
    }
    return true;
  }

  bool read_id() {
    if (!read_text("id", into_.id)) {
      return false;
    }
    if (into_.id.empty() || into_.id.size() > k_socket_id_bytes_max) {
      object("id", fmt::format("a string of 1 to {} bytes", k_socket_id_bytes_max));
      into_.id.clear();
    }
    return true;
  }

  bool read_body() {
    if (document_.peek() != '{') {
      object("body", "not an object");
      return document_.skip();
    }
    const std::size_t begin = document_.offset();
    const bool read = document_.read_object([this](const json::text& key) {
      into_.says_stream = into_.says_stream || json::equals(key, "stream");
      return document_.skip();
    });
    into_.body = text_.substr(begin, document_.consumed_end() - begin);
    return read;
  }

  bool read_headers() {
    if (document_.peek() != '{') {
      object("headers", "not an object");
      return document_.skip();
    }
    return document_.read_object([this](const json::text& key) {
      std::string name = lower(json::decoded(key).substr(0, k_socket_id_bytes_max));
      std::string value;
      if (!read_text("headers", value)) {
        return false;
      }
      if (!may_be_set(name)) {
        object("headers", fmt::format("{} cannot be set for one request", name));
      } else if (!is_header_value(value)) {
        object("headers", fmt::format("{} is too long or holds control characters", name));
      } else {
        into_.headers.emplace_back(std::move(name), std::move(value));
      }
      return true;
    });
  }

  std::string_view text_;
  json::reader document_;
  socket_message& into_;
  std::optional<error> wrong_;
  unsigned seen_ = 0;
  bool typed_ = false;
};

error not_json(const json::fault& fault) {
  return make_error(error_kind::invalid_request, fmt::format("not JSON: {} at byte {}", fault.what, fault.offset));
}

} // namespace

result<void> read_socket_message(json::token_index& index, std::string_view text, socket_message& into) {
  if (const auto fault = index.build(text)) {
    return not_json(*fault);
  }
  json::reader document = index.read();
  if (document.peek() != '{') {
    return make_error(error_kind::invalid_request, "a message is a JSON object");
  }
  message_reader reading{text, document, into};
  if (!reading.read()) {
    return not_json(reading.failure());
  }
  if (auto wrong = reading.verdict()) {
    return *wrong;
  }
  return {};
}

std::string socket_body(std::string_view body, bool add_stream) {
  constexpr std::string_view k_stream = R"({"stream":true)";
  std::string out;
  out.reserve(body.size() + k_stream.size() + 1 + http::k_body_padding_bytes);
  if (!add_stream) {
    out.append(body);
    return out; // not the result of append(), which is copied without the room behind it
  }
  const std::string_view members = body.substr(1);
  const bool none = members[members.find_first_not_of(" \t\r\n")] == '}';
  out.append(k_stream).append(none ? "" : ",").append(members);
  return out;
}

} // namespace inferenceflow::api
