#include "api/list_request.h"

#include "http/request_parser.h"
#include "wire/json/token_index.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace inferenceflow::api {

namespace json = wire::json;

namespace {

/// Of the list, and of each entry: they are compared one by one.
constexpr std::size_t k_fields_max = 256;

struct member {
  std::string name; ///< decoded
  std::string_view value;
};
using member_list = std::vector<member>;

error wrong(std::string message, std::string param = {}) {
  return make_error(error_kind::invalid_request, std::move(message), std::move(param));
}

const member* find(const member_list& members, std::string_view name) {
  const auto found = std::find_if(members.begin(), members.end(), [&](const member& one) { return one.name == name; });
  return found == members.end() ? nullptr : &*found;
}

std::string_view value_at(json::reader& in, std::string_view document, bool& good) {
  const std::size_t begin = in.offset();
  good = in.skip();
  return good ? document.substr(begin, in.consumed_end() - begin) : std::string_view{};
}

/// The members of an object, in order. What names come twice or are too many is a fault.
bool read_members(json::reader& in, std::string_view document, member_list& into) {
  return in.read_object([&](const json::text& key) {
    bool good = false;
    std::string name = json::decoded(key);
    if (find(into, name) != nullptr) {
      return in.fail("a field that was there before");
    }
    if (into.size() == k_fields_max) {
      return in.fail("too many fields");
    }
    const std::string_view value = value_at(in, document, good);
    into.push_back({std::move(name), value});
    return good;
  });
}

std::string quoted(std::string_view name) {
  std::string text{'"'};
  json::append_escaped(text, name);
  return text + '"';
}

/// @returns nullopt when `entry` is neither text nor object, or an object with a field twice or too many.
std::optional<list_item> item_of(std::string_view entry, const member_list& defaults) {
  list_item item;
  member_list own;
  const bool is_text = entry.front() == '"';
  if (!is_text && entry.front() != '{') {
    return std::nullopt;
  }
  if (!is_text) {
    json::token_index index;
    if (index.build(entry)) {
      return std::nullopt;
    }
    auto in = index.read();
    if (!read_members(in, entry, own)) {
      return std::nullopt;
    }
  }
  item.kind = find(own, "messages") != nullptr ? list_item_kind::chat : list_item_kind::prompt;
  item.body = "{";
  for (const auto& one : defaults) {
    if (find(own, one.name) == nullptr && !(is_text && one.name == "prompt")) {
      item.body += fmt::format("{}:{},", quoted(one.name), one.value);
    }
  }
  if (is_text) {
    item.body += fmt::format("\"prompt\":{}}}", entry);
  } else if (own.empty() && item.body.size() > 1) {
    item.body.back() = '}';
  } else {
    item.body += entry.substr(1);
  }
  item.body.reserve(item.body.size() + http::k_body_padding_bytes);
  return item;
}

/// @param list  the entries. @param name  of the list.
result<std::vector<list_item>> read_items(std::string_view list, const std::string& name, const member_list& defaults,
                                          std::size_t items_max) {
  json::token_index index;
  if (list.front() != '[' || index.build(list)) {
    return wrong(fmt::format("{}: must be a list", name), name);
  }
  const bool texts_only = name == "prompts";
  std::vector<list_item> items;
  std::optional<error> why;
  std::size_t bytes = 0;
  auto entries = index.read();
  const bool whole = entries.read_array([&](std::size_t at) {
    bool good = false;
    const std::string_view entry = value_at(entries, list, good);
    if (!good || at >= items_max) {
      why =
          wrong(fmt::format("{}: more than {} entries; send several lists, or use /v1/batches", name, items_max), name);
      return false;
    }
    auto item = texts_only && entry.front() != '"' ? std::nullopt : item_of(entry, defaults);
    if (!item) {
      why = wrong(
          fmt::format("{}[{}]: must be a text{}", name, at, texts_only ? "" : " or an object of different fields"),
          fmt::format("{}[{}]", name, at));
      return false;
    }
    bytes += item->body.size();
    if (bytes > k_list_bytes_max) {
      why = make_error(
          error_kind::body_too_large,
          fmt::format("with the fields that its entries share, the list has more than {} bytes", k_list_bytes_max));
      return false;
    }
    items.push_back(std::move(*item));
    return true;
  });
  if (!whole) {
    return why ? *why : wrong(fmt::format("{}: must be a list", name), name);
  }
  if (items.empty()) {
    return wrong(fmt::format("{}: is empty; send at least one entry", name), name);
  }
  return items;
}

} // namespace

result<std::vector<list_item>> read_list(std::string_view body, std::size_t items_max) {
  json::token_index index;
  if (const auto fault = index.build(body)) {
    return wrong(fmt::format("the body is not valid JSON: {} at byte {}", fault->what, fault->offset));
  }
  auto in = index.read();
  if (in.peek() != '{') {
    return wrong("the body must be a JSON object");
  }
  member_list members;
  if (!read_members(in, body, members) || !in.finish()) {
    return wrong(fmt::format("the body is not right: {} at byte {}", in.failure().what, in.failure().offset));
  }
  const member* const requests = find(members, "requests");
  const member* const prompts = find(members, "prompts");
  if ((requests == nullptr) == (prompts == nullptr)) {
    return wrong("requests: send a list of objects, or prompts: a list of texts; one of both", "requests");
  }
  const member& list = requests != nullptr ? *requests : *prompts;
  member_list defaults;
  std::copy_if(members.begin(), members.end(), std::back_inserter(defaults),
               [&](const member& one) { return one.name != list.name; });
  return read_items(list.value, list.name, defaults, items_max);
}

} // namespace inferenceflow::api
