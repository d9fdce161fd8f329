#include "api/batch_request.h"

#include "api/batch_line.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::api {

namespace json = boost::json;

namespace {

constexpr std::size_t k_key_bytes_max = 64;
constexpr std::size_t k_value_bytes_max = 512;

error wrong(std::string_view name, std::string_view allowed) {
  return make_error(error_kind::invalid_request, fmt::format("{}: {}", name, allowed), std::string{name});
}

std::string text_of(const json::object& from, std::string_view name) {
  const json::value* const found = from.if_contains(name);
  return found != nullptr && found->is_string() ? std::string{found->get_string()} : std::string{};
}

result<std::string> metadata_of(const json::object& from) {
  const json::value* const found = from.if_contains("metadata");
  if (found == nullptr || found->is_null()) {
    return std::string{};
  }
  const auto allowed =
      wrong("metadata", fmt::format("must be an object of at most {} texts, names of up to {} and "
                                    "values of up to {} bytes",
                                    batches::k_metadata_pairs_max, k_key_bytes_max, k_value_bytes_max));
  if (!found->is_object() || found->get_object().size() > batches::k_metadata_pairs_max) {
    return allowed;
  }
  for (const auto& pair : found->get_object()) {
    if (pair.key().size() > k_key_bytes_max || !pair.value().is_string() ||
        pair.value().get_string().size() > k_value_bytes_max) {
      return allowed;
    }
  }
  return json::serialize(*found);
}

} // namespace

std::optional<std::chrono::seconds> read_window(std::string_view text) {
  constexpr std::int64_t k_number_max = 100'000'000;
  constexpr std::pair<std::string_view, std::int64_t> k_units[] = {
      {"s", 1}, {"m", 60}, {"min", 60}, {"h", 3'600}, {"d", 86'400}};
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{} || number < 1 || number > k_number_max) {
    return std::nullopt;
  }
  const std::string_view unit = text.substr(static_cast<std::size_t>(read.ptr - text.data()));
  for (const auto& [name, seconds] : k_units) {
    if (unit == name) {
      return std::chrono::seconds{number * seconds};
    }
  }
  return std::nullopt;
}

result<batches::batch_record> read_batch_request(std::string_view body, std::chrono::seconds window_max) {
  if (body.size() > k_batch_request_bytes_max) {
    return make_error(
        error_kind::body_too_large,
        fmt::format("the body has more than {} bytes; requests belong into the file", k_batch_request_bytes_max));
  }
  boost::system::error_code malformed;
  const json::value document = json::parse(json::string_view{body.data(), body.size()}, malformed);
  if (malformed || !document.is_object()) {
    return make_error(error_kind::invalid_request, "the body must be a JSON object");
  }
  const json::object& given = document.get_object();
  batches::batch_record batch;
  batch.input_file = text_of(given, "input_file_id");
  if (batch.input_file.empty()) {
    return wrong("input_file_id", "must name a file that was sent to /v1/files with purpose batch");
  }
  batch.endpoint = text_of(given, "endpoint");
  if (!is_batch_endpoint(batch.endpoint)) {
    return wrong("endpoint", fmt::format("must be one of {}", k_batch_endpoints));
  }
  batch.window = text_of(given, "completion_window");
  const auto window = read_window(batch.window);
  if (!window || *window > window_max) {
    return wrong("completion_window",
                 fmt::format("must be a time such as 24h, of at most {} seconds", window_max.count()));
  }
  batch.expires_s = window->count();
  auto metadata = metadata_of(given);
  if (!metadata) {
    return metadata.error();
  }
  batch.metadata = std::move(*metadata);
  return batch;
}

} // namespace inferenceflow::api
