/// Grounding and citation metadata of a candidate ↔ citations.
///
/// Role:      chunk_read takes them in; answer_write and stream_write collect what they write at a candidate's end.
/// Lifecycle: free functions; one grounding per candidate written.
/// Threading: one thread.
/// Bounds:    as large as the metadata.
/// Source:    Gemini API reference, "GroundingMetadata", "CitationMetadata"; recorded answers: offsets count bytes of
/// the
///            part, a start of 0 is left out, one support names several chunks.
#pragma once

#include "codecs/gemini/json_out.h"
#include "dialogue/json_view.h"
#include "dialogue/part.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::gemini {

struct placed_citation {
  dialogue::citation source = {};
  std::size_t part = 0;     ///< of the candidate's parts, as Gemini counts them
  std::string segment = {}; ///< the supported words, to find the part by; may be empty
};

/// One citation for each chunk of each support, then the chunks that no support names, then citationMetadata.
[[nodiscard]] std::vector<placed_citation> read_citations(const dialogue::json_view& candidate);

/// Collects a candidate's citations and writes them as groundingMetadata.
class grounding {
public:
  /// @param part     the number of the part that the offsets count in
  /// @param segment  the supported words; source.begin and .end are theirs
  void add(const dialogue::citation& source, std::size_t part, std::string_view segment);
  /// One that supports no words: its source is told, without a place.
  void add_unplaced(const dialogue::citation& source) { (void)chunk_of(source); }
  [[nodiscard]] bool empty() const noexcept { return chunks_.empty(); }
  /// Appends the member groundingMetadata.
  void write(json_out& out) const;

private:
  struct support {
    std::int64_t begin;
    std::int64_t end;
    std::size_t part;
    std::string segment;
    std::vector<std::size_t> chunks;
  };
  /// The number of the chunk for a source, which is made where there is none.
  std::size_t chunk_of(const dialogue::citation& source);

  std::vector<dialogue::citation> chunks_;
  std::vector<support> supports_;
};

} // namespace inferenceflow::codecs::gemini
