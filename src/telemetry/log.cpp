#include "telemetry/log.h"

#include "telemetry/json_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <ctime>
#include <fmt/format.h>
#include <iterator>
#include <utility>

namespace inferenceflow::telemetry {
namespace {

// "2023-11-14T22:13:20.000Z"; the part up to the second is kept per thread, since most lines share it.
void append_time(std::string& out, wall_time now) {
  thread_local std::int64_t kept_second = -1;
  thread_local std::string kept_text;
  const auto ms = to_unix_ms(now);
  const auto second = ms >= 0 ? ms / 1'000 : 0;
  if (second != kept_second) {
    const auto time = static_cast<std::time_t>(second);
    std::tm parts{};
    gmtime_r(&time, &parts);
    kept_text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.", parts.tm_year + 1900, parts.tm_mon + 1,
                            parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
    kept_second = second;
  }
  out += kept_text;
  const auto part = static_cast<int>(ms >= 0 ? ms % 1'000 : 0);
  for (const int digit : {part / 100, part / 10 % 10, part % 10}) {
    out += static_cast<char>('0' + digit);
  }
  out += 'Z';
}

void append_text(std::string& out, std::string_view text) {
  out += '"';
  const bool cut = text.size() > k_log_text_bytes_max;
  if (cut) {
    text = text.substr(0, k_log_text_bytes_max);
    for (int i = 0; i < 3 && !text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0U) == 0x80; ++i) {
      text.remove_suffix(1); // the last character may be cut in half
    }
    if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xc0) {
      text.remove_suffix(1);
    }
  }
  if (may_hold_secret(text)) {
    append_json_text(out, redacted(text));
  } else {
    append_json_text(out, text);
  }
  out += cut ? "...\"" : "\"";
}

template <class T> void append_integer(std::string& out, T number) {
  std::array<char, 24> digits{};
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), written.ptr);
}

void append_value(std::string& out, const log_field& field) {
  if (field.key.secret()) {
    out += "\"***\"";
    return;
  }
  std::visit(
      [&out](const auto& value) {
        using type = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<type, std::string_view>) {
          append_text(out, value);
        } else if constexpr (std::is_same_v<type, bool>) {
          out += value ? "true" : "false";
        } else if constexpr (std::is_same_v<type, double>) {
          if (std::isfinite(value)) {
            fmt::format_to(std::back_inserter(out), "{}", value);
          } else {
            out += "null"; // JSON has no other way to write it
          }
        } else {
          append_integer(out, value);
        }
      },
      field.value);
}

} // namespace

std::string_view to_string(log_level level) noexcept {
  switch (level) {
  case log_level::debug: return "debug";
  case log_level::info: return "info";
  case log_level::warn: return "warn";
  case log_level::error: return "error";
  }
  return "error";
}

void format_log_line(std::string& out, wall_time now, log_level level, std::string_view message,
                     std::span<const log_field> fields) {
  out = "{\"ts\":\"";
  append_time(out, now);
  out += "\",\"level\":\"";
  out += to_string(level);
  out += "\",\"msg\":";
  append_text(out, message);
  for (const auto& field : fields) {
    out += ",\"";
    out += field.key.text();
    out += "\":";
    append_value(out, field);
  }
  out += "}\n";
}

logger::logger(std::unique_ptr<log_sink> sink, log_level level, const clock_source& clock)
    : sink_(std::move(sink))
    , level_(level)
    , clock_(clock) {}

logger::~logger() = default;

void logger::write(log_level level, std::string_view message, std::span<const log_field> fields) {
  if (!enabled(level)) {
    return;
  }
  thread_local std::string line; // keeps its memory from line to line
  format_log_line(line, clock_.wall_now(), level, message, fields);
  sink_->append(line, level >= log_level::warn);
}

void logger::flush() {
  sink_->flush();
}

} // namespace inferenceflow::telemetry
