/// What the user wants to pull: where it is, what it will be called, what it must hash to.
///
/// Role:      the pull command asks it first.
/// Lifecycle: free functions over values.
/// Threading: reentrant.
/// Bounds:    config::k_url_bytes_max for the address.
/// Source:    Hugging Face Hub: /{owner}/{repository}/resolve/{revision}/{file}; RFC 3986 §5.2 for redirects.
#pragma once

#include "base/error.h"
#include "config/expand.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace inferenceflow::app::models {

/// An http or https address, cut for a request.
struct web_address {
  bool tls = false;
  std::string host; ///< lower case, without brackets
  std::uint16_t port = 0;
  std::string authority; ///< host and port as they stand in the address: the Host field
  std::string target;    ///< path and query; begins with a slash
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::string path() const { return target.substr(0, target.find('?')); }
};

/// @returns invalid_request saying what is wrong with it.
[[nodiscard]] result<web_address> parse_address(std::string_view url);

/// Where `location` leads from `from`. @returns invalid_request also when it leads from https to http.
[[nodiscard]] result<web_address> follow(const web_address& from, std::string_view location);

struct model_source {
  web_address address;
  std::string file_name; ///< ends in .gguf; no folder
  std::string sha256;    ///< lower-case hex; empty = not known yet
};

/// @param wanted     an address, or owner/repository/file.gguf of the hub: $HF_ENDPOINT, else https://huggingface.co.
/// @param file_name  empty = the last part of the address.
/// @param sha256     empty = that of scripts/pins.txt for the file name, if it is there.
/// @returns invalid_request: which of the three is wrong and what would be right.
[[nodiscard]] result<model_source> source_of(std::string_view wanted, const std::string& file_name,
                                             const std::string& sha256, const config::environment& env);

/// True for 64 hex digits.
[[nodiscard]] bool is_sha256(std::string_view text);

/// A name that a model's file may have: ends in .gguf, lies in no other folder, is not hidden.
[[nodiscard]] bool is_model_file_name(std::string_view name);

} // namespace inferenceflow::app::models
