#include "prompt_cache/prompt_layout.h"

#include <algorithm>
#include <array>

namespace inferenceflow::prompt_cache {

namespace {

using dialogue::cache_life;
using dialogue::protocol;
using wire::json::equals;
using wire::json::reader;
using wire::json::text;

constexpr std::string_view k_white = " \t\r\n";

/// Blocks that are known to take a mark. A mark on any other could turn a good request into a refused one.
constexpr std::array<std::string_view, 6> k_anthropic_types{"text",     "image",       "document",
                                                            "tool_use", "tool_result", "search_result"};
constexpr std::array<std::string_view, 6> k_bedrock_types{"text",    "image",      "document",
                                                          "toolUse", "toolResult", "toolSpec"};

bool takes_mark(protocol speaks, const block& of) {
  const auto known = [&of](const auto& types) { return std::find(types.begin(), types.end(), of.type) != types.end(); };
  if (speaks == protocol::bedrock) {
    return known(k_bedrock_types);
  }
  return speaks == protocol::anthropic && (of.part == section::tools || known(k_anthropic_types));
}

/// Walks one body. Every member function returns false on a fault, as wire/json's reader does.
class walk {
public:
  walk(protocol speaks, std::string_view body, reader in, prompt_layout& into)
      : speaks_(speaks)
      , body_(body)
      , in_(in)
      , into_(into) {}

  bool run() {
    const bool read = in_.read_object([this](const text& key) { return member(key); });
    if (!read || !in_.finish()) {
      return false;
    }
    into_.object_end = body_.find_last_of('}');
    // The body may name messages before tools; the provider does not.
    std::stable_sort(into_.blocks.begin(), into_.blocks.end(),
                     [](const block& a, const block& b) { return a.part < b.part; });
    return true;
  }

private:
  bool member(const text& key) {
    if (equals(key, "tools")) {
      return list(section::tools, {});
    }
    if (equals(key, "tool_choice")) {
      return note(into_.tool_choice);
    }
    if (equals(key, "thinking")) {
      return note(into_.thinking);
    }
    switch (speaks_) {
    case protocol::anthropic: return anthropic_member(key);
    case protocol::bedrock: return bedrock_member(key);
    case protocol::openai_chat: return equals(key, "messages") ? openai_messages() : openai_member(key);
    default:
      if (equals(key, "instructions")) {
        return content(section::system, {});
      }
      return equals(key, "input") ? content(section::history, {}) : openai_member(key);
    }
  }

  bool anthropic_member(const text& key) {
    if (equals(key, "system")) {
      return content(section::system, {});
    }
    if (equals(key, "messages")) {
      return messages();
    }
    if (equals(key, "cache_control")) {
      into_.automatic = in_.peek() == '{';
    }
    return in_.skip();
  }

  bool bedrock_member(const text& key) {
    if (equals(key, "system")) {
      return content(section::system, {});
    }
    if (equals(key, "messages")) {
      return messages();
    }
    if (equals(key, "toolConfig") && in_.peek() == '{') {
      return in_.read_object([this](const text& inner) {
        if (equals(inner, "toolChoice")) {
          return note(into_.tool_choice);
        }
        return equals(inner, "tools") ? list(section::tools, {}) : in_.skip();
      });
    }
    return in_.skip();
  }

  bool openai_member(const text& key) {
    into_.has_cache_key = into_.has_cache_key || (equals(key, "prompt_cache_key") && in_.peek() == '"');
    return in_.skip();
  }

  /// role and content in any order, so the blocks get their speaker afterwards.
  bool messages() {
    return in_.peek() != '[' ? in_.skip() : in_.read_array([this](std::size_t) {
      if (in_.peek() != '{') {
        return in_.skip();
      }
      const std::size_t first = into_.blocks.size();
      text role;
      const bool good = in_.read_object([&](const text& key) {
        if (equals(key, "role") && in_.peek() == '"') {
          return in_.read_string(role);
        }
        return equals(key, "content") ? content(section::history, {}) : in_.skip();
      });
      for (std::size_t i = first; i < into_.blocks.size(); ++i) {
        into_.blocks[i].speaker = role.raw;
      }
      return good;
    });
  }

  /// A message is one block here: nothing is placed inside. Those that lead and instruct are the system prompt.
  bool openai_messages() {
    bool leading = true;
    return in_.peek() != '[' ? in_.skip() : in_.read_array([&, this](std::size_t) {
      block made{.whole = {in_.offset(), 0}};
      text role;
      const bool good = in_.peek() != '{' ? in_.skip() : in_.read_object([&](const text& key) {
        return equals(key, "role") && in_.peek() == '"' ? in_.read_string(role) : in_.skip();
      });
      leading = leading && (role.raw == "system" || role.raw == "developer");
      made.part = leading ? section::system : section::history;
      made.whole.end = in_.consumed_end();
      return good && keep(made);
    });
  }

  /// A string or an array of blocks.
  bool content(section part, std::string_view speaker) {
    if (in_.peek() == '"') {
      block made{.whole = {in_.offset(), 0}, .speaker = speaker, .part = part, .plain_text = true};
      text words;
      const bool good = in_.read_checked_string(words);
      made.whole.end = in_.consumed_end();
      made.markable = speaks_ == protocol::anthropic && !words.raw.empty();
      return good && keep(made);
    }
    return list(part, speaker);
  }

  bool list(section part, std::string_view speaker) {
    return in_.peek() != '[' ? in_.skip() : in_.read_array([&, this](std::size_t) {
      block made{.whole = {in_.offset(), 0}, .speaker = speaker, .part = part};
      if (in_.peek() != '{') {
        made.markable = false;
        const bool good = in_.skip();
        made.whole.end = in_.consumed_end();
        return good && keep(made);
      }
      point_ = std::nullopt;
      const std::size_t start = in_.offset();
      bool empty = true;
      const bool good = in_.read_object([&](const text& key) {
        empty = false;
        return block_member(key, start, made);
      });
      made.markable = made.markable && !empty && takes_mark(speaks_, made);
      made.whole.end = in_.consumed_end();
      if (point_) { // Bedrock: a block of its own that marks the one before it
        if (!into_.blocks.empty()) {
          into_.blocks.back().client_mark = point_;
        }
        return good;
      }
      return good && keep(made);
    });
  }

  bool block_member(const text& key, std::size_t start, block& made) {
    if (speaks_ == protocol::anthropic) {
      return anthropic_block_member(key, start, made);
    }
    if (speaks_ == protocol::bedrock) {
      made.type = key.raw;
      if (equals(key, "cachePoint") && in_.peek() == '{') {
        return life_of(point_);
      }
    }
    return in_.skip();
  }

  bool anthropic_block_member(const text& key, std::size_t start, block& made) {
    if (equals(key, "type") && in_.peek() == '"') {
      text type;
      const bool good = in_.read_string(type);
      made.type = type.raw;
      return good;
    }
    if (equals(key, "text") && in_.peek() == '"') {
      text words;
      const bool good = in_.read_checked_string(words);
      made.markable = made.markable && !words.raw.empty();
      return good;
    }
    if (equals(key, "defer_loading")) { // a tool that is loaded later cannot be marked
      made.markable = made.markable && in_.peek() != 't';
      return in_.skip();
    }
    if (equals(key, "cache_control") && in_.peek() == '{') {
      const std::size_t from = in_.offset_of(key.raw) - 1;
      const bool good = life_of(made.client_mark);
      made.own_mark = with_comma({from, in_.consumed_end()}, start);
      return good;
    }
    return in_.skip();
  }

  /// The object of a cache_control or cachePoint: its ttl, or five minutes.
  bool life_of(std::optional<cache_life>& life) {
    life = cache_life::minutes_5;
    return in_.read_object([&](const text& key) {
      text value;
      if (!equals(key, "ttl") || in_.peek() != '"') {
        return in_.skip();
      }
      const bool good = in_.read_string(value);
      life = value.raw == "1h" ? cache_life::hour_1 : cache_life::minutes_5;
      return good;
    });
  }

  /// Without the member the block shall read as if it had never been there.
  [[nodiscard]] stretch with_comma(stretch member, std::size_t start) const {
    const std::size_t before = body_.find_last_not_of(k_white, member.begin - 1);
    if (before > start && body_[before] == ',') {
      return {before, member.end};
    }
    const std::size_t behind = body_.find_first_not_of(k_white, member.end);
    return {member.begin, behind != std::string_view::npos && body_[behind] == ',' ? behind + 1 : member.end};
  }

  bool note(stretch& place) {
    place.begin = in_.offset();
    const bool good = in_.skip();
    place.end = in_.consumed_end();
    return good;
  }

  bool keep(const block& made) {
    into_.blocks.push_back(made);
    return into_.blocks.size() <= k_blocks_max;
  }

  protocol speaks_;
  std::string_view body_;
  reader in_;
  prompt_layout& into_;
  std::optional<cache_life> point_;
};

bool has_layout(protocol speaks) {
  return speaks == protocol::anthropic || speaks == protocol::bedrock || speaks == protocol::openai_chat ||
         speaks == protocol::openai_responses;
}

} // namespace

const prompt_layout* layout_reader::read(protocol speaks, std::string_view body) {
  if (!has_layout(speaks) || index_.build(body)) {
    return nullptr;
  }
  found_.blocks.clear();
  found_.tool_choice = found_.thinking = {};
  found_.automatic = found_.has_cache_key = false;
  return walk{speaks, body, index_.read(), found_}.run() ? &found_ : nullptr;
}

} // namespace inferenceflow::prompt_cache
