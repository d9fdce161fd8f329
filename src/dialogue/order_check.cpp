#include "dialogue/order_check.h"

namespace inferenceflow::dialogue {

namespace {

bool fits(event_kind delta, part_kind open) {
  switch (delta) {
  case event_kind::text:
  case event_kind::cited: return open == part_kind::text;
  case event_kind::arguments: return open == part_kind::tool_call;
  case event_kind::reasoning:
  case event_kind::redacted: return open == part_kind::reasoning;
  case event_kind::signature:
    return open == part_kind::reasoning || open == part_kind::text || open == part_kind::tool_call;
  case event_kind::refusal: return open == part_kind::refusal;
  default: return true;
  }
}

} // namespace

void order_check::note(const char* what) {
  if (fault_.empty()) {
    fault_ = what;
  }
}

void order_check::take(const event& happened) {
  if (closed_) {
    note("an event after the end");
    return;
  }
  switch (happened.kind) {
  case event_kind::begin:
    if (begun_) {
      note("begin twice");
    }
    begun_ = true;
    return;
  case event_kind::failure:
    if (happened.why == nullptr) {
      note("failure without a reason");
    }
    closed_ = true;
    return;
  case event_kind::usage:
    if (happened.tokens == nullptr) {
      note("usage without tokens");
    }
    break;
  case event_kind::end:
    closed_ = true;
    for (const auto& [index, choice] : choices_) {
      if (!choice.finished) {
        note("end before a choice's finish");
      }
    }
    break;
  default: take_in_choice(happened);
  }
  if (!begun_) {
    note("an event before begin");
  }
}

void order_check::take_in_choice(const event& happened) {
  progress& of = choices_[happened.choice];
  if (of.finished) {
    note("an event of a choice after its finish");
    return;
  }
  if (happened.kind == event_kind::part_begin) {
    if (of.open || happened.part != of.next_part) {
      note(of.open ? "part_begin while a part is open" : "part_begin with the wrong number");
    }
    of.open = true;
    of.kind = happened.opened;
    return;
  }
  if (happened.kind == event_kind::finish) {
    if (of.open) {
      note("finish while a part is open");
    }
    of.finished = true;
    return;
  }
  if (!of.open || happened.part != of.next_part) {
    note("a delta of a part that is not open");
  } else if (happened.kind == event_kind::part_end) {
    of.open = false;
    ++of.next_part;
  } else if (!fits(happened.kind, of.kind)) {
    note("a delta that does not fit its part");
  } else if (happened.kind == event_kind::cited && happened.source == nullptr) {
    note("a citation without a source");
  }
}

} // namespace inferenceflow::dialogue
