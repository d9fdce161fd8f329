#include "semantic/wording.h"

#include <algorithm>

namespace inferenceflow::semantic {

namespace {

constexpr double k_left_over_most = 5;

double counted(std::uint8_t count) {
  return std::min<double>(count, k_left_over_most) / k_left_over_most;
}

double flagged(const difference& between, std::uint32_t kinds) {
  return between.any(kinds) ? 1 : 0;
}

} // namespace

wording wording_of(const difference& between) {
  const likeness& like = between.features;
  wording made;
  auto& f = made.features;
  f[w_content] = like.content;
  f[w_trigrams] = like.trigrams;
  f[w_in_order] = like.in_order;
  f[w_only_asked] = counted(like.alone_a);
  f[w_only_kept] = counted(like.alone_b);
  f[w_replaced] = counted(like.replaced);
  f[w_rarest] = like.rarest_alone;
  f[w_values] = flagged(between, differs::k_numbers | differs::k_number_added | differs::k_units | differs::k_dates);
  f[w_names] = flagged(between, differs::k_names | differs::k_name_added | differs::k_code | differs::k_language |
                                    differs::k_unread);
  f[w_sense] = flagged(between, differs::k_negation | differs::k_opposites | differs::k_contrast | differs::k_order);
  f[w_manner] = flagged(between, differs::k_tense | differs::k_modality | differs::k_quantity | differs::k_person);
  f[w_question] = flagged(between, differs::k_question);
  f[w_identical] = like.identical ? 1 : 0;
  return made;
}

std::array<double, k_wording> prior_of_wording() {
  std::array<double, k_wording> mean{};
  mean[w_content] = 1;
  mean[w_only_asked] = -0.5;
  mean[w_only_kept] = -0.5;
  mean[w_rarest] = -0.5;
  mean[w_values] = -1;
  mean[w_names] = -1;
  mean[w_sense] = -1;
  mean[w_manner] = -0.3;
  mean[w_question] = -0.5;
  mean[w_identical] = 2;
  return mean;
}

} // namespace inferenceflow::semantic
