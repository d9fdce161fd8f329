/// What docs/translation.md has a row for: one field of the superset each, as a change to a request or an answer.
///
/// Role:      translation_table drives every codec with them.
/// Lifecycle: made once by the test.
/// Threading: one thread.
/// Bounds:    a few KiB each.
#pragma once

#include "dialogue/answer.h"
#include "dialogue/codec.h"

#include <functional>
#include <string>
#include <vector>

namespace inferenceflow::codecs::tests {

/// A field that a protocol may be unable to carry. `change` sets it on a conversation that has it not.
template <class whole> struct probe {
  std::string field;
  whole base;
  /// @param own  the protocol that is written: for what only its maker can take back.
  std::function<void(whole&, dialogue::protocol own)> change;
};

using request_probe = probe<dialogue::request>;
using answer_probe = probe<dialogue::answer>;

/// A group of rows under one heading.
template <class whole> struct probe_group {
  std::string title;
  std::vector<probe<whole>> rows;
};

[[nodiscard]] std::vector<probe_group<dialogue::request>> request_probes();
[[nodiscard]] std::vector<probe_group<dialogue::answer>> answer_probes();

} // namespace inferenceflow::codecs::tests
