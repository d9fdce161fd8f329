#include "api/batch_line.h"

#include "api/intake.h"
#include "api/json_text.h"
#include "api/protocol_intake.h"
#include "base/ids.h"
#include "wire/json/token_index.h"
#include "wire/openai/error_body.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace inferenceflow::api {

using wire::openai::operation;

namespace {

struct endpoint {
  std::string_view path;
  std::string_view surface;
  operation op;
  dialogue::protocol protocol;
};

constexpr std::array k_endpoints{
    endpoint{"/v1/chat/completions", "chat", operation::chat, dialogue::protocol::openai_chat},
    endpoint{"/v1/completions", "completions", operation::completion, dialogue::protocol::openai_chat},
    endpoint{"/v1/embeddings", "embeddings", operation::embedding, dialogue::protocol::openai_chat},
    endpoint{"/v1/responses", "responses", operation::chat, dialogue::protocol::openai_responses},
};

const endpoint* find_endpoint(std::string_view path) noexcept {
  const auto* const found =
      std::find_if(k_endpoints.begin(), k_endpoints.end(), [&](const endpoint& one) { return one.path == path; });
  return found == k_endpoints.end() ? nullptr : found;
}

/// JSON on one line: line ends can only stand between its tokens. @returns empty when it is not JSON.
std::string on_one_line(std::string_view document) {
  wire::json::token_index index;
  if (index.build(document)) {
    return {};
  }
  auto in = index.read();
  if (!in.skip() || !in.finish()) {
    return {};
  }
  std::string line{document};
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return line;
}

} // namespace

bool is_batch_endpoint(std::string_view path) noexcept {
  return find_endpoint(path) != nullptr;
}

pipeline::request request_of(const batches::batch_record& batch, const clock_source& clock) {
  pipeline::request asked;
  if (const endpoint* const to = find_endpoint(batch.endpoint)) {
    asked.surface = to->surface;
    asked.op = to->op;
    asked.protocol = to->protocol;
    asked.target.path = to->path;
  }
  asked.request_id = make_request_id(clock.wall_now());
  asked.tenant = batch.tenant;
  asked.user = batch.user;
  asked.started = clock.steady_now();
  asked.lane = service_lane::batch;
  asked.lane_named = true;
  return asked;
}

result<void> read_line_body(service& serving, pipeline::request& asked, std::string_view body) {
  if (asked.protocol == dialogue::protocol::openai_chat) {
    if (auto scanned = read_body(serving, asked, asked.op, body); !scanned) {
      return scanned;
    }
  } else {
    asked.body = body;
    auto read = serving.shared.codecs.of(asked.protocol).read_request(body, asked.target);
    if (!read) {
      return read.error();
    }
    take_dialogue(serving, asked, std::move(*read));
  }
  if (asked.facts.stream) {
    return make_error(error_kind::invalid_request, "stream: lines of a batch are answered whole", "stream");
  }
  return {};
}

batches::item_result result_of(std::string_view custom_id, std::string_view request_id, const kept_reply& reply) {
  std::string body = on_one_line(reply.body());
  int status = reply.status();
  if (body.empty()) {
    status = std::max(status, 502);
    body = wire::openai::error_body(make_error(error_kind::upstream_failed, reply.body()));
  }
  batches::item_result made;
  made.good = status < 400;
  made.output = fmt::format(R"({{"id":{},"custom_id":{},"response":{{"status_code":{},"request_id":{},"body":{}}},)"
                            R"("error":null}})"
                            "\n",
                            json_string(make_answer_id("batch_req_")), json_string(custom_id), status,
                            json_string(request_id), body);
  return made;
}

} // namespace inferenceflow::api
