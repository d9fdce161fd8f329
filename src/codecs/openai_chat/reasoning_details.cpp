#include "codecs/openai_chat/reasoning_details.h"

#include <algorithm>
#include <array>

namespace inferenceflow::codecs::openai_chat {

using dialogue::json_view;
using dialogue::protocol;
using dialogue::reasoning_part;

namespace {

constexpr std::array<std::pair<std::string_view, protocol>, 7> k_formats{{
    {"anthropic-claude-v1", protocol::anthropic},
    {"google-gemini-v1", protocol::gemini},
    {"openai-responses-v1", protocol::openai_responses},
    {"bedrock-converse-v1", protocol::bedrock},
    {"cohere-chat-v2", protocol::cohere},
    {"tgi-chat-v1", protocol::tgi},
    {"unknown", protocol::openai_chat},
}};

void put(reasoning_part& part, const reasoning_entry& entry) {
  part.text.append(entry.text);
  if (!entry.signature.empty()) {
    part.signature = entry.signature;
  }
  if (!entry.redacted.empty()) {
    part.redacted = entry.redacted;
  }
  if (!entry.signature.empty() || !entry.redacted.empty()) {
    part.origin = entry.origin;
  }
}

} // namespace

std::string_view format_of(protocol origin) noexcept {
  const auto* const found =
      std::find_if(k_formats.begin(), k_formats.end(), [&](const auto& known) { return known.second == origin; });
  return found == k_formats.end() ? "unknown" : found->first;
}

reasoning_entry read_entry(const json_view& entry) {
  reasoning_entry got;
  got.summary = entry.member("type").text() == "reasoning.summary";
  got.text = entry.member(got.summary ? "summary" : "text").text();
  got.signature = entry.member("signature").text();
  got.redacted = entry.member("data").text();
  got.id = entry.member("id").text();
  got.index = entry.member("index").integer();
  const std::string_view format = entry.member("format").text();
  const auto* const known =
      std::find_if(k_formats.begin(), k_formats.end(), [&](const auto& one) { return one.first == format; });
  got.origin = known == k_formats.end() ? protocol::openai_chat : known->second;
  return got;
}

bool reasoning_track::goes_on(const reasoning_entry& entry) const noexcept {
  if (!open_ || proven_) {
    return false;
  }
  const bool same_place = !entry.index || !index_ || *entry.index == *index_;
  const bool same_id = entry.id.empty() || entry.id == id_;
  const bool same_kind = entry.text.empty() || !has_text_ || entry.summary == summary_;
  return same_place && same_id && same_kind;
}

void reasoning_track::open(const reasoning_entry& entry) {
  *this = {};
  open_ = true;
  summary_ = entry.summary;
  index_ = entry.index;
  id_ = entry.id;
}

void reasoning_track::add(const reasoning_entry& entry) noexcept {
  has_text_ = has_text_ || !entry.text.empty();
  proven_ = proven_ || !entry.signature.empty() || !entry.redacted.empty();
}

bool held_signatures::take(const reasoning_entry& entry) {
  if (entry.origin != protocol::gemini || !entry.text.empty()) {
    return false;
  }
  const std::string_view proof = entry.signature.empty() ? entry.redacted : entry.signature;
  if (proof.empty()) {
    return false;
  }
  if (entry.id.empty()) {
    text = proof;
  } else {
    calls.emplace_back(entry.id, proof);
  }
  return true;
}

std::string held_signatures::for_call(std::string_view id) {
  const auto found = std::find_if(calls.begin(), calls.end(), [&](const auto& held) { return held.first == id; });
  if (found == calls.end()) {
    return {};
  }
  std::string proof = std::move(found->second);
  calls.erase(found);
  return proof;
}

std::vector<reasoning_part> held_signatures::leftovers() {
  std::vector<reasoning_part> parts;
  if (!text.empty()) {
    parts.push_back({.signature = std::move(text), .origin = protocol::gemini});
    text.clear();
  }
  for (auto& [id, proof] : calls) {
    parts.push_back({.redacted = std::move(proof), .id = std::move(id), .origin = protocol::gemini});
  }
  calls.clear();
  return parts;
}

std::string_view plain_reasoning(const json_view& message) {
  const auto content = message.member("reasoning_content");
  if (content.present() && !content.text().empty()) {
    return content.text();
  }
  const auto plain = message.member("reasoning");
  return plain.is_text() ? plain.text() : std::string_view{};
}

bool details_hold_text(const json_view& details) {
  bool any = false;
  details.each([&](const json_view& entry) { any = any || !read_entry(entry).text.empty(); });
  return any;
}

void read_reasoning(const json_view& message, std::vector<dialogue::part>& into, held_signatures& held) {
  reasoning_track track;
  const auto details = message.member("reasoning_details");
  const bool has_details = details.is_array();
  const std::string_view plain = plain_reasoning(message);
  if (!plain.empty() && !(has_details && details_hold_text(details))) {
    into.emplace_back(reasoning_part{.text = std::string{plain}});
    track.open({});
    track.add({.text = plain});
  }
  if (!has_details) {
    return;
  }
  details.each([&](const json_view& value) {
    const reasoning_entry entry = read_entry(value);
    if (!track.goes_on(entry)) {
      if (held.take(entry)) {
        return;
      }
      if (entry.text.empty() && entry.signature.empty() && entry.redacted.empty()) {
        return;
      }
      into.emplace_back(reasoning_part{.id = std::string{entry.id}, .summary = entry.summary});
      track.open(entry);
    }
    track.add(entry);
    put(std::get<reasoning_part>(into.back()), entry);
  });
}

void write_text_entry(json_out& out, std::string_view text, bool summary, std::string_view id, std::int64_t index) {
  out.open_object().key("type").text(summary ? "reasoning.summary" : "reasoning.text");
  out.key(summary ? "summary" : "text").text(text);
  if (!id.empty()) {
    out.key("id").text(id);
  }
  out.key("index").integer(index).close_object();
}

void write_proof_entry(json_out& out, std::string_view proof, bool redacted, std::string_view id, protocol origin,
                       std::int64_t index) {
  out.open_object().key("type").text(redacted ? "reasoning.encrypted" : "reasoning.text");
  out.key(redacted ? "data" : "signature").text(proof);
  if (!id.empty()) {
    out.key("id").text(id);
  }
  out.key("format").text(format_of(origin)).key("index").integer(index).close_object();
}

void write_entries(json_out& out, const reasoning_part& thought, std::int64_t index) {
  const protocol origin = thought.origin.value_or(protocol::openai_chat);
  if (!thought.summary && !thought.signature.empty() && !thought.text.empty()) { // as OpenRouter sends it: one entry
    out.open_object().key("type").text("reasoning.text").key("text").text(thought.text);
    out.key("signature").text(thought.signature);
    if (!thought.id.empty()) {
      out.key("id").text(thought.id);
    }
    out.key("format").text(format_of(origin)).key("index").integer(index).close_object();
  } else {
    if (!thought.text.empty()) {
      write_text_entry(out, thought.text, thought.summary, thought.id, index);
    }
    if (!thought.signature.empty()) {
      write_proof_entry(out, thought.signature, false, thought.id, origin, index);
    }
  }
  if (!thought.redacted.empty()) {
    write_proof_entry(out, thought.redacted, true, thought.id, origin, index);
  }
}

} // namespace inferenceflow::codecs::openai_chat
