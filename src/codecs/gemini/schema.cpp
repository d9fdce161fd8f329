#include "codecs/gemini/schema.h"

#include "dialogue/json_view.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace inferenceflow::codecs::gemini {

namespace json = boost::json;

namespace {

json::value json_schema_from(const json::value& schema);

/// By number of the enum Type.
constexpr std::array<std::string_view, 8> k_types = {"",        "string", "number", "integer",
                                                     "boolean", "array",  "object", "null"};

/// Names that differ from JSON Schema's in their spelling only.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> k_spellings = {{
    {"any_of", "anyOf"},
    {"min_items", "minItems"},
    {"max_items", "maxItems"},
    {"min_length", "minLength"},
    {"max_length", "maxLength"},
    {"min_properties", "minProperties"},
    {"max_properties", "maxProperties"},
    {"additional_properties", "additionalProperties"},
    {"property_ordering", "propertyOrdering"},
}};

std::string_view view_of(const json::string& text) {
  return {text.data(), text.size()};
}

std::string_view spelt(std::string_view key) {
  const auto known =
      std::find_if(k_spellings.begin(), k_spellings.end(), [&](const auto& row) { return row.first == key; });
  return known == k_spellings.end() ? key : known->second;
}

std::string type_name(const json::value& type) {
  if (type.is_int64() && type.get_int64() > 0 && type.get_int64() < static_cast<std::int64_t>(k_types.size())) {
    return std::string{k_types.at(static_cast<std::size_t>(type.get_int64()))};
  }
  if (!type.is_string()) {
    return {};
  }
  std::string small{view_of(type.get_string())};
  std::transform(small.begin(), small.end(), small.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return small == "type_unspecified" ? std::string{} : small;
}

/// protobuf writes 64-bit numbers as strings.
json::value count_from(const json::value& given) {
  if (given.is_string()) {
    const std::string_view digits = view_of(given.get_string());
    std::int64_t number = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (read.ec == std::errc{} && read.ptr == digits.data() + digits.size()) {
      return number;
    }
  }
  return given;
}

bool is_count(std::string_view key) {
  return key == "minItems" || key == "maxItems" || key == "minLength" || key == "maxLength" || key == "minProperties" ||
         key == "maxProperties";
}

json::object properties_from(const json::object& given, const json::value* ordering) {
  json::object ordered;
  if (ordering != nullptr && ordering->is_array()) {
    for (const json::value& name : ordering->get_array()) {
      const json::value* found = name.is_string() ? given.if_contains(name.get_string()) : nullptr;
      if (found != nullptr) {
        ordered.emplace(name.get_string(), json_schema_from(*found));
      }
    }
  }
  for (const auto& [name, schema] : given) {
    if (!ordered.contains(name)) {
      ordered.emplace(name, json_schema_from(schema));
    }
  }
  return ordered;
}

json::array all_from(const json::array& schemas) {
  json::array converted;
  for (const json::value& schema : schemas) {
    converted.push_back(json_schema_from(schema));
  }
  return converted;
}

void allow_null(json::object& schema) {
  if (json::value* type = schema.if_contains("type"); type != nullptr && type->is_string()) {
    *type = json::array{*type, "null"};
    if (json::value* names = schema.if_contains("enum"); names != nullptr && names->is_array()) {
      names->get_array().push_back(nullptr);
    }
  } else if (json::value* either = schema.if_contains("anyOf"); either != nullptr && either->is_array()) {
    either->get_array().push_back(json::object{{"type", "null"}});
  }
}

void take_member(json::object& into, std::string_view key, const json::value& value, const json::object& given) {
  if (key == "type" && !value.is_array()) {
    if (std::string name = type_name(value); !name.empty()) {
      into["type"] = name;
    }
  } else if (key == "properties" && value.is_object()) {
    const json::value* camel = given.if_contains("propertyOrdering");
    into["properties"] =
        properties_from(value.get_object(), camel != nullptr ? camel : given.if_contains("property_ordering"));
  } else if ((key == "$defs" || key == "definitions") && value.is_object()) {
    into[key] = properties_from(value.get_object(), nullptr);
  } else if ((key == "anyOf" || key == "oneOf" || key == "allOf" || key == "prefixItems") && value.is_array()) {
    into[key] = all_from(value.get_array());
  } else if (key == "items" || key == "additionalProperties") {
    into[key] = json_schema_from(value);
  } else if (key == "format" && value == "enum") {
    return; // says only that `enum` follows
  } else if (key == "example") {
    into["examples"] = json::array{value};
  } else if (is_count(key)) {
    into[key] = count_from(value);
  } else if (key != "nullable" && key != "propertyOrdering") {
    into[key] = value;
  }
}

json::value json_schema_from(const json::value& schema) {
  if (!schema.is_object()) {
    return schema;
  }
  const json::object& given = schema.get_object();
  json::object converted;
  for (const auto& [key, value] : given) {
    take_member(converted, spelt({key.data(), key.size()}), value, given);
  }
  if (const json::value* nullable = given.if_contains("nullable"); nullable != nullptr && *nullable == true) {
    allow_null(converted);
  }
  return converted;
}

} // namespace

std::string json_schema_text(std::string_view schema) {
  boost::system::error_code broken;
  json::parse_options options;
  options.max_depth = dialogue::k_json_depth_max;
  const json::value parsed = json::parse({schema.data(), schema.size()}, broken, {}, options);
  return broken || !parsed.is_object() ? std::string{schema} : json::serialize(json_schema_from(parsed));
}

} // namespace inferenceflow::codecs::gemini
