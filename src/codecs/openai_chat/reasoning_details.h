/// OpenRouter's reasoning_details: thinking with the signature of whoever made it, in a message of this format.
///
/// Role:      an OpenAI client that sends an assistant message back as it got it keeps Anthropic's, Gemini's and
/// others'
///            signatures; both readers and both writers go through here, so that a stream and a document agree.
/// Lifecycle: free functions; one reasoning_track per choice of a stream or message of a document.
/// Threading: one thread.
/// Bounds:    none of its own.
/// Source:    OpenRouter, "Preserving reasoning blocks": reasoning.text {text, signature}, reasoning.summary {summary},
///            reasoning.encrypted {data}, each with id, index, format; recorded answers and streams.
///
/// An entry goes on with the part that is open when it has the same index and does not name another id, and the part
/// has no proof yet; a missing index or id is no difference. Gemini signs visible text and tool calls too: such a
/// signature is an entry without text, with the call's id or none.
#pragma once

#include "codecs/openai_chat/json_out.h"
#include "dialogue/json_view.h"
#include "dialogue/part.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inferenceflow::codecs::openai_chat {

/// One entry. Lifetime: the document's.
struct reasoning_entry {
  std::string_view text = {};
  std::string_view signature = {};
  std::string_view redacted = {};
  std::string_view id = {};
  std::optional<std::int64_t> index = {};
  bool summary = false;
  dialogue::protocol origin = dialogue::protocol::openai_chat; ///< by its format; this one for any unknown
};

[[nodiscard]] reasoning_entry read_entry(const dialogue::json_view& entry);

/// What `format` an origin has, e.g. "anthropic-claude-v1".
[[nodiscard]] std::string_view format_of(dialogue::protocol origin) noexcept;

/// What is known of the reasoning part that is open.
class reasoning_track {
public:
  /// The entry belongs to the open part. False when none is open.
  [[nodiscard]] bool goes_on(const reasoning_entry& entry) const noexcept;
  /// Plain text (reasoning_content) belongs to the open part.
  [[nodiscard]] bool goes_on_plain() const noexcept { return open_ && !proven_; }
  void open(const reasoning_entry& entry);
  /// Notes what the open part has now.
  void add(const reasoning_entry& entry) noexcept;
  void close() noexcept { open_ = false; }

private:
  bool open_ = false;
  bool proven_ = false; ///< has its signature or its redacted form
  bool has_text_ = false;
  bool summary_ = false;
  std::optional<std::int64_t> index_;
  std::string id_;
};

/// Gemini's signatures of what is visible, until the part that they belong to is there.
struct held_signatures {
  std::vector<std::pair<std::string, std::string>> calls = {}; ///< call id → signature
  std::string text = {};

  /// @returns true if `entry` is such a signature; it is kept.
  bool take(const reasoning_entry& entry);
  /// The signature of the call `id`, which is then no longer held; empty if there is none.
  [[nodiscard]] std::string for_call(std::string_view id);
  /// What belongs to nothing, as parts of its own.
  [[nodiscard]] std::vector<dialogue::reasoning_part> leftovers();
};

/// Thinking of a document's message: reasoning_details, and reasoning_content or reasoning where those hold no text.
void read_reasoning(const dialogue::json_view& message, std::vector<dialogue::part>& into, held_signatures& held);
/// The plain field of a message or delta: reasoning_content, or reasoning where it is a string. Empty if none.
[[nodiscard]] std::string_view plain_reasoning(const dialogue::json_view& message);
/// True if an entry of reasoning_details holds text, so that the plain field only repeats it.
[[nodiscard]] bool details_hold_text(const dialogue::json_view& details);

/// One entry of a piece of thinking that has no proof yet.
void write_text_entry(json_out& out, std::string_view text, bool summary, std::string_view id, std::int64_t index);
/// One entry with a signature, or with the redacted form.
void write_proof_entry(json_out& out, std::string_view proof, bool redacted, std::string_view id,
                       dialogue::protocol origin, std::int64_t index);
/// All entries of a part.
void write_entries(json_out& out, const dialogue::reasoning_part& thought, std::int64_t index);

} // namespace inferenceflow::codecs::openai_chat
