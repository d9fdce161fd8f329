/// The declarative table of every setting: the single place that says which keys exist and what they may hold.
///
/// Role:      read by the loader, check-config, the README's settings table and the reload's "needs restart" list.
/// Lifecycle: constants of the program.
/// Threading: immutable.
/// Bounds:    fixed.
#pragma once

#include "config/settings.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace inferenceflow::config {

enum class value_kind : std::uint8_t {
  boolean,
  text,
  file,      ///< text; relative names are relative to the configuration file
  word,      ///< one of setting::words
  count,     ///< plain integer
  decimal,   ///< number with at most six decimals; its range is in millionths
  bytes,     ///< integer with an optional unit, e.g. 32MiB
  time_ms,   ///< integer with an optional unit, e.g. 10s; plain = milliseconds
  time_s,    ///< integer with an optional unit, e.g. 1h; plain = seconds
  usd_mtok,  ///< US dollars per million tokens, at most nine decimals
  text_list, ///< sequence of text
  text_map,  ///< mapping of text to text
};

/// When a changed value takes effect.
enum class takes_effect : std::uint8_t { live, restart };

/// Index into setting::words, stored in an enum whose underlying type is one byte.
struct word_ref {
  unsigned char* index;
};

/// Where a value lives.
using value_ref = std::variant<bool*, std::string*, word_ref, std::uint16_t*, std::size_t*, double*,
                               std::chrono::milliseconds*, std::chrono::seconds*, token_price*,
                               std::vector<std::string>*, std::vector<std::pair<std::string, std::string>>*>;

/// One key. `at` reaches its value in the object that the scope describes (`settings`, or one entry of a list).
struct setting {
  std::string_view key; ///< path inside the scope, e.g. "server.port"
  value_kind kind;
  value_ref (*at)(void* object);
  std::uint64_t min; ///< in the key's unit, a decimal's in millionths; meaningless for kinds without a range
  std::uint64_t max;
  std::span<const std::string_view> words;
  takes_effect effect;
  bool required;        ///< of an entry of a list
  std::string_view env; ///< environment variable that wins over the file; empty if none
  std::string_view description;
  bool secret = false; ///< never shown
};

struct setting_scope;

/// A key that holds a sequence of entries, each with keys of its own.
struct list_setting {
  std::string_view key;
  const setting_scope* entry;
  void* (*append)(void* owner);
  std::size_t (*size)(void* owner);
  void* (*entry_at)(void* owner, std::size_t index);
  std::string_view shorthand; ///< key that a plain scalar entry sets; empty = entries are mappings
  std::size_t entries_max;
  std::string_view description;
};

/// A block of keys that stands in several scopes, e.g. `resilience`.
struct part_setting {
  std::string_view key;
  const setting_scope* scope; ///< of `at`'s object
  void* (*at)(void* owner);
  std::string_view
      home; ///< key under which the same block is described: the table names this one in one line; empty = here
};

struct setting_scope {
  std::span<const setting> settings;
  std::span<const list_setting> lists;
  std::span<const part_setting> parts = {};
};

/// The whole file.
[[nodiscard]] const setting_scope& root_scope();

/// "groq", "llama-server": as in the file.
[[nodiscard]] std::string_view dialect_word(chat_dialect of) noexcept;

/// "integer, 0 to 65535", "bytes, 1KiB to 1GiB", "one of: debug, info, warn, error": for messages and the README.
[[nodiscard]] std::string allowed_values(const setting& row);

} // namespace inferenceflow::config
