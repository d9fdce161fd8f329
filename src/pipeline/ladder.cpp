#include "pipeline/ladder.h"

#include "dispatch/outlook.h"
#include "pipeline/hold_timer.h"
#include "pipeline/no_reply.h"
#include "routing/choice/decision_json.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>

namespace inferenceflow::pipeline {

namespace {

constexpr std::int64_t k_alternatives = 5;   ///< of each token, as far as OpenAI's API gives them to everybody
constexpr double k_sample_temperature = 0.7; ///< a sample at temperature 0 would say the same again
constexpr double k_nano_per_usd = 1e9;
constexpr int k_bad_request = 400;

money usd(double amount) {
  return money::from_nano_usd(static_cast<std::int64_t>(std::max(amount, 0.0) * k_nano_per_usd));
}

std::chrono::milliseconds milliseconds_of(double seconds) {
  constexpr double k_ms_per_s = 1'000;
  return std::chrono::milliseconds{static_cast<std::int64_t>(std::max(seconds, 0.0) * k_ms_per_s)};
}

/// Asked for where the target's protocol has them: elsewhere a translation would refuse the whole request.
bool takes_logprobs(const routing::route& target, const config::settings& settings) {
  if (target.provider_index != routing::k_local_provider) {
    const auto speaks = settings.providers[target.provider_index].protocol;
    if (speaks == dialogue::protocol::anthropic || speaks == dialogue::protocol::bedrock ||
        speaks == dialogue::protocol::cohere) {
      return false;
    }
  }
  const auto& cannot = target.traits.cannot;
  return std::find(cannot.begin(), cannot.end(), "logprobs") == cannot.end();
}

/// Whether a call was refused in a way that a request for less may not be: by its backend, or by a translation.
bool refused_as_asked(const delivered& got) {
  return got.got ? got.got->status == k_bad_request : got.got.error().kind == error_kind::invalid_request;
}

std::string plain_text(const dialogue::answer& got) {
  return sighting_of(got).text;
}

} // namespace

ladder::ladder(const services& shared, std::shared_ptr<const generation> now, net::event_loop& loop,
               const request& asked, const routing::route& route, course& way, relay& stream, net::cancel_scope& scope)
    : shared_(shared)
    , now_(std::move(now))
    , loop_(loop)
    , asked_(asked)
    , settings_(route.routing.escalation)
    , way_(way)
    , stream_(stream)
    , scope_(scope)
    , escalates_(settings_.enabled) {
  const auto found = now_->learned->trusts.find(route.public_name);
  trust_ = found != now_->learned->trusts.end() ? found->second : std::make_shared<const trust_model>();
}

/// One target each, the last one with all that is left to fall back to. Behind the first come those that are expected
/// to be better, the cheapest first; where nobody knows, the route's order stands.
std::vector<ladder::rung> ladder::rungs() const {
  std::vector<rung> steps;
  const auto& along = *way_.along;
  const auto& order = way_.made.order;
  const auto& scores = way_.made.candidates;
  std::vector<std::size_t> at(along.routes.size()); // positions in `along`
  std::iota(at.begin(), at.end(), std::size_t{0});
  if (escalates_ && !at.empty()) {
    const double first = scores[order.front()].quality;
    const auto better = [&](std::size_t i) { return scores[order[i]].quality < 0 || scores[order[i]].quality > first; };
    const auto rest = std::stable_partition(at.begin() + 1, at.end(), better);
    if (first >= 0) {
      std::stable_sort(at.begin() + 1, rest, [&](std::size_t a, std::size_t b) {
        return scores[order[a]].cost_usd < scores[order[b]].cost_usd;
      });
    }
    for (auto i = at.begin(); i != rest; ++i) {
      steps.push_back({.along = dispatch::ordered(along, std::span{i, i + 1}), .candidate = order[*i]});
    }
  }
  if (steps.empty() || !escalates_) {
    steps.assign(1, {.along = way_.along, .candidate = order.empty() ? 0 : order.front()});
  } else { // whoever has not been asked stands behind the last one, should that fail
    const auto asked_last =
        std::find_if(at.begin(), at.end(), [&](std::size_t i) { return order[i] == steps.back().candidate; });
    steps.back().along = dispatch::ordered(along, std::span{asked_last, at.end()});
  }
  steps.back().last = true;
  return steps;
}

/// Token probabilities are asked for where the client's protocol carries them.
result<void> ladder::prepare() {
  began_ = shared_.clock.steady_now();
  const auto read = asked_.read ? result<dialogue::request>{*asked_.read}
                                : shared_.codecs.of(asked_.protocol).read_request(asked_.body, asked_.target);
  if (!read) {
    return read.error();
  }
  show_logprobs_ = read->logprobs;
  if (read->format.kind == dialogue::format_kind::json) {
    shape_ = escalation::json_shape::any_object();
  } else if (read->format.kind == dialogue::format_kind::json_schema) {
    if (auto shape = escalation::json_shape::of_schema(read->format.schema)) {
      shape_ = std::move(*shape);
    }
  }
  const bool useful = asked_.protocol == dialogue::protocol::openai_chat &&
                      asked_.op == wire::openai::operation::chat && !read->logprobs && read->answers == 1;
  if (useful) {
    auto made = rewrite(asked_, shared_.codecs, [](dialogue::request& changed) -> result<void> {
      changed.logprobs = true;
      changed.top_logprobs = k_alternatives;
      return {};
    });
    if (made) {
      asks_ = std::move(*made);
    }
  }
  return {};
}

dialogue::stream_wish ladder::wish() const {
  return {.model = asked_.facts.model,
          .usage = asked_.facts.include_usage,
          .created_s = to_unix_ms(shared_.clock.wall_now()) / 1'000};
}

net::task<void> ladder::climb() {
  if (const auto ready = prepare(); !ready) {
    done_ = climbed{.end = {.got = ready.error(), .by = way_.along->routes.front().get()}};
    co_return;
  }
  steps_ = rungs();
  for (const rung& step : steps_) {
    delivered got = co_await ask(step);
    attempts_ += got.attempts;
    const bool failed = !got.got || got.got->status >= 400;
    bool served = scope_.cancelled() || (failed && step.last);
    if (!served && !failed) {
      served = co_await trusted(step, got);
    }
    if (failed && screen_ && screen_->rejected()) { // in the middle of a silence
      give_up_on(step);
    }
    if (!served) {
      throw_away(got);
      continue;
    }
    const bool nothing = failed && spare_ && !scope_.cancelled();
    serve(nothing ? last_resort() : std::move(got));
    done_->untrusted = nothing;
    break;
  }
  stream_.screen_by(nullptr);
}

/// The answer, with what was thrown away on the way to it.
void ladder::serve(delivered got) {
  got.attempts = attempts_;
  if (got.got) {
    got.got->usage = got.got->usage + elsewhere_;
  }
  got.elsewhere = got.elsewhere + elsewhere_;
  got.elsewhere_cost += elsewhere_cost_;
  done_ = climbed{.end = std::move(got), .escalations = escalations_, .confidence = confidence_};
}

void ladder::set_aside(const delivered& got) {
  spare_ = spare{.end = got, .confidence = confidence_, .elsewhere = elsewhere_, .elsewhere_cost = elsewhere_cost_};
}

/// What was set aside is no longer thrown away.
delivered ladder::last_resort() {
  elsewhere_ = spare_->elsewhere;
  elsewhere_cost_ = spare_->elsewhere_cost;
  confidence_ = spare_->confidence;
  return std::move(spare_->end);
}

/// One target's answer; a stream is held back as it comes.
net::task<delivered> ladder::ask(const rung& step) {
  const bool probabilities = asks_ && takes_logprobs(*step.along->routes.front(), *now_->settings);
  const bool holds = escalates_ && !step.last;
  screen_.reset();
  if (asked_.facts.stream) {
    const screening::limits limits{.tokens_max = holds ? settings_.hold_tokens_max : 0,
                                   .until = holds ? began_ + settings_.hold : steady_time::min()};
    screen_ = std::make_unique<screening>(
        shared_.codecs.of(asked_.protocol), wish(), now_->settings->upstream.event_bytes_max, show_logprobs_, limits,
        [this, &step](const sighting& seen) { return judge(step, seen); }, shared_.clock);
    stream_.screen_by(screen_.get());
  }
  const rewritten_request* const instead = probabilities ? asks_.get() : nullptr;
  delivered got = co_await call(step, instead);
  if (!probabilities || !refused_as_asked(got)) {
    co_return got;
  }
  // Some models take no request for token probabilities: as the client has asked it then.
  attempts_ += got.attempts;
  co_return co_await call(step, nullptr);
}

/// @param instead  what is asked in place of the client's own request; null = that.
net::task<delivered> ladder::call(const rung& step, const rewritten_request* instead) {
  net::cancel_scope own;
  const net::cancel_scope::registration with_client{scope_, [&own] { own.cancel(); }};
  std::optional<hold_timer> timer;
  if (screen_ && escalates_ && !step.last) {
    const auto left = began_ + settings_.hold - shared_.clock.steady_now();
    timer.emplace(loop_, stream_, *screen_, own, std::chrono::duration_cast<std::chrono::milliseconds>(left));
  }
  delivery on_its_way{shared_, now_, loop_, asked_, step.along, stream_, own, instead};
  co_await on_its_way.run();
  if (timer) {
    co_await timer->settled();
  }
  co_return on_its_way.take_outcome();
}

escalation::signals ladder::signals_of(const sighting& seen) const {
  escalation::signals told = seen.signals();
  if (shape_ && seen.whole && !seen.tool_calls) {
    const auto fits = shape_->fits(seen.text);
    told.format_valid = fits == escalation::fit::unjudged ? std::nullopt : std::optional{fits == escalation::fit::yes};
  }
  return told;
}

/// Of a stream, in the middle or at its end. Samples are compared only where nothing went out.
bool ladder::judge(const rung& step, const sighting& seen) {
  const auto samples = settings_.samples > 1 ? static_cast<std::uint32_t>(settings_.samples) : 1;
  const bool trusted = rule_on(step, signals_of(seen), samples).what != escalation::step::escalate;
  if (trusted) { // its head is about to go out
    stream_.chosen_by(routing::decision_header(way_.made, escalations_), escalations_);
  }
  return trusted;
}

std::vector<escalation::tier> ladder::tiers_above(const rung& step) const {
  std::vector<escalation::tier> above;
  bool passed = false;
  for (const rung& other : steps_) {
    if (passed) {
      const routing::scored& one = way_.made.candidates[other.candidate];
      above.push_back({.cost = usd(one.cost_usd),
                       .time = milliseconds_of(one.seconds),
                       .p_wrong = one.quality >= 0 ? std::optional{1 - one.quality} : std::nullopt});
    }
    passed = passed || other.candidate == step.candidate;
  }
  return above;
}

std::optional<std::chrono::milliseconds> ladder::time_left() const {
  std::optional<steady_time> end = asked_.deadline;
  if (asked_.wish.latency_slo) {
    const steady_time slo = asked_.started + *asked_.wish.latency_slo;
    end = end ? std::min(*end, slo) : slo;
  }
  if (!end) {
    return std::nullopt;
  }
  return std::chrono::duration_cast<std::chrono::milliseconds>(*end - shared_.clock.steady_now());
}

/// Nothing where the answer tells nothing: none is made up.
std::optional<double> ladder::confidence_in(const escalation::signals& seen) const {
  const bool told =
      seen.logprob_mean || seen.agreement || seen.score || seen.format_valid || seen.refusal || seen.empty || seen.cut;
  return told ? std::optional{1 - trust_->how.p_wrong(seen)} : std::nullopt;
}

escalation::ruling ladder::rule_on(const rung& step, const escalation::signals& seen, std::uint32_t samples) {
  const double p_wrong = trust_->how.p_wrong(seen);
  confidence_ = confidence_in(seen);
  if (!escalates_ || step.last) {
    return {};
  }
  const auto above = tiers_above(step);
  const routing::scored& own = way_.made.candidates[step.candidate];
  const escalation::rule by{
      .loss = usd(settings_.wrong_usd), .threshold = trust_->serve_below, .threshold_kept = trust_->guaranteed};
  escalation::ruling said = decide(
      by, {.seen = seen,
           .p_wrong = p_wrong,
           .confidence_min = asked_.wish.min_confidence.value_or(settings_.confidence_min),
           .tiers = above,
           .budget_left = asked_.wish.budget ? std::optional{*asked_.wish.budget - elsewhere_cost_ - usd(own.cost_usd)}
                                             : std::nullopt,
           .time_left = time_left(),
           .samples = samples,
           .samples_max = static_cast<std::uint32_t>(settings_.samples),
           .sample_cost = usd(own.cost_usd),
           .sample_time = milliseconds_of(own.seconds)});
  reason_ = said.reason;
  return said;
}

/// A stream that has ended. @returns whether it went out, or what there is of it.
net::task<bool> ladder::trusted_stream(const rung& step, const delivered& got) {
  if (got.got->broke) {
    if (screen_->rejected()) {
      give_up_on(step);
    }
    co_return stream_.begun() || step.last;
  }
  if (screen_->finish() == screened::rejected) {
    give_up_on(step);
    co_return false;
  }
  co_await stream_.release();
  confidence_ = confidence_in(signals_of(screen_->seen())); // now that it is whole
  co_return true;
}

/// An answer that is there, of which nothing has gone out unless it streamed.
net::task<bool> ladder::trusted(const rung& step, delivered& got) {
  if (got.got->streamed) {
    co_return co_await trusted_stream(step, got);
  }
  const auto read = shared_.codecs.of(asked_.protocol).read_answer(got.got->body);
  if (!read) { // what it is not, nobody can judge
    co_return true;
  }
  const sighting seen = sighting_of(*read);
  auto told = signals_of(seen);
  std::uint32_t samples = 1;
  std::vector<std::string> texts{seen.text};
  escalation::ruling said = rule_on(step, told, samples);
  while (said.what == escalation::step::sample && !scope_.cancelled()) {
    texts.push_back(co_await sample(step));
    ++samples;
    const std::vector<std::string_view> all{texts.begin(), texts.end()};
    told.agreement = escalation::agreement_of(all, escalation::sameness::last).share;
    said = rule_on(step, told, samples);
  }
  if (asks_ && read->choices.size() == 1 && !read->choices.front().logprobs.empty()) {
    hide_logprobs(*read, got);
  }
  if (said.what != escalation::step::escalate) {
    co_return true;
  }
  give_up_on(step);
  if (!told.empty && told.format_valid.value_or(true)) {
    set_aside(got);
  }
  co_return false;
}

/// Another answer of the same target, at a temperature that lets it differ. It costs what it costs, and is thrown away.
/// @returns its text; empty when there is none.
net::task<std::string> ladder::sample(const rung& step) {
  auto asks = rewrite(asked_, shared_.codecs, [](dialogue::request& changed) -> result<void> {
    changed.stream = false;
    changed.sample.temperature = std::max(changed.sample.temperature.value_or(1.0), k_sample_temperature);
    changed.sample.seed.reset();
    return {};
  });
  if (!asks) {
    co_return std::string{};
  }
  no_reply nobody;
  auto alone = cache::inflight_leader::alone();
  relay unseen{nobody, scope_, alone, shared_.clock, {.head_note = {}}};
  delivery on_its_way{shared_, now_, loop_, asked_, step.along, unseen, scope_, asks->get()};
  co_await on_its_way.run();
  delivered got = on_its_way.take_outcome();
  attempts_ += got.attempts;
  throw_away(got);
  const bool fine = got.got && got.got->status < 400 && !got.got->streamed;
  const auto read = fine ? shared_.codecs.of(asked_.protocol).read_answer(got.got->body)
                         : result<dialogue::answer>{make_error(error_kind::upstream_failed, "no sample")};
  co_return read ? plain_text(*read) : std::string{};
}

void ladder::throw_away(const delivered& got) {
  if (!got.got || got.got->status >= 400) {
    return;
  }
  elsewhere_ = elsewhere_ + got.got->usage;
  elsewhere_cost_ +=
      got.elsewhere_cost + cost::price_of(got.got->usage - got.elsewhere, got.by->price->at(shared_.clock.wall_now()));
}

/// The answer of this target was not trusted.
void ladder::give_up_on(const rung& step) {
  ++escalations_;
  routing::scored& tried = way_.made.candidates[step.candidate];
  tried.detail = "its answer was not trusted: " + reason_;
  shared_.metrics.escalated(tried.provider);
}

/// The client did not ask for them.
void ladder::hide_logprobs(dialogue::answer read, delivered& got) const {
  read.choices.front().logprobs.clear();
  got.got->body = shared_.codecs.of(asked_.protocol).write_answer(read, wish()).body;
}

} // namespace inferenceflow::pipeline
