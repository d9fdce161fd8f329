/// Every protocol's codec, by protocol.
///
/// Role:      app/ fills it once; api/ and providers/ take what they need.
/// Lifecycle: as long as the process.
/// Threading: immutable after start.
/// Bounds:    one per protocol.
#pragma once

#include "dialogue/codec.h"

#include <array>
#include <boost/assert.hpp>
#include <cstddef>
#include <memory>

namespace inferenceflow::dialogue {

class codec_set {
public:
  void add(std::unique_ptr<const codec> added) {
    const auto at = static_cast<std::size_t>(added->speaks());
    codecs_.at(at) = std::move(added);
  }
  /// The protocol must have been added.
  [[nodiscard]] const codec& of(protocol speaks) const noexcept {
    const auto& found = codecs_[static_cast<std::size_t>(speaks)];
    BOOST_ASSERT(found);
    return *found;
  }

private:
  std::array<std::unique_ptr<const codec>, 7> codecs_;
};

} // namespace inferenceflow::dialogue
