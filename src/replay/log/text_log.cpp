#include "replay/log/text_log.h"

#include "replay/log/lines.h"
#include "replay/log/text_source.h"
#include "wire/json/reader.h"
#include "wire/json/text.h"

#include <algorithm>
#include <boost/json.hpp>
#include <fmt/format.h>

namespace inferenceflow::replay {

namespace json = boost::json;

namespace {

constexpr std::size_t k_header_bytes_max = 16U << 10U;

enum class shape : std::uint8_t { lines, array, rows };

class text_log final : public log_reader {
public:
  text_log(text_source source, shape of, log_format wanted)
      : source_(std::move(source))
      , shape_(of)
      , wanted_(wanted) {}

  std::optional<log_item> next() override {
    if (shape_ == shape::rows) {
      return next_row();
    }
    const auto piece = shape_ == shape::array ? source_.next_element() : source_.next_line();
    if (!piece) {
      return std::nullopt;
    }
    if (piece->too_long) {
      return log_item{.why = skip_reason::too_long};
    }
    boost::system::error_code failed;
    json::parse_options options;
    options.max_depth = wire::json::k_depth_max;
    json::monotonic_resource memory;
    const auto value = json::parse(piece->text, failed, &memory, options);
    if (failed || !piece->whole) {
      return log_item{.why = skip_reason::broken};
    }
    return value.is_object() ? read(value.get_object()) : log_item{.why = skip_reason::no_request};
  }

  std::uint64_t taken() const override { return source_.taken(); }
  std::uint64_t total() const override { return source_.total(); }
  std::string_view kind() const override {
    switch (shape_) {
    case shape::lines: return "JSON lines";
    case shape::array: return "a JSON array";
    case shape::rows: return "CSV";
    }
    return {};
  }

  /// Takes the header. @returns what is missing in it.
  [[nodiscard]] result<void> begin_rows() {
    bool too_long = false;
    (void)source_.next_row(columns_, too_long);
    for (const std::string_view wanted : {"request_id", "model", "startTime"}) {
      if (std::find(columns_.begin(), columns_.end(), wanted) == columns_.end()) {
        return make_error(error_kind::invalid_request,
                          fmt::format("the CSV header has no column {}; LiteLLM's spend log has request_id, call_type, "
                                      "model, prompt_tokens, completion_tokens, startTime, endTime, …",
                                      wanted));
      }
    }
    return {};
  }

private:
  [[nodiscard]] log_item read(const json::object& line) const {
    const bool litellm = wanted_ == log_format::litellm || (wanted_ == log_format::automatic && is_litellm(line));
    return litellm ? read_litellm_line(line) : read_openai_line(line);
  }

  std::optional<log_item> next_row() {
    bool too_long = false;
    if (!source_.next_row(fields_, too_long)) {
      return std::nullopt;
    }
    if (too_long) {
      return log_item{.why = skip_reason::too_long};
    }
    const auto is_text = [](const std::string& field) {
      return wire::json::find_invalid_utf8(field) == std::string::npos;
    };
    if (fields_.size() != columns_.size() || !std::all_of(fields_.begin(), fields_.end(), is_text)) {
      return log_item{.why = skip_reason::broken};
    }
    json::object line;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if (!fields_[i].empty() && fields_[i] != "NULL" && fields_[i] != "\\N") {
        line[columns_[i]] = fields_[i];
      }
    }
    return line.empty() ? log_item{.why = skip_reason::broken} : read_litellm_line(line);
  }

  text_source source_;
  shape shape_;
  log_format wanted_;
  std::vector<std::string> columns_;
  std::vector<std::string> fields_;
};

} // namespace

result<std::unique_ptr<log_reader>> open_text_log(const std::string& path, log_format wanted) {
  auto source = text_source::open(path, k_line_bytes_max);
  if (!source) {
    return source.error();
  }
  const std::string_view begin = source->peek(k_header_bytes_max);
  const std::size_t first = begin.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) {
    return make_error(error_kind::invalid_request, fmt::format("{}: is empty", path));
  }
  const char opening = begin[first];
  const std::string_view header = begin.substr(first, begin.find('\n', first) - first);
  const bool rows = opening != '{' && opening != '[' && header.find("request_id") != std::string_view::npos;
  auto log = std::make_unique<text_log>(std::move(*source),
                                        opening == '[' ? shape::array
                                        : rows         ? shape::rows
                                                       : shape::lines,
                                        wanted);
  if (rows) {
    if (auto begun = log->begin_rows(); !begun) {
      return make_error(begun.error().kind, fmt::format("{}: {}", path, begun.error().message));
    }
  }
  return std::unique_ptr<log_reader>{std::move(log)};
}

} // namespace inferenceflow::replay
