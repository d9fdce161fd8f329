#include "codecs/tests/translation_table.h"

#include "codecs/anthropic/codec.h"
#include "codecs/bedrock/codec.h"
#include "codecs/cohere/codec.h"
#include "codecs/gemini/codec.h"
#include "codecs/openai_chat/codec.h"
#include "codecs/openai_responses/codec.h"
#include "codecs/tgi/codec.h"
#include "dialogue/assembly.h"

#include <algorithm>
#include <exception>
#include <fmt/format.h>
#include <set>

namespace inferenceflow::codecs::tests {
namespace {

constexpr std::size_t k_event_bytes_max = 1U << 20U;
const dialogue::stream_wish k_wish{.model = "asked", .created_s = 1'755'000'001};

std::vector<std::string> beyond(const std::vector<std::string>& losses, const std::vector<std::string>& usual) {
  std::vector<std::string> own;
  for (const auto& name : losses) {
    if (std::find(usual.begin(), usual.end(), name) == usual.end()) {
      own.push_back(name);
    }
  }
  return own;
}

/// What is written and what it reads back as; `whole` is a request or an answer.
template <class whole> struct written {
  std::string bytes = {};
  std::vector<std::string> losses = {};
  std::optional<whole> back = {};
};

/// What writers need not keep: they find a result's function by its call, a URL's type by asking it, and a citation's
/// or a block's own JSON is its maker's affair.
void settle(dialogue::part& one) {
  if (auto* told = std::get_if<dialogue::tool_result_part>(&one)) {
    told->name.clear();
  } else if (auto* media = std::get_if<dialogue::media_part>(&one)) {
    media->media_type = media->data_base64.empty() ? std::string{} : media->media_type;
  } else if (auto* words = std::get_if<dialogue::text_part>(&one)) {
    for (auto& source : words->citations) {
      source.opaque.clear();
    }
  } else if (auto* thought = std::get_if<dialogue::reasoning_part>(&one)) {
    thought->id.clear();
    thought->origin = thought->signature.empty() && thought->redacted.empty() ? std::nullopt : thought->origin;
  } else if (auto* block = std::get_if<dialogue::opaque_part>(&one)) {
    block->type.clear();
  }
}

dialogue::request settled(dialogue::request whole) {
  whole.model.clear();
  for (auto& said : whole.messages) {
    std::for_each(said.parts.begin(), said.parts.end(), settle);
  }
  for (std::size_t i = 1; i < whole.messages.size();) { // some have one message for each result
    auto& before = whole.messages[i - 1];
    if (before.who != dialogue::role::tool || whole.messages[i].who != dialogue::role::tool) {
      ++i;
      continue;
    }
    before.parts.insert(before.parts.end(), whole.messages[i].parts.begin(), whole.messages[i].parts.end());
    whole.messages.erase(whole.messages.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return whole;
}

dialogue::answer settled(dialogue::answer whole) {
  for (auto& said : whole.choices) {
    std::for_each(said.parts.begin(), said.parts.end(), settle);
  }
  return whole;
}

/// Wishes that a protocol fulfils without being told.
bool is_always_so(std::string_view field, dialogue::protocol target) {
  using dialogue::protocol;
  const bool holds_to_schemas = target != protocol::openai_chat && target != protocol::openai_responses;
  return (field == "`format.strict` true" && holds_to_schemas) ||
         (field == "`tools[].strict` false" && (target == protocol::gemini || target == protocol::openai_responses)) ||
         (field == "`choice.mode` automatic" && target == protocol::cohere) ||
         (field == "`service_tier` auto" && target == protocol::gemini);
}

template <class whole>
fate judge(const written<whole>& base, const written<whole>& with, const whole& meant, const probe<whole>& what,
           dialogue::protocol own) {
  const bool changed = base.bytes != with.bytes;
  if (!beyond(with.losses, base.losses).empty()) {
    return changed ? fate::near : fate::dropped;
  }
  if (!changed) {
    return is_always_so(what.field, own) ? fate::always : fate::left_out;
  }
  if (!with.back || !base.back) {
    return fate::carried; // nobody reads this protocol's requests: that it was written must do
  }
  whole expected = *base.back;
  try {
    what.change(expected, own);
  } catch (const std::exception&) { // what the change begins with reads back in another shape
    return settled(meant) == settled(*with.back) ? fate::carried : fate::other_form;
  }
  const whole back = settled(*with.back);
  return settled(expected) == back || settled(meant) == back ? fate::carried : fate::other_form;
}

written<dialogue::request> written_of(const dialogue::written_request& got, const dialogue::codec& speaks) {
  written<dialogue::request> all{.bytes = got.path + '\n' + got.body, .losses = got.losses};
  for (const auto& [name, value] : got.headers) {
    all.bytes += '\n' + name + ": " + value;
  }
  const auto question = got.path.find('?');
  const std::string_view path{got.path};
  const auto query = question == std::string::npos ? std::string_view{} : path.substr(question + 1);
  const auto back = speaks.read_request(got.body, {.path = path.substr(0, question), .query = query});
  if (back) {
    all.back = *back;
  }
  return all;
}

written<dialogue::answer> document_of(const dialogue::answer& got, const dialogue::codec& speaks) {
  const auto told = speaks.write_answer(got, k_wish);
  written<dialogue::answer> all{.bytes = told.body, .losses = told.losses};
  const auto back = speaks.read_answer(told.body);
  if (back) {
    all.back = *back;
  }
  return all;
}

written<dialogue::answer> stream_of(const dialogue::answer& got, const dialogue::codec& speaks) {
  written<dialogue::answer> all;
  const auto writer = speaks.make_writer(k_wish);
  dialogue::replay(got, [&](const dialogue::event& happened) { writer->write(happened, all.bytes); });
  all.losses = writer->losses();
  dialogue::assembly read;
  const auto reader = speaks.make_reader(k_event_bytes_max);
  const dialogue::event_handler take = [&read](const dialogue::event& happened) { read.take(happened); };
  reader->push(all.bytes, take);
  reader->finish(take);
  all.back = read.so_far();
  return all;
}

std::string_view word_of(fate what) {
  switch (what) {
  case fate::carried: return "yes";
  case fate::other_form: return "other form";
  case fate::near: return "near";
  case fate::dropped: return "dropped";
  case fate::refused: return "**400**";
  case fate::always: return "always";
  case fate::left_out: return "left out";
  case fate::absent: return "–";
  }
  return "";
}

std::string text_of(const cell& shown) {
  std::string text{word_of(shown.document)};
  if (shown.stream != shown.document) {
    text += fmt::format(", streamed: {}", word_of(shown.stream));
  }
  return text;
}

template <class whole> std::string rows_of(const std::vector<probe_group<whole>>& groups) {
  std::string page;
  for (const auto& group : groups) {
    page += fmt::format("| **{}** |", group.title);
    for (std::size_t i = 0; i <= columns().size(); ++i) {
      page += " |";
    }
    page += '\n';
    for (const auto& what : group.rows) {
      page += fmt::format("| {} |", what.field);
      std::set<std::string> names;
      for (const auto& target : columns()) {
        const cell found = fate_of(what, target);
        names.insert(found.names.begin(), found.names.end());
        page += fmt::format(" {} |", text_of(found));
      }
      page += names.empty() ? " |\n" : fmt::format(" `{}` |\n", fmt::join(names, "`, `"));
    }
  }
  return page;
}

constexpr std::string_view k_head = R"(# What becomes of a field between two protocols

Every request is read into one superset (`src/dialogue/`) and written out of it as the backend's protocol; answers go the
other way round. This page says for each field of the superset what the protocol it is written as makes of it. Where
client and backend speak the same protocol, bytes pass and nothing here happens.

The table is made by driving the codecs with each field; a unit test holds it to them. After a wanted change:
`UPDATE_GOLDEN=1 build/release/src/codecs/codecs_tests`.

| Word | Meaning |
|---|---|
| yes | carried: read back, it is what it was |
| other form | carried in other words: a JSON result as text, thoughts as another provider's |
| near | something near it is written; the header `x-inferenceflow-dropped` names the field |
| dropped | nothing of it is written; the header names the field |
| **400** | refused with an error that names the field: without it the answer would not be what was asked for |
| always | nothing needs to be written: the protocol does so anyway |
| left out | nothing of it is written and nothing is said: the protocol has no place for it in any answer |
| – | the protocol has no clients |

Requests are written for a backend, answers for a client. A streamed answer's losses become known while it runs: those of
the request stand in the header, those of the answer in a trailer and in the log.

Models of one protocol differ; the table is for those in its second line. What each codec does beyond yes and no (ranges,
names, order) stands in its README: [openai_chat](../src/codecs/openai_chat/README.md),
[openai_responses](../src/codecs/openai_responses/README.md), [anthropic](../src/codecs/anthropic/README.md),
[gemini](../src/codecs/gemini/README.md), [cohere](../src/codecs/cohere/README.md),
[bedrock](../src/codecs/bedrock/README.md), [tgi](../src/codecs/tgi/README.md).

)";

} // namespace

const std::vector<column>& columns() {
  static const openai_chat::codec chat;
  static const openai_responses::codec responses;
  static const anthropic::codec messages;
  static const gemini::codec content;
  static const cohere::codec cohere_chat;
  static const bedrock::codec converse;
  static const tgi::codec generate;
  static const std::vector<column> all{
      {"openai", "gpt-5", &chat},
      {"openai_responses", "gpt-5", &responses},
      {"anthropic", "claude-opus-4-6", &messages},
      {"gemini", "gemini-2.5-flash", &content},
      {"cohere", "command-a-reasoning-08-2025", &cohere_chat},
      {"bedrock", "anthropic.claude-sonnet-4-5-20250929-v1:0", &converse},
      {"tgi", "any", &generate},
  };
  return all;
}

cell fate_of(const request_probe& what, const column& target) {
  const auto& speaks = *target.speaks;
  dialogue::request meant = what.base;
  what.change(meant, speaks.speaks());
  const auto base = speaks.write_request(what.base, target.model);
  const auto with = speaks.write_request(meant, target.model);
  cell found;
  if (!with) {
    found.document = fate::refused;
    found.names = {with.error().param};
  } else if (!base) {
    found.document = fate::left_out; // a field cannot make a refused request good
  } else {
    found.document = judge(written_of(*base, speaks), written_of(*with, speaks), meant, what, speaks.speaks());
    found.names = beyond(with->losses, base->losses);
  }
  found.stream = found.document;
  return found;
}

cell fate_of(const answer_probe& what, const column& target) {
  const auto& speaks = *target.speaks;
  if (speaks.speaks() == dialogue::protocol::tgi) {
    return {};
  }
  dialogue::answer meant = what.base;
  what.change(meant, speaks.speaks());
  const auto base = document_of(what.base, speaks);
  const auto with = document_of(meant, speaks);
  const auto streamed_base = stream_of(what.base, speaks);
  const auto streamed = stream_of(meant, speaks);
  cell found{.document = judge(base, with, meant, what, speaks.speaks()),
             .stream = judge(streamed_base, streamed, meant, what, speaks.speaks()),
             .names = beyond(with.losses, base.losses)};
  const auto more = beyond(beyond(streamed.losses, streamed_base.losses), found.names);
  found.names.insert(found.names.end(), more.begin(), more.end());
  return found;
}

std::string translation_page() {
  std::string page{k_head};
  page += "| Field |";
  std::string models = "| *model* |";
  std::string line = "|---|";
  for (const auto& target : columns()) {
    page += fmt::format(" {} |", target.title);
    models += fmt::format(" {} |", target.model);
    line += "---|";
  }
  page += " Named |\n" + line + "---|\n" + models + " |\n";
  return page + rows_of(request_probes()) + rows_of(answer_probes());
}

} // namespace inferenceflow::codecs::tests
