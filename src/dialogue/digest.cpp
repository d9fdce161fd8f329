#include "dialogue/digest.h"

#include <memory>
#include <type_traits>
#include <xxhash.h>

namespace inferenceflow::dialogue {

namespace {

/// Feeds values into the hash, each text with its length before it, so that no two requests run into each other.
class feeder {
public:
  explicit feeder(std::uint64_t seed)
      : state_(XXH3_createState(), &XXH3_freeState) {
    XXH3_128bits_reset_withSeed(state_.get(), seed);
  }

  template <class T>
  requires(std::is_arithmetic_v<T> || std::is_enum_v<T>) void add(T value) {
    XXH3_128bits_update(state_.get(), &value, sizeof value);
  }
  void add(std::string_view text) {
    add(text.size());
    XXH3_128bits_update(state_.get(), text.data(), text.size());
  }
  template <class T> void add(const std::optional<T>& value) {
    add(value.has_value());
    if (value) {
      add(*value);
    }
  }
  template <class T> void add(const std::vector<T>& list) {
    add(list.size());
    for (const T& each : list) {
      add(each);
    }
  }
  void add(const std::string& text) { add(std::string_view{text}); }

  void add(const citation& of) {
    for (const std::string& text : {of.quote, of.title, of.url, of.source_id, of.opaque}) {
      add(text);
    }
    add(of.source_index);
    add(of.begin);
    add(of.end);
  }
  void add(const text_part& of) {
    add(of.text);
    add(of.citations);
    add(of.signature);
  }
  void add(const media_part& of) {
    add(of.kind);
    for (const std::string* text :
         {&of.media_type, &of.data_base64, &of.url, &of.file_id, &of.text, &of.name, &of.context, &of.detail}) {
      add(*text);
    }
    add(of.cited);
  }
  void add(const tool_call_part& of) {
    for (const std::string* text : {&of.id, &of.name, &of.arguments, &of.signature}) {
      add(*text);
    }
    add(of.custom);
  }
  void add(const tool_result_part& of) {
    add(of.call_id);
    add(of.name);
    add(of.content.size());
    for (const auto& piece : of.content) {
      add(piece.index());
      std::visit([this](const auto& each) { add(each); }, piece);
    }
    add(of.json);
    add(of.failed);
  }
  void add(const reasoning_part& of) {
    for (const std::string* text : {&of.text, &of.signature, &of.redacted, &of.id}) {
      add(*text);
    }
    add(of.summary);
  }
  void add(const refusal_part& of) { add(of.text); }
  void add(const opaque_part& of) {
    add(of.origin);
    add(of.json);
  }
  void add(const part& of) {
    add(of.index());
    std::visit([this](const auto& each) { add(each); }, of);
  }
  void add(const message& of) {
    add(of.who);
    add(of.name);
    add(of.parts);
  }
  void add(const tool& of) {
    for (const std::string* text : {&of.name, &of.description, &of.parameters, &of.opaque}) {
      add(*text);
    }
    add(of.strict);
  }
  void add(const extra_field& of) {
    add(of.name);
    add(of.json);
  }

  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> digest() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
    return {hash.high64, hash.low64};
  }

private:
  std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state_;
};

void add_settings(feeder& into, const request& asked) {
  into.add(asked.choice.mode);
  into.add(asked.choice.name);
  into.add(asked.choice.parallel);
  into.add(asked.format.kind);
  for (const std::string* text : {&asked.format.name, &asked.format.description, &asked.format.schema}) {
    into.add(*text);
  }
  into.add(asked.format.strict);
  into.add(asked.stop);
  const sampling& sample = asked.sample;
  for (const auto* number : {&sample.temperature, &sample.top_p, &sample.min_p, &sample.presence_penalty,
                             &sample.frequency_penalty, &sample.repetition_penalty}) {
    into.add(*number);
  }
  into.add(sample.top_k);
  into.add(sample.seed);
  into.add(sample.logit_bias);
  into.add(asked.tokens_max);
  into.add(asked.answers);
  into.add(asked.logprobs);
  into.add(asked.top_logprobs);
  into.add(asked.reasoning.level);
  into.add(asked.reasoning.budget_tokens);
  into.add(asked.reasoning.shown);
  into.add(asked.reasoning.summary);
}

} // namespace

std::pair<std::uint64_t, std::uint64_t> digest(const request& asked, protocol spoken, std::uint64_t seed) {
  feeder into{seed};
  into.add(spoken);
  into.add(asked.model);
  into.add(asked.messages);
  into.add(asked.tools);
  add_settings(into, asked);
  into.add(asked.extras);
  return into.digest();
}

std::size_t prompt_text_bytes(const request& asked) noexcept {
  std::size_t bytes = 0;
  const auto count = [&bytes](const auto& each) {
    using type = std::decay_t<decltype(each)>;
    if constexpr (std::is_same_v<type, text_part> || std::is_same_v<type, reasoning_part>) {
      bytes += each.text.size();
    } else if constexpr (std::is_same_v<type, tool_call_part>) {
      bytes += each.name.size() + each.arguments.size();
    } else if constexpr (std::is_same_v<type, tool_result_part>) {
      bytes += each.json.size();
      for (const auto& piece : each.content) {
        if (const auto* words = std::get_if<text_part>(&piece)) {
          bytes += words->text.size();
        }
      }
    }
  };
  for (const message& said : asked.messages) {
    for (const part& each : said.parts) {
      std::visit(count, each);
    }
  }
  for (const tool& offered : asked.tools) {
    bytes += offered.name.size() + offered.description.size() + offered.parameters.size() + offered.opaque.size();
  }
  return bytes;
}

} // namespace inferenceflow::dialogue
