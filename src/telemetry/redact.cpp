#include "telemetry/redact.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace inferenceflow::telemetry {
namespace {

constexpr std::string_view k_mask = "***";

// Prefixes of keys that services hand out, and how many characters at least follow in a real one.
struct key_prefix {
  std::string_view text;
  std::size_t tail_min;
};
constexpr key_prefix k_key_prefixes[] = {{"sk-", 8},  {"gsk_", 8},  {"hf_", 8},   {"xai-", 8},
                                         {"pk-", 16}, {"AIza", 16}, {"AKIA", 12}, {"ghp_", 16}};

constexpr std::string_view k_schemes[] = {"bearer ", "basic "};

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.' || c == '+' || c == '/' || c == '~' || c == '=';
}

std::size_t run_length(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_key_character) - text.begin());
}

// Characters at the start of `rest` to keep and then to mask; keep = 0 and mask = 0 when no secret starts here.
struct finding {
  std::size_t keep = 0;
  std::size_t mask = 0;
};

finding key_by_prefix(std::string_view rest) {
  for (const auto& prefix : k_key_prefixes) {
    if (rest[0] == prefix.text[0] && rest.starts_with(prefix.text)) {
      const auto tail = run_length(rest.substr(prefix.text.size()));
      if (tail >= prefix.tail_min) {
        return {prefix.text.size(), tail};
      }
    }
  }
  return {};
}

finding after_scheme(std::string_view rest) {
  for (const auto scheme : k_schemes) {
    if (starts_with_word(rest, scheme)) {
      const auto tail = run_length(rest.substr(scheme.size()));
      if (tail >= 6) { // "basic idea" is prose, though "basic authentication" is masked too
        return {scheme.size(), tail};
      }
    }
  }
  return {};
}

finding after_secret_word(std::string_view rest) {
  for (const auto word : k_secret_words) {
    if (!starts_with_word(rest, word)) {
      continue;
    }
    auto at = word.size();
    const auto skip = [&](std::string_view set) {
      const auto from = at;
      while (at < rest.size() && set.find(rest[at]) != std::string_view::npos) {
        ++at;
      }
      return at > from;
    };
    skip("\"'\\ ");
    if (!skip(":=")) {
      return {};
    }
    skip("\"'\\ ");
    for (const auto scheme : k_schemes) {
      at += starts_with_word(rest.substr(at), scheme) ? scheme.size() : 0;
    }
    const auto tail = rest.substr(at).find_first_of(" \t\r\n\"'\\,;&}");
    return {at, tail == std::string_view::npos ? rest.size() - at : tail};
  }
  return {};
}

finding user_of_url(std::string_view rest) {
  if (!rest.starts_with("://")) {
    return {};
  }
  const auto end = rest.find_first_of("/?# \t\r\n\"'", 3);
  const auto at = rest.substr(0, end).rfind('@');
  return at == std::string_view::npos ? finding{} : finding{3, at - 3};
}

finding secret_at(std::string_view rest, bool word_starts) {
  if (rest[0] == ':') {
    return user_of_url(rest);
  }
  if (word_starts) {
    if (const auto found = key_by_prefix(rest); found.mask > 0) {
      return found;
    }
    if (const auto found = after_scheme(rest); found.mask > 0) {
      return found;
    }
  }
  return after_secret_word(rest); // within words too: x-api-key, OPENAI_API_KEY
}

using byte_set = std::array<bool, 256>;

// What a secret has as its byte number `at`: two lookups let nearly every byte of clean text pass.
constexpr byte_set bytes_of_secrets(std::size_t at) {
  byte_set set{};
  const auto add = [&set](char c) {
    set[static_cast<unsigned char>(c)] = true;
    if (c >= 'a' && c <= 'z') {
      set[static_cast<unsigned char>(c - 'a' + 'A')] = true;
    }
  };
  for (const auto& prefix : k_key_prefixes) {
    add(prefix.text[at]);
  }
  for (const auto word : k_secret_words) {
    add(word[at]);
  }
  for (const auto scheme : k_schemes) {
    add(scheme[at]);
  }
  add("://"[at]);
  return set;
}
constexpr byte_set k_first_bytes = bytes_of_secrets(0);
constexpr byte_set k_second_bytes = bytes_of_secrets(1);

bool may_start_secret(std::string_view text, std::size_t at) {
  return k_first_bytes[static_cast<unsigned char>(text[at])] && at + 1 < text.size() &&
         k_second_bytes[static_cast<unsigned char>(text[at + 1])];
}

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Calls `on_secret(position, finding)` for each; stops when it returns false.
template <class F> void scan(std::string_view text, F on_secret) {
  std::size_t masked_end = text.size() + 1; // none yet
  for (std::size_t i = 0; i < text.size();) {
    if (!may_start_secret(text, i)) {
      ++i;
      continue;
    }
    const bool word_starts = i != masked_end && (i == 0 || !is_word_character(text[i - 1]));
    const auto found = secret_at(text.substr(i), word_starts);
    if (found.mask == 0) {
      ++i;
      continue;
    }
    if (!on_secret(i, found)) {
      return;
    }
    i += found.keep + found.mask;
    masked_end = i;
  }
}

} // namespace

bool may_hold_secret(std::string_view text) noexcept {
  constexpr std::size_t k_secret_bytes_min = 9; // nothing shorter is both a secret and recognisable as one
  if (text.size() < k_secret_bytes_min) {
    return false;
  }
  bool found = false;
  scan(text, [&found](std::size_t, finding) {
    found = true;
    return false;
  });
  return found;
}

std::string redacted(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::size_t done = 0;
  scan(text, [&](std::size_t at, finding secret) {
    out.append(text, done, at + secret.keep - done);
    out += k_mask;
    done = at + secret.keep + secret.mask;
    return true;
  });
  out.append(text, done);
  return out;
}

} // namespace inferenceflow::telemetry
