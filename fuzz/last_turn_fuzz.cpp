// The last turn of a request against a slow reading of it with Boost.JSON: the same text, the same reason; spelling and
// the text itself do not change the scope, and two bodies share one exactly when the scan finds them alike without
// their texts. The first byte chooses the operation.
#include "property.h"
#include "respell.h"
#include "wire/openai/last_turn.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <string>
#include <utility>

namespace {

namespace fuzz = inferenceflow::fuzz;
namespace json = boost::json;
namespace openai = inferenceflow::wire::openai;
namespace turn = inferenceflow::turn;
using turn::unsuited;

constexpr std::uint64_t k_seed = 7;

std::optional<json::value> parsed(std::string_view body) {
  json::parse_options options;
  options.max_depth = openai::k_depth_max + 1;
  boost::system::error_code failure;
  json::value document = json::parse(json::string_view{body.data(), body.size()}, failure, {}, options);
  return failure ? std::nullopt : std::optional{std::move(document)}; // Boost refuses numbers like 1e-99999999999
}

std::string text_of(const json::value& value) {
  return std::string{std::string_view{value.as_string()}};
}

std::string_view string_at(const json::object& object, std::string_view key) {
  const json::value* const found = object.if_contains(key);
  return found != nullptr && found->is_string() ? std::string_view{found->as_string()} : std::string_view{};
}

/// Whether a field asks for something.
bool asks(const json::object& request, std::string_view key, bool zero = false) {
  const json::value* const value = request.if_contains(key);
  if (value == nullptr || value->is_null() || (value->is_bool() && !value->as_bool())) {
    return false;
  }
  return zero || !value->is_number() || value->to_number<double>() != 0;
}

bool text_modalities(const json::object& request) {
  const json::value* const value = request.if_contains("modalities");
  if (value == nullptr || value->is_null()) {
    return true;
  }
  if (!value->is_array()) {
    return false;
  }
  for (const json::value& each : value->as_array()) {
    if (!each.is_string() || each.as_string() != "text") {
      return false;
    }
  }
  return true;
}

bool frame_suits(const json::object& request) {
  for (const char* key : {"top_logprobs", "prompt_logprobs", "prediction", "echo", "audio", "store", "background",
                          "conversation", "previous_response_id"}) {
    if (asks(request, key)) {
      return false;
    }
  }
  const json::value* const choices = request.if_contains("n");
  const bool several = choices != nullptr && choices->is_number() && choices->to_number<double>() > 1;
  return !asks(request, "logprobs", true) && !several && text_modalities(request);
}

/// Takes the text out of a request that it could be taken from, and puts `instead` there.
class reference {
public:
  reference(json::object& request, openai::operation op, std::string_view instead)
      : instead_(instead) {
    suits_ = frame_suits(request) &&
             (op == openai::operation::chat ? message(request.at("messages").as_array().back().as_object())
                                            : prompt(request.at("prompt")));
    suits_ = suits_ && text_.size() <= turn::k_turn_bytes_max && !(parts_ > 1 && separator_);
  }

  [[nodiscard]] bool suits() const { return suits_; }
  [[nodiscard]] const std::string& text() const { return text_; }

private:
  void take(json::value& text) {
    const std::string words = text_of(text);
    text_.append(parts_++ == 0 ? std::string_view{} : turn::k_part_separator).append(words);
    separator_ = separator_ || words.find('\x1e') != std::string::npos;
    text = json::string_view{instead_.data(), instead_.size()};
  }

  bool message(json::object& last) {
    if (string_at(last, "role") != "user") {
      return false;
    }
    json::value* const content = last.if_contains("content");
    if (content == nullptr || content->is_null()) {
      return true;
    }
    if (content->is_string()) {
      take(*content);
      return true;
    }
    bool plain = true;
    for (json::value& part : content->as_array()) {
      json::object& object = part.as_object();
      if (string_at(object, "type") != "text" || object.if_contains("text") == nullptr) {
        return false;
      }
      plain = plain && object.size() == 2;
      take(object.at("text"));
    }
    if (parts_ == 1 && plain) {
      *content = json::string_view{instead_.data(), instead_.size()};
    }
    return true;
  }

  bool prompt(json::value& all) {
    if (all.is_array() && (all.as_array().size() != 1 || !all.as_array().front().is_string())) {
      return false;
    }
    take(all.is_array() ? all.as_array().front() : all);
    all = json::string_view{instead_.data(), instead_.size()};
    return true;
  }

  std::string_view instead_;
  std::string text_;
  std::size_t parts_ = 0;
  bool separator_ = false;
  bool suits_ = false;
};

using hash = std::pair<std::uint64_t, std::uint64_t>;

hash scope_of(const turn::last_turn& of) {
  return {of.scope_high, of.scope_low};
}

/// What the scan says of the request with one fixed text in place of its own.
std::optional<hash> blanked_hash(json::object request, openai::operation op, openai::request_scanner& scanner) {
  const reference blanked{request, op, "x"};
  const auto facts = scanner.scan(op, json::serialize(request), k_seed);
  return facts ? std::optional{hash{facts->hash_high, facts->hash_low}} : std::nullopt;
}

/// Without one of its members a request is another one, unless the scan ignores that member.
void check_neighbours(const json::object& request, const turn::last_turn& found, openai::operation op,
                      openai::request_scanner& scanner) {
  const auto expected = blanked_hash(request, op, scanner);
  for (const auto& member : request) {
    json::object less = request;
    less.erase(member.key());
    const turn::cut cut = openai::split_last_turn(op, json::serialize(less), scanner, k_seed);
    const auto other = cut.turn ? blanked_hash(less, op, scanner) : std::nullopt;
    if (expected && other) {
      fuzz::require((scope_of(*cut.turn) == scope_of(found)) == (*other == *expected),
                    "two bodies share a scope exactly when they are alike without their texts");
      fuzz::require(cut.turn->text == found.text, "another member does not change the text");
    }
  }
}

void check_turn(std::string_view body, const turn::last_turn& found, openai::operation op,
                openai::request_scanner& scanner) {
  const turn::cut respelled = openai::split_last_turn(op, fuzz::respelled(body), scanner, k_seed);
  fuzz::require(respelled.turn == found, "spelling changes neither text nor scope");
  const turn::cut tenant = openai::split_last_turn(op, body, scanner, k_seed + 1);
  fuzz::require(tenant.turn && scope_of(*tenant.turn) != scope_of(found), "another tenant has another scope");

  auto document = parsed(body);
  if (!document) {
    return;
  }
  json::object changed = document->as_object();
  const reference read{changed, op, "quite another text"};
  fuzz::require(read.suits(), "what is cut is text of the user's alone");
  fuzz::require(read.text() == found.text, "the text is read alike");
  const std::string other_body = json::serialize(changed);
  // Boost.JSON keeps 64 bits of an integer: a longer one would be another number in the body that it writes.
  if (blanked_hash(document->as_object(), op, scanner) == blanked_hash(changed, op, scanner)) {
    const turn::cut other = openai::split_last_turn(op, other_body, scanner, k_seed);
    const turn::cut same = openai::split_last_turn(op, json::serialize(*document), scanner, k_seed);
    fuzz::require(other.turn && same.turn && scope_of(*other.turn) == scope_of(*same.turn),
                  "another text leaves the scope alone");
    check_neighbours(document->as_object(), *same.turn, op, scanner);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const auto op = data[0] % 2 == 0 ? openai::operation::chat : openai::operation::completion;
  const std::string_view body = fuzz::view_of(data + 1, size - 1);
  openai::request_scanner scanner;
  const turn::cut got = openai::split_last_turn(op, body, scanner, k_seed);
  fuzz::require(got.turn.has_value() == (got.why == unsuited::none), "a turn or a reason");
  const bool scanned = scanner.scan(op, body, k_seed).has_value();
  fuzz::require(scanned == (got.why != unsuited::malformed), "malformed is what the scan refuses");
  if (got.turn) {
    check_turn(body, *got.turn, op, scanner);
  } else if (scanned) {
    if (auto document = parsed(body)) {
      const reference read{document->as_object(), op, ""};
      fuzz::require(!read.suits() || got.why == unsuited::blank, "what is not cut could not have been");
    }
  }
  return 0;
}
