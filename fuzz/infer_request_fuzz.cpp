// What a client says to the gateway's own surfaces: what is accepted lies within the bounds that the answer to
// everything else names, and asks for the same again as a chat completion. The first byte chooses: a body of /infer,
// what is said of an answer, or header fields with wishes about the route.
#include "api/feedback_request.h"
#include "api/infer_request.h"
#include "api/routing_wishes.h"
#include "base/ids.h"
#include "http/request_parser.h"
#include "property.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <string>

namespace {

namespace api = inferenceflow::api;
namespace fuzz = inferenceflow::fuzz;
namespace http = inferenceflow::http;
namespace json = boost::json;
namespace pipeline = inferenceflow::pipeline;
namespace store = inferenceflow::store;

constexpr std::size_t k_wished_names_max = 64;

void check_refusal(const inferenceflow::error& refused) {
  fuzz::require(!refused.message.empty(), "a refusal says why");
  fuzz::require(refused.kind == inferenceflow::error_kind::invalid_request ||
                    refused.kind == inferenceflow::error_kind::body_too_large,
                "what a client sends is the client's fault");
}

void check_wish(const pipeline::routing_wish& wish) {
  fuzz::require(!wish.budget || (wish.budget->nano_usd() > 0 &&
                                 static_cast<double>(wish.budget->nano_usd()) <= api::k_budget_usd_max * 1e9),
                "a budget is within its bounds");
  fuzz::require(!wish.latency_slo ||
                    (wish.latency_slo->count() >= 1 && wish.latency_slo->count() <= api::k_latency_slo_ms_max),
                "a latency is within its bounds");
  fuzz::require(!wish.min_confidence || (*wish.min_confidence >= 0 && *wish.min_confidence <= 1),
                "a confidence lies in 0 to 1");
  for (const auto* names : {&wish.models, &wish.tags}) {
    fuzz::require(names->size() <= k_wished_names_max, "names are bounded");
    for (const std::string& name : *names) {
      fuzz::require(!name.empty(), "a name is not empty");
    }
  }
}

void check_chat(const api::infer_request& asked) {
  const std::string body = api::as_chat_body(asked, "auto");
  boost::system::error_code failed;
  json::parse_options options;
  options.max_depth = 64;
  const auto document = json::parse(body, failed, {}, options);
  fuzz::require(!failed && document.is_object(), "the chat completion is JSON");
  const auto& chat = document.get_object();
  fuzz::require(chat.at("model").as_string() == (asked.simple.model.empty() ? "auto" : asked.simple.model.c_str()),
                "it asks the same model");
  const auto& messages = chat.at("messages").as_array();
  fuzz::require(!messages.empty(), "it asks something");
  if (asked.messages.empty()) {
    const auto& content = messages.at(0).at("content").as_string();
    fuzz::require(messages.size() == 1 && std::string_view{content} == asked.simple.prompt, "it asks the prompt");
  } else {
    fuzz::require(json::serialize(messages) == json::serialize(asked.messages), "it asks the messages");
  }
  fuzz::require(chat.contains("stream") == asked.simple.stream, "it is a stream where one was asked for");
}

void read_infer(std::string_view body) {
  const auto asked = api::read_infer(body);
  if (!asked) {
    return check_refusal(asked.error());
  }
  check_wish(asked->wish);
  fuzz::require(asked->simple.prompt.empty() != asked->messages.empty(), "a prompt or messages");
  fuzz::require(!asked->simple.max_tokens || *asked->simple.max_tokens >= 1, "at least one token");
  fuzz::require(!asked->simple.temperature || (*asked->simple.temperature >= 0 && *asked->simple.temperature <= 2),
                "a temperature lies in 0 to 2");
  fuzz::require(asked->request_id.empty() || inferenceflow::is_valid_request_id(asked->request_id), "an id is one");
  for (const char c : asked->tenant) {
    fuzz::require(c > 0x20 && c < 0x7f, "a tenant's name can be a header");
  }
  check_chat(*asked);
}

void read_feedback(std::string_view body) {
  const auto said = api::read_feedback(body);
  if (!said) {
    return check_refusal(said.error());
  }
  fuzz::require(inferenceflow::is_valid_request_id(said->request_id), "it is said of a request");
  fuzz::require(said->score.has_value() || !said->label.empty(), "something is said");
  fuzz::require(!said->score || (*said->score >= 0 && *said->score <= 1), "a score lies in 0 to 1");
  fuzz::require(said->label.size() <= store::k_feedback_label_bytes_max &&
                    said->comment.size() <= store::k_feedback_comment_bytes_max,
                "texts are bounded");
}

void read_headers(std::string_view fields) {
  http::request_parser parser{{}};
  const std::string text = "POST / HTTP/1.1\r\nhost: a\r\n" + std::string{fields} + "\r\n\r\n";
  if (!parser.feed(text) || !parser.head_done()) {
    return;
  }
  pipeline::routing_wish wish;
  if (const auto read = api::read_routing_headers(parser.head(), wish); !read) {
    return check_refusal(read.error());
  }
  check_wish(wish);
  pipeline::routing_wish both;
  api::add_wish(wish, both);
  fuzz::require(both.budget == wish.budget && both.models == wish.models && both.tags == wish.tags,
                "a wish that is the only one holds");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const auto rest = fuzz::view_of(data + 1, size - 1);
  switch (data[0] % 3) {
  case 0: read_infer(rest); break;
  case 1: read_feedback(rest); break;
  default: read_headers(rest); break;
  }
  return 0;
}
