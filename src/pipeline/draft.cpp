#include "pipeline/draft.h"

#include "pipeline/call_of.h"
#include "pipeline/no_events.h"

#include <algorithm>
#include <variant>

namespace inferenceflow::pipeline {

bool is_tool_loop(const services& shared, const request& asked) {
  if (asked.op != wire::openai::operation::chat) {
    return false;
  }
  const auto holds_result = [](const dialogue::message& said) {
    return said.who == dialogue::role::tool ||
           std::any_of(said.parts.begin(), said.parts.end(), [](const dialogue::part& one) {
             return std::holds_alternative<dialogue::tool_result_part>(one);
           });
  };
  const auto has = [&](const dialogue::request& read) {
    return std::any_of(read.messages.begin(), read.messages.end(), holds_result);
  };
  if (asked.read) {
    return has(*asked.read);
  }
  const auto read = shared.codecs.of(asked.protocol).read_request(asked.body, asked.target);
  return !read || has(*read);
}

net::task<result<request_draft>> draft_of(std::shared_ptr<const generation> now, const request& asked) {
  const auto route = now->routes->find(asked.facts.model);
  if (!route) {
    co_return make_error(error_kind::model_not_found, "no such model", "model");
  }
  const routing::route& first = route->chain.empty() ? *route : *route->chain.front();
  const auto backend =
      first.provider_index == routing::k_local_provider ? nullptr : now->providers.upstreams[first.provider_index];
  if (!backend) {
    co_return make_error(error_kind::unavailable, "no provider over HTTP");
  }
  request_draft made{.provider_index = first.provider_index, .model = first.upstream_model};
  auto what = call_of(asked, first.upstream_model);
  what.draft = &made.sent;
  no_events nobody;
  net::cancel_scope scope;
  const auto told = co_await backend->perform(what, nobody, scope);
  if (made.sent.body.empty()) {
    if (told) {
      co_return make_error(error_kind::invalid_request, "this provider drafts nothing");
    }
    co_return told.error();
  }
  co_return made;
}

} // namespace inferenceflow::pipeline
