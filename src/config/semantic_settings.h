/// Whether an answer to another question may be given, and how sure the gateway must be: one block of settings that
/// may stand in two places.
///
/// Role:      `cache.semantic` holds what is true everywhere, `routes[].semantic` what differs for one public name;
///            merged() makes one of them. semantic_store_settings are the process's own and stand once.
/// Lifecycle: values.
/// Threading: immutable after loading.
/// Bounds:    those of the settings table; a value that is not said counts only in the outermost block.
#pragma once

#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace inferenceflow::config {

/// Keys that the block may have.
inline constexpr std::size_t k_semantic_rows_max = 16;

/// The embedder that needs no model; no model may have this name.
inline constexpr const char* k_hashed_embedder = "hashed";

enum class semantic_mode : std::uint8_t {
  off,
  fixed,   ///< "static": whatever is similar enough is answered
  verified ///< only what has been seen to be right often enough
};

struct semantic_settings {
  semantic_mode mode = semantic_mode::off;
  double similarity_min = 0.85;      ///< "threshold": cosine of two questions' vectors
  double error_max = 0.02;           ///< verified: share of wrong answers that is put up with
  bool veto = true;                  ///< questions that differ in a number, a name, a negation are not the same
  double judge_similarity_min = 0.9; ///< cosine of two answers' vectors from which they say the same
  std::string judge_model = {};      ///< public name; empty = vectors are compared

  std::bitset<k_semantic_rows_max> said; ///< by row of its scope: which of these the file gives; not a key of the file
};

/// `below` with everything that `above` says.
[[nodiscard]] semantic_settings merged(const semantic_settings& below, const semantic_settings& above);

/// Where questions and their vectors are kept, and who makes the vectors.
struct semantic_store_settings {
  std::string embedder; ///< public name of an embedding model or k_hashed_embedder; empty = the first local one
  std::size_t bytes_max = 128U << 20U;            ///< vectors and what is known of them
  std::chrono::milliseconds embed_timeout{1'000}; ///< a request whose vector is later goes on without
  std::size_t embeds_max = 64;                    ///< vectors being made at once
};

} // namespace inferenceflow::config
