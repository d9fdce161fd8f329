#include "wire/openai/stream_assembly.h"

#include "wire/openai/json_tree.h"
#include "wire/sse/block.h"

#include <algorithm>
#include <array>
#include <vector>

namespace inferenceflow::wire::openai {
namespace {

namespace bj = boost::json;

/// Strings that name something: sent once, or repeated whole, never continued.
bool is_name(std::string_view key) {
  constexpr std::array<std::string_view, 5> k_names{"role", "id", "type", "name", "format"};
  return std::find(k_names.begin(), k_names.end(), key) != k_names.end();
}

void merge(bj::object& into, const bj::object& from);

/// The element of `list` whose "index" is that of `item`; null if there is none, or items carry no index.
bj::object* same_index(bj::array& list, const bj::object& item) {
  const bj::value* const index = item.if_contains("index");
  if (index == nullptr) {
    return nullptr;
  }
  for (bj::value& candidate : list) {
    bj::object* const object = candidate.if_object();
    if (object != nullptr && object->contains("index") && object->at("index") == *index) {
      return object;
    }
  }
  return nullptr;
}

void append(bj::array& into, const bj::array& from) {
  for (const bj::value& item : from) {
    bj::object* const known = item.is_object() ? same_index(into, item.get_object()) : nullptr;
    if (known != nullptr) {
      merge(*known, item.get_object());
    } else {
      into.push_back(item);
    }
  }
}

void merge_member(bj::object& into, std::string_view key, const bj::value& from) {
  bj::value& place = into[key];
  if (from.is_null()) {
    return;
  }
  if (place.is_string() && from.is_string() && !is_name(key)) {
    place.get_string().append(from.get_string());
  } else if (place.is_array() && from.is_array()) {
    append(place.get_array(), from.get_array());
  } else if (place.is_object() && from.is_object()) {
    merge(place.get_object(), from.get_object());
  } else if (!is_name(key) || !place.is_string() || place.get_string().empty()) {
    place = from;
  }
}

void merge(bj::object& into, const bj::object& from) {
  for (const auto& member : from) {
    merge_member(into, member.key(), member.value());
  }
}

void merge_choice(bj::object& into, const bj::object& chunk) {
  for (const auto& member : chunk) {
    if (member.key() == "delta") {
      if (member.value().is_object()) {
        merge(into["message"].is_object() ? into["message"].get_object() : into["message"].emplace_object(),
              member.value().get_object());
      }
    } else if (member.key() == "text" || member.key() == "logprobs") {
      merge_member(into, member.key(), member.value());
    } else if (!member.value().is_null() || !into.contains(member.key())) {
      into[member.key()] = member.value();
    }
  }
}

/// The streamed spelling of a message and the plain one differ in these.
void finish_message(bj::object& message) {
  if (!message.contains("role")) {
    message["role"] = "assistant";
  }
  bj::value* const calls = message.if_contains("tool_calls");
  const bool has_calls = calls != nullptr && calls->is_array() && !calls->get_array().empty();
  if (has_calls) {
    for (bj::value& call : calls->get_array()) {
      if (call.is_object()) {
        call.get_object().erase("index");
      }
    }
  }
  const bj::value* const function = message.if_contains("function_call");
  const bool has_function = function != nullptr && function->is_object();
  bj::value& content = message["content"];
  if ((has_calls || has_function) && content.is_string() && content.get_string().empty()) {
    content = nullptr; // the first chunk's "" is how a stream says null
  }
}

class assembly {
public:
  explicit assembly(operation op)
      : op_(op) {}

  void take(const bj::object& chunk) {
    for (const auto& member : chunk) {
      const std::string_view key = member.key();
      if (key == "choices") {
        take_choices(member.value());
      } else if (member.value().is_null() && key != "usage") {
        document_[key]; // there, and null unless a chunk says more
      } else if (key != "object" && key != "obfuscation" && !member.value().is_null() && !keeps(key)) {
        document_[key] = member.value();
      }
    }
  }

  [[nodiscard]] bool has_choices() const { return !choices_.empty(); }

  [[nodiscard]] std::string finish() {
    std::sort(choices_.begin(), choices_.end(), [](const bj::object& a, const bj::object& b) {
      return json_tree::integer(a, "index").value_or(0) < json_tree::integer(b, "index").value_or(0);
    });
    bj::array list;
    for (bj::object& choice : choices_) {
      if (op_ == operation::chat) {
        finish_message(choice["message"].is_object() ? choice["message"].get_object()
                                                     : choice["message"].emplace_object());
      }
      list.emplace_back(std::move(choice));
    }
    document_["object"] = op_ == operation::chat ? "chat.completion" : "text_completion";
    document_["choices"] = std::move(list);
    return bj::serialize(document_);
  }

private:
  /// What the first chunk that names it has said stays: some upstreams send an empty id or model now and then.
  [[nodiscard]] bool keeps(std::string_view key) const {
    const bj::value* const known = document_.if_contains(key);
    return known != nullptr && (key == "id" || key == "model" || key == "created") && *known != bj::value("") &&
           *known != bj::value(0);
  }

  void take_choices(const bj::value& value) {
    if (!value.is_array()) {
      return;
    }
    for (const bj::value& item : value.get_array()) {
      if (!item.is_object()) {
        continue;
      }
      const bj::object& chunk = item.get_object();
      const auto index = json_tree::integer(chunk, "index").value_or(0);
      auto known = std::find_if(choices_.begin(), choices_.end(), [&](const bj::object& choice) {
        return json_tree::integer(choice, "index").value_or(0) == index;
      });
      if (known == choices_.end()) {
        known = choices_.insert(choices_.end(), bj::object{{"index", index}});
      }
      merge_choice(*known, chunk);
    }
  }

  operation op_;
  bj::object document_;
  std::vector<bj::object> choices_;
};

} // namespace

result<std::string> assemble_stream(operation op, std::string_view stream) {
  assembly whole{op};
  std::string scratch;
  std::string_view fault;
  bool done = false;
  sse::block_splitter splitter{stream.size()};
  const auto take = [&](std::string_view block) {
    const sse::block_fields fields = sse::parse_block(block, scratch);
    if (!fields.has_data || done || !fault.empty()) {
      return;
    }
    if (fields.data == "[DONE]") {
      done = true;
      return;
    }
    const auto chunk = json_tree::parse_object(fields.data);
    if (!chunk) {
      fault = "a chunk is not a JSON object";
    } else if (const auto* failed = chunk->if_contains("error"); failed != nullptr && !failed->is_null()) {
      fault = "the stream holds an error";
    } else {
      whole.take(*chunk);
    }
  };
  static_cast<void>(splitter.push(stream, take)); // cannot exceed its bound: that is the stream's own size
  take(splitter.rest());
  if (fault.empty() && !done) {
    fault = "the stream has no end";
  }
  if (fault.empty() && !whole.has_choices()) {
    fault = "the stream has no choices";
  }
  if (!fault.empty()) {
    return make_error(error_kind::upstream_failed, std::string{fault});
  }
  return whole.finish();
}

} // namespace inferenceflow::wire::openai
