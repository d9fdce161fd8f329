/// What is wrong with a configuration, and where.
///
/// Role:      the loader collects them; check-config and the log print them.
/// Lifecycle: values.
/// Threading: problem_log belongs to one thread.
/// Bounds:    k_problems_max problems, k_shown_bytes_max bytes of a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::config {

inline constexpr std::size_t k_problems_max = 100;
inline constexpr std::size_t k_shown_bytes_max = 80;

enum class severity : std::uint8_t { warning, error };

/// A place in the file; 1-based, zeros when there is none.
struct location {
  std::size_t line = 0;
  std::size_t column = 0;
};

/// One thing that is wrong, and what would be right.
struct problem {
  severity level = severity::error;
  std::string source; ///< name of the file, or "environment"
  location at;
  std::string key;     ///< key path, e.g. "providers[1].base_url", or the environment variable
  std::string value;   ///< as written, shortened, secrets masked; empty if there is none
  std::string message; ///< what is wrong
  std::string allowed; ///< what would be right; may be empty
};

/// "config.yaml:3:9: error: server.port: out of range: '70000' (allowed: integer, 0 to 65535)"
[[nodiscard]] std::string to_string(const problem& found);

/// Shortens a value for display, escapes control characters and masks what looks like a key or a password.
[[nodiscard]] std::string shown(std::string_view value);

/// Collects problems up to k_problems_max; the last one says how many were left out.
class problem_log {
public:
  explicit problem_log(std::string source)
      : source_(std::move(source)) {}

  void error(location at, std::string key, std::string_view value, std::string message, std::string allowed = {});
  void warning(location at, std::string key, std::string_view value, std::string message, std::string allowed = {});
  /// A wrong value of environment variable `name`.
  void environment_error(std::string name, std::string_view value, std::string message, std::string allowed = {});

  [[nodiscard]] bool has_errors() const { return errors_ > 0; }
  /// Sorted by place. Leaves the log empty.
  [[nodiscard]] std::vector<problem> take();

private:
  void add(problem found);
  std::string source_;
  std::vector<problem> found_;
  std::size_t errors_ = 0;
  std::size_t left_out_ = 0;
};

} // namespace inferenceflow::config
