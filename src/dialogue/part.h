/// What a message is made of, in any protocol.
///
/// Role:      the nouns of dialogue/: requests, answers and events are built of these.
/// Lifecycle: plain values that own their text.
/// Threading: value; no shared state.
/// Bounds:    none of their own: a reader's input is bounded, and nothing here is larger than what was read.
/// Source:    the union of OpenAI Chat Completions and Responses, Anthropic Messages, Gemini generateContent,
///            Cohere v2 chat and Bedrock Converse.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace inferenceflow::dialogue {

/// The wire format that opaque data comes from, and that alone can take it back.
enum class protocol : std::uint8_t { openai_chat, openai_responses, anthropic, gemini, cohere, bedrock, tgi };

/// How long a provider shall keep the prompt up to here in its prompt cache.
enum class cache_life : std::uint8_t { minutes_5, hour_1 };

/// Where a statement comes from. Offsets count bytes of the text part that carries it; -1 = unknown.
struct citation {
  std::string quote = {};         ///< the cited words; empty if the provider names only the place
  std::string title = {};         ///< of the source
  std::string url = {};           ///< of the source; empty for a document of the request
  std::int64_t source_index = -1; ///< which document of the request
  std::string source_id = {};     ///< the provider's name for the source
  std::int64_t begin = -1;        ///< of the supported stretch of the answer
  std::int64_t end = -1;
  std::string opaque = {}; ///< the provider's own JSON for it, for a client of the same protocol; may be empty
  friend bool operator==(const citation&, const citation&) = default;
};

struct text_part {
  std::string text = {};
  std::vector<citation> citations = {};
  std::optional<cache_life> cache_mark = {}; ///< a cache point stands behind this part
  std::string signature = {};                ///< Gemini's thoughtSignature on a text part; empty if none
  friend bool operator==(const text_part&, const text_part&) = default;
};

enum class media_kind : std::uint8_t { image, document, audio, video };

/// Exactly one of data_base64, url, file_id and text is set.
struct media_part {
  media_kind kind = media_kind::image;
  std::string media_type = {};  ///< MIME type, e.g. "image/png"; empty when only a URL is known
  std::string data_base64 = {}; ///< the bytes, RFC 4648 §4 with padding
  std::string url = {};
  std::string file_id = {}; ///< a file that the provider holds
  std::string text = {};    ///< a document given as plain text
  std::string name = {};    ///< file name or title
  std::string context = {}; ///< what Anthropic calls a document's context
  std::string detail = {};  ///< OpenAI's "low", "high", "auto"; empty = not said
  bool cited = false;       ///< answers shall cite this document
  std::optional<cache_life> cache_mark = {};
  friend bool operator==(const media_part&, const media_part&) = default;
};

/// A model asks for a tool.
struct tool_call_part {
  std::string id = {};        ///< made by the reader (call_<n>) where the protocol has none
  std::string name = {};      ///< function name
  std::string arguments = {}; ///< JSON object as text; "{}" when the model gave none. A custom tool's input: any text
  bool custom = false;        ///< OpenAI's custom tools: `arguments` is free text
  std::string signature = {}; ///< Gemini's thoughtSignature on a functionCall part; empty if none
  std::optional<cache_life> cache_mark = {};
  friend bool operator==(const tool_call_part&, const tool_call_part&) = default;
};

/// What the tool returned.
struct tool_result_part {
  std::string call_id = {};
  std::string name = {}; ///< function name where known: Gemini answers by name; writers look it up by call_id otherwise
  std::vector<std::variant<text_part, media_part>> content = {};
  std::string json = {}; ///< the result as a JSON object where the protocol carries one (Gemini, Bedrock); else empty
  bool failed = false;   ///< the tool reports an error
  std::optional<cache_life> cache_mark = {};
  friend bool operator==(const tool_result_part&, const tool_result_part&) = default;
};

/// What a reasoning model thought. `signature` and `redacted` are opaque: they go back to `origin` unchanged or not at
/// all.
struct reasoning_part {
  std::string text = {};               ///< the thinking, or its summary
  std::string signature = {};          ///< proof that a provider made it
  std::string redacted = {};           ///< encrypted thinking; `text` is then empty or a summary
  std::string id = {};                 ///< OpenAI Responses: item id
  bool summary = false;                ///< `text` is a summary
  std::optional<protocol> origin = {}; ///< who made signature and redacted
  friend bool operator==(const reasoning_part&, const reasoning_part&) = default;
};

/// The model declined, in a field of its own (OpenAI). Protocols without one carry it as text.
struct refusal_part {
  std::string text = {};
  friend bool operator==(const refusal_part&, const refusal_part&) = default;
};

/// A block that only its own protocol knows: a server-side tool's call or result, generated code, grounding data.
struct opaque_part {
  protocol origin = protocol::openai_chat;
  std::string type = {}; ///< the block's type, for messages to people: "server_tool_use"
  std::string json = {}; ///< the whole block
  friend bool operator==(const opaque_part&, const opaque_part&) = default;
};

using part =
    std::variant<text_part, media_part, tool_call_part, tool_result_part, reasoning_part, refusal_part, opaque_part>;

} // namespace inferenceflow::dialogue
