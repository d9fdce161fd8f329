#include "codecs/openai_responses/item_write.h"

#include "dialogue/json_view.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace inferenceflow::codecs::openai_responses {

namespace {

/// The annotation itself if it is one of this protocol's types.
std::optional<std::string> own_annotation(const std::string& opaque) {
  if (opaque.empty()) {
    return std::nullopt;
  }
  dialogue::json_document document;
  const dialogue::json_view root = document.parse(opaque);
  constexpr std::array<std::string_view, 4> k_types{"url_citation", "file_citation", "container_file_citation",
                                                    "file_path"};
  const dialogue::json_view type = root.is_object() ? root.member("type") : root;
  if (!type.is_text() || std::find(k_types.begin(), k_types.end(), type.text()) == k_types.end()) {
    return std::nullopt;
  }
  return root.json();
}

/// Characters before byte `offset`; 0 where it is unknown.
std::int64_t character_index(std::string_view text, std::int64_t offset) {
  if (offset <= 0) {
    return 0;
  }
  const std::string_view before = text.substr(0, static_cast<std::size_t>(offset));
  return std::count_if(before.begin(), before.end(),
                       [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; });
}

void write_token(json_out& to, std::string_view token, double logprob, bool whole) {
  to.text_field("token", token);
  to.key("logprob");
  to.real(logprob);
  if (whole) {
    to.key("bytes");
    to.open('[');
    for (const char byte : token) {
      to.whole(static_cast<unsigned char>(byte));
    }
    to.close(']');
  }
}

} // namespace

void note_loss(std::vector<std::string>& losses, std::string_view what) {
  if (std::find(losses.begin(), losses.end(), what) == losses.end()) {
    losses.emplace_back(what);
  }
}

bool write_annotation(json_out& to, const dialogue::citation& source, std::string_view text,
                      std::vector<std::string>& losses) {
  if (const auto own = own_annotation(source.opaque)) {
    to.raw(*own);
    return true;
  }
  if (!source.quote.empty() || !source.opaque.empty()) {
    note_loss(losses, "citation");
  }
  if (!source.url.empty()) {
    to.open('{');
    to.text_field("type", "url_citation");
    to.whole_field("start_index", character_index(text, source.begin));
    to.whole_field("end_index", character_index(text, source.end));
    to.text_field("url", source.url);
    to.text_field("title", source.title);
    to.close('}');
    return true;
  }
  if (source.source_id.empty() && source.title.empty() && source.source_index < 0) {
    note_loss(losses, "citation");
    return false;
  }
  if (source.begin >= 0) {
    note_loss(losses, "citation"); // a file_citation has no stretch
  }
  to.open('{');
  to.text_field("type", "file_citation");
  to.text_field("file_id", source.source_id);
  to.text_field("filename", source.title);
  to.whole_field("index", std::max<std::int64_t>(source.source_index, 0));
  to.close('}');
  return true;
}

void write_logprobs(json_out& to, std::span<const dialogue::token_logprob> tokens, bool whole) {
  for (const dialogue::token_logprob& token : tokens) {
    to.open('{');
    write_token(to, token.token, token.logprob, whole);
    to.key("top_logprobs");
    to.open('[');
    for (const auto& [likely, logprob] : token.top) {
      to.open('{');
      write_token(to, likely, logprob, whole);
      to.close('}');
    }
    to.close(']');
    to.close('}');
  }
}

std::string_view subtype_of(std::string_view media_type) noexcept {
  const std::size_t slash = media_type.find('/');
  return slash == std::string_view::npos ? media_type : media_type.substr(slash + 1);
}

} // namespace inferenceflow::codecs::openai_responses
