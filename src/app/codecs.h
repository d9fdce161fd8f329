/// Every protocol that this process speaks.
///
/// Role:      application makes the set once, before its loops.
/// Lifecycle: as long as the process.
/// Threading: main thread.
/// Bounds:    one codec per protocol.
#pragma once

#include "config/settings.h"
#include "dialogue/codec_set.h"

#include <memory>

namespace inferenceflow::app {

[[nodiscard]] std::unique_ptr<const dialogue::codec_set> make_codecs();

/// The codec for a backend: its protocol's, for OpenAI's chat format in its dialect.
/// @param all  outlives what is returned.
[[nodiscard]] std::shared_ptr<const dialogue::codec> backend_codec(const dialogue::codec_set& all,
                                                                   const config::provider_settings& backend);

} // namespace inferenceflow::app
