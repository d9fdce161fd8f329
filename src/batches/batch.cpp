#include "batches/batch.h"

namespace inferenceflow::batches {

std::string_view to_string(batch_status status) noexcept {
  switch (status) {
  case batch_status::validating: return "validating";
  case batch_status::failed: return "failed";
  case batch_status::in_progress: return "in_progress";
  case batch_status::finalizing: return "finalizing";
  case batch_status::completed: return "completed";
  case batch_status::expired: return "expired";
  case batch_status::cancelling: return "cancelling";
  case batch_status::cancelled: return "cancelled";
  }
  return "";
}

bool is_over(batch_status status) noexcept {
  return status == batch_status::failed || status == batch_status::completed || status == batch_status::expired ||
         status == batch_status::cancelled;
}

bool can_be_cancelled(batch_status status) noexcept {
  return status == batch_status::validating || status == batch_status::in_progress;
}

} // namespace inferenceflow::batches
