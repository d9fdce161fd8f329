#include "codecs/gemini/citation.h"

#include <algorithm>
#include <utility>

namespace inferenceflow::codecs::gemini {

using dialogue::citation;
using dialogue::json_view;

namespace {

citation read_chunk_source(const json_view& chunk) {
  for (const std::string_view kind : {"web", "retrievedContext", "maps"}) {
    if (const json_view place = chunk.member(kind); place.present()) {
      citation source;
      source.url = place.member("uri").text();
      source.title = place.member("title").text();
      if (kind == "retrievedContext") { // the source's own words
        source.quote = place.member("text").text();
        source.source_id = place.member("documentName").text();
      }
      return source;
    }
  }
  return {};
}

void place(citation& source, const json_view& range) {
  const auto end = range.member("endIndex").integer(0);
  if (end) {
    source.begin = range.member("startIndex").integer(0).value_or(0);
    source.end = *end;
  }
}

void read_supports(const json_view& metadata, const std::vector<citation>& chunks, std::vector<bool>& named,
                   std::vector<placed_citation>& into) {
  metadata.member("groundingSupports").each([&](const json_view& support) {
    const json_view segment = support.member("segment");
    support.member("groundingChunkIndices").each([&](const json_view& number) {
      const auto chunk = static_cast<std::size_t>(number.integer(0).value_or(0));
      if (chunk >= chunks.size()) {
        return;
      }
      named[chunk] = true;
      placed_citation found{.source = chunks[chunk],
                            .part = static_cast<std::size_t>(segment.member("partIndex").integer(0).value_or(0)),
                            .segment = std::string{segment.member("text").text()}};
      place(found.source, segment);
      into.push_back(std::move(found));
    });
  });
}

} // namespace

std::vector<placed_citation> read_citations(const json_view& candidate) {
  std::vector<placed_citation> found;
  const json_view metadata = candidate.member("groundingMetadata");
  std::vector<citation> chunks;
  metadata.member("groundingChunks").each([&](const json_view& chunk) { chunks.push_back(read_chunk_source(chunk)); });
  std::vector<bool> named(chunks.size());
  read_supports(metadata, chunks, named, found);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    if (!named[i] && chunks[i] != citation{}) {
      found.push_back({.source = std::move(chunks[i])});
    }
  }
  const json_view cited = candidate.member("citationMetadata");
  for (const std::string_view spelling : {"citationSources", "citations"}) { // Gemini API, Vertex AI
    cited.member(spelling).each([&](const json_view& given) {
      placed_citation source;
      source.source.url = given.member("uri").text();
      source.source.title = given.member("title").text();
      place(source.source, given);
      found.push_back(std::move(source));
    });
  }
  return found;
}

std::size_t grounding::chunk_of(const citation& source) {
  const auto same_source = [&](const citation& known) {
    return known.url == source.url && known.title == source.title && known.quote == source.quote &&
           known.source_id == source.source_id;
  };
  auto chunk = std::find_if(chunks_.begin(), chunks_.end(), same_source);
  if (chunk == chunks_.end()) {
    chunk = chunks_.insert(chunks_.end(), source);
  }
  return static_cast<std::size_t>(chunk - chunks_.begin());
}

void grounding::add(const citation& source, std::size_t part, std::string_view segment) {
  const std::size_t chunk = chunk_of(source);
  const bool same_place = !supports_.empty() && supports_.back().begin == source.begin &&
                          supports_.back().end == source.end && supports_.back().part == part;
  if (!same_place) {
    supports_.push_back({source.begin, source.end, part, std::string{segment}, {}});
  }
  supports_.back().chunks.push_back(chunk);
}

void grounding::write(json_out& out) const {
  out.key("groundingMetadata");
  out.open_object();
  out.key("groundingChunks");
  out.open_array();
  for (const citation& source : chunks_) {
    const bool is_web = source.quote.empty() && source.source_id.empty() && !source.url.empty();
    out.open_object();
    out.key(is_web ? "web" : "retrievedContext");
    out.open_object();
    out.member_unless_empty("uri", source.url);
    out.member_unless_empty("title", source.title);
    out.member_unless_empty("text", source.quote);
    out.member_unless_empty("documentName", source.source_id);
    out.close_object();
    out.close_object();
  }
  out.close_array();
  out.key("groundingSupports");
  out.open_array();
  for (const support& of : supports_) {
    out.open_object();
    out.key("segment");
    out.open_object();
    if (of.part > 0) {
      out.member("partIndex", static_cast<std::int64_t>(of.part));
    }
    if (of.begin > 0) {
      out.member("startIndex", of.begin);
    }
    out.member("endIndex", of.end);
    out.member("text", of.segment);
    out.close_object();
    out.key("groundingChunkIndices");
    out.open_array();
    for (const std::size_t chunk : of.chunks) {
      out.value(static_cast<std::int64_t>(chunk));
    }
    out.close_array();
    out.close_object();
  }
  out.close_array();
  out.close_object();
}

} // namespace inferenceflow::codecs::gemini
