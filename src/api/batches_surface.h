/// OpenAI's batches: requests in a file, answered when there is time.
///
/// Role:      router targets for /v1/batches.
/// Lifecycle: free functions.
/// Threading: the exchange's loop; the store's work is done on its own thread, the batch's by batch_runner.
/// Bounds:    batches.unfinished_max batches per tenant that are not over.
/// Source:    OpenAI API reference, "Batch".
#pragma once

#include "api/call_context.h"
#include "api/service.h"

namespace inferenceflow::api {

/// POST /v1/batches. The file is read afterwards: what is wrong in it shows in the batch's `errors`.
[[nodiscard]] net::task<void> serve_batch_create(call_context& context, service& serving);
/// GET /v1/batches?limit=&after=
[[nodiscard]] net::task<void> serve_batches(call_context& context, service& serving);
/// GET /v1/batches/{id}
[[nodiscard]] net::task<void> serve_batch(call_context& context, service& serving);
/// POST /v1/batches/{id}/cancel
[[nodiscard]] net::task<void> serve_batch_cancel(call_context& context, service& serving);

} // namespace inferenceflow::api
