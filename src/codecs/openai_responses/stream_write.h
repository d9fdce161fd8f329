/// Events of dialogue/ → this protocol's event stream, or the response object that it ends with.
///
/// Role:      what codec's make_writer() returns; answer_write makes documents with it, so that both say the same.
/// Lifecycle: write()* ; one per stream.
/// Threading: one loop.
/// Bounds:    holds the whole answer: response.completed repeats it. About twice its text while a part is open.
/// Source:    SDK types ResponseStreamEvent (every required field is written), lib/streaming/responses of the Python
///            SDK (created comes first, ids and output indexes stay, an item is added before its deltas); read 2026-11.
///            An error is sent flat, as the reference has it, and nested, as the servers and SDKs do.
#pragma once

#include "codecs/openai_responses/json_out.h"
#include "dialogue/codec.h"
#include "dialogue/event.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::openai_responses {

class stream_writer final : public dialogue::event_writer {
public:
  /// @param silent  write() appends nothing; document() is what is wanted.
  explicit stream_writer(const dialogue::stream_wish& wish, bool silent = false)
      : model_(wish.model)
      , created_s_(wish.created_s)
      , silent_(silent) {}

  void write(const dialogue::event& happened, std::string& out) override;
  [[nodiscard]] const std::vector<std::string>& losses() const noexcept override { return losses_; }

  /// The response object as it stands; after `end`, the whole answer.
  [[nodiscard]] std::string document() const;
  void set_service_tier(std::string_view tier) { service_tier_ = tier; }

private:
  struct message_item {
    std::string id = {};
    std::int64_t contents = 0; ///< number of finished content parts
    std::string content = {};  ///< these parts' JSON, comma-separated
  };
  struct open_part {
    dialogue::part_kind kind = dialogue::part_kind::text;
    std::string id = {};   ///< item id
    std::string call = {}; ///< call id
    std::string name = {};
    bool custom = false;
    bool summary = false;
    bool announced = false;       ///< reasoning: output_item.added is out
    bool begun = false;           ///< reasoning: so is its text's bracket
    std::string text = {};        ///< all of it so far
    std::string annotations = {}; ///< JSON, comma-separated
    std::int64_t annotation_count = 0;
    std::string logprobs = {}; ///< JSON, comma-separated
    std::string redacted = {};
  };

  void write_live(const dialogue::event& happened);
  void begin(const dialogue::event& happened);
  void begin_part(const dialogue::event& happened);
  void begin_content(dialogue::part_kind kind);
  void begin_call(const dialogue::event& happened);
  void announce_reasoning();
  void begin_reasoning_text();
  void whole_part(const dialogue::event& happened);
  void delta(const dialogue::event& happened);
  void text_delta(const dialogue::event& happened);
  void cite(const dialogue::citation& source);
  void end_part();
  void end_content();
  void end_call();
  void end_reasoning();
  void end_message();
  void end_response();
  void fail(const error& why);

  /// The open part's element of a message's content. @param whole  with what it holds; else as it begins.
  void write_content_json(json_out& to, bool whole) const;
  void write_call_json(json_out& to, bool whole) const;
  void write_reasoning_json(json_out& to, bool whole) const;
  void write_message_json(json_out& to, std::string_view status) const;
  void write_response(json_out& to, std::string_view status, const error* why) const;
  void write_usage(json_out& to) const;
  [[nodiscard]] std::string_view end_status() const noexcept;

  /// One event: type, sequence number and what `rest` adds.
  template <class F> void emit(std::string_view type, F&& rest);
  /// An event of the open part: with item_id and output_index.
  template <class F> void emit_of_part(std::string_view type, F&& rest);
  /// output_item.added or .done of `item`, a whole JSON object.
  void emit_item(std::string_view type, std::string_view item);
  void finish_item(std::string_view item);
  [[nodiscard]] std::string item_id(std::string_view prefix) const;

  std::string model_;
  std::int64_t created_s_;
  bool silent_;
  std::string* out_ = nullptr; ///< of the write() that runs
  std::int64_t sequence_ = 0;
  std::string id_;
  std::string id_tail_; ///< of the answer's id, for those of its items
  std::string service_tier_;
  std::string output_; ///< finished items' JSON, comma-separated
  std::size_t items_ = 0;
  std::optional<message_item> message_; ///< open until a part comes that is not its
  std::optional<open_part> part_;
  dialogue::finish reason_ = dialogue::finish::none;
  std::optional<cost::token_usage> usage_;
  std::vector<std::string> losses_;
  bool begun_ = false;
  bool closed_ = false;
};

} // namespace inferenceflow::codecs::openai_responses
