/// Files and batches as they are kept and shown.
///
/// Role:      the store gives them out; the surfaces render them; the runner works on them.
/// Lifecycle: plain values.
/// Threading: values.
/// Bounds:    k_metadata_pairs_max pairs of metadata, k_errors_max errors of one file.
/// Source:    OpenAI API reference: "The batch object", "The file object".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::batches {

inline constexpr std::size_t k_metadata_pairs_max = 16;
inline constexpr std::size_t k_errors_max = 100;
inline constexpr std::size_t k_custom_id_bytes_max = 512;
/// Lines that are read at once.
inline constexpr std::size_t k_page_items = 64;
inline constexpr std::string_view k_batch_purpose = "batch";
inline constexpr std::string_view k_output_purpose = "batch_output";

/// In the order of a life; the last four and failed are ends.
enum class batch_status : std::uint8_t {
  validating,  ///< the file waits to be read
  failed,      ///< the file is not fit: see errors
  in_progress, ///< lines are asked
  finalizing,  ///< every line is settled; the files are being made
  completed,
  expired,    ///< the window is over; what was answered can be fetched
  cancelling, ///< nothing more is asked; what runs is waited for
  cancelled,
};
inline constexpr int k_batch_statuses = 8;
/// OpenAI's words.
[[nodiscard]] std::string_view to_string(batch_status status) noexcept;
/// Nothing changes any more.
[[nodiscard]] bool is_over(batch_status status) noexcept;
/// A cancel would change something: validating and in_progress.
[[nodiscard]] bool can_be_cancelled(batch_status status) noexcept;

/// What is wrong with a file of requests. Lines count from 1; 0 is the file as a whole.
struct line_error {
  std::string code = {}; ///< "invalid_json_line", "duplicate_custom_id", …
  std::string message = {};
  std::string param = {}; ///< member of the line; empty if none
  std::int64_t line = 0;
};

struct file_record {
  std::string id = {};
  std::string tenant = {};
  std::string filename = {};
  std::string purpose = {};
  std::int64_t bytes = 0;
  std::int64_t created_s = 0; ///< Unix time
  std::int64_t expires_s = 0; ///< 0 = never
};

struct batch_record {
  std::int64_t number = 0; ///< of the store's own
  std::string id = {};
  std::string tenant = {};
  std::string user = {};
  std::string endpoint = {}; ///< "/v1/chat/completions", …
  std::string input_file = {};
  std::string window = {};   ///< as it was asked: "24h"
  std::string metadata = {}; ///< a JSON object, or empty
  std::string errors = {};   ///< a JSON array of line_error, or empty
  std::string output_file = {};
  std::string error_file = {};
  batch_status status = batch_status::validating;
  std::int64_t total = 0;
  std::int64_t completed = 0;
  std::int64_t failed = 0;
  // Unix times in seconds; 0 = not yet.
  std::int64_t created_s = 0;
  std::int64_t in_progress_s = 0;
  std::int64_t expires_s = 0;
  std::int64_t finalizing_s = 0;
  std::int64_t completed_s = 0;
  std::int64_t failed_s = 0;
  std::int64_t expired_s = 0;
  std::int64_t cancelling_s = 0;
  std::int64_t cancelled_s = 0;
};

/// One line that waits to be asked.
struct batch_item {
  std::int64_t line = 0;
  std::string custom_id = {};
  std::string body = {};
  unsigned attempts = 0; ///< answers that were not taken as the last word
  bool normally = false; ///< it was in a provider's batch, in vain: a normal call is next
};

/// A line in a provider's batch.
struct pooled_line {
  std::int64_t batch = 0;
  std::int64_t line = 0;
  std::string request_id = {}; ///< of its row in the ledger
  std::int64_t expires_s = 0;  ///< of its batch; only when read
};

/// A batch at a provider, or on its way there.
struct pooled_batch {
  std::int64_t number = 0;
  std::string target = {};
  std::string mark = {};   ///< what it is called there
  std::string remote = {}; ///< its id there; empty = not written down
  std::int64_t created_s = 0;
  std::vector<pooled_line> lines = {};
};

/// One line as it is written down.
struct item_result {
  bool good = false;       ///< goes to the output file, else to the error file
  std::string output = {}; ///< the line of that file, with its end
};

} // namespace inferenceflow::batches
