/// One pass of the request scan over one body: reads, validates, writes the canonical bytes, fills the facts.
///
/// Role:      private to request_scan.cpp; split from it by size.
/// Lifecycle: one per scan; borrows everything.
/// Threading: not shared.
/// Bounds:    see request_scan.h.
#pragma once

#include "wire/json/reader.h"
#include "wire/openai/canonical_writer.h"
#include "wire/openai/request_fields.h"
#include "wire/openai/request_scan.h"
#include "wire/openai/turn_cutter.h"

#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::wire::openai {

/// Decoded text of facts whose spelling in the body has escapes.
struct decoded_facts {
  std::string model;
  std::string user;
  std::string service_tier;
};

class scan_pass {
public:
  /// @param cutter  takes the last turn out of what is hashed; null = everything is hashed.
  scan_pass(operation op, json::reader& in, canonical_writer& out, request_facts& facts, decoded_facts& decoded,
            turn_cutter* cutter = nullptr)
      : op_(op)
      , in_(in)
      , out_(out)
      , facts_(facts)
      , decoded_(decoded)
      , cutter_(cutter) {}

  /// Reads the whole body. @returns what is wrong, or nothing.
  [[nodiscard]] std::optional<error> run();

private:
  [[nodiscard]] bool member(std::string_view key);
  [[nodiscard]] bool known(const request_field& field);
  [[nodiscard]] bool array(const request_field& field);
  [[nodiscard]] bool read_by_model();
  [[nodiscard]] bool boolean(const request_field& field);
  [[nodiscard]] bool number(const request_field& field);
  [[nodiscard]] bool string(const request_field& field);
  [[nodiscard]] bool strings(const request_field& field);
  [[nodiscard]] bool stream_options(const request_field& field);
  [[nodiscard]] bool messages(const request_field& field);
  [[gnu::cold]] void weigh_members();
  [[gnu::cold]] [[nodiscard]] bool messages_but_the_last();
  [[nodiscard]] bool message(std::size_t index);
  [[nodiscard]] bool content(std::size_t index);
  [[nodiscard]] bool content_part(std::size_t message_index, std::size_t part_index);
  [[nodiscard]] bool text_or_tokens(const request_field& field);
  [[nodiscard]] bool text_or_tokens_hashed(const request_field& field);
  [[nodiscard]] bool prompt_element(const request_field& field, char kind);
  [[nodiscard]] bool token_id(const request_field& field);
  void set_number(const request_field& field, const json::number& value);
  [[nodiscard]] std::optional<error> check_required() const;
  bool refuse(std::string param, std::string_view what);
  bool refuse(const request_field& field) { return refuse(std::string{field.name}, describe(field)); }

  operation op_;
  json::reader& in_;
  canonical_writer& out_;
  request_facts& facts_;
  decoded_facts& decoded_;
  turn_cutter* cutter_;
  std::uint32_t seen_ = 0;
  bool prompt_seen_ = false;
  std::optional<std::int64_t> max_tokens_;
  std::optional<std::int64_t> max_completion_tokens_;
  std::optional<error> refusal_;
};

} // namespace inferenceflow::wire::openai
