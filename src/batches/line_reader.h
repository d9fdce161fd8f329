/// A file of requests in OpenAI's Batch format, taken apart line by line and checked.
///
/// Role:      batch_store reads the file of a new batch with it, before anything is asked.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    lines_max lines; k_errors_max errors are told, the rest are not looked for.
/// Source:    OpenAI Batch guide (members of a line); https://jsonlines.org (UTF-8, one value per line).
#pragma once

#include "batches/batch.h"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace inferenceflow::batches {

/// One request of a file; the body is a piece of the line, byte for byte.
struct line_request {
  std::string custom_id;
  std::string_view body;
};

/// @param line      without its end.
/// @param endpoint  that every `url` must name.
/// @returns the request, or what is wrong with the line (its number is not filled in).
[[nodiscard]] std::variant<line_request, line_error> read_line(std::string_view line, std::string_view endpoint);

struct read_lines {
  std::vector<std::pair<std::int64_t, line_request>> requests; ///< by line, from 1; empty lines are left out
  std::vector<line_error> errors;                              ///< one is enough: the file is not fit
};

/// The whole file. Lifetime: the requests point into `text`.
[[nodiscard]] read_lines read_file(std::string_view text, std::string_view endpoint, std::size_t lines_max);

/// As a JSON array with the members of OpenAI's `errors.data`.
[[nodiscard]] std::string to_json(const std::vector<line_error>& errors);

} // namespace inferenceflow::batches
