#include "bench/wire/aspects.h"

#include "bench/wire/canonical.h"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <variant>

namespace inferenceflow::bench {

using dialogue::finish;
using dialogue::protocol;

namespace {

/// What `reason` says once it is read together with what the answer holds.
finish meant_by(finish reason, bool has_calls, bool has_refusal) {
  if (reason != finish::none && reason != finish::stop) {
    return reason;
  }
  return has_calls ? finish::tool_calls : has_refusal ? finish::refusal : finish::stop;
}

finish seen_as(finish reason, bool has_refusal, protocol by) {
  switch (by) {
  case protocol::openai_chat:
    if (reason == finish::refusal) {
      return has_refusal ? finish::refusal : finish::content_filter;
    }
    return reason == finish::stop_sequence || reason == finish::paused || reason == finish::other ? finish::stop
                                                                                                  : reason;
  case protocol::openai_responses:
    return reason == finish::stop_sequence ? finish::stop : reason == finish::paused ? finish::other : reason;
  case protocol::anthropic:
    return reason == finish::content_filter ? finish::refusal
           : reason == finish::failed       ? finish::length
           : reason == finish::other        ? finish::stop
                                            : reason;
  case protocol::gemini:
    return reason == finish::stop_sequence ? finish::stop
           : reason == finish::refusal     ? finish::content_filter
           : reason == finish::paused      ? finish::other
                                           : reason;
  case protocol::cohere:
    return reason == finish::content_filter                                                   ? finish::failed
           : reason == finish::refusal || reason == finish::paused || reason == finish::other ? finish::stop
                                                                                              : reason;
  case protocol::bedrock:
    return reason == finish::refusal                             ? finish::content_filter
           : reason == finish::paused || reason == finish::other ? finish::stop
                                                                 : reason;
  case protocol::tgi: break;
  }
  return reason;
}

cost::token_usage seen_as(cost::token_usage usage, protocol by) {
  if (by == protocol::gemini || by == protocol::cohere) {
    usage.fresh_input += usage.cache_write;
    usage.cache_write = 0;
  }
  if (by == protocol::bedrock || by == protocol::cohere) {
    usage.output += usage.reasoning;
    usage.reasoning = 0;
  }
  return usage;
}

struct collector {
  aspects& into;
  bool& has_refusal;
  void operator()(const dialogue::text_part& part) const { into.text += part.text; }
  void operator()(const dialogue::refusal_part& part) const {
    into.text += part.text;
    has_refusal = true;
  }
  void operator()(const dialogue::tool_call_part& part) const {
    into.calls.emplace_back(part.name, boost::json::serialize(by_value(part.arguments)));
  }
  template <class Other> void operator()(const Other&) const {}
};

std::string spelt(const cost::token_usage& usage) {
  return fmt::format("{}+{}+{} in, {}+{} out", usage.fresh_input, usage.cached_input, usage.cache_write, usage.output,
                     usage.reasoning);
}

std::string cut(const std::string& text) {
  constexpr std::size_t k_shown = 60;
  return text.size() <= k_shown ? text : text.substr(0, k_shown) + "…";
}

std::string spelt(const std::vector<std::pair<std::string, std::string>>& calls) {
  std::string all;
  for (const auto& [name, arguments] : calls) {
    all += fmt::format("{}{}({})", all.empty() ? "" : ", ", name, cut(arguments));
  }
  return all;
}

} // namespace

aspects aspects_of(const dialogue::answer& got, protocol seen_by) {
  aspects found;
  found.usage = seen_as(got.usage.value_or(cost::token_usage{}), seen_by);
  if (got.choices.empty()) {
    return found;
  }
  bool has_refusal = false;
  for (const auto& part : got.choices.front().parts) {
    std::visit(collector{found, has_refusal}, part);
  }
  const finish meant = meant_by(got.choices.front().reason, !found.calls.empty(), has_refusal);
  found.reason = meant_by(seen_as(meant, has_refusal, seen_by), !found.calls.empty(), false);
  return found;
}

std::string disagreement(const aspects& meant, const aspects& arrived) {
  std::string all;
  const auto note = [&all](std::string_view what, const std::string& one, const std::string& other) {
    all += fmt::format("{}{}: \"{}\" became \"{}\"", all.empty() ? "" : "; ", what, one, other);
  };
  if (meant.text != arrived.text) {
    note("text", cut(meant.text), cut(arrived.text));
  }
  if (meant.calls != arrived.calls) {
    note("tool calls", spelt(meant.calls), spelt(arrived.calls));
  }
  if (meant.reason != arrived.reason) {
    note("finish", std::string(to_string(meant.reason)), std::string(to_string(arrived.reason)));
  }
  if (meant.usage != arrived.usage) {
    note("usage", spelt(meant.usage), spelt(arrived.usage));
  }
  return all;
}

std::vector<std::string> folded(const dialogue::answer& got, protocol seen_by) {
  std::vector<std::string> lost;
  const cost::token_usage usage = got.usage.value_or(cost::token_usage{});
  const cost::token_usage seen = seen_as(usage, seen_by);
  if (seen.cache_write != usage.cache_write) {
    lost.emplace_back("usage.cache_write");
  }
  if (seen.reasoning != usage.reasoning) {
    lost.emplace_back("usage.reasoning");
  }
  if (!got.choices.empty() && got.choices.front().reason == finish::stop_sequence &&
      seen_as(finish::stop_sequence, false, seen_by) != finish::stop_sequence) {
    lost.emplace_back("stop_sequence");
  }
  return lost;
}

} // namespace inferenceflow::bench
