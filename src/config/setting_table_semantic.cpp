// Keys of `cache.semantic`, which also stands in entries of routes.
#include "config/setting_rows.h"

namespace inferenceflow::config::rows {
namespace {

// NOLINTBEGIN(readability-identifier-naming): the rows below read as a table; short names keep one setting on one line.
using enum value_kind;
constexpr auto live = takes_effect::live;
using S = semantic_settings;
// NOLINTEND(readability-identifier-naming)

constexpr std::string_view k_mode_words[] = {"off", "static", "verified"};

const setting k_settings[] = {
    one_of("mode", at<&S::mode>, k_mode_words, live,
           "Answers to questions that mean the same: static gives whatever is near enough, verified only what has been "
           "seen to be right, off none."),
    ranged(
        "threshold", decimal, at<&S::similarity_min>, 0, k_millionths, live,
        "Least similarity of two questions, the cosine of their vectors, that static takes; verified finds its own."),
    ranged("error_max", decimal, at<&S::error_max>, 100, k_millionths / 2, live,
           "Share of wrong answers that verified puts up with."),
    plain("veto", boolean, at<&S::veto>, live,
          "Questions that differ in a number, a name, a date, a negation are never the same, however near."),
    ranged("judge.similarity_min", decimal, at<&S::judge_similarity_min>, 0, k_millionths, live,
           "Answers as near as this say the same."),
    plain("judge.model", text, at<&S::judge_model>, live,
          "Public name of a model that is asked whether two answers say the same; empty compares their vectors."),
};
static_assert(std::size(k_settings) <= k_semantic_rows_max);

} // namespace

const setting_scope k_semantic_scope{k_settings, {}, {}};

} // namespace inferenceflow::config::rows
