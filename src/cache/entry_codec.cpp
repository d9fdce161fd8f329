#include "cache/entry_codec.h"

#include "cache/byte_sequence.h"
#include "cache/entry_layout.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace inferenceflow::cache {

namespace {

std::int64_t to_ns(wall_time time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

wall_time from_ns(std::int64_t since_epoch_ns) {
  return wall_time{std::chrono::duration_cast<wall_time::duration>(std::chrono::nanoseconds{since_epoch_ns})};
}

std::string labels_text(const kept_entry& entry) {
  std::string text;
  byte_writer out{text};
  const cached_answer& answer = *entry.answer;
  for (const std::string* field :
       {&answer.tenant, &answer.operation, &answer.model, &answer.tags.text(), &answer.provider, &answer.dropped}) {
    out.text(*field);
  }
  if (entry.semantic) {
    const semantic_part& semantic = *entry.semantic;
    out.number(semantic.scope.high);
    out.number(semantic.scope.low);
    out.number(static_cast<std::uint8_t>(semantic.form));
    out.text(semantic.embedder);
    out.text(semantic.vector);
    out.text(semantic.state);
    out.number(static_cast<std::uint32_t>(semantic.text.size()));
  }
  return text;
}

/// The fields that peek_label() gives. @returns false when the tags are none.
bool read_label(byte_reader& in, entry_label& label) {
  label.tenant = in.text();
  label.operation = in.text();
  label.model = in.text();
  const std::string_view listed = in.text();
  auto tags = entry_tags::parse(listed);
  if (!in.good() || !tags || tags->text() != listed) {
    return false;
  }
  label.tags = std::move(*tags);
  return true;
}

bool sound(const entry_head& head) {
  const auto& usage = head.usage;
  const std::array parts{usage.fresh_input, usage.cached_input, usage.cache_write,
                         usage.output,      usage.reasoning,    usage.cache_write_hour};
  const bool usage_sound = std::all_of(parts.begin(), parts.end(),
                                       [](std::int64_t part) { return part >= 0 && part <= cost::k_tokens_max; });
  return usage_sound && (head.flags & ~(k_flag_compressed | k_flag_semantic)) == 0 &&
         head.form <= static_cast<std::uint8_t>(body_form::event_stream) && head.cost_nano_usd >= 0 &&
         (head.has(k_flag_compressed) || head.text_bytes == head.stored_bytes);
}

bool seal_holds(std::string_view bytes, const entry_name& name, const tenant_secret& secret) {
  const std::string_view content = bytes.substr(0, bytes.size() - k_secret_bytes);
  return equal_in_constant_time(keyed_hash(secret.sealing, {view_of(name), content}), bytes.substr(content.size()));
}

/// The variable fields, text excepted. @returns bytes of the last user turn in the text, or nullopt when malformed.
std::optional<std::size_t> read_labels(std::string_view labels, kept_entry& entry, cached_answer& answer,
                                       bool has_semantic) {
  byte_reader in{labels};
  entry_label label;
  if (!read_label(in, label)) {
    return std::nullopt;
  }
  answer.tenant = std::move(label.tenant);
  answer.operation = std::move(label.operation);
  answer.model = std::move(label.model);
  answer.tags = std::move(label.tags);
  answer.provider = in.text();
  answer.dropped = in.text();
  std::size_t turn_bytes = 0;
  if (has_semantic) {
    semantic_part& semantic = entry.semantic.emplace();
    semantic.scope.high = in.number<std::uint64_t>();
    semantic.scope.low = in.number<std::uint64_t>();
    const auto form = in.number<std::uint8_t>();
    semantic.form = static_cast<vector_form>(form);
    semantic.embedder = in.text();
    semantic.vector = in.text();
    semantic.state = in.text();
    turn_bytes = in.number<std::uint32_t>();
    if (form > static_cast<std::uint8_t>(vector_form::int8)) {
      return std::nullopt;
    }
  }
  return in.good() && in.at_end() ? std::optional{turn_bytes} : std::nullopt;
}

boost::system::result<kept_entry, entry_fault> unpacked(std::string_view bytes, const entry_head& head) {
  auto answer = std::make_shared<cached_answer>();
  kept_entry entry{.key = head.key, .answer = answer, .expires = from_ns(head.expires_ns)};
  const auto turn_bytes = read_labels(labels_of(bytes, head), entry, *answer, head.has(k_flag_semantic));
  if (!turn_bytes || *turn_bytes > head.text_bytes) {
    return entry_fault::malformed;
  }
  const std::string_view stored = stored_text_of(bytes, head);
  auto text = head.has(k_flag_compressed) ? unpack(stored, head.text_bytes) : std::string{stored};
  if (!text) {
    return entry_fault::malformed;
  }
  if (*turn_bytes > 0) {
    entry.semantic->text = text->substr(text->size() - *turn_bytes);
    text->resize(text->size() - *turn_bytes);
    text->shrink_to_fit(); // the cache charges for what is reserved
  }
  answer->body = std::move(*text);
  answer->form = static_cast<body_form>(head.form);
  answer->trust = static_cast<trust_level>(head.trust);
  answer->usage = head.usage;
  answer->cost = money::from_nano_usd(head.cost_nano_usd);
  answer->created = from_ns(head.created_ns);
  return entry;
}

} // namespace

std::string_view to_string(entry_fault fault) noexcept {
  switch (fault) {
  case entry_fault::truncated: return "truncated";
  case entry_fault::malformed: return "malformed";
  case entry_fault::wrong_version: return "wrong_version";
  case entry_fault::trailing_bytes: return "trailing_bytes";
  case entry_fault::too_large: return "too_large";
  case entry_fault::wrong_seal: return "wrong_seal";
  case entry_fault::untrusted: return "untrusted";
  case entry_fault::expired: return "expired";
  }
  return "malformed";
}

void throw_exception_from_error(entry_fault fault, const boost::source_location& where) {
  const std::string_view name = to_string(fault);
  std::fprintf(stderr, "%s:%u: value() of a cache entry that is %.*s\n", where.file_name(),
               static_cast<unsigned>(where.line()), static_cast<int>(name.size()), name.data());
  std::abort();
}

void seal_entry(std::string& content, const entry_name& name, const tenant_secret& secret) {
  content.append(view_of(keyed_hash(secret.sealing, {view_of(name), content})));
}

std::string encode_entry(const kept_entry& entry, const tenant_secret& secret) {
  const cached_answer& answer = *entry.answer;
  const std::string labels = labels_text(entry);
  std::string joined;
  std::string_view text = answer.body;
  if (entry.semantic) {
    joined.append(answer.body).append(entry.semantic->text);
    text = joined;
  }
  const auto packed = text.size() > k_compress_bytes_min ? pack(text) : std::nullopt;
  const std::string_view stored = packed ? std::string_view{*packed} : text;
  entry_head head;
  head.flags = static_cast<std::uint8_t>((packed ? k_flag_compressed : 0) | (entry.semantic ? k_flag_semantic : 0));
  head.trust = static_cast<std::uint8_t>(answer.trust);
  head.form = static_cast<std::uint8_t>(answer.form);
  head.key = entry.key;
  head.created_ns = to_ns(answer.created);
  head.expires_ns = to_ns(entry.expires);
  head.cost_nano_usd = answer.cost.nano_usd();
  head.usage = answer.usage;
  head.labels_bytes = static_cast<std::uint32_t>(labels.size());
  head.text_bytes = static_cast<std::uint32_t>(text.size());
  head.stored_bytes = static_cast<std::uint32_t>(stored.size());
  std::string bytes;
  bytes.reserve(k_entry_head_bytes + labels.size() + stored.size() + k_secret_bytes);
  write_head(bytes, head);
  bytes.append(labels).append(stored);
  seal_entry(bytes, entry_name_of(secret, entry.key, k_entry_format), secret);
  return bytes;
}

boost::system::result<kept_entry, entry_fault> decode_entry(std::string_view bytes, const entry_name& name,
                                                            const tenant_secret& secret, const decode_limits& limits) {
  const auto head = read_head(bytes);
  if (!head) {
    return head.error();
  }
  if (std::uint64_t{head->labels_bytes} + head->text_bytes > limits.bytes_max) {
    return entry_fault::too_large;
  }
  if (!seal_holds(bytes, name, secret)) {
    return entry_fault::wrong_seal;
  }
  if (!sound(*head)) {
    return entry_fault::malformed;
  }
  if (head->trust < static_cast<std::uint8_t>(limits.least)) {
    return entry_fault::untrusted;
  }
  if (from_ns(head->expires_ns) <= limits.now) {
    return entry_fault::expired;
  }
  return unpacked(bytes, *head);
}

std::optional<entry_label> peek_label(std::string_view bytes) {
  const auto head = read_head(bytes);
  if (!head) {
    return std::nullopt;
  }
  byte_reader in{labels_of(bytes, *head)};
  entry_label label{.key = head->key, .tenant = {}, .operation = {}, .model = {}, .tags = {}};
  return read_label(in, label) ? std::optional{std::move(label)} : std::nullopt;
}

} // namespace inferenceflow::cache
