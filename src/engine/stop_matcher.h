/// Finds stop strings in a stream of bytes and holds back what may become one.
///
/// Role:      completion_text; sans-IO.
/// Lifecycle: one per choice; feed()* then flush(), or until feed() reports a hit.
/// Threading: value; no shared state.
/// Bounds:    holds back at most the longest stop string; time is bytes × stop strings.
/// Source:    Knuth, Morris, Pratt 1977 (failure function); the result does not depend on how the bytes were split.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::engine {

class stop_matcher {
public:
  /// @param stops  empty strings are ignored.
  explicit stop_matcher(std::vector<std::string> stops);

  struct outcome {
    std::string released; ///< bytes that cannot belong to a stop string any more
    bool hit = false;     ///< a stop string was completed: nothing after `released` may be shown
  };

  /// The stop string that ends first wins; of those ending at the same byte, the longest.
  [[nodiscard]] outcome feed(std::string_view bytes);

  /// What is still held back when the text ends without a stop string.
  [[nodiscard]] std::string flush();

private:
  struct pattern {
    std::string text;
    std::vector<std::size_t> fallback; ///< KMP failure function
    std::size_t matched = 0;
  };
  static void advance(pattern& p, char c);

  std::vector<pattern> patterns_;
  std::string held_;
};

} // namespace inferenceflow::engine
