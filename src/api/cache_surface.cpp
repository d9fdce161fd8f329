// What is in the cache, and how to get it out.
#include "api/admin_surface.h"
#include "api/json_text.h"
#include "api/percent_decode.h"

#include <array>
#include <fmt/format.h>

namespace inferenceflow::api {

namespace {

std::string groups_json(const std::vector<cache::cache_group_stats>& groups) {
  std::string text = "[";
  for (const auto& group : groups) {
    text += fmt::format(R"({}{{"name":{},"hits":{},"semantic_hits":{},"misses":{},"explored":{},"judged_right":{},)"
                        R"("judged_wrong":{},"entries":{},"bytes":{},"saved_usd":{}}})",
                        text.size() > 1 ? "," : "", json_string(group.name), group.hits, group.semantic_hits,
                        group.misses, group.explored, group.judged_right, group.judged_wrong, group.entries,
                        group.bytes, to_usd_string(group.saved));
  }
  return text + "]";
}

/// The memory tier in the words that all tiers are shown in.
cache::tier_stats memory_tier(const cache::cache_stats& now, const config::cache_settings& settings) {
  return {.available = settings.enabled,
          .hits = now.hits + now.semantic_hits,
          .misses = now.misses,
          .stored = now.stored,
          .evicted = now.evicted,
          .erased = now.erased,
          .dropped = now.refused,
          .errors = 0,
          .entries = now.entries,
          .bytes = now.bytes,
          .bytes_max = settings.bytes_max};
}

std::string tier_json(std::string_view name, const cache::tier_stats& tier) {
  return fmt::format(R"({{"name":{},"available":{},"hits":{},"misses":{},"stored":{},"evicted":{},"erased":{},)"
                     R"("dropped":{},"errors":{},"entries":{},"bytes":{},"bytes_max":{}}})",
                     json_string(name), tier.available, tier.hits, tier.misses, tier.stored, tier.evicted, tier.erased,
                     tier.dropped, tier.errors, tier.entries, tier.bytes, tier.bytes_max);
}

double ratio(std::uint64_t part, std::uint64_t rest) {
  return part + rest == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(part + rest);
}

/// What to erase. @returns invalid_request for a parameter that is unknown, empty, too long, or none at all.
result<cache::entry_filter> read_filter(std::string_view query) {
  constexpr std::array<std::string_view, 4> k_names{"pattern", "model", "tenant", "tag"};
  if (const auto unknown = unknown_parameter(query, k_names)) {
    return make_error(error_kind::invalid_request, "no such parameter; there are pattern, model, tenant and tag",
                      *unknown);
  }
  cache::entry_filter filter;
  const std::array fields{&filter.glob, &filter.model, &filter.tenant, &filter.tag};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto value = query_value(query, k_names[i]);
    // An empty filter would mean everything, which nobody asks for by mistake in a script's variable.
    if (value && (value->empty() || value->size() > cache::k_filter_field_bytes_max)) {
      return make_error(error_kind::invalid_request,
                        fmt::format("{}: 1 to {} bytes are needed", k_names[i], cache::k_filter_field_bytes_max),
                        std::string{k_names[i]});
    }
    *fields[i] = value.value_or("");
  }
  if (filter.empty()) {
    return make_error(error_kind::invalid_request,
                      "pattern, model, tenant or tag: one is needed, several must all hold; pattern is a glob over "
                      "tenant/operation/model/key, DELETE /v1/cache?pattern=* empties the cache",
                      "pattern");
  }
  return filter;
}

/// The filter's fields that were given, as members of an object.
std::string filter_json(const cache::entry_filter& filter) {
  std::string text;
  const auto add = [&text](std::string_view name, const std::string& value) {
    if (!value.empty()) {
      text += fmt::format(R"("{}":{},)", name, json_string(value));
    }
  };
  add("pattern", filter.glob);
  add("model", filter.model);
  add("tenant", filter.tenant);
  add("tag", filter.tag);
  return text;
}

/// What the semantic cache has decided, by tenant and route, and the bound that it keeps there.
std::string semantic_json(const semantic::semantic_stats& now) {
  std::string lanes;
  for (const auto& lane : now.lanes) {
    lanes += fmt::format(
        R"({}{{"tenant":{},"route":{},"requests":{},"hits":{},"vetoed":{},"audits":{},"explored":{},"judged_right":{},)"
        R"("judged_wrong":{},"error_max":{},"bound":{:.6f}}})",
        lanes.empty() ? "" : ",", json_string(lane.name.tenant), json_string(lane.name.route), lane.requests, lane.hits,
        lane.vetoed, lane.audits, lane.explored, lane.judged_right, lane.judged_wrong, lane.error_max, lane.bound);
  }
  return fmt::format(R"({{"entries":{},"bytes":{},"evicted":{},"lanes":[{}]}})", now.entries, now.bytes, now.evicted,
                     lanes);
}

} // namespace

net::task<void> serve_cache_stats(call_context& context, service& serving) {
  const auto& settings = serving.settings().cache;
  const auto now = serving.shared.cache.stats();
  std::string tiers = tier_json("memory", memory_tier(now, settings));
  for (const cache::second_tier* tier : serving.shared.tiers) {
    tiers += "," + tier_json(tier->name(), tier->stats());
  }
  const std::string body = fmt::format(
      R"({{"enabled":{},"policy":"{}","hits":{},"semantic_hits":{},"misses":{},"hit_ratio":{:.6f},"explored":{},)"
      R"("judged_right":{},"judged_wrong":{},"stored":{},"evicted":{},"expired":{},"idle":{},"erased":{},"refused":{},)"
      R"("entries":{},"bytes":{},"bytes_max":{},"saved_usd":{},"semantic":{},"tiers":[{}],"by_model":{},"by_tenant":{}}})",
      settings.enabled, to_string(serving.shared.cache.policy()), now.hits, now.semantic_hits, now.misses,
      ratio(now.hits, now.misses), now.explored, now.judged_right, now.judged_wrong, now.stored, now.evicted,
      now.expired, now.idle, now.erased, now.refused, now.entries, now.bytes, settings.bytes_max,
      to_usd_string(now.saved), semantic_json(serving.shared.semantic.stats()), tiers,
      groups_json(serving.shared.cache.stats_by_model()), groups_json(serving.shared.cache.stats_by_tenant()));
  co_await context.send_json(200, body);
}

net::task<void> serve_cache_delete(call_context& context, service& serving) {
  const auto filter = read_filter(context.head().query);
  if (!filter) {
    const error why = filter.error();
    co_await context.send_error(why);
    co_return;
  }
  // Memory first: what comes back from a slower tier meanwhile is erased there before it could come back again.
  std::uint64_t removed = serving.shared.cache.erase_where(*filter);
  std::string tiers = fmt::format(R"({{"name":"memory","removed":{}}})", removed);
  for (cache::second_tier* tier : serving.shared.tiers) {
    cache::entry_filter asked = *filter;
    const result<std::uint64_t> gone = co_await tier->erase_where(std::move(asked));
    if (gone) {
      removed += *gone;
      tiers += fmt::format(R"(,{{"name":{},"removed":{}}})", json_string(tier->name()), *gone);
    } else {
      tiers += fmt::format(R"(,{{"name":{},"removed":null,"error":{}}})", json_string(tier->name()),
                           json_string(gone.error().message));
    }
  }
  // And again: an entry may have come up from a tier between the two.
  if (!serving.shared.tiers.empty()) {
    (void)serving.shared.cache.erase_where(*filter);
  }
  serving.shared.log.info("cache entries deleted", {{"request_id", context.request_id()},
                                                    {"pattern", filter->glob},
                                                    {"model", filter->model},
                                                    {"tenant", filter->tenant},
                                                    {"tag", filter->tag},
                                                    {"removed", removed}});
  const std::string body = fmt::format(R"({{{}"removed":{},"tiers":[{}]}})", filter_json(*filter), removed, tiers);
  co_await context.send_json(200, body);
}

} // namespace inferenceflow::api
