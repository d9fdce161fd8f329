#include "batches/rows.h"

#include <algorithm>

namespace inferenceflow::batches {

file_record file_of(const store::sqlite_statement& row) {
  return {.id = row.text(0),
          .tenant = row.text(1),
          .filename = row.text(2),
          .purpose = row.text(3),
          .bytes = row.number(4),
          .created_s = row.number(5),
          .expires_s = row.number(6)};
}

batch_record batch_of(const store::sqlite_statement& row) {
  return {.number = row.number(0),
          .id = row.text(1),
          .tenant = row.text(2),
          .user = row.text(3),
          .endpoint = row.text(4),
          .input_file = row.text(5),
          .window = row.text(6),
          .metadata = row.text(7),
          .errors = row.text(8),
          .output_file = row.text(9),
          .error_file = row.text(10),
          .status = static_cast<batch_status>(std::clamp<std::int64_t>(row.number(11), 0, k_batch_statuses - 1)),
          .total = row.number(12),
          .completed = row.number(13),
          .failed = row.number(14),
          .created_s = row.number(15),
          .in_progress_s = row.number(16),
          .expires_s = row.number(17),
          .finalizing_s = row.number(18),
          .completed_s = row.number(19),
          .failed_s = row.number(20),
          .expired_s = row.number(21),
          .cancelling_s = row.number(22),
          .cancelled_s = row.number(23)};
}

} // namespace inferenceflow::batches
