#include "api/socket_answer.h"

#include "api/json_text.h"
#include "wire/openai/error_body.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace inferenceflow::api {

namespace {

constexpr std::string_view k_done = "[DONE]"; // the last event of OpenAI's streams; here the message `done` says it
constexpr int k_first_error_status = 400;

/// Fields that only mean something to HTTP.
bool is_framing(std::string_view name) {
  static constexpr std::array<std::string_view, 6> k_names{"cache-control", "content-length", "content-type",
                                                           "date",          "trailer",        "vary"};
  return name.starts_with("access-control-") || std::find(k_names.begin(), k_names.end(), name) != k_names.end();
}

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

/// {"message":…,"type":…,"param":…,"code":…}
std::string error_object(const error& why) {
  static constexpr std::string_view k_before = R"({"error":)";
  const std::string body = wire::openai::error_body(why);
  return body.substr(k_before.size(), body.size() - k_before.size() - 1);
}

} // namespace

std::string socket_error(std::string_view id, const error& why) {
  return fmt::format(R"({{"type":"error","id":{},"status":{},"error":{}}})", id.empty() ? "null" : json_string(id),
                     wire::openai::http_status(why.kind), error_object(why));
}

socket_answer::socket_answer(wire::json::token_index& index, std::string_view id, std::size_t event_bytes_max)
    : index_(index)
    , events_(event_bytes_max)
    , id_(json_string(id)) {}

void socket_answer::begin(int status, std::string_view headers) {
  status_ = status;
  note_headers(headers);
}

void socket_answer::note_headers(std::string_view lines) {
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find("\r\n"));
    lines.remove_prefix(std::min(lines.size(), line.size() + 2));
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) {
      continue;
    }
    std::string name = lower(line.substr(0, colon));
    const std::string_view value = line.substr(colon + 2);
    if (name == "content-type") {
      streams_ = value.starts_with("text/event-stream");
    }
    if (is_framing(name)) {
      continue;
    }
    const auto known =
        std::find_if(headers_.begin(), headers_.end(), [&name](const auto& one) { return one.first == name; });
    if (known != headers_.end()) { // a trailer knows better than the head
      known->second = value;
    } else {
      headers_.emplace_back(std::move(name), value);
    }
  }
}

bool socket_answer::inspect(std::string_view data, std::string_view& error_object) {
  if (index_.build(data)) {
    return false;
  }
  auto document = index_.read();
  if (document.peek() != '{') {
    return document.skip() && document.finish();
  }
  return document.read_object([&](const wire::json::text& key) {
    const bool told = document.peek() == '{' && wire::json::equals(key, "error");
    const std::size_t begin = document.offset();
    if (!document.skip()) {
      return false;
    }
    if (told) {
      error_object = data.substr(begin, document.consumed_end() - begin);
    }
    return true;
  }) && document.finish();
}

std::string socket_answer::event_message(std::string_view type, std::string_view data, bool json) const {
  std::string out = R"({"type":"event","id":)" + id_;
  if (!type.empty()) {
    out.append(R"(,"event":)").append(json_string(type));
  }
  out.append(R"(,"data":)");
  if (json) {
    out.append(data);
  } else {
    out.append(json_string(data));
  }
  out.push_back('}');
  return out;
}

std::optional<std::string> socket_answer::message_of(const wire::sse::event& event) {
  if (event.data == k_done) {
    return std::nullopt;
  }
  std::string_view told;
  const bool json = inspect(event.data, told);
  if (json && !told.empty()) {
    error_ = told;
    return std::nullopt;
  }
  return event_message(event.type == "message" ? std::string_view{} : event.type, event.data, json);
}

std::optional<std::string> socket_answer::document(std::string_view body) {
  std::string_view told;
  const bool json = inspect(body, told);
  if (status_ < k_first_error_status) {
    return event_message({}, body, json);
  }
  if (json && !told.empty()) {
    error_ = told;
  } else if (json) {
    error_ = body;
  } else {
    error_ = fmt::format(R"({{"message":{}}})", json_string(body));
  }
  return std::nullopt;
}

void socket_answer::fail(const error& why) {
  if (status_ == 0) {
    status_ = wire::openai::http_status(why.kind);
  }
  error_ = error_object(why);
}

std::string socket_answer::end(std::string_view trailers) {
  note_headers(trailers);
  const bool failed = !error_.empty();
  std::string out = fmt::format(R"({{"type":"{}","id":{},"status":{})", failed ? "error" : "done", id_, status_);
  if (failed) {
    out.append(R"(,"error":)").append(error_);
  }
  out.append(R"(,"headers":{)");
  for (const auto& [name, value] : headers_) {
    if (out.back() != '{') {
      out.push_back(',');
    }
    out.append(json_string(name)).push_back(':');
    out.append(json_string(value));
  }
  return out.append("}}");
}

} // namespace inferenceflow::api
