#include "escalation/confidence.h"

#include "turn/normalised_answer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace inferenceflow::escalation {

namespace {

/// A refusal may be preceded by this many bytes of courtesy, once the text is in one spelling.
constexpr std::size_t k_courtesy_bytes = 60;

// As turn::normalised spells them: lower case, ASCII apostrophes.
constexpr std::array k_refusals = {
    // English
    std::string_view{"i can't help with"},
    std::string_view{"i cannot help with"},
    std::string_view{"i can't assist"},
    std::string_view{"i cannot assist"},
    std::string_view{"i'm not able to"},
    std::string_view{"i am not able to"},
    std::string_view{"i'm unable to"},
    std::string_view{"i am unable to"},
    std::string_view{"i can't provide"},
    std::string_view{"i cannot provide"},
    std::string_view{"i can't answer"},
    std::string_view{"i cannot answer"},
    std::string_view{"i won't be able to"},
    std::string_view{"i can't comply"},
    std::string_view{"i cannot comply"},
    std::string_view{"i must decline"},
    std::string_view{"i can't do that"},
    std::string_view{"i cannot do that"},
    std::string_view{"i'm sorry, but i can't"},
    std::string_view{"i'm sorry, but i cannot"},
    std::string_view{"i'm sorry, i can't"},
    std::string_view{"as an ai language model, i"},
    std::string_view{"i can't fulfill"},
    std::string_view{"i cannot fulfill"},
    // German
    std::string_view{"ich kann dabei nicht helfen"},
    std::string_view{"ich kann ihnen nicht helfen"},
    std::string_view{"ich kann dir nicht helfen"},
    std::string_view{"dabei kann ich nicht helfen"},
    std::string_view{"das kann ich leider nicht"},
    std::string_view{"ich kann diese frage nicht"},
    std::string_view{"ich kann diese anfrage nicht"},
    std::string_view{"kann ich nicht beantworten"},
    std::string_view{"ich bin nicht in der lage"},
    std::string_view{"dabei kann ich leider nicht helfen"},
    // French
    std::string_view{"je ne peux pas vous aider"},
    std::string_view{"je ne peux pas t'aider"},
    std::string_view{"je ne peux pas répondre"},
    std::string_view{"je ne suis pas en mesure"},
    std::string_view{"je ne peux pas fournir"},
    std::string_view{"je ne peux pas accéder à cette demande"},
    // Spanish
    std::string_view{"no puedo ayudar"},
    std::string_view{"no puedo responder"},
    std::string_view{"no puedo proporcionar"},
    std::string_view{"no me es posible"},
    // Italian
    std::string_view{"non posso aiutar"},
    std::string_view{"non posso rispondere"},
    std::string_view{"non sono in grado di"},
    std::string_view{"non posso fornire"},
    // Portuguese
    std::string_view{"não posso ajudar"},
    std::string_view{"não posso responder"},
    std::string_view{"não consigo ajudar"},
    std::string_view{"não posso fornecer"},
    // Dutch
    std::string_view{"ik kan je hier niet"},
    std::string_view{"ik kan u niet helpen"},
    std::string_view{"ik kan daar niet"},
    std::string_view{"ik kan je niet helpen"},
    std::string_view{"ik ben niet in staat"},
    // Russian
    std::string_view{"я не могу помочь"},
    std::string_view{"я не могу ответить"},
    std::string_view{"я не могу предоставить"},
    std::string_view{"не могу помочь"},
    // Chinese, Japanese
    std::string_view{"我无法提供"},
    std::string_view{"我无法回答"},
    std::string_view{"我不能提供"},
    std::string_view{"我不能回答"},
    std::string_view{"无法协助"},
    std::string_view{"我无法帮助"},
    std::string_view{"お手伝いできません"},
    std::string_view{"お答えできません"},
    std::string_view{"お応えできません"},
    std::string_view{"提供できません"},
};

/// @param shares  probabilities of the likeliest tokens, largest first; what they leave is counted as one more outcome.
double entropy_share(std::span<const double> shares) {
  double rest = 1;
  double nats = 0;
  for (const double share : shares) {
    rest -= share;
    nats -= share > 0 ? share * std::log(share) : 0;
  }
  nats -= rest > 0 ? rest * std::log(rest) : 0;
  return std::clamp(nats / std::log(static_cast<double>(shares.size() + 1)), 0.0, 1.0);
}

} // namespace

void token_meter::add(double logprob, std::span<const double> alternatives) {
  if (!std::isfinite(logprob)) {
    return;
  }
  const double told = std::min(logprob, 0.0);
  logprob_min_ = tokens_ == 0 ? told : std::min(logprob_min_, told);
  logprob_sum_ += told;
  ++tokens_;

  std::array<double, k_alternatives_max> shares{};
  std::size_t count = 0;
  double sum = 0;
  for (const double each : alternatives) {
    if (count < shares.size() && !std::isnan(each)) {
      shares[count] = std::exp(std::min(each, 0.0));
      sum += shares[count++];
    }
  }
  if (count < 2) {
    return;
  }
  // Providers round, so a sum may pass 1 by a little.
  const double scale = sum > 1 ? 1 / sum : 1;
  std::for_each_n(shares.begin(), count, [scale](double& each) { each *= scale; });
  const std::span<double> known{shares.data(), count};
  std::partial_sort(known.begin(), known.begin() + 2, known.end(), std::greater<>{});
  margin_sum_ += known[0] - known[1];
  entropy_sum_ += entropy_share(known);
  ++compared_;
}

signals token_meter::current() const {
  signals seen;
  if (tokens_ > 0) {
    seen.logprob_mean = logprob_sum_ / static_cast<double>(tokens_);
    seen.logprob_min = logprob_min_;
  }
  if (compared_ > 0) {
    seen.margin = margin_sum_ / static_cast<double>(compared_);
    seen.entropy = entropy_sum_ / static_cast<double>(compared_);
  }
  return seen;
}

void judge_text(std::string_view text, bool tool_calls, ending end, signals& into) {
  const bool blank = text.find_first_not_of(" \t\r\n") == std::string_view::npos;
  into.empty = blank && !tool_calls;
  into.cut = end == ending::cut;
  into.refusal = end == ending::refused || (!tool_calls && reads_as_refusal(text));
}

bool reads_as_refusal(std::string_view text) {
  const std::string head = turn::normalised(text.substr(0, k_head_bytes));
  return std::any_of(k_refusals.begin(), k_refusals.end(),
                     [&](std::string_view phrase) { return head.find(phrase) <= k_courtesy_bytes; });
}

} // namespace inferenceflow::escalation
