#include "quality/word_class.h"

#include <array>

namespace inferenceflow::quality {

namespace {

struct listed {
  std::uint16_t bits;
  std::string_view words; ///< with one space between them
};

constexpr std::array k_lists{
    listed{k_word_stop,
           "the of and to in a is that for it as was with be by on he i this are or his from at which but have an had "
           "they you were their one all we can her has there been if more will would who so she"},
    listed{
        k_word_code,
        "def class import return function int str list void const static var let async await print println assert elif "
        "lambda python java javascript typescript cpp rust golang sql select sqlite html css bash code compile "
        "exception array dict tuple string boolean null none typing struct enum api regex function"},
    listed{
        k_word_maths,
        "frac sqrt sum prod int lim log ln sin cos tan theta pi alpha beta equation integer integers polynomial matrix "
        "vector prove theorem derivative integral probability triangle radius angle prime divisible modulo mod "
        "factor solve calculate compute root roots number numbers percent total area perimeter ratio sequence"},
    listed{
        k_word_format,
        "json yaml xml csv table markdown bullet list schema format boxed words sentences paragraph essay poem story "
        "outline summary email letter"},
    listed{k_word_foreign,
           "der die das und nicht ist ein eine mit zu von le la les des est une et pour dans que qui el los las es una "
           "por para con como il che di non per sono het een van niet"},
    listed{
        k_word_task,
        "write explain describe translate summarize summarise list generate create implement design compare classify "
        "give make rewrite edit analyze analyse discuss provide suggest find identify complete continue act"},
    listed{k_word_negation, "not no never except false incorrect cannot without neither nor least unlikely"},
};

struct entry {
  std::uint32_t tag = 0; ///< half of the hash: one other word in four thousand million is taken for a listed one
  std::uint16_t bits = 0;
};

constexpr std::uint32_t tag_of(std::uint64_t hash) noexcept {
  return static_cast<std::uint32_t>(hash >> 32U);
}

constexpr std::size_t slot_of(std::uint64_t hash) noexcept {
  return static_cast<std::size_t>((hash * 0x9E3779B97F4A7C15U) >> 53U) % k_class_slots;
}

class class_table {
public:
  class_table() {
    for (const listed& one : k_lists) {
      std::string_view rest = one.words;
      while (!rest.empty()) {
        const std::size_t end = rest.find(' ');
        add(word_hash(rest.substr(0, end)), one.bits);
        rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
      }
    }
  }

  [[nodiscard]] std::uint16_t find(std::uint64_t hash) const noexcept {
    for (std::size_t slot = slot_of(hash);; slot = (slot + 1) % k_class_slots) {
      if (entries_[slot].tag == tag_of(hash)) {
        return entries_[slot].bits;
      }
      if (entries_[slot].bits == 0) {
        return 0;
      }
    }
  }

private:
  void add(std::uint64_t hash, std::uint16_t bits) {
    std::size_t slot = slot_of(hash);
    while (entries_[slot].bits != 0 && entries_[slot].tag != tag_of(hash)) {
      slot = (slot + 1) % k_class_slots;
    }
    entries_[slot].tag = tag_of(hash);
    entries_[slot].bits = static_cast<std::uint16_t>(entries_[slot].bits | bits);
  }

  std::array<entry, k_class_slots> entries_{};
};

} // namespace

std::uint16_t classes_of(std::uint64_t hash) noexcept {
  static const class_table table;
  return table.find(hash);
}

} // namespace inferenceflow::quality
