/// Nobody who reads a stream: for calls whose answer is one document.
///
/// Role:      calls that the gateway makes for itself, such as embeddings and verdicts.
/// Lifecycle: outlives the call.
/// Threading: one event loop.
/// Bounds:    keeps nothing.
#pragma once

#include "providers/provider.h"

namespace inferenceflow::providers {

/// A backend that streams all the same is told that nobody is left, which ends the call.
class no_stream final : public event_sink {
public:
  net::task<bool> write(std::string_view) override { co_return false; }
  net::task<bool> write_split(std::string_view, std::span<const std::string_view>) override { co_return false; }
  void dropped(std::span<const std::string>) override {}
};

} // namespace inferenceflow::providers
