/// Gets a file over HTTP into a part_file: redirects, going on where the last try ended.
///
/// Role:      the pull command.
/// Lifecycle: free coroutine.
/// Threading: one event loop, which it blocks for the disk: nothing else runs there.
/// Bounds:    k_redirects_max; k_silence between two reads; one connection at a time.
/// Source:    RFC 9110 §14 (ranges), §13.1.5 (If-Range), §15.4 (redirects).
#pragma once

#include "app/models/part_file.h"
#include "app/models/progress.h"
#include "app/models/source.h"
#include "config/expand.h"
#include "net/cancel_scope.h"
#include "net/event_loop.h"
#include "net/task.h"

#include <chrono>
#include <functional>
#include <string>

namespace inferenceflow::app::models {

inline constexpr int k_redirects_max = 5;
inline constexpr std::chrono::seconds k_silence{30};

/// How the machine reaches the network.
struct transport {
  std::string ca_file;     ///< PEM; empty = the system's store
  config::environment env; ///< HTTPS_PROXY, HTTP_PROXY, NO_PROXY
};

/// Appends the file to `part`, from where it ends if the server has the same version still.
/// @param report  called after every read.
/// @returns the SHA-256 that the bytes shall have, empty when neither the source nor the server (x-linked-etag) says.
///          Else: upstream_failed, upstream_timeout (what arrived is kept), not_found, forbidden, invalid_request (no
///          GGUF: nothing is kept), internal (disk), cancelled.
/// Cancellation: through `scope`. Lifetime: everything outlives it.
[[nodiscard]] net::task<result<std::string>> download(net::event_loop& loop, const model_source& source,
                                                      part_file& part, const transport& network,
                                                      const std::function<void(const download_progress&)>& report,
                                                      net::cancel_scope& scope);

} // namespace inferenceflow::app::models
