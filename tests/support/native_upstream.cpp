/// A cheap upstream of every protocol for benchmarks of translation: each path answers in its own protocol.
///
/// Role:      stands behind the gateway; the answers are made once, at start, by the project's own codecs, so that no
///            format is repeated here.
/// Lifecycle: `native_upstream EVENTS` prints its port and serves until killed; its streams have EVENTS deltas.
/// Threading: one.
/// Bounds:    canned_server.h.
#include "canned_server.h"
#include "codecs/anthropic/codec.h"
#include "codecs/bedrock/codec.h"
#include "codecs/cohere/codec.h"
#include "codecs/gemini/codec.h"
#include "codecs/openai_chat/codec.h"
#include "codecs/openai_responses/codec.h"

#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace inferenceflow;
using dialogue::event_kind;

constexpr std::int64_t k_created_s = 1'755'000'000;
const dialogue::stream_wish k_wish{.model = "bench", .created_s = k_created_s};

struct answers {
  canned::pieces document;
  canned::pieces stream;
};

canned::pieces document_of(const dialogue::codec& speaks) {
  dialogue::answer got{.id = "answer-0001", .model = "bench", .created_s = k_created_s};
  dialogue::choice said{.reason = dialogue::finish::stop};
  said.parts.emplace_back(dialogue::text_part{.text = std::string(300, 'w')});
  got.choices.push_back(std::move(said));
  got.usage = cost::token_usage{.fresh_input = 500, .output = 24};
  const std::string body = speaks.write_answer(got, k_wish).body;
  return {canned::json_head(body.size()) + body};
}

canned::pieces stream_of(const dialogue::codec& speaks, int deltas) {
  const auto writer = speaks.make_writer(k_wish);
  canned::pieces pieces;
  std::string bytes = {};
  const auto add = [&](const dialogue::event& happened) {
    bytes.clear();
    writer->write(happened, bytes);
    if (!bytes.empty()) {
      pieces.push_back(canned::chunk(bytes));
    }
  };
  const cost::token_usage tokens{.fresh_input = 500, .output = deltas};
  add({.kind = event_kind::begin, .id = "answer-0001", .name = "bench", .created_s = k_created_s});
  add({.kind = event_kind::part_begin});
  for (int i = 0; i < deltas; ++i) {
    add({.kind = event_kind::text, .text = " word"});
  }
  add({.kind = event_kind::part_end});
  add({.kind = event_kind::finish, .reason = dialogue::finish::stop});
  add({.kind = event_kind::usage, .tokens = &tokens});
  add({.kind = event_kind::end});
  pieces.front() = "HTTP/1.1 200 OK\r\nContent-Type: " + std::string{speaks.stream_content_type()} +
                   "\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces.front();
  pieces.push_back("0\r\n\r\n");
  return pieces;
}

answers answers_of(const dialogue::codec& speaks, int deltas) {
  return {document_of(speaks), stream_of(speaks, deltas)};
}

struct surface {
  std::string_view path; ///< what the target holds
  bool streams_by_path;  ///< else by the body's "stream":true
  answers canned;
};

} // namespace

int main(int count, char** arguments) {
  const int deltas = count > 1 ? std::atoi(arguments[1]) : 64;
  if (deltas <= 0) {
    std::fprintf(stderr, "usage: native_upstream [EVENTS], a number above 0\n");
    return 2;
  }
  const std::array surfaces{
      surface{"/chat/completions", false, answers_of(codecs::openai_chat::codec{}, deltas)},
      surface{"/responses", false, answers_of(codecs::openai_responses::codec{}, deltas)},
      surface{"/messages", false, answers_of(codecs::anthropic::codec{}, deltas)},
      surface{"enerateContent", true, answers_of(codecs::gemini::codec{}, deltas)},
      surface{"/chat ", false, answers_of(codecs::cohere::codec{}, deltas)},
      surface{"/converse", true, answers_of(codecs::bedrock::codec{}, deltas)},
  };
  const canned::pieces none{"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"};
  canned::serve([&](std::string_view head, std::string_view body) -> const canned::pieces& {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    for (const auto& known : surfaces) {
      if (line.find(known.path) != std::string_view::npos) {
        const bool streamed = known.streams_by_path ? line.find("tream") != std::string_view::npos
                                                    : body.find("\"stream\":true") != std::string_view::npos;
        return streamed ? known.canned.stream : known.canned.document;
      }
    }
    return none;
  });
}
