#include "bench/wire/canonical.h"

#include <algorithm>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace inferenceflow::bench {

namespace json = boost::json;

namespace {

/// Adds members that are not at their default.
class fields {
public:
  fields& text(std::string_view key, const std::string& value) {
    return value.empty() ? *this : put(key, json::string(value));
  }
  fields& raw(std::string_view key, const std::string& value) {
    return value.empty() ? *this : put(key, by_value(value));
  }
  fields& flag(std::string_view key, bool value) { return value ? put(key, true) : *this; }
  template <class T> fields& number(std::string_view key, T value, T unsaid = {}) {
    return value == unsaid ? *this : put(key, value);
  }
  template <class T> fields& maybe(std::string_view key, const std::optional<T>& value) {
    return value ? put(key, *value) : *this;
  }
  template <class E> fields& word(std::string_view key, const std::optional<E>& value) {
    return value ? put(key, static_cast<int>(*value)) : *this;
  }
  fields& put(std::string_view key, json::value value) {
    all_[key] = std::move(value);
    return *this;
  }
  template <class T, class F> fields& list(std::string_view key, const std::vector<T>& values, F&& describe) {
    json::array out;
    for (const auto& each : values) {
      out.push_back(describe(each));
    }
    return out.empty() ? *this : put(key, std::move(out));
  }
  [[nodiscard]] json::value take() { return std::move(all_); }

private:
  json::object all_;
};

json::value describe_citation(const dialogue::citation& each) {
  return fields{}
      .text("quote", each.quote)
      .text("title", each.title)
      .text("url", each.url)
      .number("source_index", each.source_index, std::int64_t{-1})
      .text("source_id", each.source_id)
      .number("begin", each.begin, std::int64_t{-1})
      .number("end", each.end, std::int64_t{-1})
      .raw("opaque", each.opaque)
      .take();
}

struct part_describer {
  json::value operator()(const dialogue::text_part& part) const {
    return fields{}
        .put("kind", "text")
        .text("text", part.text)
        .list("citations", part.citations, describe_citation)
        .word("cache_mark", part.cache_mark)
        .text("signature", part.signature)
        .take();
  }
  json::value operator()(const dialogue::media_part& part) const {
    return fields{}
        .put("kind", "media")
        .number("media", static_cast<int>(part.kind), -1)
        .text("media_type", part.media_type)
        .text("data_base64", part.data_base64)
        .text("url", part.url)
        .text("file_id", part.file_id)
        .text("text", part.text)
        .text("name", part.name)
        .text("context", part.context)
        .text("detail", part.detail)
        .flag("cited", part.cited)
        .word("cache_mark", part.cache_mark)
        .take();
  }
  json::value operator()(const dialogue::tool_call_part& part) const {
    return fields{}
        .put("kind", "tool_call")
        .text("id", part.id)
        .text("name", part.name)
        .raw("arguments", part.arguments)
        .flag("custom", part.custom)
        .text("signature", part.signature)
        .word("cache_mark", part.cache_mark)
        .take();
  }
  json::value operator()(const dialogue::tool_result_part& part) const {
    return fields{}
        .put("kind", "tool_result")
        .text("call_id", part.call_id)
        .text("name", part.name)
        .list("content", part.content,
              [this](const auto& each) { return std::visit([this](const auto& held) { return (*this)(held); }, each); })
        .raw("json", part.json)
        .flag("failed", part.failed)
        .word("cache_mark", part.cache_mark)
        .take();
  }
  json::value operator()(const dialogue::reasoning_part& part) const {
    return fields{}
        .put("kind", "reasoning")
        .text("text", part.text)
        .text("signature", part.signature)
        .text("redacted", part.redacted)
        .text("id", part.id)
        .flag("summary", part.summary)
        .word("origin", part.origin)
        .take();
  }
  json::value operator()(const dialogue::refusal_part& part) const {
    return fields{}.put("kind", "refusal").text("text", part.text).take();
  }
  json::value operator()(const dialogue::opaque_part& part) const {
    return fields{}
        .put("kind", "opaque")
        .put("origin", static_cast<int>(part.origin))
        .text("type", part.type)
        .raw("json", part.json)
        .take();
  }
};

json::value describe_part(const dialogue::part& each) {
  return std::visit(part_describer{}, each);
}

json::value describe_message(const dialogue::message& each) {
  return fields{}
      .put("who", static_cast<int>(each.who))
      .list("parts", each.parts, describe_part)
      .text("name", each.name)
      .take();
}

json::value describe_tool(const dialogue::tool& each) {
  return fields{}
      .text("name", each.name)
      .text("description", each.description)
      .raw("parameters", each.parameters)
      .maybe("strict", each.strict)
      .raw("opaque", each.opaque)
      .word("origin", each.origin)
      .word("cache_mark", each.cache_mark)
      .take();
}

json::value describe_logprob(const dialogue::token_logprob& each) {
  return fields{}
      .text("token", each.token)
      .put("logprob", each.logprob)
      .list("top", each.top,
            [](const auto& one) {
              return json::array{one.first, one.second};
            })
      .take();
}

json::value describe_choice(const dialogue::choice& each) {
  return fields{}
      .list("parts", each.parts, describe_part)
      .put("reason", json::string(dialogue::to_string(each.reason)))
      .text("stop_sequence", each.stop_sequence)
      .list("logprobs", each.logprobs, describe_logprob)
      .take();
}

json::value describe_sampling(const dialogue::sampling& sample) {
  return fields{}
      .maybe("temperature", sample.temperature)
      .maybe("top_p", sample.top_p)
      .maybe("min_p", sample.min_p)
      .maybe("top_k", sample.top_k)
      .maybe("presence_penalty", sample.presence_penalty)
      .maybe("frequency_penalty", sample.frequency_penalty)
      .maybe("repetition_penalty", sample.repetition_penalty)
      .maybe("seed", sample.seed)
      .raw("logit_bias", sample.logit_bias)
      .take();
}

void compare(const json::value& one, const json::value& other, const std::string& path,
             std::vector<std::string>& found) {
  if (one.is_object() && other.is_object()) {
    const auto below = [&path](std::string_view key) {
      return fmt::format("{}{}{}", path, path.empty() ? "" : ".", key);
    };
    for (const auto& [key, value] : one.get_object()) {
      if (const auto* match = other.get_object().if_contains(key)) {
        compare(value, *match, below(key), found);
      } else {
        found.push_back(below(key));
      }
    }
    for (const auto& [key, value] : other.get_object()) {
      if (!one.get_object().contains(key)) {
        found.push_back(below(key));
      }
    }
    return;
  }
  if (one.is_array() && other.is_array() && one.get_array().size() == other.get_array().size()) {
    for (std::size_t i = 0; i < one.get_array().size(); ++i) {
      compare(one.get_array()[i], other.get_array()[i], fmt::format("{}[{}]", path, i), found);
    }
    return;
  }
  if (one != other) {
    found.push_back(path);
  }
}

} // namespace

json::value by_value(const std::string& text) {
  boost::system::error_code failed;
  json::value read = json::parse(text, failed);
  return failed ? json::value(json::string(text)) : read;
}

json::value canonical(const dialogue::request& asked) {
  return fields{}
      .text("model", asked.model)
      .list("messages", asked.messages, describe_message)
      .list("tools", asked.tools, describe_tool)
      .put("choice", fields{}
                         .number("mode", static_cast<int>(asked.choice.mode))
                         .text("name", asked.choice.name)
                         .maybe("parallel", asked.choice.parallel)
                         .take())
      .put("format", fields{}
                         .number("kind", static_cast<int>(asked.format.kind))
                         .text("name", asked.format.name)
                         .text("description", asked.format.description)
                         .raw("schema", asked.format.schema)
                         .maybe("strict", asked.format.strict)
                         .take())
      .list("stop", asked.stop, [](const std::string& each) { return json::string(each); })
      .put("sample", describe_sampling(asked.sample))
      .maybe("tokens_max", asked.tokens_max)
      .number("answers", asked.answers, std::int64_t{1})
      .flag("logprobs", asked.logprobs)
      .number("top_logprobs", asked.top_logprobs)
      .flag("stream", asked.stream)
      .put("usage_in_stream", asked.usage_in_stream)
      .put("reasoning", fields{}
                            .word("level", asked.reasoning.level)
                            .maybe("budget_tokens", asked.reasoning.budget_tokens)
                            .maybe("shown", asked.reasoning.shown)
                            .text("summary", asked.reasoning.summary)
                            .take())
      .text("user", asked.user)
      .text("service_tier", asked.service_tier)
      .text("cache_key", asked.cache_key)
      .list("extras", asked.extras,
            [](const dialogue::extra_field& each) {
              return fields{}.text("name", each.name).raw("json", each.json).flag("essential", each.essential).take();
            })
      .take();
}

json::value canonical(const dialogue::answer& got) {
  fields out;
  out.text("id", got.id)
      .text("model", got.model)
      .number("created_s", got.created_s)
      .list("choices", got.choices, describe_choice)
      .text("service_tier", got.service_tier);
  if (got.usage) {
    out.put("usage", fields{}
                         .put("fresh_input", got.usage->fresh_input)
                         .put("cached_input", got.usage->cached_input)
                         .put("cache_write", got.usage->cache_write)
                         .put("output", got.usage->output)
                         .put("reasoning", got.usage->reasoning)
                         .take());
  }
  return out.take();
}

std::vector<std::string> differences(const json::value& one, const json::value& other) {
  std::vector<std::string> found;
  compare(one, other, {}, found);
  return found;
}

std::string without_places(std::string_view path) {
  std::string plain;
  bool inside = false;
  for (const char c : path) {
    inside = c == '[' || (inside && c != ']');
    if (!inside || c == '[') {
      plain.push_back(c);
    }
  }
  return plain;
}

bool is_named(const std::string& path, const std::vector<std::string>& losses) {
  const std::string plain = without_places(path);
  return std::any_of(losses.begin(), losses.end(), [&plain](const std::string& loss) {
    const std::string lost = without_places(loss);
    if (lost == plain + "[]") { // an element is gone: the lists differ in length
      return true;
    }
    const auto dot = lost.rfind('.');
    const std::string name = dot == std::string::npos ? lost : lost.substr(dot + 1);
    return plain.find(lost) != std::string::npos ||
           fmt::format(".{}.", plain).find(fmt::format(".{}.", name)) != std::string::npos;
  });
}

} // namespace inferenceflow::bench
