/// What a model will take in memory, before it is loaded.
///
/// Role:      engine_thread tells the pool.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    reads the file's header only.
/// Source:    GGUF specification, version 3: keys `<architecture>.*`.
#pragma once

#include "base/error.h"
#include "engine/model_config.h"

#include <cstdint>

namespace inferenceflow::engine {

/// The file, whose pages all come to be used; the KV cache in F16 (a chat model's); the vocabulary; and what a step of
/// batch_tokens needs. An estimate. Where the processor wants weights in another order (AMX, repacked Q4_0), the
/// library keeps a copy of them: the resident set then shows weights twice, of which the file's pages are clean and go
/// first when memory is short; they are counted once.
/// @returns bytes; unavailable when the file is missing or its header cannot be read.
[[nodiscard]] result<std::uint64_t> model_bytes(const model_config& config);

} // namespace inferenceflow::engine
