#include "semantic/text/stem.h"

#include <algorithm>

namespace inferenceflow::semantic {
namespace {

bool is_vowel(char c) {
  return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
}

bool has_vowel(std::string_view word) {
  return std::any_of(word.begin(), word.end(), [](char c) { return is_vowel(c) || c == 'y'; });
}

// "running" → "run", but "calling" → "call": l, s and z are doubled in the word itself.
std::string_view undouble(std::string_view word) {
  const auto n = word.size();
  if (n >= 3 && word[n - 1] == word[n - 2] && !is_vowel(word[n - 1]) && word[n - 1] != 'l' && word[n - 1] != 's' &&
      word[n - 1] != 'z') {
    word.remove_suffix(1);
  }
  return word;
}

bool is_no_superlative(std::string_view word) {
  static constexpr std::string_view k_words[] = {
      "arrest",   "attest",  "behest",  "bequest", "conquest", "contest", "detest",  "digest",   "divest",
      "forest",   "guest",   "harvest", "honest",  "inquest",  "infest",  "ingest",  "invest",   "interest",
      "manifest", "midwest", "modest",  "protest", "request",  "suggest", "everest", "bucharest"};
  return std::find(std::begin(k_words), std::end(k_words), word) != std::end(k_words);
}

std::string_view without_plural(std::string_view word) {
  if (!word.ends_with('s') || word.ends_with("ss") || word.ends_with("us") || word.ends_with("is")) {
    return word;
  }
  if (word.ends_with("sses") || word.ends_with("shes") || word.ends_with("ches") || word.ends_with("xes") ||
      word.ends_with("zes")) {
    return word.substr(0, word.size() - 2);
  }
  return word.substr(0, word.size() - 1);
}

std::string_view without_verb_ending(std::string_view word) {
  if (word.size() >= 6 && word.ends_with("ing")) {
    const auto rest = word.substr(0, word.size() - 3);
    return has_vowel(rest) ? undouble(rest) : word;
  }
  if (word.size() >= 5 && word.ends_with("ed") && !word.ends_with("eed")) {
    const auto rest = word.substr(0, word.size() - 2);
    return has_vowel(rest) ? undouble(rest) : word;
  }
  if (word.size() >= 6 && word.ends_with("est") && !is_no_superlative(word)) {
    return undouble(word.substr(0, word.size() - 3));
  }
  if (word.size() >= 6 && word.ends_with("ly")) {
    return word.substr(0, word.size() - 2);
  }
  return word;
}

} // namespace

std::string_view stem_of(std::string_view word) noexcept {
  if (word.size() < 4 || word.back() == 'i' ||
      !std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; })) {
    return word;
  }
  word = without_verb_ending(without_plural(word));
  // "happy", "happily" and "happier" would else differ in y, i, ie.
  while (word.size() > 3 &&
         (word.back() == 'e' || word.back() == 'i' || (word.back() == 'y' && !is_vowel(word[word.size() - 2])))) {
    word.remove_suffix(1);
  }
  return word;
}

} // namespace inferenceflow::semantic
