#include "codecs/cohere/citation.h"

#include <charconv>
#include <fmt/format.h>

namespace inferenceflow::codecs::cohere {

using dialogue::citation;
using dialogue::json_view;

namespace {

constexpr std::string_view k_auto_id = "doc:"; ///< Cohere's names for documents that came without one: doc:0, doc:1 …

std::int64_t index_of(std::string_view id) {
  std::int64_t index = -1;
  if (id.substr(0, k_auto_id.size()) == k_auto_id) {
    const char* const end = id.data() + id.size();
    const auto read = std::from_chars(id.data() + k_auto_id.size(), end, index);
    if (read.ec != std::errc{} || read.ptr != end || index < 0) {
      return -1;
    }
  }
  return index;
}

std::string_view text_or_nothing(const json_view& value) {
  return value.is_text() ? value.text() : std::string_view{};
}

void take_source(const json_view& source, citation& into) {
  into.source_id = text_or_nothing(source.member("id"));
  into.source_index = index_of(into.source_id);
  if (const json_view document = source.member("document"); document.is_object()) {
    into.title = text_or_nothing(document.member("title"));
    into.url = text_or_nothing(document.member("url"));
  }
  into.opaque = source.json();
}

/// Citations of other protocols keep their own JSON in `opaque`; only Cohere's have one of these types.
bool is_own_source(std::string_view text) {
  if (text.empty()) {
    return false;
  }
  dialogue::json_document parsed;
  const json_view root = parsed.parse(text);
  if (!root.is_object() || parsed.failure()) {
    return false;
  }
  const std::string_view type = text_or_nothing(root.member("type"));
  return type == "document" || type == "tool";
}

void write_source(json_out& json, const citation& cited) {
  if (is_own_source(cited.opaque)) {
    json.raw(cited.opaque);
    return;
  }
  json.open_object();
  json.text_member("type", "document");
  if (!cited.source_id.empty()) {
    json.text_member("id", cited.source_id);
  } else if (cited.source_index >= 0) {
    json.text_member("id", fmt::format("{}{}", k_auto_id, cited.source_index));
  }
  json.open_object_member("document");
  if (!cited.title.empty()) {
    json.text_member("title", cited.title);
  }
  if (!cited.url.empty()) {
    json.text_member("url", cited.url);
  }
  json.close_object();
  json.close_object();
}

bool names_source(const citation& cited) {
  return !cited.opaque.empty() || !cited.source_id.empty() || cited.source_index >= 0 || !cited.title.empty() ||
         !cited.url.empty();
}

bool continues(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

} // namespace

void text_places::clear() {
  text_.clear();
  byte_ = 0;
  character_ = 0;
}

void text_places::advance() {
  ++byte_;
  while (byte_ < text_.size() && continues(text_[byte_])) {
    ++byte_;
  }
  ++character_;
}

std::int64_t text_places::byte_of(std::int64_t index) {
  if (index < 0) {
    return -1;
  }
  if (index < character_) {
    byte_ = 0;
    character_ = 0;
  }
  while (character_ < index && byte_ < text_.size()) {
    advance();
  }
  return character_ == index ? static_cast<std::int64_t>(byte_) : -1;
}

std::int64_t text_places::character_of(std::int64_t offset) {
  if (offset < 0 || offset > static_cast<std::int64_t>(text_.size())) {
    return -1;
  }
  const auto target = static_cast<std::size_t>(offset);
  if (target < byte_) {
    byte_ = 0;
    character_ = 0;
  }
  while (byte_ < target) {
    advance();
  }
  return character_;
}

void read_citation(const json_view& cited, text_places& places, std::vector<citation>& out) {
  citation stretch;
  stretch.quote = cited.member("text").text();
  stretch.begin = places.byte_of(cited.member("start").integer().value_or(-1));
  stretch.end = places.byte_of(cited.member("end").integer().value_or(-1));
  const json_view sources = cited.member("sources");
  if (sources.size() == 0) {
    out.push_back(std::move(stretch));
    return;
  }
  sources.each([&](const json_view& source) {
    out.push_back(stretch);
    take_source(source, out.back());
  });
}

bool same_stretch(const citation& a, const citation& b) noexcept {
  return names_source(a) && names_source(b) && a.begin == b.begin && a.end == b.end && a.quote == b.quote;
}

void write_citation(json_out& json, std::span<const citation> cited, text_places& places, std::size_t block) {
  const citation& first = cited.front();
  const std::int64_t start = places.character_of(first.begin);
  const std::int64_t end = places.character_of(first.end);
  json.open_object();
  if (start >= 0) {
    json.integer_member("start", start);
  }
  if (end >= 0) {
    json.integer_member("end", end);
  }
  json.text_member("text", first.quote);
  json.open_array_member("sources");
  for (const citation& source : cited) {
    if (names_source(source)) {
      write_source(json, source);
    }
  }
  json.close_array();
  if (block != 0) {
    json.integer_member("content_index", static_cast<std::int64_t>(block));
  }
  json.text_member("type", "TEXT_CONTENT");
  json.close_object();
}

} // namespace inferenceflow::codecs::cohere
