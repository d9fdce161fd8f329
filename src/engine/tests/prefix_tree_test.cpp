#include "engine/prefix_tree.h"

#include <gtest/gtest.h>
#include <map>
#include <numeric>
#include <random>

namespace inferenceflow::engine {
namespace {

std::vector<token_id> run_of(std::uint32_t count, token_id first) {
  std::vector<token_id> tokens(count);
  std::iota(tokens.begin(), tokens.end(), first);
  return tokens;
}

std::vector<token_id> joined(std::vector<token_id> a, const std::vector<token_id>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(prefix_tree, only_whole_blocks_are_held) {
  prefix_tree tree;
  const auto prompt = run_of(40, 0);
  tree.hold("t", prompt, 3);
  EXPECT_EQ(tree.cells(), 32U);
  const auto found = tree.longest("t", prompt);
  EXPECT_EQ(found.tokens, 32U);
  EXPECT_TRUE(found.holders.test(3));
  EXPECT_EQ(tree.longest("t", run_of(31, 0)).tokens, 16U) << "half a block is none";
  EXPECT_EQ(tree.longest("t", run_of(15, 0)).tokens, 0U);
  tree.hold("t", run_of(15, 500), 4);
  EXPECT_EQ(tree.longest("t", run_of(15, 500)).tokens, 0U);
  EXPECT_EQ(tree.cells(), 32U);
}

TEST(prefix_tree, a_common_beginning_lies_there_once) {
  prefix_tree tree;
  const auto head = run_of(64, 0);
  tree.hold("t", joined(head, run_of(32, 1000)), 0);
  tree.hold("t", joined(head, run_of(16, 2000)), 1);
  EXPECT_EQ(tree.cells(), 64U + 32U + 16U);
  EXPECT_EQ(tree.longest("t", head).holders.count(), 2U);
  EXPECT_EQ(tree.held_alone(0), std::pair(64U, 96U));
  EXPECT_EQ(tree.held_alone(1), std::pair(64U, 80U));
  tree.release(0);
  EXPECT_EQ(tree.cells(), 80U);
  EXPECT_EQ(tree.held_alone(1), std::pair(0U, 80U));
  EXPECT_EQ(tree.longest("t", joined(head, run_of(32, 1000))).tokens, 64U);
  tree.release(1);
  EXPECT_EQ(tree.cells(), 0U);
  EXPECT_EQ(tree.longest("t", head).tokens, 0U);
}

TEST(prefix_tree, scopes_share_nothing) {
  prefix_tree tree;
  tree.hold("a", run_of(32, 0), 0);
  EXPECT_EQ(tree.longest("b", run_of(32, 0)).tokens, 0U);
  tree.hold("b", run_of(32, 0), 1);
  EXPECT_EQ(tree.cells(), 64U);
  tree.release(0);
  EXPECT_EQ(tree.longest("b", run_of(32, 0)).tokens, 32U);
}

TEST(prefix_tree, a_holder_grows_by_blocks) {
  prefix_tree tree;
  const auto prompt = run_of(80, 0);
  tree.hold("t", std::span(prompt).first(16), 5);
  tree.hold("t", std::span(prompt).first(48), 5);
  tree.hold("t", prompt, 5);
  EXPECT_EQ(tree.cells(), 80U);
  EXPECT_EQ(tree.longest("t", prompt).tokens, 80U);
  tree.release(5);
  tree.release(5);
  EXPECT_EQ(tree.cells(), 0U);
}

// Against a list of what everybody holds.
class prefix_model {
public:
  std::map<sequence_id, std::vector<token_id>> held;

  [[nodiscard]] std::uint32_t longest(const std::vector<token_id>& wanted) const {
    std::size_t best = 0;
    for (const auto& [holder, tokens] : held) {
      const auto end = std::mismatch(tokens.begin(), tokens.end(), wanted.begin(), wanted.end()).first;
      best = std::max(best, static_cast<std::size_t>(end - tokens.begin()));
    }
    return whole_blocks(best);
  }
  [[nodiscard]] std::uint32_t cells(const sequence_set& without) const {
    std::map<std::vector<token_id>, int> blocks;
    for (const auto& [holder, tokens] : held) {
      for (std::size_t end = k_prefix_block; end <= tokens.size(); end += k_prefix_block) {
        if (!without.test(static_cast<std::size_t>(holder))) {
          blocks[{tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(end)}] = 1;
        }
      }
    }
    return static_cast<std::uint32_t>(blocks.size()) * k_prefix_block;
  }
};

TEST(prefix_tree, agrees_with_a_list_of_what_everybody_holds) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t n) { return std::uniform_int_distribution<std::uint32_t>(0, n - 1)(random); };
    const auto prompt = [&] { // few different blocks, so that beginnings are often the same
      std::vector<token_id> tokens;
      for (auto blocks = 1 + below(5); blocks > 0; --blocks) {
        tokens = joined(std::move(tokens), run_of(k_prefix_block, static_cast<token_id>(1000 * below(2))));
      }
      tokens.resize(tokens.size() - below(k_prefix_block));
      return tokens;
    };
    prefix_tree tree;
    prefix_model model;
    for (int step = 0; step < 300; ++step) {
      const auto holder = static_cast<sequence_id>(below(8));
      tree.release(holder);
      model.held.erase(holder);
      if (below(3) > 0) {
        const auto tokens = prompt();
        tree.hold("t", tokens, holder);
        model.held[holder] = tokens;
      }
      const auto wanted = prompt();
      ASSERT_EQ(tree.longest("t", wanted).tokens, model.longest(wanted)) << "seed " << seed << ", step " << step;
      ASSERT_EQ(tree.cells(), model.cells({}));
      const sequence_set gone(below(256));
      ASSERT_EQ(tree.cells_of(gone), model.cells({}) - model.cells(gone));
    }
  }
}

} // namespace
} // namespace inferenceflow::engine
