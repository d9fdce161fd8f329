/// Asks a configured model whether two answers say the same.
///
/// Role:      judge calls it where a route names a judge model.
/// Lifecycle: free function.
/// Threading: one event loop.
/// Bounds:    k_judge_tokens_max tokens of verdict; k_judged_bytes_max of each text are shown.
/// Source:    own prompt; the answers stand between marks drawn anew for each call, so that they cannot close them.
#pragma once

#include "net/task.h"
#include "pipeline/judge.h"

#include <optional>
#include <string>

namespace inferenceflow::pipeline {

inline constexpr std::size_t k_judge_tokens_max = 4;
inline constexpr std::size_t k_judged_bytes_max = 8'192;

/// One call to the judge model; it stands in the ledger under surface "judge", for the tenant whose question it was.
/// @returns nullopt when it cannot be asked, or says neither yes nor no.
[[nodiscard]] net::task<std::optional<bool>> ask_judge_model(const judgement& about, const std::string& fresh,
                                                             const std::string& kept);

} // namespace inferenceflow::pipeline
