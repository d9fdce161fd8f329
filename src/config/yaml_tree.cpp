#include "config/yaml_tree.h"

#include <algorithm>
#include <exception>
#include <map>
#include <simdjson.h>
#include <sstream>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace inferenceflow::config {
namespace {

location place(const YAML::Mark& mark) {
  return mark.is_null() ? location{}
                        : location{static_cast<std::size_t>(mark.line) + 1, static_cast<std::size_t>(mark.column) + 1};
}

// Builds the tree from yaml-cpp's events. Aborts by the parser's own exception type, which parse_yaml catches.
class tree_builder final : public YAML::EventHandler {
public:
  std::shared_ptr<const yaml_node> root;

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (std::exchange(started_, true)) {
      throw YAML::ParserException(mark, "more than one document");
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { leaf(mark, anchor, node_kind::null, {}); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, const std::string& value) override {
    leaf(mark, anchor, node_kind::scalar, value);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      throw YAML::ParserException(mark, "alias refers to a value that contains it");
    }
    count(mark, found->second->weight);
    if (open_.size() + found->second->height > k_yaml_depth_max) {
      throw YAML::ParserException(mark, "nested too deeply");
    }
    attach(found->second, mark);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(mark, anchor, node_kind::sequence);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(mark, anchor, node_kind::mapping);
  }
  void OnMapEnd() override { end(); }

private:
  struct open_node {
    std::shared_ptr<yaml_node> node;
    YAML::anchor_t anchor;
    std::shared_ptr<const yaml_node> key; // of a mapping whose value is still to come
    YAML::Mark mark;
  };

  void count(const YAML::Mark& mark, std::size_t nodes) {
    nodes_ += nodes;
    if (nodes_ > k_yaml_nodes_max) {
      throw YAML::ParserException(mark, "more than " + std::to_string(k_yaml_nodes_max) + " values");
    }
  }

  void leaf(const YAML::Mark& mark, YAML::anchor_t anchor, node_kind kind, const std::string& text) {
    count(mark, 1);
    auto node = std::make_shared<yaml_node>();
    node->kind = kind;
    node->at = place(mark);
    node->text = text;
    finish(std::move(node), anchor, mark);
  }

  void begin(const YAML::Mark& mark, YAML::anchor_t anchor, node_kind kind) {
    count(mark, 1);
    if (open_.size() >= k_yaml_depth_max) {
      throw YAML::ParserException(mark, "nested too deeply");
    }
    auto node = std::make_shared<yaml_node>();
    node->kind = kind;
    node->at = place(mark);
    open_.push_back({std::move(node), anchor, nullptr, mark});
  }

  void end() {
    auto done = std::move(open_.back());
    open_.pop_back();
    finish(std::move(done.node), done.anchor, done.mark);
  }

  void finish(std::shared_ptr<const yaml_node> node, YAML::anchor_t anchor, const YAML::Mark& mark) {
    if (anchor != YAML::NullAnchor) {
      anchors_[anchor] = node;
    }
    attach(std::move(node), mark);
  }

  void attach(std::shared_ptr<const yaml_node> node, const YAML::Mark& mark) {
    if (open_.empty()) {
      root = std::move(node);
      return;
    }
    auto& parent = open_.back();
    parent.node->weight += node->weight;
    parent.node->height = std::max(parent.node->height, node->height + 1);
    if (parent.node->kind == node_kind::sequence) {
      parent.node->items.push_back(std::move(node));
    } else if (parent.key) {
      parent.node->members.emplace_back(std::move(parent.key), std::move(node));
      parent.key = nullptr;
    } else if (node->kind == node_kind::scalar) {
      parent.key = std::move(node);
    } else {
      throw YAML::ParserException(mark, "a key must be plain text");
    }
  }

  std::vector<open_node> open_;
  std::map<YAML::anchor_t, std::shared_ptr<const yaml_node>> anchors_;
  std::size_t nodes_ = 0;
  bool started_ = false;
};

// YAML forbids control characters, and yaml-cpp takes one of them (0x04) for the end of the text.
const char* find_control_character(std::string_view text) {
  const auto* found = std::find_if(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7f;
  });
  return found == text.end() ? nullptr : found;
}

} // namespace

std::shared_ptr<const yaml_node> parse_yaml(std::string_view text, problem_log& problems) {
  if (!simdjson::validate_utf8(text.data(), text.size())) {
    problems.error({}, {}, {}, "not UTF-8 text");
    return nullptr;
  }
  if (const auto* control = find_control_character(text)) {
    const auto before = text.substr(0, static_cast<std::size_t>(control - text.data()));
    const auto line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
    const auto column = before.size() - (before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1) + 1;
    problems.error({line, column}, {}, {}, "control character in the text");
    return nullptr;
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    tree_builder builder;
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.root ? builder.root : std::make_shared<const yaml_node>();
  } catch (const YAML::Exception& failure) {
    problems.error(place(failure.mark), {}, {}, "not valid YAML: " + failure.msg);
  } catch (const std::exception& failure) {
    problems.error({}, {}, {}, std::string("not readable as YAML: ") + failure.what());
  }
  return nullptr;
}

} // namespace inferenceflow::config
