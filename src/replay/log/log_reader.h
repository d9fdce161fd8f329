/// A log as a sequence of records, whatever its format.
///
/// Role:      log_feed draws from it.
/// Lifecycle: open_log() → next()* → destruction.
/// Threading: one thread; blocking.
/// Bounds:    one line, array element or row at a time: k_line_bytes_max; a ledger's index of kept bodies holds up to
///            k_kept_index_max entries.
/// Source:    OpenAI API reference (chat, completions, embeddings, batch lines); LiteLLM's schema.prisma, model
///            LiteLLM_SpendLogs; our own ledger (store/ledger_schema.h).
#pragma once

#include "base/error.h"
#include "replay/log/record.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::replay {

inline constexpr std::size_t k_line_bytes_max = 16U << 20U;
inline constexpr std::size_t k_kept_index_max = 1'000'000;

enum class log_format : std::uint8_t {
  automatic, ///< by what the file begins with, then line by line
  ledger,
  openai,
  litellm,
};

/// A record, or why there is none.
struct log_item {
  std::optional<record> read = {};
  skip_reason why = skip_reason::broken; ///< where there is no record
};

class log_reader {
public:
  virtual ~log_reader() = default;
  /// @returns nullopt at the end. Never fails on a line: what is wrong with it is an item.
  [[nodiscard]] virtual std::optional<log_item> next() = 0;
  /// How far it is, of total(); of what unit does not matter.
  [[nodiscard]] virtual std::uint64_t taken() const = 0;
  [[nodiscard]] virtual std::uint64_t total() const = 0;
  /// For people: "ledger", "JSON lines", …
  [[nodiscard]] virtual std::string_view kind() const = 0;
};

/// @param path  a file. @param wanted  automatic, or what the file must be.
/// @returns unavailable when it cannot be read; invalid_request when it is empty or of no known format.
[[nodiscard]] result<std::unique_ptr<log_reader>> open_log(const std::string& path, log_format wanted);

/// "auto", "ledger", "openai", "litellm". @returns nothing for another name.
[[nodiscard]] std::optional<log_format> format_named(std::string_view name) noexcept;

} // namespace inferenceflow::replay
