#include "escalation/json_shape.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <fmt/format.h>
#include <optional>

namespace inferenceflow::escalation {

namespace json = boost::json;

namespace {

json::parse_options strict() {
  json::parse_options options;
  options.max_depth = k_json_depth_max;
  return options;
}

std::optional<json::value> parsed(std::string_view text) {
  boost::system::error_code failed;
  auto document = json::parse({text.data(), text.size()}, failed, {}, strict());
  return failed ? std::nullopt : std::optional{std::move(document)};
}

bool whole(const json::value& value) {
  constexpr double k_exact_max = 0x1p63;
  return value.is_int64() || value.is_uint64() ||
         (value.is_double() && std::trunc(value.get_double()) == value.get_double() &&
          std::abs(value.get_double()) < k_exact_max);
}

bool is_type(const json::value& value, std::string_view name) {
  if (name == "integer") {
    return whole(value);
  }
  if (name == "number") {
    return value.is_number();
  }
  switch (value.kind()) {
  case json::kind::null: return name == "null";
  case json::kind::bool_: return name == "boolean";
  case json::kind::string: return name == "string";
  case json::kind::array: return name == "array";
  case json::kind::object: return name == "object";
  default: return false;
  }
}

/// As JSON Schema compares: 1 and 1.0 are the same number.
bool same(const json::value& one, const json::value& other) {
  if (one.is_number() && other.is_number()) {
    return one.to_number<double>() == other.to_number<double>();
  }
  return one == other;
}

double code_points(std::string_view text) {
  return static_cast<double>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// Walks one answer along one schema.
class walk {
public:
  explicit walk(const json::value& root)
      : root_(root) {}

  fit judge(const json::value& value) {
    const bool fitting = fits(root_, value, 0);
    return given_up_ ? fit::unjudged : fitting ? fit::yes : fit::no;
  }

private:
  /// Depth of schemas, $ref included; a circle of references ends here.
  static constexpr std::size_t k_depth_max = 4 * k_json_depth_max;

  bool fits(const json::value& schema, const json::value& value, std::size_t depth) {
    if (given_up_ || ++checks_ > k_checks_max || depth > k_depth_max) {
      given_up_ = true;
      return false;
    }
    if (schema.is_bool()) {
      return schema.get_bool();
    }
    const auto* rules = schema.if_object();
    return rules == nullptr || (kind_fits(*rules, value) && follows(*rules, value, depth) &&
                                combinations_fit(*rules, value, depth) && parts_fit(*rules, value, depth));
  }

  bool kind_fits(const json::object& rules, const json::value& value) {
    if (const auto* type = rules.if_contains("type")) {
      const auto is = [&](const json::value& name) { return name.is_string() && is_type(value, name.get_string()); };
      const bool fitting =
          type->is_array() ? std::any_of(type->get_array().begin(), type->get_array().end(), is) : is(*type);
      if (!fitting) {
        return false;
      }
    }
    if (const auto* only = rules.if_contains("const"); only != nullptr && !same(*only, value)) {
      return false;
    }
    if (const auto* allowed = rules.if_contains("enum"); allowed != nullptr && allowed->is_array()) {
      checks_ += allowed->get_array().size();
      return std::any_of(allowed->get_array().begin(), allowed->get_array().end(),
                         [&](const json::value& each) { return same(each, value); });
    }
    return true;
  }

  bool follows(const json::object& rules, const json::value& value, std::size_t depth) {
    const auto* reference = rules.if_contains("$ref");
    if (reference == nullptr || !reference->is_string()) {
      return true;
    }
    const std::string_view path{reference->get_string()};
    if (!path.starts_with('#')) {
      return true; // another document: not judged
    }
    boost::system::error_code failed;
    const auto* target = root_.find_pointer({path.data() + 1, path.size() - 1}, failed);
    return target == nullptr || fits(*target, value, depth + 1);
  }

  bool combinations_fit(const json::object& rules, const json::value& value, std::size_t depth) {
    const auto count = [&](const json::array& schemas) {
      return std::count_if(schemas.begin(), schemas.end(),
                           [&](const json::value& each) { return fits(each, value, depth + 1); });
    };
    const auto list = [&](std::string_view word) -> const json::array* {
      const auto* found = rules.if_contains({word.data(), word.size()});
      return found == nullptr ? nullptr : found->if_array();
    };
    if (const auto* all = list("allOf"); all != nullptr && count(*all) != static_cast<std::ptrdiff_t>(all->size())) {
      return false;
    }
    if (const auto* any = list("anyOf"); any != nullptr && count(*any) == 0) {
      return false;
    }
    if (const auto* one = list("oneOf"); one != nullptr && count(*one) != 1) {
      return false;
    }
    const auto* unwanted = rules.if_contains("not");
    return unwanted == nullptr || !fits(*unwanted, value, depth + 1);
  }

  bool parts_fit(const json::object& rules, const json::value& value, std::size_t depth) {
    if (const auto* object = value.if_object()) {
      return object_fits(rules, *object, depth);
    }
    if (const auto* array = value.if_array()) {
      return array_fits(rules, *array, depth);
    }
    if (const auto* text = value.if_string()) {
      return within(rules, "minLength", "maxLength", code_points({text->data(), text->size()}));
    }
    if (value.is_number()) {
      const double number = value.to_number<double>();
      const auto above = limit(rules, "exclusiveMinimum");
      const auto below = limit(rules, "exclusiveMaximum");
      return within(rules, "minimum", "maximum", number) && (!above || number > *above) && (!below || number < *below);
    }
    return true;
  }

  bool object_fits(const json::object& rules, const json::object& object, std::size_t depth) {
    if (const auto* required = rules.if_contains("required"); required != nullptr && required->is_array()) {
      checks_ += required->get_array().size();
      for (const auto& name : required->get_array()) {
        if (name.is_string() && !object.contains(name.get_string())) {
          return false;
        }
      }
    }
    const auto* named = rules.if_contains("properties");
    const auto* properties = named == nullptr ? nullptr : named->if_object();
    const auto* others = rules.if_contains("additionalProperties");
    // With patterns, which are not judged, nobody knows which properties are additional.
    const bool closed = others != nullptr && !rules.contains("patternProperties");
    return std::all_of(object.begin(), object.end(), [&](const json::key_value_pair& each) {
      const auto* schema = properties == nullptr ? nullptr : properties->if_contains(each.key());
      if (schema != nullptr) {
        return fits(*schema, each.value(), depth + 1);
      }
      return !closed || fits(*others, each.value(), depth + 1);
    });
  }

  bool array_fits(const json::object& rules, const json::array& array, std::size_t depth) {
    if (!within(rules, "minItems", "maxItems", static_cast<double>(array.size()))) {
      return false;
    }
    const auto* first = rules.if_contains("prefixItems");
    const auto* prefix = first == nullptr ? nullptr : first->if_array();
    const std::size_t placed = prefix == nullptr ? 0 : prefix->size();
    const auto* rest = rules.if_contains("items");
    for (std::size_t i = 0; i < array.size(); ++i) {
      const auto* schema = i < placed ? &(*prefix)[i] : rest;
      if (schema != nullptr && !fits(*schema, array[i], depth + 1)) {
        return false;
      }
    }
    return true;
  }

  static std::optional<double> limit(const json::object& rules, std::string_view word) {
    const auto* found = rules.if_contains({word.data(), word.size()});
    return found != nullptr && found->is_number() ? std::optional{found->to_number<double>()} : std::nullopt;
  }

  static bool within(const json::object& rules, std::string_view least, std::string_view most, double value) {
    const auto low = limit(rules, least);
    const auto high = limit(rules, most);
    return (!low || value >= *low) && (!high || value <= *high);
  }

  const json::value& root_;
  std::size_t checks_ = 0;
  bool given_up_ = false;
};

} // namespace

json_shape::json_shape(json::value schema)
    : schema_(std::move(schema)) {}

json_shape json_shape::any_object() {
  return json_shape{json::object{{"type", "object"}}};
}

result<json_shape> json_shape::of_schema(std::string_view schema) {
  const auto refused = [](std::string message) {
    return make_error(error_kind::invalid_request, std::move(message), "json_schema");
  };
  if (schema.size() > k_schema_bytes_max) {
    return refused(fmt::format("the schema has {} bytes; at most {} are read", schema.size(), k_schema_bytes_max));
  }
  auto document = parsed(schema);
  if (!document) {
    return refused(fmt::format("the schema is no JSON, or nested deeper than {}", k_json_depth_max));
  }
  if (!document->is_object() && !document->is_bool()) {
    return refused("the schema must be an object or a boolean");
  }
  return json_shape{std::move(*document)};
}

fit json_shape::fits(std::string_view answer) const {
  if (answer.size() > k_shaped_answer_bytes_max) {
    return fit::unjudged;
  }
  const auto document = parsed(answer);
  return document ? walk{schema_}.judge(*document) : fit::no;
}

} // namespace inferenceflow::escalation
