/// A JSON document as a codec reads it: typed access that names the path of whatever is wrong.
///
/// Role:      codecs read bodies through it; the first fault is kept and every later read is harmless, so that reading
///            code is straight-line and checks once, at the end.
/// Lifecycle: json_document::parse() → views → failure(); views die with the document.
/// Threading: one thread.
/// Bounds:    nesting ≤ k_json_depth_max; memory a few times the document's size, freed at once.
/// Source:    RFC 8259; Boost.JSON (docs/adr/0003).
#pragma once

#include "base/error.h"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::dialogue {

inline constexpr std::size_t k_json_depth_max = 64;

class json_document;

/// One value, or the absence of one. Cheap to copy. A null counts as absent.
class json_view {
public:
  [[nodiscard]] bool present() const noexcept { return value_ != nullptr; }
  [[nodiscard]] bool is_text() const noexcept { return value_ != nullptr && value_->is_string(); }
  [[nodiscard]] bool is_number() const noexcept { return value_ != nullptr && value_->is_number(); }
  [[nodiscard]] bool is_array() const noexcept { return value_ != nullptr && value_->is_array(); }
  [[nodiscard]] bool is_object() const noexcept { return value_ != nullptr && value_->is_object(); }

  /// The member `key`; absent when it is missing or null, or when this is absent. Fails when this is no object.
  [[nodiscard]] json_view member(std::string_view key) const;

  /// The decoded string; "" when absent. Fails when it is something else. Lifetime: the document's.
  [[nodiscard]] std::string_view text() const;
  /// The same, and its absence is a fault too ("is missing").
  [[nodiscard]] std::string_view required_text() const;
  [[nodiscard]] std::optional<double> number() const;
  /// A whole number, 3.0 included. Fails outside [least, most].
  [[nodiscard]] std::optional<std::int64_t> integer(std::int64_t least = std::numeric_limits<std::int64_t>::min(),
                                                    std::int64_t most = std::numeric_limits<std::int64_t>::max()) const;
  [[nodiscard]] std::optional<bool> flag() const;
  /// The value as JSON text; "" when absent.
  [[nodiscard]] std::string json() const;

  /// Elements of an array: 0 when absent. Fails when it is something else.
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] json_view element(std::size_t index) const;
  /// Calls f(json_view) for each element of an array.
  template <class F> void each(F&& f) const {
    const std::size_t count = size();
    for (std::size_t i = 0; i < count; ++i) {
      f(element(i));
    }
  }
  /// Calls f(std::string_view key, json_view) for each member of an object, nulls left out. Fails when it is no object.
  template <class F> void members(F&& f) const {
    if (const boost::json::object* all = object_or_fail()) {
      for (const auto& [key, value] : *all) {
        if (!value.is_null()) {
          f(std::string_view{key.data(), key.size()}, child(key, value));
        }
      }
    }
  }

  /// "messages[2].content[0].type"; "" for the whole document.
  [[nodiscard]] std::string path() const;
  /// Notes a fault at this place, unless one is noted already.
  void fail(std::string_view message) const;

private:
  friend class json_document;
  json_view(json_document& document, const boost::json::value* value, std::uint32_t node)
      : document_(&document)
      , value_(value)
      , node_(node) {}
  [[nodiscard]] const boost::json::object* object_or_fail() const;
  [[nodiscard]] json_view child(std::string_view key, const boost::json::value& value) const;

  json_document* document_;
  const boost::json::value* value_; ///< null = absent
  std::uint32_t node_;
};

class json_document {
public:
  json_document() = default;
  json_document(const json_document&) = delete;
  json_document& operator=(const json_document&) = delete;

  /// Parses `text`, once. @returns the root, an object or whatever it is; on malformed JSON an absent view, and
  /// failure() says at which byte.
  [[nodiscard]] json_view parse(std::string_view text);

  /// The first fault, as invalid_request with `param` = path.
  [[nodiscard]] const std::optional<error>& failure() const noexcept { return failure_; }

private:
  friend class json_view;
  struct step {
    std::uint32_t parent;
    std::string_view key; ///< of a member; data() == nullptr for an element
    std::size_t index;
  };
  [[nodiscard]] std::uint32_t add(step taken);

  boost::json::monotonic_resource memory_;
  std::optional<boost::json::value> root_; ///< emplaced: an assignment would copy it out of memory_
  std::vector<step> steps_;                ///< the places that views stand for; [0] is the root
  std::optional<error> failure_;
};

} // namespace inferenceflow::dialogue
