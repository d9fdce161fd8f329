// Answers of a batch API to a whole errand: paths stay paths whatever ids are told, lists end, and a result is either
// undone or has the bytes of an answer. The first byte chooses protocol and errand; further answers stand behind a 0.
#include "property.h"
#include "providers/batching/errand.h"
#include "providers/batching/json_pick.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace {

namespace batching = inferenceflow::providers::batching;
namespace fuzz = inferenceflow::fuzz;
using inferenceflow::dialogue::protocol;

constexpr std::array k_protocols{protocol::openai_chat, protocol::anthropic, protocol::gemini};

batching::errand_ptr make(const batching::batch_wire& wire, unsigned which) {
  switch (which % 4) {
  case 0: return wire.find({.mark = "m", .lines = 2, .created_s = 1'700'000'000});
  case 1: return wire.poll("b1");
  case 2: return wire.collect("b1");
  default: return wire.submit({.mark = "m", .path = "/v1beta/models/x:generateContent", .lines = {{"m-1", "{}"}}});
  }
}

void check_request(const inferenceflow::providers::side_request& asked) {
  const auto is_plain = [](char c) { return c > ' ' && c < 0x7f; };
  fuzz::require(asked.path.starts_with('/') && std::all_of(asked.path.begin(), asked.path.end(), is_plain),
                "a path is one word");
  fuzz::require(asked.path.find("..") == std::string::npos, "a path goes nowhere else");
}

void check_result(const batching::line_result& result) {
  if (result.verdict == batching::line_verdict::undone) {
    fuzz::require(result.body.empty(), "undone lines have no answer");
    return;
  }
  fuzz::require(result.status >= 200 && result.status < 600, "an answer has a status");
  fuzz::require(!result.body.empty(), "an answer has a body");
  fuzz::require(batching::json_elements("[" + result.body + "]").has_value(), "an answer is JSON");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const unsigned choice = data[0];
  std::string_view rest{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto errand = make(*batching::wire_of(k_protocols[choice % k_protocols.size()]), choice / 3);
  std::size_t asked = 0;
  for (bool done = false; !done; ++asked) {
    check_request(errand->ask());
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    const auto taken = errand->take({.status = 200, .body = std::string{rest.substr(0, end)}});
    if (!taken) {
      return 0;
    }
    done = *taken;
    if (end < rest.size()) {
      rest.remove_prefix(end + 1); // the last answer is given again and again
    }
    fuzz::require(asked <= size * batching::k_pages_max, "errands end");
  }
  for (const auto& result : errand->found.results) {
    check_result(result);
  }
  return 0;
}
