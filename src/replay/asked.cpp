#include "replay/asked.h"

#include "cost/estimate.h"
#include "dialogue/digest.h"

#include <algorithm>
#include <boost/assert.hpp>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::replay {

namespace {

/// Keys of a simulation leave nobody's process, so anybody may know the secret: the same log gives the same report.
constexpr std::string_view k_secret = "replay of a log, without secrets";
constexpr std::int64_t k_answer_tokens_guess = 256; ///< where the log has neither counts nor an answer
constexpr std::size_t k_models_max = 65'536;        ///< names of models that are remembered

cache::master_secret make_secret() {
  auto made = cache::master_secret::from_text(k_secret);
  BOOST_ASSERT(made);
  return *made;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// What kind of request it is, by its path; without one, by what the body holds.
std::pair<dialogue::protocol, wire::openai::operation> kind_of(const record& logged) {
  using dialogue::protocol;
  using wire::openai::operation;
  const std::string_view path = logged.path;
  if (contains(path, "/messages")) {
    return {protocol::anthropic, operation::chat};
  }
  if (contains(path, "/responses")) {
    return {protocol::openai_responses, operation::chat};
  }
  if (contains(path, "enerateContent")) {
    return {protocol::gemini, operation::chat};
  }
  if (contains(path, "embedding")) {
    return {protocol::openai_chat, operation::embedding};
  }
  if (contains(path, "/chat")) {
    return {protocol::openai_chat, operation::chat};
  }
  if (contains(path, "/completions")) {
    return {protocol::openai_chat, operation::completion};
  }
  const std::string_view body = logged.body;
  if (contains(body, "\"messages\":")) {
    return {contains(body, "\"anthropic_version\":") ? protocol::anthropic : protocol::openai_chat, operation::chat};
  }
  if (contains(body, "\"prompt\":")) {
    return {protocol::openai_chat, operation::completion};
  }
  return {protocol::openai_chat, contains(body, "\"input\":") ? operation::embedding : operation::chat};
}

} // namespace

asked_reader::asked_reader(const cost::price_table& prices, const dialogue::codec_set& codecs)
    : prices_(prices)
    , codecs_(codecs)
    , secrets_(make_secret()) {}

void asked_reader::scan_openai(const record& logged, asked& into) {
  auto& request = into.request;
  const auto facts = scanner_.scan(request.op, logged.body, request.scan_seed);
  if (!facts) {
    into.lacking.unreadable = true;
    return;
  }
  request.facts = *facts;
  request.facts.user = {};
  request.lane = facts->service_tier == "priority" ? service_lane::express
                 : facts->service_tier == "flex"   ? service_lane::batch
                                                   : service_lane::standard;
  request.facts.service_tier = {};
}

void asked_reader::read_dialogue(const record& logged, asked& into) {
  auto& request = into.request;
  request.target.path = logged.path;
  auto read = codecs_.of(request.protocol).read_request(logged.body, request.target);
  if (!read) {
    into.lacking.unreadable = true;
    return;
  }
  auto& facts = request.facts;
  facts.stream = read->stream;
  facts.temperature = read->sample.temperature;
  facts.has_seed = read->sample.seed.has_value();
  facts.max_tokens = read->tokens_max;
  facts.prompt_text_bytes = dialogue::prompt_text_bytes(*read);
  facts.reproducible = facts.has_seed || facts.temperature == 0.0;
  std::tie(facts.hash_high, facts.hash_low) = dialogue::digest(*read, request.protocol, request.scan_seed);
  request.read = std::make_shared<const dialogue::request>(std::move(*read));
}

void asked_reader::take_body(const record& logged, asked& into) {
  auto& request = into.request;
  std::tie(request.protocol, request.op) = kind_of(logged);
  request.tenant = logged.tenant;
  request.user = logged.user;
  request.scan_seed = secrets_.of(logged.tenant).scan_seed;
  if (logged.body.empty()) {
    into.lacking.body = true;
    return;
  }
  request.body = logged.body;
  if (request.protocol == dialogue::protocol::openai_chat) {
    scan_openai(logged, into);
  } else {
    read_dialogue(logged, into);
  }
  into.lacking.parameters = !logged.parameters_known;
  request.facts.reproducible = request.facts.reproducible && logged.parameters_known;
}

void asked_reader::take_usage(const record& logged, asked& into) {
  if (logged.usage) {
    into.usage = *logged.usage;
    return;
  }
  into.lacking.usage = true;
  const bool readable = !into.lacking.body && !into.lacking.unreadable;
  into.usage =
      cost::estimate_usage({.prompt_text_bytes = readable ? into.request.facts.prompt_text_bytes : logged.body.size(),
                            .delivered_text_bytes = logged.answer_bytes.value_or(0)});
  if (!logged.answer_bytes && into.request.op != wire::openai::operation::embedding) {
    const std::int64_t limit = into.request.facts.max_tokens.value_or(k_answer_tokens_guess);
    into.usage.output = std::clamp<std::int64_t>(limit, 1, k_answer_tokens_guess);
  }
}

asked_reader::known_model& asked_reader::model_of(const record& logged) {
  const std::string& served = logged.served.empty() ? logged.model : logged.served;
  const std::string key = fmt::format("{}\n{}\n{}", logged.provider, served, logged.model);
  if (const auto found = models_.find(key); found != models_.end()) {
    return found->second;
  }
  if (models_.size() >= k_models_max) {
    models_.clear();
  }
  // "provider/model" is how LiteLLM and OpenRouter write it.
  const auto slash = served.find('/');
  cost::price_handle price = prices_.lookup(logged.provider, served);
  if (price->ceiling && slash != std::string::npos) {
    price = prices_.lookup(served.substr(0, slash), served.substr(slash + 1));
  }
  if (price->ceiling) {
    price = prices_.lookup({}, slash == std::string::npos ? served : served.substr(slash + 1));
  }
  if (price->ceiling && served != logged.model) {
    price = prices_.lookup({}, logged.model);
  }
  return models_.emplace(key, known_model{.price = std::move(price)}).first->second;
}

asked asked_reader::read(const record& logged) {
  asked made;
  made.logged = &logged;
  const auto renamed = names_.find(logged.model);
  made.model = renamed == names_.end() ? std::string_view{logged.model} : std::string_view{renamed->second};
  take_body(logged, made);
  take_usage(logged, made);
  auto& model = model_of(logged);
  model.caches = model.caches || made.usage.cached_input > 0;
  made.provider_caches = model.caches;
  made.price = model.price;
  made.lacking.price = model.price->ceiling;
  made.lacking.latency = !logged.latency_ms.has_value();
  const auto at = wall_time{std::chrono::milliseconds{logged.began_ms}};
  made.direct = cost::price_of(made.usage, model.price->at(at));
  if (logged.batch == batch_use::bought) { // half of it, rounded up as every share is
    made.direct = money::from_nano_usd(made.direct.nano_usd() - made.direct.nano_usd() / 2);
  }
  if (logged.batch != batch_use::none) {
    made.request.lane = service_lane::batch;
  }
  return made;
}

} // namespace inferenceflow::replay
