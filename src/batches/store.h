/// Files, batches and their lines in SQLite: what was written down survives kill -9.
///
/// Role:      surfaces keep and show files and batches; the runner reads lines and writes down what became of them.
/// Lifecycle: open() → any calls → destroy.
/// Threading: one thread at a time; the callers share one blocking thread. One process per file (it is locked).
/// Bounds:    store_limits, checked in the transaction that would exceed them.
/// Source:    README.md of this folder; SQLite documentation: WAL mode, locking_mode.
///
/// Every function is one transaction and fails with `unavailable` and the reason; nothing has changed then. What
/// belongs to another tenant is as if it were not there.
#pragma once

#include "base/error.h"
#include "batches/batch.h"
#include "store/sqlite_database.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::batches {

/// Bytes of a file that are read or written at once.
inline constexpr std::size_t k_piece_bytes = 1U << 20U;
/// Batches of all tenants that are not over.
inline constexpr std::int64_t k_unfinished_max = 1'000;
/// Batches of one tenant, over or not; then the oldest that is over goes, with its answers.
inline constexpr std::int64_t k_kept_max = 10'000;
/// Bodies of one page of lines, but for one that is longer by itself.
inline constexpr std::size_t k_page_bytes = 4U << 20U;

struct store_limits {
  std::int64_t files_max = 1'000;
  std::int64_t bytes_max = std::int64_t{1} << 30U;
  std::int64_t unfinished_max = 16;
  std::size_t lines_max = 50'000;
};

struct list_wish {
  std::string tenant = {};
  std::string after = {}; ///< id behind which the list goes on; empty = from its beginning
  std::int64_t count = 20;
  bool newest_first = true;
  std::string purpose = {}; ///< of files; empty = any
};
template <class Record> struct listed {
  std::vector<Record> records;
  bool more = false;
};

/// Where reading a file goes on.
struct file_cursor {
  std::int64_t next = 0;
  bool end = false;
};

class batch_store {
public:
  /// @param path  file, whose folder is created if absent; ":memory:" keeps nothing.
  /// @param sync  a commit survives a power cut, not only the end of the process.
  /// @returns unavailable naming path and reason: another process has it, another program's, a newer schema.
  [[nodiscard]] static result<batch_store> open(const std::string& path, bool sync);

  // Files
  /// @returns conflict when the tenant's files or bytes would exceed the limits.
  [[nodiscard]] result<void> add_file(const file_record& file, std::string_view content, const store_limits& limits);
  [[nodiscard]] result<std::optional<file_record>> find_file(std::string_view tenant, std::string_view id,
                                                             std::int64_t now_s);
  [[nodiscard]] result<listed<file_record>> list_files(const list_wish& wish, std::int64_t now_s);
  /// With its content; an output file's lines with it. @returns whether it was there.
  [[nodiscard]] result<bool> remove_file(std::string_view tenant, std::string_view id);
  /// About k_piece_bytes, from `at` on, which moves behind them. @returns less once the file is gone meanwhile.
  [[nodiscard]] result<std::string> read_piece(const file_record& file, file_cursor& at);
  /// @returns how many have gone.
  [[nodiscard]] result<std::int64_t> remove_expired(std::int64_t now_s);

  // Batches
  /// Fills in number. @returns invalid_request when there is no such file of the tenant's with purpose "batch";
  ///          rate_limited when too many batches are not over.
  [[nodiscard]] result<batch_record> add_batch(batch_record batch, const store_limits& limits);
  [[nodiscard]] result<std::optional<batch_record>> find_batch(std::string_view tenant, std::string_view id);
  [[nodiscard]] result<listed<batch_record>> list_batches(const list_wish& wish);
  /// validating and in_progress become cancelling. @returns the batch as it is now, conflict when it is over.
  [[nodiscard]] result<std::optional<batch_record>> cancel(std::string_view tenant, std::string_view id,
                                                           std::int64_t now_s);

  // The runner's
  /// Batches that are not over, oldest first.
  [[nodiscard]] result<std::vector<batch_record>> unfinished();
  /// Reads the file of a batch that is validating: its lines are there and it is in_progress, or it has failed. Any
  /// other batch stays as it is. @returns the batch as it is now.
  [[nodiscard]] result<batch_record> validate(std::int64_t batch, std::size_t lines_max, std::int64_t now_s);
  /// Lines that wait and are in no provider's batch, by number, behind `after`: at most k_page_items of k_page_bytes.
  /// @param more  whether others follow.
  [[nodiscard]] result<std::vector<batch_item>> waiting(std::int64_t batch, std::int64_t after, bool& more);
  /// One line as long as it waits, in a provider's batch or not.
  [[nodiscard]] result<std::optional<batch_item>> waiting_line(std::int64_t batch, std::int64_t line);
  /// The result, the counts, and that the line waits no more, in a provider's batch neither: one transaction. A line
  /// that is settled stays as it is.
  [[nodiscard]] result<void> settle(std::int64_t batch, std::int64_t line, const item_result& what);
  /// Makes the files, tells lines that wait why they were not asked, and ends the batch.
  /// @param end  completed, expired or cancelled. completed with lines that wait changes nothing.
  /// @returns the batch as it is now.
  [[nodiscard]] result<batch_record> finish(std::int64_t batch, batch_status end, std::int64_t now_s);

  // Lines in batches at providers; see discount_pool.h for the order of things
  /// Writes a batch and its lines down before it is sent; again, where it was written down already, with other lines.
  /// Lines that wait no more are left out. @returns those that are in.
  [[nodiscard]] result<std::vector<pooled_line>> add_pooled(const pooled_batch& batch);
  [[nodiscard]] result<void> set_remote(std::int64_t pooled, std::string_view remote);
  /// Every batch that has lines which wait, with those. Forgets the others.
  [[nodiscard]] result<std::vector<pooled_batch>> pooled();
  /// The lines wait as any other.
  [[nodiscard]] result<void> release(const std::vector<pooled_line>& lines);

private:
  [[nodiscard]] result<void> forget_empty();
  explicit batch_store(store::sqlite_database database)
      : database_(std::move(database)) {}

  template <class Work> [[nodiscard]] auto in_transaction(Work work) -> decltype(work());
  [[nodiscard]] result<store::sqlite_statement> bound(std::string_view sql,
                                                      std::initializer_list<std::string_view> texts,
                                                      std::initializer_list<std::int64_t> numbers = {});
  /// Runs a statement that gives no rows.
  [[nodiscard]] result<void> change(std::string_view sql, std::initializer_list<std::string_view> texts,
                                    std::initializer_list<std::int64_t> numbers = {});
  [[nodiscard]] result<std::int64_t> count(std::string_view sql, std::initializer_list<std::string_view> texts,
                                           std::initializer_list<std::int64_t> numbers = {});
  [[nodiscard]] result<batch_record> batch_by_number(std::int64_t number);
  [[nodiscard]] result<std::string> whole_content(std::string_view file);
  [[nodiscard]] result<void> insert_lines(const batch_record& batch, std::size_t lines_max, std::int64_t now_s);
  [[nodiscard]] result<void> fail(std::int64_t batch, const std::string& errors, std::int64_t now_s);
  [[nodiscard]] result<void> settle_rest(const batch_record& batch, batch_status end);
  [[nodiscard]] result<std::string> make_output(const batch_record& batch, int state, std::int64_t now_s);
  [[nodiscard]] result<void> drop_file(const file_record& file);
  [[nodiscard]] result<void> make_room(std::string_view tenant);

  store::sqlite_database database_;
};

} // namespace inferenceflow::batches
