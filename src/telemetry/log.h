/// The process log: one JSON object per line.
///
/// Role:      every module that has something to tell the operator takes a logger&; app/ owns the one of the process.
/// Lifecycle: construct → write* → destroy, which writes out what is left.
/// Threading: thread-safe. A line costs its formatting and one short lock; a writer thread does the I/O, at once for
///            warn and error, else each second or when k_log_batch_bytes have gathered.
/// Bounds:    k_log_buffer_bytes_max wait for the writer; further lines are counted and the count is logged.
///            A text value is cut at k_log_text_bytes_max.
/// Source:    RFC 8259 (JSON), RFC 3339 (time). Secrets: telemetry/redact.h.
#pragma once

#include "base/clock.h"
#include "telemetry/redact.h"

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace inferenceflow::telemetry {

inline constexpr std::size_t k_log_text_bytes_max = 16U << 10U;

enum class log_level : std::uint8_t { debug, info, warn, error };

[[nodiscard]] std::string_view to_string(log_level level) noexcept;

/// A field's name, always a literal: what is to be known of it is found out by the compiler.
class log_key {
public:
  /// Does not compile for a name that JSON would have to escape.
  template <std::size_t N>
  consteval log_key(const char (&name)[N]) // NOLINT(google-explicit-constructor): reads as the literal that it is
      : text_(name, N - 1)
      , secret_(names_secret(text_)) {
    for (const char c : text_) {
      if (c < 0x20 || c > 0x7e || c == '"' || c == '\\') {
        throw "the key of a log field needs escaping";
      }
    }
  }
  [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }
  /// Values under it are masked.
  [[nodiscard]] constexpr bool secret() const noexcept { return secret_; }

private:
  std::string_view text_;
  bool secret_;
};

/// One key with a typed value. Views only: texts must live until the call returns.
struct log_field {
  using value_type = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

  log_field(log_key name, std::string_view text)
      : key(name)
      , value(text) {}
  log_field(log_key name, const char* text)
      : key(name)
      , value(std::string_view(text)) {}
  log_field(log_key name, const std::string& text)
      : key(name)
      , value(std::string_view(text)) {}
  log_field(log_key name, bool flag)
      : key(name)
      , value(flag) {}
  log_field(log_key name, double number)
      : key(name)
      , value(number) {}
  template <std::signed_integral T>
  log_field(log_key name, T number)
      : key(name)
      , value(static_cast<std::int64_t>(number)) {}
  template <std::unsigned_integral T>
  requires(!std::same_as<T, bool>) log_field(log_key name, T number)
      : key(name)
      , value(static_cast<std::uint64_t>(number)) {}

  log_key key;
  value_type value;
};

/// Takes finished lines. The logger's lock is not held during a call.
class log_sink {
public:
  virtual ~log_sink() = default;
  /// @param lines   whole lines, each ended by '\n'.
  /// @param urgent  write at once.
  virtual void append(std::string_view lines, bool urgent) = 0;
  /// Blocks until everything appended before is written.
  virtual void flush() = 0;
};

class logger {
public:
  /// Lifetime: `clock` must outlive the logger.
  logger(std::unique_ptr<log_sink> sink, log_level level, const clock_source& clock);
  ~logger();
  logger(const logger&) = delete;
  logger& operator=(const logger&) = delete;

  [[nodiscard]] bool enabled(log_level level) const noexcept { return level >= level_.load(std::memory_order_relaxed); }
  void set_level(log_level level) noexcept { level_.store(level, std::memory_order_relaxed); }

  /// Writes one line: ts, level, msg, then the fields in order. Nothing is formatted when the level is off.
  /// The keys ts, level and msg are taken; a field whose key names a secret (authorization, api_key, …) is masked
  /// whole.
  void write(log_level level, std::string_view message, std::span<const log_field> fields);

  void debug(std::string_view message, std::initializer_list<log_field> fields = {}) {
    write(log_level::debug, message, {fields.begin(), fields.size()});
  }
  void info(std::string_view message, std::initializer_list<log_field> fields = {}) {
    write(log_level::info, message, {fields.begin(), fields.size()});
  }
  void warn(std::string_view message, std::initializer_list<log_field> fields = {}) {
    write(log_level::warn, message, {fields.begin(), fields.size()});
  }
  void error(std::string_view message, std::initializer_list<log_field> fields = {}) {
    write(log_level::error, message, {fields.begin(), fields.size()});
  }

  /// Blocks until every line so far is written. Not for event loops.
  void flush();

private:
  std::unique_ptr<log_sink> sink_;
  std::atomic<log_level> level_;
  const clock_source& clock_;
};

/// Formats one line, with its '\n', into `out` (cleared first).
void format_log_line(std::string& out, wall_time now, log_level level, std::string_view message,
                     std::span<const log_field> fields);

} // namespace inferenceflow::telemetry
