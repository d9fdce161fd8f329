#include "codecs/anthropic/stream_read.h"

#include "codecs/anthropic/answer_read.h"
#include "codecs/anthropic/block_read.h"
#include "codecs/anthropic/error.h"
#include "codecs/anthropic/vocabulary.h"

#include <array>
#include <fmt/format.h>
#include <utility>
#include <vector>

namespace inferenceflow::codecs::anthropic {

using dialogue::event;
using dialogue::event_kind;
using dialogue::json_view;
using dialogue::part_kind;
using dialogue::protocol;

stream_reader::stream_reader(std::size_t event_bytes_max)
    : event_bytes_max_(event_bytes_max)
    , decoder_(event_bytes_max) {}

void stream_reader::push(std::string_view bytes, const dialogue::event_handler& handle) {
  if (closed_) {
    return;
  }
  handle_ = &handle;
  const bool fits = decoder_.push(bytes, [this](const wire::sse::event& sent) { take(sent.data); });
  if (!fits) {
    fail(fmt::format("the upstream sent an event of more than {} bytes", event_bytes_max_));
  }
  handle_ = nullptr;
}

void stream_reader::finish(const dialogue::event_handler& handle) {
  handle_ = &handle;
  fail(begun_ ? "the upstream ended its stream before the answer was complete"
              : "the upstream's stream held no answer");
  handle_ = nullptr;
}

void stream_reader::take(std::string_view data) {
  if (closed_) {
    return;
  }
  dialogue::json_document document;
  document_ = &document;
  const json_view root = document.parse(data);
  if (!root.is_object()) {
    fail("the upstream's stream is not Anthropic's: an event holds no JSON object");
  } else if (const json_view type = root.member("type"); type.is_text()) {
    take_event(type.text(), root);
  } else if (const json_view broken = root.member("error"); broken.present()) {
    fail(read_error_object(broken)); // a gateway between spoke another protocol's error
  } else {
    fail("the upstream's stream is not Anthropic's: an event has no type");
  }
  if (document.failure()) {
    fail(fmt::format("the upstream's stream breaks the format: {}", document.failure()->message));
  }
  document_ = nullptr;
}

void stream_reader::take_event(std::string_view type, const json_view& root) {
  if (type == "ping") {
    return;
  }
  if (type == "error") {
    fail(read_error_object(root.member("error")));
    return;
  }
  const bool content = type.substr(0, 14) == "content_block_";
  const bool known = content || type == "message_start" || type == "message_delta" || type == "message_stop";
  if (!known) {
    return;
  }
  if (begun_ == (type == "message_start")) {
    fail(begun_ ? "the upstream's stream began twice" : fmt::format("the upstream's stream began with {}", type));
  } else if (content && finished_) {
    fail("the upstream's stream went on behind its stop reason");
  } else if (type == "message_start") {
    take_start(root.member("message"));
  } else if (type == "content_block_start") {
    take_block_start(root);
  } else if (type == "content_block_delta") {
    take_delta(root);
  } else if (type == "content_block_stop") {
    // A stop of a block that was closed already changes nothing; one of a block to come is a broken stream.
    const auto index = root.member("index").integer(0);
    if (index.value_or(0) > index_) {
      fail("the upstream's stream ends a block that did not begin");
    } else if (index == index_) {
      close_part();
    }
  } else if (type == "message_delta") {
    take_message_delta(root);
  } else if (type == "message_stop") {
    take_stop();
  }
}

void stream_reader::take_start(const json_view& message) {
  const std::string_view id = message.member("id").text();
  const std::string_view model = message.member("model").text();
  usage_.merge(message.member("usage"));
  if (document_->failure()) {
    return;
  }
  begun_ = true;
  tell({.kind = event_kind::begin, .id = id, .name = model});
  tell_usage();
}

void stream_reader::take_block_start(const json_view& root) {
  const auto index = root.member("index").integer(0);
  const json_view block = root.member("content_block");
  const std::string_view type = block.member("type").required_text();
  if (document_->failure()) {
    return;
  }
  if (!index || *index <= index_) {
    fail("the upstream's stream begins its blocks out of order");
    return;
  }
  close_part();
  if (!closed_) {
    index_ = *index;
    open(block, type);
  }
}

void stream_reader::open(const json_view& block, std::string_view type) {
  if (type == "text") {
    open_text(block);
  } else if (type == "tool_use") {
    open_call(block);
  } else if (type == "thinking") {
    open_thinking(block);
  } else if (type == "redacted_thinking") {
    const std::string_view data = block.member("data").required_text();
    if (!document_->failure()) {
      open_ = open_block::reasoning;
      tell({.kind = event_kind::part_begin, .opened = part_kind::reasoning, .origin = protocol::anthropic});
      tell_piece(event_kind::redacted, data);
    }
  } else {
    open_ = open_block::opaque;
    opaque_.begin(std::string{type}, block.json());
  }
}

void stream_reader::open_text(const json_view& block) {
  const std::string_view text = block.member("text").text();
  std::vector<dialogue::citation> sources;
  block.member("citations").each([&](const json_view& from) { sources.push_back(read_citation(from)); });
  if (document_->failure()) {
    return;
  }
  open_ = open_block::text;
  tell({.kind = event_kind::part_begin, .opened = part_kind::text});
  tell_piece(event_kind::text, text);
  for (const dialogue::citation& source : sources) {
    tell({.kind = event_kind::cited, .source = &source});
  }
}

void stream_reader::open_call(const json_view& block) {
  const std::string_view id = block.member("id").required_text();
  const std::string_view name = block.member("name").required_text();
  const json_view input = block.member("input");
  if (document_->failure()) {
    return;
  }
  // Ordinarily {}, and the pieces follow; a server that sends it whole here sends no pieces.
  input_ = input.is_object() ? input.json() : std::string{};
  if (input_ == "{}") {
    input_.clear();
  }
  open_ = open_block::tool_call;
  tell({.kind = event_kind::part_begin, .opened = part_kind::tool_call, .id = id, .name = name});
}

void stream_reader::open_thinking(const json_view& block) {
  const std::string_view text = block.member("thinking").text();
  const std::string_view signature = block.member("signature").text();
  if (document_->failure()) {
    return;
  }
  open_ = open_block::reasoning;
  tell({.kind = event_kind::part_begin, .opened = part_kind::reasoning, .origin = protocol::anthropic});
  tell_piece(event_kind::reasoning, text);
  tell_piece(event_kind::signature, signature);
}

void stream_reader::take_delta(const json_view& root) {
  const auto index = root.member("index").integer(0);
  const json_view delta = root.member("delta");
  const std::string_view type = delta.member("type").required_text();
  if (document_->failure()) {
    return;
  }
  if (open_ == open_block::none || index != index_) {
    fail("the upstream's stream continues a block that is not open");
  } else if (open_ != open_block::opaque) {
    take_known_delta(delta, type);
  } else {
    if (type == "input_json_delta") {
      opaque_.add_input(delta.member("partial_json").text());
    } else {
      opaque_.add_delta(delta.json());
    }
    if (opaque_.bytes() > event_bytes_max_) {
      fail(fmt::format("the upstream sent a block of more than {} bytes", event_bytes_max_));
    }
  }
}

void stream_reader::take_known_delta(const json_view& delta, std::string_view type) {
  struct known_delta {
    std::string_view type;
    open_block fits;
    event_kind told;
    std::string_view member;
  };
  static constexpr std::array k_known{
      known_delta{"text_delta", open_block::text, event_kind::text, "text"},
      known_delta{"input_json_delta", open_block::tool_call, event_kind::arguments, "partial_json"},
      known_delta{"thinking_delta", open_block::reasoning, event_kind::reasoning, "thinking"},
      known_delta{"signature_delta", open_block::reasoning, event_kind::signature, "signature"},
      known_delta{"citations_delta", open_block::text, event_kind::cited, "citation"},
  };
  for (const known_delta& known : k_known) {
    if (known.type != type) {
      continue;
    }
    const json_view held = delta.member(known.member);
    if (known.fits != open_) {
      fail(fmt::format("the upstream's stream sends a {} to a block of another type", type));
    } else if (known.told == event_kind::cited) {
      const dialogue::citation source = read_citation(held);
      if (!document_->failure()) {
        tell({.kind = event_kind::cited, .source = &source});
      }
    } else {
      if (const std::string_view text = held.text(); !text.empty()) {
        input_.clear(); // the pieces say it all
        tell_piece(known.told, text);
      }
    }
    return;
  }
}

void stream_reader::take_message_delta(const json_view& root) {
  const json_view delta = root.member("delta");
  const json_view reason = delta.member("stop_reason");
  const std::string_view word = reason.text();
  const std::string_view sequence = delta.member("stop_sequence").text();
  const std::string_view refusal = read_refusal(delta.member("stop_details"));
  const json_view usage = root.member("usage");
  usage_.merge(usage);
  if (document_->failure()) {
    return;
  }
  if (reason.present() && !finished_) {
    close_part();
    tell_refusal(refusal);
    const dialogue::finish ended = finish_of(word);
    tell({.kind = event_kind::finish,
          .text = ended == dialogue::finish::stop_sequence ? sequence : std::string_view{},
          .reason = ended});
    finished_ = true;
  }
  if (usage.is_object()) { // else the last counts are the beginning's, and whoever bills must see that
    tell_usage();
  }
}

void stream_reader::take_stop() {
  close_part();
  if (!finished_) {
    tell({.kind = event_kind::finish});
  }
  tell({.kind = event_kind::end});
  closed_ = true;
}

void stream_reader::close_part() {
  const open_block ended = std::exchange(open_, open_block::none);
  if (ended == open_block::none) {
    return;
  }
  if (ended == open_block::opaque) {
    const auto whole = opaque_.json();
    if (!whole) {
      fail(fmt::format("the upstream's stream holds a {} block whose input is not valid JSON", opaque_.type()));
      return;
    }
    tell({.kind = event_kind::part_begin,
          .opened = part_kind::opaque,
          .text = *whole,
          .name = opaque_.type(),
          .origin = protocol::anthropic});
  } else if (ended == open_block::tool_call) {
    tell_piece(event_kind::arguments, input_);
  }
  tell({.kind = event_kind::part_end});
  ++part_;
}

void stream_reader::tell(event happened) {
  if (!closed_) {
    happened.part = part_;
    (*handle_)(happened);
  }
}

void stream_reader::tell_piece(event_kind kind, std::string_view text) {
  if (!text.empty()) {
    tell({.kind = kind, .text = text, .origin = protocol::anthropic});
  }
}

void stream_reader::tell_refusal(std::string_view why) {
  if (why.empty()) {
    return;
  }
  tell({.kind = event_kind::part_begin, .opened = part_kind::refusal});
  tell_piece(event_kind::refusal, why);
  tell({.kind = event_kind::part_end});
  ++part_;
}

void stream_reader::tell_usage() {
  if (const auto counts = usage_.disjoint()) {
    tell({.kind = event_kind::usage, .tokens = &*counts});
  }
}

void stream_reader::fail(std::string message) {
  fail(make_error(error_kind::upstream_failed, std::move(message)));
}

void stream_reader::fail(const error& why) {
  if (!closed_) {
    tell({.kind = event_kind::failure, .why = &why});
    closed_ = true;
  }
}

} // namespace inferenceflow::codecs::anthropic
