#include "wire/openai/scan_pass.h"

#include <fmt/format.h>

namespace inferenceflow::wire::openai {
namespace {

constexpr std::size_t k_token_id_bytes = 4;

bool starts_number(char c) {
  return c == '-' || (c >= '0' && c <= '9');
}

} // namespace

std::optional<error> scan_pass::run() {
  if (in_.peek() != '{') {
    return make_error(error_kind::invalid_request, "the request body must be a JSON object");
  }
  if (cutter_ != nullptr) {
    weigh_members();
  }
  const bool read = out_.object(in_, [this](std::string_view key) { return member(key); }) && in_.finish();
  if (refusal_) {
    return std::move(refusal_);
  }
  if (!read) {
    return make_error(error_kind::invalid_request,
                      fmt::format("malformed JSON at byte {}: {}", in_.failure().offset, in_.failure().what));
  }
  return check_required();
}

/// What a walk of its own finds, so that a plain scan asks about the cutter once and not with every member.
void scan_pass::weigh_members() {
  json::reader look = in_;
  std::string decoded;
  // A fault ends the walk; the pass meets it again.
  static_cast<void>(look.read_object([&](const json::text& key) {
    decoded.clear();
    if (key.escaped && json::decode(key.raw, decoded)) {
      return false;
    }
    cutter_->weigh(key.escaped ? decoded : key.raw, look);
    return look.skip();
  }));
}

bool scan_pass::refuse(std::string param, std::string_view what) {
  if (!refusal_) {
    std::string message = fmt::format("'{}' {}", param, what);
    refusal_ = make_error(error_kind::invalid_request, std::move(message), std::move(param));
  }
  return false;
}

std::optional<error> scan_pass::check_required() const {
  if (facts_.model.empty()) {
    return make_error(error_kind::invalid_request, "'model' is required: the name of the model to use", "model");
  }
  if (!prompt_seen_) {
    const std::string_view name = op_ == operation::chat         ? "messages"
                                  : op_ == operation::completion ? "prompt"
                                                                 : "input";
    return make_error(error_kind::invalid_request, fmt::format("'{}' is required", name), std::string{name});
  }
  facts_.max_tokens = max_completion_tokens_ ? max_completion_tokens_ : max_tokens_;
  facts_.reproducible = op_ == operation::embedding || facts_.has_seed || facts_.temperature == 0.0;
  return std::nullopt;
}

bool scan_pass::member(std::string_view key) {
  const request_field* const field = find_field(op_, key);
  if (field == nullptr) {
    return out_.value(in_);
  }
  if ((seen_ & field_bit(*field)) != 0) {
    return refuse(std::string{key}, "is given twice");
  }
  seen_ |= field_bit(*field);
  const std::size_t before = out_.position();
  if (in_.peek() == 'n') {
    if (field->type == field_type::stream_options) {
      facts_.stream_options_span = {in_.offset(), 4};
    }
    return in_.read_null(); // absent, also from the hash
  }
  if (!known(*field)) {
    return false;
  }
  if (!field->hashed) {
    out_.rewind(before);
  }
  return true;
}

bool scan_pass::known(const request_field& field) {
  const char first = in_.peek();
  switch (field.type) {
  case field_type::boolean: return boolean(field);
  case field_type::integer:
  case field_type::number: return number(field);
  case field_type::string: return string(field);
  case field_type::strings: return strings(field);
  case field_type::object: return first == '{' ? out_.value(in_) : refuse(field);
  case field_type::array: return first == '[' ? array(field) : refuse(field);
  case field_type::any: return out_.value(in_);
  case field_type::messages: return messages(field);
  case field_type::text_or_tokens: return text_or_tokens(field);
  case field_type::stream_options: return stream_options(field);
  }
  return false;
}

bool scan_pass::array(const request_field& field) {
  return field.fact == field_fact::tools ? read_by_model() : out_.value(in_);
}

/// What the model reads as JSON counts as it stands.
bool scan_pass::read_by_model() {
  const std::size_t begin = in_.offset();
  if (!out_.value(in_)) {
    return false;
  }
  facts_.prompt_text_bytes += in_.consumed_end() - begin;
  return true;
}

bool scan_pass::boolean(const request_field& field) {
  if (in_.peek() != 't' && in_.peek() != 'f') {
    return refuse(field);
  }
  const bool truth = in_.peek() == 't';
  if (field.fact == field_fact::stream) {
    facts_.stream = truth;
  }
  return out_.value(in_);
}

bool scan_pass::number(const request_field& field) {
  if (!starts_number(in_.peek())) {
    return refuse(field);
  }
  json::number value;
  if (!out_.number(in_, value)) {
    return false;
  }
  const bool whole = value.kind == json::number_kind::integer && value.as_int64().has_value();
  if (field.fact == field_fact::seed) {
    facts_.has_seed = whole;
    return whole || refuse(field);
  }
  if ((field.type == field_type::integer && !whole) || value.value < field.min || value.value > field.max) {
    return refuse(field);
  }
  set_number(field, value);
  return true;
}

void scan_pass::set_number(const request_field& field, const json::number& value) {
  switch (field.fact) {
  case field_fact::temperature: facts_.temperature = value.value; break;
  case field_fact::max_tokens: max_tokens_ = value.as_int64(); break;
  case field_fact::max_completion_tokens: max_completion_tokens_ = value.as_int64(); break;
  case field_fact::choices: facts_.choices = value.as_int64().value_or(1); break;
  default: break;
  }
}

bool scan_pass::string(const request_field& field) {
  if (in_.peek() != '"') {
    return refuse(field);
  }
  const std::size_t begin = in_.offset();
  std::string_view plain;
  if (!out_.string(in_, plain)) {
    return false;
  }
  const std::size_t end = in_.consumed_end();
  const bool escaped = plain.size() != end - begin - 2;
  // An escaped text lives in the writer's scratch space until it reads on, so it is kept here.
  const auto keep = [&](std::string& place) { return escaped ? std::string_view{place = plain} : plain; };
  if (field.fact == field_fact::model) {
    facts_.model = keep(decoded_.model);
    facts_.model_span = {begin, end - begin};
  } else if (field.fact == field_fact::user) {
    facts_.user = keep(decoded_.user);
  } else if (field.fact == field_fact::service_tier) {
    facts_.service_tier = keep(decoded_.service_tier);
  }
  return true;
}

bool scan_pass::strings(const request_field& field) {
  std::string_view ignored;
  if (in_.peek() == '"') {
    return out_.string(in_, ignored);
  }
  if (in_.peek() != '[') {
    return refuse(field);
  }
  return out_.array(in_, [&](std::size_t) { return in_.peek() == '"' ? out_.string(in_, ignored) : refuse(field); });
}

bool scan_pass::stream_options(const request_field& field) {
  if (in_.peek() != '{') {
    return refuse(field);
  }
  const std::size_t begin = in_.offset();
  const bool read = out_.object(in_, [&](std::string_view key) {
    if (key != "include_usage") {
      return out_.value(in_);
    }
    const std::size_t value_begin = in_.offset();
    const char first = in_.peek();
    if (first != 't' && first != 'f' && first != 'n') {
      return refuse("stream_options.include_usage", "must be true or false");
    }
    facts_.include_usage = first == 't';
    if (!out_.value(in_)) {
      return false;
    }
    facts_.include_usage_span = {value_begin, in_.consumed_end() - value_begin};
    return true;
  });
  facts_.stream_options_span = {begin, in_.consumed_end() - begin};
  return read;
}

bool scan_pass::messages(const request_field& field) {
  if (in_.peek() != '[') {
    return refuse(field);
  }
  const bool read = cutter_ == nullptr ? out_.array(in_, [this](std::size_t index) { return message(index); })
                                       : messages_but_the_last();
  return read && (prompt_seen_ || refuse(field));
}

bool scan_pass::messages_but_the_last() {
  return out_.array(in_, [this](std::size_t index) {
    const json::reader before = in_;
    const std::size_t written = out_.position();
    if (!message(index)) {
      return false;
    }
    if (in_.peek() != ']') {
      return true;
    }
    in_ = before; // read again, now without its text
    out_.rewind(written);
    return cutter_->message(in_, out_);
  });
}

bool scan_pass::message(std::size_t index) {
  if (in_.peek() != '{') {
    return refuse(fmt::format("messages[{}]", index), "must be an object with a role");
  }
  prompt_seen_ = true;
  bool has_role = false;
  const bool read = out_.object(in_, [&](std::string_view key) {
    if (key == "role") {
      has_role = true;
      std::string_view ignored;
      return in_.peek() == '"' ? out_.string(in_, ignored)
                               : refuse(fmt::format("messages[{}].role", index), "must be a string");
    }
    if (key == "tool_calls" && in_.peek() == '[') {
      return read_by_model();
    }
    return key == "content" ? content(index) : out_.value(in_);
  });
  return read && (has_role || refuse(fmt::format("messages[{}].role", index), "is required"));
}

bool scan_pass::content(std::size_t index) {
  switch (in_.peek()) {
  case '"': {
    std::string_view plain;
    if (!out_.string(in_, plain)) {
      return false;
    }
    facts_.prompt_text_bytes += plain.size();
    return true;
  }
  case 'n': return out_.value(in_);
  case '[': return out_.array(in_, [&](std::size_t part) { return content_part(index, part); });
  default: return refuse(fmt::format("messages[{}].content", index), "must be a string, an array of parts, or null");
  }
}

bool scan_pass::content_part(std::size_t message_index, std::size_t part_index) {
  const auto param = [&](std::string_view rest) {
    return fmt::format("messages[{}].content[{}]{}", message_index, part_index, rest);
  };
  if (in_.peek() != '{') {
    return refuse(param(""), "must be an object with a type");
  }
  bool has_type = false;
  const bool read = out_.object(in_, [&](std::string_view key) {
    const bool is_type = key == "type";
    const bool is_text = key == "text";
    if (!is_type && !is_text) {
      return out_.value(in_);
    }
    if (in_.peek() != '"') {
      return refuse(param(is_type ? ".type" : ".text"), "must be a string");
    }
    has_type = has_type || is_type;
    std::string_view plain;
    if (!out_.string(in_, plain)) {
      return false;
    }
    facts_.prompt_text_bytes += is_text ? plain.size() : 0;
    return true;
  });
  return read && (has_type || refuse(param(".type"), "is required"));
}

bool scan_pass::text_or_tokens(const request_field& field) {
  if (cutter_ == nullptr) {
    return text_or_tokens_hashed(field);
  }
  const json::reader before = in_;
  const std::size_t written = out_.position();
  if (!text_or_tokens_hashed(field)) {
    return false;
  }
  in_ = before;
  out_.rewind(written);
  return cutter_->prompt(in_, out_);
}

bool scan_pass::text_or_tokens_hashed(const request_field& field) {
  const char first = in_.peek();
  if (first == '"') {
    prompt_seen_ = true;
    return prompt_element(field, first);
  }
  if (first != '[') {
    return refuse(field);
  }
  char kind = '\0';
  const bool read = out_.array(in_, [&](std::size_t) {
    const char here = starts_number(in_.peek()) ? '0' : in_.peek();
    kind = prompt_seen_ ? kind : here;
    prompt_seen_ = true;
    return here == kind ? prompt_element(field, here) : refuse(field);
  });
  return read && (prompt_seen_ || refuse(field));
}

bool scan_pass::prompt_element(const request_field& field, char kind) {
  if (kind == '"') {
    std::string_view plain;
    if (!out_.string(in_, plain)) {
      return false;
    }
    facts_.prompt_text_bytes += plain.size();
    return true;
  }
  if (kind == '[') {
    return out_.array(in_, [&](std::size_t) { return token_id(field); });
  }
  return token_id(field);
}

bool scan_pass::token_id(const request_field& field) {
  if (!starts_number(in_.peek())) {
    return refuse(field);
  }
  json::number id;
  if (!out_.number(in_, id)) {
    return false;
  }
  facts_.prompt_text_bytes += k_token_id_bytes;
  return (id.kind == json::number_kind::integer && !id.negative) || refuse(field);
}

} // namespace inferenceflow::wire::openai
