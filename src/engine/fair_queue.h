/// The jobs that wait in one lane: fair between tenants by what they were served, by deadline inside a tenant.
///
/// Role:      scheduler has one per lane; sans-IO.
/// Lifecycle: push() → take() or remove(); who was taken is charged with charge() and signed off with left().
/// Threading: one thread.
/// Bounds:    the caller bounds the jobs. Of tenants without jobs at most k_idle_tenants_max are remembered.
/// Source:    Sheng et al., "Fairness in Serving Large Language Models", OSDI 2024 (arXiv 2401.00588), algorithm 2: the
///            virtual token counter. Two tenants that both wait all the time differ in weighted served tokens by at
///            most 2 · max(k_prompt_weight · longest prompt, k_output_weight · cells) (theorem 4.4).
#pragma once

#include "engine/demand.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>

namespace inferenceflow::engine {

inline constexpr std::uint64_t k_prompt_weight = 1; ///< what a prompt token counts
inline constexpr std::uint64_t k_output_weight = 2; ///< and a generated one
inline constexpr std::size_t k_idle_tenants_max = 4096;

class fair_queue {
public:
  struct waiting_job {
    demand wanted;
    steady_time arrived;
  };

  /// @param due  the order inside a tenant; equal ones by arrival.
  /// @pre wanted.job does not wait here.
  void push(const demand& wanted, steady_time arrived, steady_time due);

  /// The job whose turn it is: of the tenant that was served least, the one that is due first. Null when none waits.
  [[nodiscard]] const waiting_job* front() const;

  /// Takes front() out and charges its tenant for the prompt. @pre not empty.
  waiting_job take();

  /// @returns false when the job does not wait here.
  bool remove(job_id job);

  /// The tenant of a taken job was given so many tokens.
  void charge(std::string_view tenant, std::uint32_t output_tokens);

  /// A taken job of the tenant is over.
  void left(std::string_view tenant);

  [[nodiscard]] std::size_t size() const { return jobs_.size(); }
  [[nodiscard]] bool empty() const { return jobs_.empty(); }
  [[nodiscard]] std::uint64_t prompt_tokens() const { return prompt_tokens_; } ///< of all that wait
  [[nodiscard]] std::uint64_t choices() const { return choices_; }             ///< of all that wait
  /// The tenant's counter: weighted tokens. 0 for an unknown one.
  [[nodiscard]] std::uint64_t served(std::string_view tenant) const;
  [[nodiscard]] std::size_t tenants() const { return accounts_.size(); }

private:
  struct turn {
    steady_time due;
    std::uint64_t ticket; ///< number in the order of arrival
    bool operator<(const turn& other) const { return std::tie(due, ticket) < std::tie(other.due, other.ticket); }
  };
  struct account {
    std::uint64_t served = 0;
    std::uint32_t taken = 0; ///< jobs that run
    std::map<turn, job_id> line = {};
  };
  using accounts = std::map<std::string, account, std::less<>>;

  [[nodiscard]] accounts::const_iterator poorest() const;
  void lift(account& arriving);
  void forget_idle();

  accounts accounts_;
  struct linked_job {
    waiting_job job;
    turn place;
  };
  std::unordered_map<job_id, linked_job> jobs_;
  std::uint64_t next_ticket_ = 0;
  std::uint64_t prompt_tokens_ = 0;
  std::uint64_t choices_ = 0;
  std::string last_to_leave_; ///< whose line became empty last
};

} // namespace inferenceflow::engine
