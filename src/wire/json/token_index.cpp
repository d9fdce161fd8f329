#include "wire/json/token_index.h"

#include <algorithm>
#include <cstring>
#include <simdjson.h>

namespace inferenceflow::wire::json {
namespace {

constexpr std::size_t k_first_capacity_bytes = 4096;
constexpr std::size_t k_kept_bytes = std::size_t{1} << 20U;

const std::uint8_t* bytes_of(std::string_view document) noexcept {
  return reinterpret_cast<const std::uint8_t*>(document.data());
}

/// Slow walk for error messages: where the first string that breaks a rule stands.
fault explain_strings(std::string_view document) {
  std::size_t opened = 0;
  bool inside = false;
  for (std::size_t i = 0; i < document.size(); ++i) {
    const char c = document[i];
    if (inside && c == '\\') {
      ++i;
    } else if (c == '"') {
      inside = !inside;
      opened = i;
    } else if (inside && static_cast<unsigned char>(c) < 0x20) {
      return fault{i, "control character in a string must be escaped"};
    }
  }
  return fault{opened, "string is never closed"};
}

fault explain(simdjson::error_code code, std::string_view document) {
  switch (code) {
  case simdjson::EMPTY: return fault{0, "expected a value, found nothing"};
  case simdjson::UTF8_ERROR: {
    const std::size_t at = find_invalid_utf8(document);
    return fault{at == std::string_view::npos ? document.size() : at, "not valid UTF-8"};
  }
  case simdjson::UNESCAPED_CHARS:
  case simdjson::UNCLOSED_STRING: return explain_strings(document);
  case simdjson::CAPACITY:
  case simdjson::MEMALLOC: return fault{0, "document too large"};
  default: return fault{0, "cannot be read"};
  }
}

} // namespace

struct token_index::stage_one {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
};

token_index::token_index()
    : stage_one_(std::make_unique<stage_one>()) {}
token_index::~token_index() = default;

std::optional<fault> token_index::build(std::string_view document) {
  document_ = document;
  if (document.size() > k_document_bytes_max) {
    return fault{0, "document too large"};
  }
  auto& parser = stage_one_->parser;
  const bool oversized = parser && parser->capacity() > k_kept_bytes && document.size() <= k_kept_bytes;
  if (!parser || oversized || parser->capacity() < document.size()) {
    parser.reset();
    const std::size_t capacity = std::max(document.size() + document.size() / 4, k_first_capacity_bytes);
    const auto made = simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1, parser);
    if (made != simdjson::SUCCESS) {
      parser.reset();
      return explain(made, document);
    }
  }
  if (document.empty()) {
    return explain(simdjson::EMPTY, document);
  }
  const auto code = parser->stage1(bytes_of(document), document.size(), simdjson::stage1_mode::regular);
  if (code != simdjson::SUCCESS) {
    return explain(code, document);
  }
  may_escape_ = std::memchr(document.data(), '\\', document.size()) != nullptr;
  return std::nullopt;
}

reader token_index::read() const noexcept {
  const auto& parser = *stage_one_->parser;
  return reader{document_, parser.structural_indexes.get(), parser.n_structural_indexes, may_escape_};
}

} // namespace inferenceflow::wire::json
