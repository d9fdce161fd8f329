#include "cache/entry_filter.h"

#include "cache/byte_sequence.h"
#include "cache/glob.h"

#include <cstdint>

namespace inferenceflow::cache {

namespace {

constexpr std::uint8_t k_format = 1;

} // namespace

bool matches(const entry_filter& filter, const entry_traits& entry) {
  if ((!filter.model.empty() && filter.model != entry.model) ||
      (!filter.tenant.empty() && filter.tenant != entry.tenant) ||
      (!filter.tag.empty() && !entry.tags.contains(filter.tag))) {
    return false;
  }
  if (filter.glob.empty() || filter.glob == "*") {
    return true;
  }
  std::string label;
  label.append(entry.tenant).append("/").append(entry.operation).append("/").append(entry.model).append("/");
  label.append(to_hex(entry.key));
  return glob_match(filter.glob, label);
}

std::string to_bytes(const entry_filter& filter) {
  std::string bytes;
  byte_writer out{bytes};
  out.number(k_format);
  for (const std::string* field : {&filter.glob, &filter.model, &filter.tenant, &filter.tag}) {
    out.text(*field);
  }
  return bytes;
}

std::optional<entry_filter> filter_from_bytes(std::string_view bytes) {
  byte_reader in{bytes};
  if (in.number<std::uint8_t>() != k_format) {
    return std::nullopt;
  }
  entry_filter filter;
  for (std::string* field : {&filter.glob, &filter.model, &filter.tenant, &filter.tag}) {
    const std::string_view text = in.text();
    if (text.size() > k_filter_field_bytes_max) {
      return std::nullopt;
    }
    *field = text;
  }
  return in.good() && in.at_end() ? std::optional{std::move(filter)} : std::nullopt;
}

} // namespace inferenceflow::cache
