#include "replay/log/log_reader.h"

#include "replay/log/ledger_log.h"
#include "replay/log/text_log.h"
#include "replay/log/text_source.h"

#include <fmt/format.h>

namespace inferenceflow::replay {

namespace {
constexpr std::string_view k_sqlite_begins{"SQLite format 3\0", 16};
}

const char* to_string(skip_reason why) noexcept {
  switch (why) {
  case skip_reason::broken: return "could not be read";
  case skip_reason::too_long: return "too long";
  case skip_reason::no_request: return "hold no request";
  case skip_reason::failed: return "failed, nothing billed";
  case skip_reason::duplicate: return "id came before";
  case skip_reason::shadow: return "asked beside, for nobody";
  }
  return "";
}

std::optional<log_format> format_named(std::string_view name) noexcept {
  if (name == "auto") {
    return log_format::automatic;
  }
  if (name == "ledger") {
    return log_format::ledger;
  }
  if (name == "openai") {
    return log_format::openai;
  }
  return name == "litellm" ? std::optional{log_format::litellm} : std::nullopt;
}

result<std::unique_ptr<log_reader>> open_log(const std::string& path, log_format wanted) {
  auto source = text_source::open(path, k_line_bytes_max);
  if (!source) {
    return source.error();
  }
  const bool sqlite = source->peek(k_sqlite_begins.size()) == k_sqlite_begins;
  if (sqlite && (wanted == log_format::automatic || wanted == log_format::ledger)) {
    return open_ledger_log(path);
  }
  if (sqlite || wanted == log_format::ledger) {
    return make_error(error_kind::invalid_request, fmt::format("{}: is {}, which --format rules out", path,
                                                               sqlite ? "a SQLite file" : "no SQLite file"));
  }
  return open_text_log(path, wanted);
}

} // namespace inferenceflow::replay
