#include "semantic/text/lexicon.h"

#include "semantic/text/lexicon_tables.h"
#include "semantic/text/stem.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace inferenceflow::semantic {
namespace {

/// Calls `take` for each non-empty piece of `text` between separators.
template <typename Take> void split(std::string_view text, char separator, Take take) {
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    if (end > 0) {
      take(text.substr(0, end));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::uint64_t pair_key(std::uint32_t a, std::uint32_t b) {
  const auto [low, high] = std::minmax(a, b);
  return (std::uint64_t{high} << 32U) | low;
}

/// Open addressing keyed by word hashes; filled once. A hash of 0 would read as an empty slot: no word of the tables
/// has it.
template <typename Value> class word_table {
public:
  explicit word_table(std::size_t slots)
      : slots_(slots) {}

  [[nodiscard]] const Value* find(std::uint32_t key) const noexcept {
    const auto& found = slots_[index_of(key)];
    return found.key == key ? &found.value : nullptr;
  }
  Value& operator[](std::uint32_t key) noexcept {
    auto& found = slots_[index_of(key)];
    found.key = key;
    return found.value;
  }

private:
  struct slot {
    std::uint32_t key = 0;
    Value value = {};
  };

  [[nodiscard]] std::size_t index_of(std::uint32_t key) const noexcept {
    auto i = static_cast<std::size_t>(key * 0x9E3779B1U) & (slots_.size() - 1);
    while (slots_[i].key != 0 && slots_[i].key != key) {
      i = (i + 1) & (slots_.size() - 1);
    }
    return i;
  }

  std::vector<slot> slots_;
};

class lexicon {
public:
  lexicon() {
    add_rows(tables::function_words(), false);
    add_rows(tables::phrase_words(), false);
    split(tables::irregular_forms(), '|', [this](std::string_view group) { add_group(group); });
    add_rows(tables::contrasts(), true);
    add_rows(tables::first_names(), false);
    add_rows(tables::places(), false);
    add_rows(tables::foreign_words(), false);
    split(tables::peoples(), '|', [this](std::string_view group) { add_group(group); });
    split(tables::synonyms(), '|', [this](std::string_view group) { add_group(group); });
    split(tables::opposites(), '|', [this](std::string_view group) { add_opposites(group); });
    split(tables::participles(), ' ',
          [this](std::string_view word) { forms_[word_hash(word)].traits |= trait::k_participle; });
    split(tables::symmetric_words(), ' ',
          [this](std::string_view word) { forms_[word_hash(word)].traits |= trait::k_symmetric; });
    add_numbers(tables::number_words(), false);
    add_numbers(tables::scale_words(), true);
    for (const auto& row : tables::phrases()) {
      phrases_.emplace(row.words, phrase{row.becomes, row.opener});
      starts_[word_hash(row.words.substr(0, row.words.find(' ')))].phrase = true;
    }
  }

  [[nodiscard]] lexeme look_up(std::string_view word, std::string_view stem) const noexcept {
    const auto* by_form = forms_.find(word_hash(word));
    const auto* by_stem = stems_.find(word_hash(stem));
    lexeme found = by_form != nullptr ? *by_form : lexeme{};
    if (by_stem != nullptr && (found.traits & trait::k_stop) == 0) {
      found.canon = found.canon != 0 ? found.canon : by_stem->canon;
      found.cls = found.cls != word_class::none ? found.cls : by_stem->cls;
      found.traits |= by_stem->traits;
    }
    return found;
  }

  [[nodiscard]] bool opposed(std::uint32_t a, std::uint32_t b) const noexcept {
    return opposites_.contains(pair_key(a, b));
  }

  [[nodiscard]] const phrase* find_phrase(std::string_view words) const noexcept {
    const auto found = phrases_.find(words);
    return found != phrases_.end() ? &found->second : nullptr;
  }

  [[nodiscard]] word_start start(std::string_view word) const noexcept {
    const auto* found = starts_.find(word_hash(word));
    return found != nullptr ? *found : word_start{};
  }

  [[nodiscard]] double number(std::string_view word, bool& scale) const noexcept {
    const auto found = numbers_.find(word);
    scale = found != numbers_.end() && found->second.scale;
    return found != numbers_.end() ? found->second.value : -1.0;
  }

private:
  struct number_entry {
    double value = 0;
    bool scale = false;
  };

  // Earlier tables win: a word that is grammar first is never taken for the thing it also names.
  void add_rows(std::span<const tables::class_row> rows, bool inflected) {
    for (const auto& row : rows) {
      split(row.words, ' ', [&](std::string_view word) {
        auto& entry = forms_[word_hash(word)];
        const bool known = entry.traits != 0 || entry.canon != 0;
        const bool doubtful = row.traits == trait::k_foreign || (row.traits & trait::k_ambiguous) != 0;
        if ((entry.traits & trait::k_stop) != 0 || (known && row.traits == trait::k_foreign) ||
            (doubtful && entry.cls != word_class::none)) {
          return;
        }
        entry.traits |= row.traits;
        entry.cls = entry.cls == word_class::none ? row.cls : entry.cls;
        if (inflected && (row.traits & trait::k_ambiguous) == 0) {
          auto& by_stem = stems_[word_hash(stem_of(word))];
          by_stem.traits |= row.traits;
          by_stem.cls = by_stem.cls == word_class::none ? row.cls : by_stem.cls;
        }
      });
    }
  }

  // A group takes over what its first word stands for already, so "better" joins "good" and what "good" joins later.
  void add_group(std::string_view group) {
    std::uint32_t canon = 0;
    split(group, ' ', [&](std::string_view word) {
      const auto stem = stem_of(word);
      if (canon == 0) {
        const auto known = look_up(word, stem).canon;
        canon = known != 0 ? known : word_hash(stem);
      }
      auto& entry = forms_[word_hash(word)];
      entry.canon = entry.canon != 0 ? entry.canon : canon;
      if ((entry.traits & trait::k_stop) == 0) {
        auto& by_stem = stems_[word_hash(stem)];
        by_stem.canon = by_stem.canon != 0 ? by_stem.canon : canon;
      }
    });
  }

  void add_opposites(std::string_view group) {
    const auto middle = group.find('/');
    split(group.substr(0, middle), ' ', [&](std::string_view left) {
      split(group.substr(middle + 1), ' ', [&](std::string_view right) {
        for (const auto word : {left, right}) {
          forms_[word_hash(word)].traits |= trait::k_poled;
          stems_[word_hash(stem_of(word))].traits |= trait::k_poled;
        }
        opposites_.insert(pair_key(word_hash(left), word_hash(right)));
        opposites_.insert(pair_key(word_hash(stem_of(left)), word_hash(stem_of(right))));
      });
    });
  }

  void add_numbers(std::string_view table, bool scale) {
    std::string_view name;
    split(table, ' ', [&](std::string_view word) {
      if (name.empty()) {
        name = word;
        return;
      }
      double value = 0;
      std::from_chars(word.data(), word.data() + word.size(), value);
      numbers_.emplace(name, number_entry{value, scale});
      starts_[word_hash(name)].number = true;
      name = {};
    });
  }

  static constexpr std::size_t k_slots = 16384;
  static constexpr std::size_t k_start_slots = 1024;
  word_table<lexeme> forms_{k_slots};
  word_table<lexeme> stems_{k_slots};
  word_table<word_start> starts_{k_start_slots};
  std::unordered_set<std::uint64_t> opposites_;
  std::unordered_map<std::string_view, phrase> phrases_;
  std::unordered_map<std::string_view, number_entry> numbers_;
};

const lexicon& words() {
  static const lexicon instance;
  return instance;
}

} // namespace

lexeme look_up(std::string_view word, std::string_view stem) noexcept {
  return words().look_up(word, stem);
}
bool opposed(std::uint32_t a, std::uint32_t b) noexcept {
  return words().opposed(a, b);
}
const phrase* phrase_of(std::string_view text) noexcept {
  return words().find_phrase(text);
}
word_start start_of(std::string_view word) noexcept {
  return words().start(word);
}
double number_word(std::string_view word, bool& scale) noexcept {
  return words().number(word, scale);
}

} // namespace inferenceflow::semantic
