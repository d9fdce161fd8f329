/// A backend's event stream → events of dialogue/.
///
/// Role:      what codec's make_reader() returns.
/// Lifecycle: push()* → finish(); one per stream.
/// Threading: one loop.
/// Bounds:    event_bytes_max for an unfinished event, and as much again for items that wait for their turn; the text
///            of the open part (the protocol repeats it in one event, so it is bounded by the same figure);
///            k_items_max items.
/// Source:    OpenAI API reference, "Streaming events"; SDK types ResponseStreamEvent; recorded streams of OpenAI,
///            Bedrock, DeepSeek and OpenRouter (which begins the message before its reasoning item is done).
#pragma once

#include "codecs/openai_responses/item_read.h"
#include "codecs/openai_responses/part_emitter.h"
#include "dialogue/codec.h"
#include "dialogue/json_view.h"
#include "wire/sse/codec.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::openai_responses {

/// More output items than any answer has: a stream that goes on beyond is broken.
inline constexpr std::size_t k_items_max = 4096;

/// An item becomes parts in one of two ways. The first that is announced while none is open streams through, delta by
/// delta. One that is announced meanwhile waits; its deltas are not kept, because output_item.done and
/// response.completed repeat it whole. An open reasoning item makes way instead: its encrypted content, which comes
/// with its end, follows as a part of its own.
class stream_reader final : public dialogue::event_reader {
public:
  explicit stream_reader(std::size_t event_bytes_max)
      : decoder_(event_bytes_max)
      , bytes_max_(event_bytes_max) {}

  void push(std::string_view bytes, const dialogue::event_handler& handle) override;
  void finish(const dialogue::event_handler& handle) override;

private:
  struct open_item {
    std::int64_t index = 0;
    item_kind kind = item_kind::other;
    std::string id = {};
    std::int64_t content = 0; ///< the first content (or summary) index whose part is not ended
  };
  struct waiting_item {
    std::int64_t index = 0;
    bool made_way = false;  ///< reasoning whose text was told
    bool done = false;      ///< whole is set
    std::string whole = {}; ///< the item's JSON
  };

  void take(const wire::sse::event& raw, const dialogue::event_handler& handle);
  /// One event by its type; faults are noted in the document.
  void take_event(std::string_view type, const dialogue::json_document& document, dialogue::json_view root,
                  part_emitter& to, const dialogue::event_handler& handle);
  void take_delta(std::string_view type, dialogue::json_view root, part_emitter& to);
  void begin(dialogue::json_view response, const dialogue::event_handler& handle);
  void item_added(dialogue::json_view root, part_emitter& to);
  void item_done(dialogue::json_view root, part_emitter& to);
  void content_delta(std::string_view type, dialogue::json_view root, part_emitter& to);
  void reasoning_delta(std::string_view type, dialogue::json_view root, part_emitter& to);
  void arguments_delta(std::string_view type, dialogue::json_view root, part_emitter& to);
  void complete(const dialogue::json_document& document, dialogue::json_view response, part_emitter& to,
                const dialogue::event_handler& handle);
  /// Plays the items that are done. @param place  where a fault of theirs is noted.
  void play_waiting(dialogue::json_view place, part_emitter& to);
  void play_left_over(dialogue::json_view output, part_emitter& to);
  static void play_kept(const waiting_item& item, dialogue::json_view place, part_emitter& to);

  /// The open item, if `root` speaks of it and it is of this kind. Notes a fault where the item is unknown.
  [[nodiscard]] open_item* addressed(dialogue::json_view root, item_kind kind, item_kind or_kind);
  [[nodiscard]] std::vector<waiting_item>::iterator find_waiting(std::int64_t index);
  void keep(waiting_item& item, dialogue::json_view whole);
  void fail(error why, const dialogue::event_handler& handle);

  wire::sse::decoder decoder_;
  std::size_t bytes_max_;
  emitted parts_;
  std::optional<open_item> open_;
  std::vector<waiting_item> waiting_;
  std::size_t kept_bytes_ = 0;
  std::int64_t next_index_ = 0; ///< behind the last item that was announced
  bool begun_ = false;
  bool closed_ = false;
};

} // namespace inferenceflow::codecs::openai_responses
