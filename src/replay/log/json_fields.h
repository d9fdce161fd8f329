/// Members of a JSON object under any of several names and spellings.
///
/// Role:      openai_line and litellm_line read logs with it, which write the same thing in many ways.
/// Lifecycle: pure functions on a parsed document.
/// Threading: reentrant.
/// Bounds:    those of the document.
#pragma once

#include "cost/usage.h"

#include <boost/json/object.hpp>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::replay {

using names = std::initializer_list<std::string_view>;

/// The first of these members that is there and not null.
[[nodiscard]] const boost::json::value* member(const boost::json::object& of, names wanted);
/// A string, or a number as it is written; empty if there is none.
[[nodiscard]] std::string text_member(const boost::json::object& of, names wanted);
/// A number, or digits in a string.
[[nodiscard]] std::optional<double> number_member(const boost::json::object& of, names wanted);
/// A time as time_text.h reads it.
[[nodiscard]] std::optional<std::int64_t> time_member(const boost::json::object& of, names wanted);
/// true, or "true", "True", "1".
[[nodiscard]] bool flag_member(const boost::json::object& of, names wanted);
/// A document that is a member, or that a member holds as text. @returns null value where there is none.
[[nodiscard]] boost::json::value document_member(const boost::json::object& of, names wanted);

/// Token counts of any provider's `usage` object.
[[nodiscard]] std::optional<cost::token_usage> usage_of(const boost::json::value& usage);

/// The words of an answer in the format of OpenAI (chat, completions, Responses) or Anthropic; of a stream that was
/// logged as text, of its deltas. Nothing where there is no answer.
[[nodiscard]] std::optional<std::string> answer_text_of(const boost::json::value& response);

} // namespace inferenceflow::replay
