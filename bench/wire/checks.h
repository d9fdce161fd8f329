/// What is checked of each recorded exchange.
///
/// Role:      main calls run_checks() for each row.
/// Lifecycle: free functions.
/// Threading: single-threaded.
/// Bounds:    a stream is cut byte by byte up to k_bytewise_bytes_max, and k_cuts times at random places.
#pragma once

#include "bench/wire/recording.h"
#include "bench/wire/tally.h"
#include "dialogue/codec_set.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace inferenceflow::bench {

inline constexpr std::size_t k_event_bytes_max = std::size_t{4} << 20U;
inline constexpr std::size_t k_bytewise_bytes_max = std::size_t{16} << 10U;
inline constexpr int k_cuts = 5;

/// Every protocol that clients speak.
inline constexpr std::array k_client_protocols = {dialogue::protocol::openai_chat, dialogue::protocol::openai_responses,
                                                  dialogue::protocol::anthropic,   dialogue::protocol::gemini,
                                                  dialogue::protocol::cohere,      dialogue::protocol::bedrock};

[[nodiscard]] std::string_view name_of(dialogue::protocol speaks) noexcept;

struct bench_setting {
  const dialogue::codec_set& codecs;
  std::uint64_t seed;
  tally& into;
};

/// The request: read, written again, read again; written for every other protocol.
void check_request(const recording& row, const bench_setting& with);
/// The answer as a document. @returns it, if it could be read.
std::optional<dialogue::answer> check_document(const recording& row, const bench_setting& with);
/// The answer as a stream, in any cut. @returns what it came to, if it came to its end.
std::optional<dialogue::answer> check_stream(const recording& row, const bench_setting& with);
/// The answer in the clothes of the other protocols, as a document and as a stream.
void check_translations(const recording& row, const dialogue::answer& got, const bench_setting& with);
/// An error, and what the clients of every protocol are told of it.
void check_error(const recording& row, const bench_setting& with);

/// It goes on elsewhere: OpenAI's background mode answers at once and is asked again later.
[[nodiscard]] bool is_unfinished(const dialogue::answer& got);

/// The stream that a writer of `codec` makes of an answer's events, read back. @returns the failure's words if it does
/// not come to its end.
[[nodiscard]] result<dialogue::answer> through_stream(const dialogue::codec& codec, const dialogue::answer& got,
                                                      const dialogue::stream_wish& wish,
                                                      std::vector<std::string>& losses);

} // namespace inferenceflow::bench
