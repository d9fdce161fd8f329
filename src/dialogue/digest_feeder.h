/// Feeds a request into a 128-bit hash, value by value.
///
/// Role:      private to digest.cpp and last_turn.cpp: both hash the same things, the second without one text.
/// Lifecycle: one per hash: add()* → digest().
/// Threading: not shared.
/// Bounds:    linear in what is added.
/// Source:    XXH3, 128 bits (docs/adr/0009).
#pragma once

#include "dialogue/request.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>
#include <xxhash.h>

namespace inferenceflow::dialogue {

/// Feeds values into the hash, each text with its length before it, so that no two requests run into each other.
class digest_feeder {
public:
  explicit digest_feeder(std::uint64_t seed)
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
  /// Everything but model and messages.
  void add_frame(const request& asked);

  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> digest() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
    return {hash.high64, hash.low64};
  }

private:
  std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state_;
};

} // namespace inferenceflow::dialogue
