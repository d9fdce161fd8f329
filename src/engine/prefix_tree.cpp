#include "engine/prefix_tree.h"

#include <algorithm>
#include <cassert>

namespace inferenceflow::engine {

// Siblings differ in their first block.
prefix_tree::node* prefix_tree::child_of(const node& parent, std::span<const token_id> tokens) {
  if (tokens.size() < k_prefix_block) {
    return nullptr;
  }
  const auto found = std::find_if(parent.children.begin(), parent.children.end(), [&](const auto& child) {
    return std::equal(child->tokens.begin(), child->tokens.begin() + k_prefix_block, tokens.begin());
  });
  return found == parent.children.end() ? nullptr : found->get();
}

prefix_tree::node* prefix_tree::child_of(const node& parent, sequence_id holder) {
  const auto found = std::find_if(parent.children.begin(), parent.children.end(), [&](const auto& child) {
    return child->holders.test(static_cast<std::size_t>(holder));
  });
  return found == parent.children.end() ? nullptr : found->get();
}

std::uint32_t prefix_tree::common(const node& edge, std::span<const token_id> tokens) {
  const auto end = std::mismatch(edge.tokens.begin(), edge.tokens.end(), tokens.begin(), tokens.end()).first;
  return whole_blocks(static_cast<std::size_t>(end - edge.tokens.begin()));
}

// The first `at` tokens stay where they are; the rest moves below them.
void prefix_tree::split(node& edge, std::uint32_t at) {
  auto rest = std::make_unique<node>();
  rest->tokens.assign(edge.tokens.begin() + at, edge.tokens.end());
  rest->holders = edge.holders;
  rest->children = std::move(edge.children);
  edge.tokens.resize(at);
  edge.children.clear();
  edge.children.push_back(std::move(rest));
}

prefix_tree::match prefix_tree::longest(std::string_view scope, std::span<const token_id> tokens) const {
  match found;
  const auto root = roots_.find(scope);
  if (root == roots_.end()) {
    return found;
  }
  const node* at = &root->second;
  while (const auto* child = child_of(*at, tokens.subspan(found.tokens))) {
    const auto shared = common(*child, tokens.subspan(found.tokens));
    found.tokens += shared;
    found.holders = child->holders;
    if (shared < child->tokens.size()) {
      break;
    }
    at = child;
  }
  return found;
}

void prefix_tree::hold(std::string_view scope, std::span<const token_id> tokens, sequence_id holder) {
  assert(holder >= 0 && static_cast<std::size_t>(holder) < k_sequences_max);
  auto rest = tokens.first(whole_blocks(tokens.size()));
  if (rest.empty()) {
    return;
  }
  const auto root = roots_.try_emplace(std::string(scope)).first;
  scopes_.insert_or_assign(holder, root);
  node* at = &root->second;
  while (!rest.empty()) {
    auto* child = child_of(*at, rest);
    if (child == nullptr) {
      at->children.push_back(std::make_unique<node>());
      child = at->children.back().get();
      child->tokens.assign(rest.begin(), rest.end());
      cells_ += static_cast<std::uint32_t>(rest.size());
    }
    const auto shared = common(*child, rest);
    if (shared < child->tokens.size()) {
      split(*child, shared);
    }
    child->holders.set(static_cast<std::size_t>(holder));
    rest = rest.subspan(shared);
    at = child;
  }
}

std::uint32_t prefix_tree::tokens_under(const node& top) {
  auto sum = static_cast<std::uint32_t>(top.tokens.size());
  for (const auto& child : top.children) {
    sum += tokens_under(*child);
  }
  return sum;
}

void prefix_tree::release(sequence_id holder) {
  const auto scope = scopes_.find(holder);
  if (scope == scopes_.end()) {
    return;
  }
  const auto root = scope->second;
  scopes_.erase(scope);
  node* at = &root->second;
  while (auto* child = child_of(*at, holder)) {
    child->holders.reset(static_cast<std::size_t>(holder));
    if (child->holders.none()) { // what lies below, nobody else held either
      cells_ -= tokens_under(*child);
      at->children.erase(std::find_if(at->children.begin(), at->children.end(),
                                      [child](const auto& one) { return one.get() == child; }));
      break;
    }
    at = child;
  }
  if (root->second.children.empty()) {
    roots_.erase(root);
  }
}

std::pair<std::uint32_t, std::uint32_t> prefix_tree::held_alone(sequence_id holder) const {
  const auto scope = scopes_.find(holder);
  if (scope == scopes_.end()) {
    return {0, 0};
  }
  std::pair<std::uint32_t, std::uint32_t> range{0, 0};
  const node* at = &scope->second->second;
  while (const auto* child = child_of(*at, holder)) {
    const auto count = static_cast<std::uint32_t>(child->tokens.size());
    range.first += child->holders.count() > 1 ? count : 0;
    range.second += count;
    at = child;
  }
  return range;
}

std::uint32_t prefix_tree::cells_under(const node& top, const sequence_set& holders) {
  if ((top.holders & ~holders).none() && top.holders.any()) {
    return tokens_under(top);
  }
  std::uint32_t sum = 0;
  for (const auto& child : top.children) {
    sum += cells_under(*child, holders);
  }
  return sum;
}

std::uint32_t prefix_tree::cells_of(const sequence_set& holders) const {
  std::uint32_t sum = 0;
  for (const auto& [scope, root] : roots_) {
    sum += cells_under(root, holders);
  }
  return sum;
}

} // namespace inferenceflow::engine
