#include "respell.h"

#include "property.h"

#include <vector>

namespace inferenceflow::fuzz {
namespace {

constexpr std::string_view k_white_space = " \t\r\n";

class respeller {
public:
  explicit respeller(std::string_view document)
      : rest_(document) {}

  std::string document() {
    std::string text = value();
    skip_space();
    require(rest_.empty(), "respell: one document");
    return "\n " + text + "\t";
  }

  [[nodiscard]] std::size_t members() const { return members_; }

private:
  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(k_white_space), rest_.size())); }

  char peek() {
    skip_space();
    require(!rest_.empty(), "respell: complete document");
    return rest_.front();
  }

  bool take(char wanted) {
    if (peek() != wanted) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }

  std::string value() {
    switch (peek()) {
    case '{': return object();
    case '[': return array();
    case '"': return string();
    default: return literal();
    }
  }

  std::string object() {
    require(take('{'), "respell: object");
    std::vector<std::string> members;
    if (!take('}')) {
      do {
        require(peek() == '"', "respell: key");
        std::string member = string();
        require(take(':'), "respell: colon");
        ++members_;
        members.push_back(member + " :\r\n" + value());
      } while (take(','));
      require(take('}'), "respell: end of object");
    }
    std::string text = "{ ";
    for (auto member = members.rbegin(); member != members.rend(); ++member) {
      text += (member == members.rbegin() ? "" : " , ") + *member;
    }
    return text + "}";
  }

  std::string array() {
    require(take('['), "respell: array");
    std::string text = "[";
    if (!take(']')) {
      do {
        text += (text.size() == 1 ? " " : "\t,") + value();
      } while (take(','));
      require(take(']'), "respell: end of array");
    }
    return text + " ]";
  }

  /// Plain ASCII becomes an escape now and then; escapes that are there stay.
  std::string string() {
    std::string text = "\"";
    rest_.remove_prefix(1);
    while (true) {
      require(!rest_.empty(), "respell: closed string");
      const char c = rest_.front();
      const std::size_t length = c != '\\' ? 1 : rest_.substr(1, 1) == "u" ? 6 : 2;
      require(rest_.size() > length, "respell: closed string");
      const std::string_view piece = rest_.substr(0, length);
      rest_.remove_prefix(length);
      if (c == '"') {
        return text + "\"";
      }
      const bool plain = c >= 0x20 && c < 0x7f && c != '\\';
      if (plain && ++count_ % 3 == 0) {
        char escape[7];
        std::snprintf(escape, sizeof escape, count_ % 2 == 0 ? "\\u%04x" : "\\u%04X", static_cast<unsigned>(c));
        text += escape;
      } else {
        text += piece;
      }
    }
  }

  std::string literal() {
    const std::size_t size = std::min(rest_.find_first_of(",]} \t\r\n"), rest_.size());
    std::string text{rest_.substr(0, size)};
    rest_.remove_prefix(size);
    return text;
  }

  std::string_view rest_;
  std::size_t members_ = 0;
  unsigned count_ = 0;
};

} // namespace

std::string respelled(std::string_view document, std::size_t* members) {
  respeller words{document};
  std::string text = words.document();
  if (members != nullptr) {
    *members = words.members();
  }
  return text;
}

} // namespace inferenceflow::fuzz
