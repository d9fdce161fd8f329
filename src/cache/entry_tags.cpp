#include "cache/entry_tags.h"

#include <algorithm>
#include <vector>

namespace inferenceflow::cache {

namespace {

/// The text up to the next comma; takes it and the comma off the front.
std::string_view take(std::string_view& list) {
  const std::size_t comma = list.find(',');
  const std::string_view first = list.substr(0, comma);
  list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  return first;
}

std::string_view without_blanks(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  return begin == std::string_view::npos ? std::string_view{}
                                         : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool is_tag_byte(char byte) {
  constexpr std::string_view k_others = "._:/@=+-";
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
         k_others.find(byte) != std::string_view::npos;
}

} // namespace

bool entry_tags::is_tag(std::string_view text) noexcept {
  return !text.empty() && text.size() <= k_tag_bytes_max && std::all_of(text.begin(), text.end(), is_tag_byte);
}

result<entry_tags> entry_tags::parse(std::string_view list) {
  std::vector<std::string_view> tags;
  while (!list.empty()) {
    const auto tag = without_blanks(take(list));
    if (tag.empty() || std::find(tags.begin(), tags.end(), tag) != tags.end()) {
      continue;
    }
    if (!is_tag(tag)) {
      return make_error(error_kind::invalid_request, "cache tag \"" + std::string{tag.substr(0, k_tag_bytes_max)} +
                                                         "\": 1 to 64 of letters, digits and ._:/@=+- are allowed");
    }
    if (tags.size() == k_tags_max) {
      return make_error(error_kind::invalid_request, "more than 16 cache tags");
    }
    tags.push_back(tag);
  }
  std::sort(tags.begin(), tags.end());
  entry_tags made;
  for (const auto tag : tags) {
    made.text_.append(made.text_.empty() ? "" : ",").append(tag);
  }
  return made;
}

bool entry_tags::contains(std::string_view tag) const noexcept {
  std::string_view list = text_;
  while (!list.empty()) {
    if (take(list) == tag) {
      return true;
    }
  }
  return false;
}

} // namespace inferenceflow::cache
