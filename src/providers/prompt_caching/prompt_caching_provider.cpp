#include "providers/prompt_caching/prompt_caching_provider.h"

#include <optional>
#include <utility>

namespace inferenceflow::providers::prompt_caching {

namespace {

/// OpenAI answers an unknown field with 400, and so do many that imitate it: only who is known to take the key gets it.
bool is_openais(std::string_view base_url) {
  for (const std::string_view host : {"://api.openai.com", ".openai.azure.com", ".services.ai.azure.com"}) {
    const auto at = base_url.find(host);
    const auto end = at + host.size();
    if (at != std::string_view::npos && (end == base_url.size() || base_url[end] == '/' || base_url[end] == ':')) {
      return true;
    }
  }
  return false;
}

} // namespace

prompt_cache::upstream_traits traits_of(const config::provider_settings& settings) {
  using config::cache_key_use;
  return {.speaks = settings.protocol,
          .name = settings.name,
          .key_scope = settings.name + '\n' + settings.base_url,
          .takes_key = settings.prompt_cache_key == cache_key_use::always ||
                       (settings.prompt_cache_key == cache_key_use::automatic && is_openais(settings.base_url))};
}

prompt_caching_provider::prompt_caching_provider(std::shared_ptr<provider> backend,
                                                 prompt_cache::upstream_traits traits, price_of price,
                                                 prompt_cache::memory& memory, const clock_source& clock)
    : backend_(std::move(backend))
    , price_(std::move(price))
    , advisor_(std::move(traits), memory, clock) {}

net::task<result<answer>> prompt_caching_provider::perform(const call& request, event_sink& sink,
                                                           net::cancel_scope& scope) {
  if (request.prompt_cache.wanted == prompt_cache::mode::off || request.op != wire::openai::operation::chat) {
    return backend_->perform(request, sink, scope);
  }
  return advised(request, sink, scope);
}

net::task<result<answer>> prompt_caching_provider::advised(const call& request, event_sink& sink,
                                                           net::cancel_scope& scope) {
  const auto decided = advisor_.advise(request.prompt_cache, price_for(request.model), request.model, request.body);
  call sent = request;
  if (decided && decided->body) {
    // Spans of the facts stay true: marks go into bodies that have none, and a key goes behind everything.
    sent.body = *decided->body;
    sent.read = nullptr;
  }
  auto got = co_await backend_->perform(sent, sink, scope);
  if (decided && decided->body && got && got->status == 400) {
    // Perhaps it is what was put in. A request that is good without it must not fail.
    if (request.trace != nullptr) {
      *request.trace = {};
    }
    got = co_await backend_->perform(request, sink, scope);
    if (got && got->status < 400) {
      advisor_.refused(*decided);
    }
    co_return got;
  }
  if (decided && got && got->status == 200 && got->source == cost::usage_source::reported) {
    advisor_.learn(*decided, got->usage);
  }
  co_return got;
}

const cost::price_handle& prompt_caching_provider::price_for(std::string_view model) {
  if (const auto found = prices_.find(model); found != prices_.end()) {
    return found->second;
  }
  if (prices_.size() >= k_prices_max) { // names that clients make up under any_model
    prices_.clear();
  }
  return prices_.emplace(std::string{model}, price_(model)).first->second;
}

} // namespace inferenceflow::providers::prompt_caching
