// An upstream's answer: however its bytes are cut, head, body and end are the same.
#include "http/response_parser.h"
#include "property.h"

#include <string>
#include <vector>

namespace {

namespace fuzz = inferenceflow::fuzz;
namespace http = inferenceflow::http;

struct outcome {
  bool failed = false;
  bool complete = false;
  std::string head;
  std::string body;
  std::size_t consumed = 0;

  friend bool operator==(const outcome&, const outcome&) = default;
};

outcome read_answer(std::string_view bytes, std::uint64_t cut_seed) {
  outcome seen;
  http::response_parser parser;
  fuzz::cutter cut{cut_seed};
  std::string waiting;
  std::vector<std::string_view> pieces;
  while (!bytes.empty() && !seen.failed && !parser.done()) {
    waiting += cut_seed == 0 ? std::exchange(bytes, {}) : cut.take(bytes);
    pieces.clear();
    const auto used = parser.feed(waiting, pieces);
    if (!used) {
      seen.failed = true;
      break;
    }
    fuzz::require(*used <= waiting.size(), "no more is consumed than was given");
    for (const std::string_view piece : pieces) {
      fuzz::require(piece.data() >= waiting.data() && piece.data() + piece.size() <= waiting.data() + *used,
                    "body pieces are views into what was consumed");
      seen.body += piece;
    }
    seen.consumed += *used;
    waiting.erase(0, *used);
  }
  if (!seen.failed) {
    const bool done_before = parser.done();
    seen.complete = parser.end_of_stream();
    fuzz::require(!done_before || seen.complete, "a finished answer stays finished");
  }
  if (parser.head_done() && !seen.failed) {
    const http::response_head& head = parser.head();
    fuzz::require(head.status >= 200 && head.status <= 599, "a final answer has a final status");
    seen.head = std::to_string(head.status) + (head.keep_alive ? "k" : "c") + (head.event_stream ? "e" : "") + "\n" +
                head.content_type + "\n" + head.content_encoding + "\n" + head.retry_after + "\n" + head.request_id;
  }
  return seen;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::view_of(data, size);
  const outcome whole = read_answer(bytes, 0);
  const outcome cut = read_answer(bytes, fuzz::seed_of(bytes));
  // A malformed head that is not complete may be refused at once or when the upstream closes; neither is an answer.
  fuzz::require(whole.complete == cut.complete && (!whole.complete || whole == cut), "any split gives the same answer");
  fuzz::require(whole.failed == cut.failed || (whole.failed ? cut : whole).head.empty(), "any split is refused alike");
  return 0;
}
