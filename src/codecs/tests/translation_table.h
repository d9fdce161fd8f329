/// docs/translation.md, made from what the codecs do.
///
/// Role:      the test compares the page with it, so that the page cannot lie.
/// Lifecycle: functions.
/// Threading: one thread.
/// Bounds:    one page.
#pragma once

#include "codecs/tests/translation_probes.h"

#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::tests {

/// What becomes of a field on its way into a protocol.
enum class fate {
  carried,    ///< reads back as it was
  other_form, ///< the protocol says it in other words; reads back as something else
  near,       ///< something near it is written, and the field is named as lost
  dropped,    ///< nothing of it is written, and the field is named as lost
  refused,    ///< 400 that names the field
  always,     ///< nothing needs to be written: the protocol does so anyway
  left_out,   ///< nothing of it is written, and nobody is told
  absent,     ///< the protocol has no clients
};

struct cell {
  fate document = fate::absent;
  fate stream = fate::absent;     ///< of answers; else as document
  std::vector<std::string> names; ///< in the header, or in the error's param
};

struct column {
  std::string_view title;
  std::string_view model; ///< whose generation decides where a protocol's models differ
  const dialogue::codec* speaks;
};

/// The seven protocols, in the order of the page.
[[nodiscard]] const std::vector<column>& columns();

[[nodiscard]] cell fate_of(const request_probe& what, const column& target);
[[nodiscard]] cell fate_of(const answer_probe& what, const column& target);

/// The whole page.
[[nodiscard]] std::string translation_page();

} // namespace inferenceflow::codecs::tests
