#include "bench/wire/recording.h"

#include <boost/json.hpp>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <string_view>
#include <utility>
#include <zlib.h>

namespace inferenceflow::bench {

namespace json = boost::json;

namespace {

constexpr std::string_view k_name = "recorded_http.jsonl";

struct gz_closer {
  void operator()(gzFile file) const { gzclose(file); }
};

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

error fault(std::string field, std::string_view why) {
  return make_error(error_kind::invalid_request, fmt::format("{}: {}", field, why), field);
}

const json::value* member(const json::object& row, std::string_view key) {
  const auto* found = row.if_contains(key);
  return found == nullptr || found->is_null() ? nullptr : found;
}

result<std::string> text_of(const json::object& row, std::string_view key) {
  const auto* found = member(row, key);
  if (found == nullptr || !found->is_string()) {
    return fault(std::string(key), found == nullptr ? "is missing" : "is no string");
  }
  return std::string(found->get_string());
}

result<std::int64_t> number_of(const json::object& row, std::string_view key) {
  const auto* found = member(row, key);
  if (found == nullptr || !found->is_int64()) {
    return fault(std::string(key), found == nullptr ? "is missing" : "is no whole number");
  }
  return found->get_int64();
}

int base64_digit(char c) {
  static constexpr std::string_view k_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto at = k_digits.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

result<std::string> bytes_of_base64(std::string_view text) {
  std::string bytes;
  unsigned held = 0;
  int bits = 0;
  while (!text.empty() && text.back() == '=') {
    text.remove_suffix(1);
  }
  for (const char c : text) {
    const int digit = base64_digit(c);
    if (digit < 0) {
      return fault("response", "is no base64");
    }
    held = (held << 6U) | static_cast<unsigned>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<char>((held >> static_cast<unsigned>(bits)) & 0xffU));
    }
  }
  return bytes;
}

/// Which protocol a path belongs to, and whether it asks for an answer.
void classify(recording& row) {
  using dialogue::protocol;
  struct rule {
    std::string_view end;
    operation asked;
    protocol speaks;
  };
  static constexpr rule k_rules[] = {
      {"/messages", operation::chat, protocol::anthropic},
      {"/messages/count_tokens", operation::count_tokens, protocol::anthropic},
      {":generateContent", operation::chat, protocol::gemini},
      {":streamGenerateContent", operation::chat, protocol::gemini},
      {"/v2/chat", operation::chat, protocol::cohere},
      {"/converse", operation::chat, protocol::bedrock},
      {"/converse-stream", operation::chat, protocol::bedrock},
      {"/chat/completions", operation::chat, protocol::openai_chat},
      {"/responses", operation::chat, protocol::openai_responses},
      {"/generate", operation::chat, protocol::tgi},
      {"/generate_stream", operation::chat, protocol::tgi},
  };
  row.asked = operation::other;
  const bool posted = row.method == "POST" || row.method == "post";
  const bool threads = contains(row.path, "/threads/") || contains(row.path, "/api/generate");
  if (!posted || threads || !row.has_request) {
    return;
  }
  for (const auto& known : k_rules) {
    if (ends_with(row.path, known.end)) {
      row.asked = known.asked;
      row.speaks = known.speaks;
    }
  }
}

result<void> take_url(recording& row, std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) {
    return fault("url", "has no scheme");
  }
  const auto slash = url.find('/', scheme + 3);
  std::string_view target = slash == std::string_view::npos ? std::string_view{"/"} : url.substr(slash);
  const auto question = target.find('?');
  row.path = target.substr(0, question);
  row.query = question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
  return {};
}

result<void> take_answer(recording& row, const json::object& fields) {
  const auto kind = text_of(fields, "body_kind");
  if (!kind) {
    return kind.error();
  }
  const auto* answer = fields.if_contains("response");
  if (answer == nullptr) {
    return fault("response", "is missing");
  }
  row.streamed = *kind == "sse" || *kind == "ndjson" || *kind == "eventstream_base64";
  if (*kind == "json") {
    row.body = json::serialize(*answer);
    // Gemini without alt=sse streams a JSON array.
    row.streamed = answer->is_array() && contains(row.path, ":streamGenerateContent");
    return {};
  }
  if (!answer->is_string()) {
    return fault("response", fmt::format("is no string, although body_kind is {}", *kind));
  }
  if (*kind != "eventstream_base64") {
    row.body = answer->get_string();
    return {};
  }
  auto bytes = bytes_of_base64(answer->get_string());
  if (!bytes) {
    return bytes.error();
  }
  row.body = std::move(*bytes);
  return {};
}

std::string file_below(const std::string& folder) {
  for (const char* below : {"wire_formats/", ""}) {
    for (const char* ending : {".gz", ""}) {
      const auto candidate = std::filesystem::path(folder) / (std::string(below).append(k_name).append(ending));
      if (std::filesystem::exists(candidate)) {
        return candidate.string();
      }
    }
  }
  return {};
}

} // namespace

std::string recording::place() const {
  return fmt::format("{} row {} (line {})", file, index, line);
}

result<recording> parse_recording(std::string_view line, std::size_t number) {
  boost::system::error_code failed;
  const json::value whole = json::parse(line, failed);
  if (failed || !whole.is_object()) {
    return fault("row", failed ? "is no JSON" : "is no JSON object");
  }
  const auto& fields = whole.get_object();
  const auto provider = text_of(fields, "provider");
  const auto method = text_of(fields, "method");
  const auto url = text_of(fields, "url");
  const auto file = text_of(fields, "file");
  for (const auto* required : {&provider, &method, &url, &file}) {
    if (!*required) {
      return required->error();
    }
  }
  const auto status = number_of(fields, "status");
  const auto index = number_of(fields, "i");
  if (!status || !index) {
    return status ? index.error() : status.error();
  }
  recording row;
  row.line = number;
  row.provider = *provider;
  row.method = *method;
  row.status = static_cast<int>(*status);
  row.file = *file;
  row.index = *index;
  const auto* request = fields.if_contains("request");
  if (request == nullptr) {
    return fault("request", "is missing");
  }
  row.has_request = request->is_object();
  row.request = row.has_request ? json::serialize(*request) : std::string{};
  if (const auto taken = take_url(row, *url); !taken) {
    return taken.error();
  }
  if (const auto taken = take_answer(row, fields); !taken) {
    return taken.error();
  }
  classify(row);
  return row;
}

result<recordings> read_recordings(const std::string& folder) {
  recordings all;
  all.source = folder.empty() ? std::string{} : file_below(folder);
  if (all.source.empty()) {
    return make_error(
        error_kind::invalid_request,
        fmt::format("DATA ({}) holds no wire_formats/{}.gz: recorded exchanges with providers, one JSON object a line, "
                    "as made from the VCR cassettes of pydantic/pydantic-ai, traceloop/openllmetry, simonw/llm and "
                    "others; name the folder that holds it: make eval-wire DATA=DIR",
                    folder.empty() ? "not set" : folder, k_name));
  }
  const std::unique_ptr<gzFile_s, gz_closer> input{gzopen(all.source.c_str(), "rb")};
  if (!input) {
    return make_error(error_kind::invalid_request, fmt::format("{} cannot be read", all.source));
  }
  std::string line(k_line_bytes_max, '\0');
  bool cut = false; // the rest of a line that was too long
  for (std::size_t number = 1; gzgets(input.get(), line.data(), static_cast<int>(line.size())) != nullptr;) {
    const std::string_view text{line.c_str()};
    const bool whole = !text.empty() && text.back() == '\n';
    if (cut || text.size() + 1 >= line.size()) {
      if (!cut) {
        all.malformed.push_back({number, fmt::format("row: is longer than {} bytes", k_line_bytes_max)});
      }
      cut = !whole;
    } else if (auto row = parse_recording(text, number)) {
      all.rows.push_back(std::move(*row));
    } else {
      all.malformed.push_back({number, row.error().message});
    }
    number += whole ? 1 : 0;
  }
  int state = Z_OK;
  const char* why = gzerror(input.get(), &state);
  if (state != Z_OK && state != Z_STREAM_END) {
    return make_error(error_kind::invalid_request, fmt::format("{} is damaged: {}", all.source, why));
  }
  if (all.rows.empty()) {
    return make_error(error_kind::invalid_request, fmt::format("{} holds no exchange", all.source));
  }
  return all;
}

} // namespace inferenceflow::bench
