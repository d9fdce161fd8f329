#include "config/setting_table.h"

#include "config/setting_rows.h"

namespace inferenceflow::config {
namespace {

// NOLINTBEGIN(readability-identifier-naming): the rows below read as a table; short names keep one setting on one line.
using namespace rows;
using enum value_kind;
constexpr auto live = takes_effect::live;
constexpr auto restart = takes_effect::restart;
using S = settings;

constexpr std::string_view k_log_words[] = {"debug", "info", "warn", "error"};
constexpr std::string_view k_eviction_words[] = {"gdsf", "lru", "s3_gdsf", "probation_gdsf"};
constexpr std::string_view k_prompt_cache_words[] = {"off", "observe", "on"};
constexpr std::string_view k_durability_words[] = {"group", "sync"};

constexpr auto server = &S::server;
using V = server_settings;
constexpr auto cache = &S::cache;
using C = cache_settings;
constexpr auto redis = &C::redis;
using D = cache_redis_settings;
constexpr auto semantic_store = &C::semantic_store;
using N = semantic_store_settings;
constexpr auto batches = &S::batches;
using B = batch_settings;
constexpr auto pool = &B::pool;
using O = pool_settings;
constexpr auto cost = &S::cost;
constexpr auto ceiling = &cost_settings::ceiling;
constexpr auto local_price = &cost_settings::local;
constexpr auto input = &price_settings::input;
constexpr auto output = &price_settings::output;
// NOLINTEND(readability-identifier-naming)

const setting k_settings[] = {
    plain("server.host", text, at<server, &V::host>, restart,
          "Address to listen on; 0.0.0.0 or :: for every interface.", "HOST"),
    ranged("server.port", count, at<server, &V::port>, 0, 65'535, restart, "TCP port; 0 takes any free one.", "PORT"),
    ranged("server.loops", count, at<server, &V::loops>, 0, 1'024, restart, "Event loops; 0 is one per core."),
    ranged("server.header_bytes_max", bytes, at<server, &V::header_bytes_max>, k_kib, k_mib, restart,
           "Longest request head."),
    ranged("server.body_bytes_max", bytes, at<server, &V::body_bytes_max>, k_kib, k_gib, restart,
           "Longest request body."),
    ranged("server.header_timeout_ms", time_ms, at<server, &V::header_timeout>, 1, k_hour_ms, restart,
           "Time for a request head to arrive."),
    ranged("server.body_timeout_ms", time_ms, at<server, &V::body_timeout>, 1, k_hour_ms, restart,
           "Longest pause within a request body."),
    ranged("server.idle_timeout_ms", time_ms, at<server, &V::idle_timeout>, 1, k_hour_ms, restart,
           "Time a kept-alive connection may stay silent."),
    ranged("server.write_timeout_ms", time_ms, at<server, &V::write_timeout>, 1, k_hour_ms, restart,
           "Time a client may take to accept one write."),
    ranged("server.connections_max", count, at<server, &V::connections_max>, 1, 1'000'000, restart,
           "Client connections, all loops together."),
    ranged("server.shutdown_grace_ms", time_ms, at<server, &V::shutdown_grace>, 0, k_hour_ms, restart,
           "Time that requests in flight get to finish after SIGTERM."),
    ranged("server.websocket.idle_timeout_ms", time_ms, at<server, &V::websocket, &websocket_settings::idle_timeout>,
           100, k_hour_ms, restart, "Time a WebSocket client may stay silent; it is pinged after half of it."),
    ranged("server.websocket.message_bytes_max", bytes,
           at<server, &V::websocket, &websocket_settings::message_bytes_max>, k_kib, k_gib, restart,
           "Longest message on a WebSocket, the request's body in it."),
    ranged("server.websocket.requests_max", count, at<server, &V::websocket, &websocket_settings::requests_max>, 1,
           1'024, restart, "Requests on one WebSocket at a time."),
    plain("server.tls.certificate_file", file, at<server, &V::tls, &tls_settings::certificate_file>, restart,
          "PEM certificate chain; empty serves plain HTTP."),
    plain("server.tls.key_file", file, at<server, &V::tls, &tls_settings::key_file>, restart,
          "PEM private key of the certificate."),
    plain("server.cors.origins", text_list, at<server, &V::cors, &cors_settings::origins>, restart,
          "Origins that browsers may call from; \"*\" is any, none sends no CORS headers."),
    ranged("server.cors.max_age_s", time_s, at<server, &V::cors, &cors_settings::max_age>, 0, k_day_s, restart,
           "Time a browser may keep a preflight answer."),
    plain("server.trust_identity_headers", boolean, at<server, &V::trust_identity_headers>, restart,
          "Take tenant and user from x-inferenceflow-tenant and x-inferenceflow-user."),

    one_of("log.level", at<&S::log, &log_settings::level>, k_log_words, live, "Least severe level that is written.",
           "LOG_LEVEL"),
    plain("log.access", boolean, at<&S::log, &log_settings::access>, live, "Write one line per request."),
    plain("log.prompts", boolean, at<&S::log, &log_settings::prompts>, live,
          "Write request bodies, prompts included, to the log."),
    plain("log.file", file, at<&S::log, &log_settings::file>, restart, "File to append to; \"-\" is standard output."),

    plain("local.enabled", boolean, at<&S::local, &local_settings::enabled>, restart,
          "Serve local models in this process."),
    ranged("local.threads", count, at<&S::local, &local_settings::threads>, 0, 1'024, restart,
           "Threads of the engine; 0 is one per core."),
    ranged("local.bytes_max", bytes, at<&S::local, &local_settings::bytes_max>, 0, 1'024 * k_gib, restart,
           "Memory for local models together, as estimated; a model that does not fit takes the place of the least "
           "useful idle one when it is asked for. 0 is no bound."),

    plain("cache.enabled", boolean, at<&S::cache, &cache_settings::enabled>, live,
          "Answer repeated requests from memory.", "CACHE_ENABLED"),
    ranged("cache.bytes_max", bytes, at<&S::cache, &cache_settings::bytes_max>, k_kib, 1'024 * k_gib, live,
           "Memory for cached answers."),
    ranged("cache.entry_bytes_max", bytes, at<&S::cache, &cache_settings::entry_bytes_max>, 1, k_gib, live,
           "Longest answer that is kept."),
    ranged("cache.ttl_s", time_s, at<&S::cache, &cache_settings::ttl>, 1, 365 * k_day_s, live,
           "Time an answer is kept.", "CACHE_TTL"),
    one_of("cache.policy", at<&S::cache, &cache_settings::policy>, k_cache_policy_words, live,
           "auto keeps reproducible answers (temperature 0 or a seed), always keeps all, never none; a route or "
           "request may say otherwise."),
    one_of("cache.eviction", at<&S::cache, &cache_settings::eviction>, k_eviction_words, live,
           "gdsf keeps what saves most dollars per byte; probation_gdsf does, and counts new answers for half until "
           "they are "
           "asked for again; s3_gdsf lets new answers wait in a short queue in front; lru keeps what was used last."),
    plain("cache.coalesce", boolean, at<&S::cache, &cache_settings::coalesce>, live,
          "Identical requests in flight share one call."),
    plain("cache.trust", text, at<cache, &C::trust>, live,
          "none, low, standard, high or 0 to 255: level at which answers are kept; a route takes none of a lower one."),
    plain("cache.pad_hits", boolean, at<cache, &C::pad_hits>, live,
          "Delay answers from the cache as long as a recent miss took, so that nobody can tell what others asked."),
    ranged("cache.rent_usd_per_gib_month", decimal, at<cache, &C::rent_usd_per_gib_month>, 0, 10'000 * k_millionths,
           live, "What memory costs: answers that do not earn their rent are dropped; 0 charges none."),
    plain("cache.file", file, at<cache, &C::file>, restart,
          "SQLite file that keeps cached answers over restarts; empty keeps none."),
    ranged("cache.file_bytes_max", bytes, at<cache, &C::file_bytes_max>, k_mib, 1'024 * k_gib, restart,
           "Size of that file."),
    secret(plain("cache.redis.url", text, at<cache, redis, &D::url>, restart,
                 "Redis or Valkey that replicas share answers in: redis://[user:password@]host[:port][/database], "
                 "rediss:// for TLS; empty shares nothing.",
                 "REDIS_URL")),
    ranged("cache.redis.timeout_ms", time_ms, at<cache, redis, &D::timeout>, 1, 1'000, live,
           "Longest time that a request waits for it; then it counts as a miss."),
    ranged("cache.redis.connect_timeout_ms", time_ms, at<cache, redis, &D::connect_timeout>, 1, k_minute_ms, restart,
           "Time for TCP and TLS, and as long again for the login."),
    plain("cache.secret_env", text, at<cache, &C::secret_env>, restart,
          "Environment variable with the secret, at least 16 bytes, that replicas share; it seals what leaves this "
          "process."),
    plain("cache.semantic_store.embedder", text, at<cache, semantic_store, &N::embedder>, restart,
          "Public name of an embedding model; empty takes the first local one; hashed needs no model."),
    ranged("cache.semantic_store.bytes_max", bytes, at<cache, semantic_store, &N::bytes_max>, k_mib, 64 * k_gib, live,
           "Memory for the vectors of questions."),
    ranged("cache.semantic_store.embed_timeout_ms", time_ms, at<cache, semantic_store, &N::embed_timeout>, 1,
           k_minute_ms, restart, "A request whose vector takes longer goes on without."),
    ranged("cache.semantic_store.embeds_max", count, at<cache, semantic_store, &N::embeds_max>, 1, 4'096, restart,
           "Vectors being made at once; requests beyond go on without."),

    plain("presets_file", file, at<&S::presets_file>, live,
          "YAML file of further presets of providers; they win over the built-in ones."),
    one_of("prompt_cache.mode", at<&S::prompt_cache, &prompt_cache_settings::mode>, k_prompt_cache_words, live,
           "Caches of prompts at Anthropic, Bedrock and OpenAI: on puts cache marks and cache keys where they pay, "
           "observe counts what that would save, off does nothing; a route may say otherwise."),
    ranged("prompt_cache.bytes_max", bytes, at<&S::prompt_cache, &prompt_cache_settings::bytes_max>, 64 * k_kib, k_gib,
           restart, "Memory for when prompts came back, taken at the first that is observed."),

    plain("cost.prices_file", file, at<cost, &cost_settings::prices_file>, live,
          "JSON file whose prices win over the built-in ones."),
    ranged("cost.ceiling.input_usd_per_mtok", usd_mtok, at<cost, ceiling, input>, 0, k_usd_mtok_max, live,
           "Input price charged for a model that has none."),
    ranged("cost.ceiling.output_usd_per_mtok", usd_mtok, at<cost, ceiling, output>, 0, k_usd_mtok_max, live,
           "Output price charged for a model that has none."),
    ranged("cost.local.input_usd_per_mtok", usd_mtok, at<cost, local_price, input>, 0, k_usd_mtok_max, live,
           "Input price of a local model without its own."),
    ranged("cost.local.cached_input_usd_per_mtok", usd_mtok, at<cost, local_price, &price_settings::cached_input>, 0,
           k_usd_mtok_max, live, "The same for prompt tokens that were computed for an earlier request."),
    ranged("cost.local.output_usd_per_mtok", usd_mtok, at<cost, local_price, output>, 0, k_usd_mtok_max, live,
           "Output price of a local model without its own."),

    plain("ledger.path", file, at<&S::ledger, &ledger_settings::path>, restart,
          "SQLite database of all requests; \":memory:\" keeps nothing.", "LEDGER_PATH"),
    one_of("ledger.durability", at<&S::ledger, &ledger_settings::durability>, k_durability_words, restart,
           "group commits every ledger.group_interval_ms, sync before each answer completes."),
    ranged("ledger.group_interval_ms", time_ms, at<&S::ledger, &ledger_settings::group_interval>, 1, 100, restart,
           "Longest time between commits: what kill -9 can lose."),
    ranged("ledger.queue_max", count, at<&S::ledger, &ledger_settings::queue_max>, 1, 10'000'000, restart,
           "Rows that may wait for the writer."),
    plain("ledger.requests", boolean, at<&S::ledger, &ledger_settings::requests>, live,
          "Keep the bodies of requests in the ledger, for cache warming and replay."),
    ranged("ledger.request_bytes_max", bytes, at<&S::ledger, &ledger_settings::request_bytes_max>, 1, 16 * k_mib, live,
           "Longest body of a request that is kept."),

    plain("batches.path", file, at<batches, &B::path>, restart,
          "SQLite file of files and batches; empty is batches.sqlite beside the ledger; \":memory:\" keeps nothing."),
    ranged("batches.file_bytes_max", bytes, at<batches, &B::file_bytes_max>, k_kib, k_gib, live,
           "Largest file that is taken; server.body_bytes_max bounds it too."),
    ranged("batches.lines_max", count, at<batches, &B::lines_max>, 1, 1'000'000, live, "Lines of one file."),
    ranged("batches.files_max", count, at<batches, &B::files_max>, 1, 1'000'000, live,
           "Files that one tenant may have."),
    ranged("batches.bytes_max", bytes, at<batches, &B::bytes_max>, k_mib, 1'024 * k_gib, live,
           "Bytes of one tenant's files, waiting requests and answers; beyond them no file is taken."),
    ranged("batches.unfinished_max", count, at<batches, &B::unfinished_max>, 1, 10'000, live,
           "Batches of one tenant that may wait or run."),
    ranged("batches.parallel_max", count, at<batches, &B::parallel_max>, 1, 128, live,
           "Lines of all batches that are asked at once."),
    ranged("batches.attempts_max", count, at<batches, &B::attempts_max>, 1, 100, live,
           "How often a line is asked while the answer is 429 or 5xx; each time the route's own retries come on top."),
    ranged("batches.window_max_s", time_s, at<batches, &B::window_max>, 1, 30 * k_day_s, live,
           "Longest completion_window."),
    ranged("batches.list_max", count, at<batches, &B::list_max>, 1, 10'000, live, "Entries of one /v1/batch."),
    ranged("batches.list_parallel_max", count, at<batches, &B::list_parallel_max>, 1, 1'000, live,
           "Entries of one /v1/batch that are asked at once."),
    ranged("batches.pool.gather_s", time_s, at<batches, pool, &O::gather>, 0, k_day_s, restart,
           "How long the first line of a provider's batch waits for others."),
    ranged("batches.pool.lines_min", count, at<batches, pool, &O::lines_min>, 1, 100'000, restart,
           "Fewer lines are asked as normal calls."),
    ranged("batches.pool.lines_max", count, at<batches, pool, &O::lines_max>, 1, 50'000, restart,
           "Lines of one batch at a provider."),
    ranged("batches.pool.bytes_max", bytes, at<batches, pool, &O::bytes_max>, k_kib, 100 * k_mib, restart,
           "Requests of one batch at a provider."),
    ranged("batches.pool.results_bytes_max", bytes, at<batches, pool, &O::results_bytes_max>, k_kib, k_gib, restart,
           "Results of one batch at a provider, which are held in memory; larger ones are not read."),
    ranged("batches.pool.waiting_max", count, at<batches, pool, &O::waiting_max>, 1, 10'000'000, restart,
           "Lines in batches at providers or on their way; further ones are asked as normal calls."),
    ranged("batches.pool.open_max", count, at<batches, pool, &O::open_max>, 1, 1'000, restart,
           "Batches at providers at a time."),
    ranged("batches.pool.slack_min_s", time_s, at<batches, pool, &O::slack_min>, 1, 30 * k_day_s, restart,
           "Lines whose completion window ends sooner are asked as normal calls."),
    ranged("batches.pool.give_up_before_s", time_s, at<batches, pool, &O::give_up_before>, 1, k_day_s, restart,
           "Time before the end of the window when a batch is cancelled at the provider."),
    ranged("batches.pool.promote_before_s", time_s, at<batches, pool, &O::promote_before>, 1, k_day_s, restart,
           "Time before the end of the window when what has no answer is asked as normal calls."),
    ranged("batches.pool.poll_min_s", time_s, at<batches, pool, &O::poll_min>, 1, k_day_s, restart,
           "Time between sending a batch and the first look at it; later looks are rarer."),
    ranged("batches.pool.poll_max_s", time_s, at<batches, pool, &O::poll_max>, 1, k_day_s, restart,
           "Longest time between two looks."),

    ranged("upstream.answer_bytes_max", bytes, at<&S::upstream, &upstream_settings::answer_bytes_max>, k_kib, k_gib,
           live, "Longest answer of an upstream that is held in memory."),
    ranged("upstream.event_bytes_max", bytes, at<&S::upstream, &upstream_settings::event_bytes_max>, k_kib, k_gib, live,
           "Longest single event of an upstream's stream."),
};

const list_setting k_lists[] = {
    list_at<&S::local, &local_settings::models>::row("local.models", &k_local_model_scope, {}, 64,
                                                     "Models served in this process."),
    list_at<&S::providers>::row("providers", &k_provider_scope, {}, 256, "Upstreams that speak OpenAI's protocol."),
    list_at<&S::routes>::row("routes", &k_route_scope, {}, 10'000,
                             "Public model names that stand for others, and cache policy per name."),
};

const part_setting k_parts[] = {part<&S::resilience>("resilience", &k_resilience_scope),
                                part<cache, &C::semantic>("cache.semantic", &k_semantic_scope),
                                part<&S::routing>("routing", &k_routing_scope)};

const setting_scope k_root_scope{k_settings, k_lists, k_parts};

} // namespace

const setting_scope& root_scope() {
  return k_root_scope;
}

} // namespace inferenceflow::config
