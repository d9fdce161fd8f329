#include "providers/provider.h"

#include <fmt/format.h>

namespace inferenceflow::providers {

net::task<result<answer>> provider::count_tokens(const call&, net::cancel_scope&) {
  co_return make_error(
      error_kind::invalid_request,
      fmt::format("provider {} cannot count tokens; models of Anthropic and Gemini upstreams and local "
                  "models can be counted",
                  name()),
      "model");
}

net::task<result<side_answer>> provider::exchange(const side_request&, std::size_t, net::cancel_scope&) {
  co_return make_error(error_kind::invalid_request, fmt::format("provider {} takes calls of inference only", name()));
}

} // namespace inferenceflow::providers
