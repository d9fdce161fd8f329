/// Every protocol that this process speaks.
///
/// Role:      application makes the set once, before its loops.
/// Lifecycle: as long as the process.
/// Threading: main thread.
/// Bounds:    one codec per protocol.
#pragma once

#include "dialogue/codec_set.h"

#include <memory>

namespace inferenceflow::app {

[[nodiscard]] std::unique_ptr<const dialogue::codec_set> make_codecs();

} // namespace inferenceflow::app
