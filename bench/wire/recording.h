/// Recorded HTTP exchanges, one JSON object a line, and which protocol each of them speaks.
///
/// Role:      main reads them, the checks run them through the codecs.
/// Lifecycle: plain values.
/// Threading: values; no shared state.
/// Bounds:    lines of k_line_bytes_max; a longer one is malformed, and named.
#pragma once

#include "base/error.h"
#include "dialogue/part.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace inferenceflow::bench {

inline constexpr std::size_t k_line_bytes_max = std::size_t{4} << 20U;

/// What was asked of the provider, by method and URL.
enum class operation : std::uint8_t {
  chat,         ///< an exchange of one of the protocols
  count_tokens, ///< Anthropic's, whose request is read like one for an answer
  other,        ///< embeddings, files, threads, protocols that the gateway does not speak
};

struct recording {
  std::size_t line = 0; ///< of the file, from 1
  std::string provider;
  std::string method;
  std::string path;  ///< of the URL
  std::string query; ///< of the URL, without '?'
  int status = 0;
  std::string file; ///< the cassette that it was taken from
  std::int64_t index = 0;
  bool has_request = false; ///< the request had a JSON body
  std::string request;      ///< as JSON text
  std::string body;         ///< the answer's bytes: JSON text, or the stream as it came
  bool streamed = false;
  operation asked = operation::other;
  dialogue::protocol speaks = dialogue::protocol::openai_chat; ///< unless asked is other

  /// "tests/…/x.yaml row 2 (line 17)": enough to find it again.
  [[nodiscard]] std::string place() const;
};

struct malformed_row {
  std::size_t line = 0;
  std::string why; ///< names the field
};

struct recordings {
  std::string source; ///< the file
  std::vector<recording> rows;
  std::vector<malformed_row> malformed;
};

/// @param folder  holds wire_formats/recorded_http.jsonl(.gz), or that file itself.
/// @returns invalid_request that names what is missing and where such a set comes from.
[[nodiscard]] result<recordings> read_recordings(const std::string& folder);

/// One line. @returns invalid_request that names the field at fault.
[[nodiscard]] result<recording> parse_recording(std::string_view line, std::size_t number);

} // namespace inferenceflow::bench
