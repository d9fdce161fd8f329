// Keys of the entries of local.models, providers, providers[].models and routes.
#include "config/setting_rows.h"

namespace inferenceflow::config::rows {
namespace {

// NOLINTBEGIN(readability-identifier-naming): the rows below read as a table; short names keep one setting on one line.
using enum value_kind;
constexpr auto live = takes_effect::live;
constexpr auto restart = takes_effect::restart;
using M = local_model_settings;
using P = provider_settings;
using R = route_settings;
using T = model_traits;
// NOLINTEND(readability-identifier-naming)

constexpr std::string_view k_cache_key_words[] = {"auto", "always", "never"};
constexpr std::string_view k_prompt_cache_words[] = {"auto", "off", "observe", "on"};
constexpr std::string_view k_pad_words[] = {"auto", "on", "off"};
constexpr std::string_view k_kind_words[] = {"chat", "embedding"};
/// In the order of dialogue::protocol.
constexpr std::string_view k_protocol_words[] = {"openai", "openai_responses", "anthropic", "gemini",
                                                 "cohere", "bedrock",          "tgi"};

/// In the order of chat_dialect.
constexpr std::string_view k_dialect_words[] = {"plain",    "openai",       "azure",  "openrouter", "vllm",
                                                "sglang",   "llama-server", "ollama", "groq",       "mistral",
                                                "deepseek", "together",     "xai",    "cerebras"};

const setting k_local_model_settings[] = {
    required(plain("name", text, at<&M::name>, restart, "Name that clients ask for.")),
    required(plain("file", file, at<&M::file>, restart, "GGUF file.")),
    one_of("kind", at<&M::kind>, k_kind_words, restart, "What the model does."),
    plain("aliases", text_list, at<&M::aliases>, restart, "Further names of the model."),
    ranged("context_tokens", count, at<&M::context_tokens>, 0, 10'000'000, restart,
           "Context of one request; 0 is what the model was trained for, at most 8192."),
    ranged("sequences_max", count, at<&M::sequences_max>, 1, 1'024, restart, "Requests decoded together."),
    ranged("queue_max", count, at<&M::queue_max>, 0, 1'000'000, restart,
           "Requests of lane standard that may wait for a free sequence."),
    ranged("express_queue_max", count, at<&M::express_queue_max>, 0, 1'000'000, restart, "The same for lane express."),
    ranged("batch_queue_max", count, at<&M::batch_queue_max>, 0, 1'000'000, restart, "The same for lane batch."),
    ranged("token_gap_ms", time_ms, at<&M::token_gap>, 1, 10'000, restart,
           "What 95 of 100 steps with parts of prompts shall stay below: prompts are cut to fit."),
    ranged("prefixes_max", count, at<&M::prefixes_max>, 0, 128, restart,
           "Ended requests that are kept so that others need not compute the same beginning again; 0 reuses nothing."),
    ranged("prefix_tokens_min", count, at<&M::prefix_tokens_min>, 0, 1'000'000, restart,
           "Requests with fewer tokens, prompt and answer together, are not kept; every kept token slows the others."),
    plain("share_prefixes", boolean, at<&M::share_prefixes>, restart,
          "Tenants reuse each other's beginnings; who measures times could then tell what others asked."),
    ranged("price.input_usd_per_mtok", usd_mtok, at<&M::price, &price_settings::input>, 0, k_usd_mtok_max, restart,
           "Input price; all zero takes cost.local."),
    ranged("price.cached_input_usd_per_mtok", usd_mtok, at<&M::price, &price_settings::cached_input>, 0, k_usd_mtok_max,
           restart, "Price of prompt tokens that were computed for an earlier request."),
    ranged("price.output_usd_per_mtok", usd_mtok, at<&M::price, &price_settings::output>, 0, k_usd_mtok_max, restart,
           "Output price."),
    plain("cannot", text_list, at<&M::traits, &T::cannot>, live,
          "What the model cannot do, of: tools, images, json_schema, reasoning, streaming, logprobs."),
    plain("tier", text, at<&M::traits, &T::tier>, live, "Name of the group of models that it belongs to."),
    plain("tags", text_list, at<&M::traits, &T::tags>, live, "Words that routes and requests may ask for."),
    ranged("quality", decimal, at<&M::traits, &T::quality>, 0, k_millionths, live,
           "Expected quality, where no router file knows better; 0 is unknown."),
};

const setting k_provider_model_settings[] = {
    required(plain("name", text, at<&provider_model_settings::name>, live, "Name that clients ask for.")),
    plain("upstream_name", text, at<&provider_model_settings::upstream_name>, live,
          "Name that the upstream is asked for; empty is the same."),
    ranged("context_tokens", count, at<&provider_model_settings::traits, &T::context_tokens>, 0, 100'000'000, live,
           "Context of the model, for those who choose; 0 is unknown."),
    plain("cannot", text_list, at<&provider_model_settings::traits, &T::cannot>, live,
          "What the model cannot do, of: tools, images, json_schema, reasoning, streaming, logprobs."),
    plain("tier", text, at<&provider_model_settings::traits, &T::tier>, live,
          "Name of the group of models that it belongs to."),
    plain("tags", text_list, at<&provider_model_settings::traits, &T::tags>, live,
          "Words that routes and requests may ask for."),
    ranged("quality", decimal, at<&provider_model_settings::traits, &T::quality>, 0, k_millionths, live,
           "Expected quality, where no router file knows better; 0 is unknown."),
};
const setting_scope k_provider_model_scope{k_provider_model_settings, {}};

const setting k_provider_settings[] = {
    required(plain("name", text, at<&P::name>, live, "Name in routes, headers, metrics and the ledger.")),
    plain("preset", text, at<&P::preset>, live,
          "Known provider that fills in what is not said here; `inferenceflow presets` lists them."),
    plain("base_url", text, at<&P::base_url>, live,
          "http or https address; for openai up to and including /v1, for the others without it."),
    plain("region", text, at<&P::region>, live, "Stands for {region} in base_url; AWS's for signatures."),
    plain("resource", text, at<&P::resource>, live, "Stands for {resource} in base_url."),
    one_of("protocol", at<&P::protocol>, k_protocol_words, live, "What the upstream speaks."),
    one_of("dialect", at<&P::dialect>, k_dialect_words, live,
           "Host whose form of OpenAI's chat format translated requests are written in."),
    plain("stream_usage", boolean, at<&P::stream_usage>, live,
          "Ask openai upstreams for the usage of streams; false for hosts that refuse stream_options."),
    plain("price_provider", text, at<&P::price_provider>, live,
          "Provider of the price table; empty goes by base_url, then by name."),
    plain("key_header", text, at<&P::key_header>, live,
          "Header that carries the key; empty is the protocol's own; authorization carries it as a bearer token."),
    plain("api_key_env", text, at<&P::api_key_env>, live,
          "Environment variable that holds the key; absent, the provider is disabled."),
    plain("api_keys_env", text_list, at<&P::api_keys_env>, live,
          "Further variables that hold a key each; those that are absent are left out."),
    plain("api_key_file", file, at<&P::api_key_file>, live, "File that holds the keys, one per line."),
    plain("aws.access_key_id_env", text, at<&P::aws, &aws_settings::access_key_id_env>, live,
          "Variable with the AWS access key that signs requests to bedrock without an API key."),
    plain("aws.secret_access_key_env", text, at<&P::aws, &aws_settings::secret_access_key_env>, live,
          "Variable with its secret."),
    plain("aws.session_token_env", text, at<&P::aws, &aws_settings::session_token_env>, live,
          "Variable with the session token of temporary credentials."),
    plain("any_model", boolean, at<&P::any_model>, live,
          "Also accept \"<provider>/<model>\" for models that are not listed."),
    ranged("connect_timeout_ms", time_ms, at<&P::connect_timeout>, 1, k_hour_ms, live,
           "Time for TCP, TLS and proxy together."),
    ranged("first_byte_timeout_ms", time_ms, at<&P::first_byte_timeout>, 1, k_hour_ms, live,
           "Time until the answer begins."),
    ranged("idle_timeout_ms", time_ms, at<&P::idle_timeout>, 1, k_hour_ms, live, "Longest pause within an answer."),
    ranged("connections_max", count, at<&P::connections_max>, 1, 65'535, live, "Connections per event loop."),
    ranged("idle_connections_max", count, at<&P::idle_connections_max>, 0, 65'535, live,
           "Idle connections kept per event loop."),
    one_of("prompt_cache_key", at<&P::prompt_cache_key>, k_cache_key_words, live,
           "Whether it takes OpenAI's prompt_cache_key; auto is true for OpenAI's and Azure's own addresses."),
    plain("ca_file", file, at<&P::ca_file>, live, "PEM authorities to trust; empty takes the system's."),
    plain("proxy", text, at<&P::proxy>, live,
          "http://host:port, or none; empty takes HTTPS_PROXY or HTTP_PROXY unless NO_PROXY names the host."),
    plain("headers", text_map, at<&P::headers>, live, "Header fields added to every request."),
    plain("batch.enabled", boolean, at<&P::batch, &provider_batch_settings::enabled>, live,
          "Buy lines of /v1/batches that can wait in the provider's own batches; openai, anthropic and gemini."),
    ranged("batch.price_percent", count, at<&P::batch, &provider_batch_settings::price_percent>, 1, 100, live,
           "What they cost there, of the usual price."),
};
const list_setting k_provider_lists[] = {
    list_at<&P::models>::row("models", &k_provider_model_scope, "name", 10'000,
                             "Models offered; a plain name or name and upstream_name."),
};

constexpr std::string_view k_balance_words[] = {"in_order", "weighted", "least_outstanding", "peak_ewma", "sticky"};

const setting k_target_settings[] = {
    required(plain("target", text, at<&target_settings::target>, live, "As routes[].target.")),
    ranged("weight", count, at<&target_settings::weight>, 0, 10'000, live,
           "Relative share of the load; 0 takes none while another target can."),
};
const setting_scope k_target_scope{k_target_settings, {}};
const list_setting k_route_lists[] = {
    list_at<&R::targets>::row("targets", &k_target_scope, "target", 64,
                              "Several targets that share the load; a plain name or target and weight."),
};

const setting k_route_settings[] = {
    required(plain("model", text, at<&R::model>, live, "Public model name.")),
    plain("target", text, at<&R::target>, live,
          "\"provider/model\", a model, or another route; empty is the model of that name."),
    one_of("balance", at<&R::balance>, k_balance_words, live,
           "How targets share the load: the first that can answer, by weight, by outstanding tokens, by measured time "
           "per token, or by conversation."),
    plain("fallbacks", text_list, at<&R::fallbacks>, live,
          "Targets that are asked in this order when none of the others can answer."),
    one_of("cache", at<&R::cache>, k_cache_policy_words, live,
           "Cache policy of requests for this name; auto takes cache.policy."),
    ranged("cache_ttl_s", time_s, at<&R::cache_ttl>, 0, 365 * k_day_s, live,
           "Time its answers are kept; 0 takes cache.ttl_s."),
    plain("cache_trust", text, at<&R::cache_trust>, live,
          "Level at which its answers are kept and below which it takes none; empty takes cache.trust."),
    one_of("cache_pad_hits", at<&R::cache_pad_hits>, k_pad_words, live,
           "Delay its answers from the cache; auto takes cache.pad_hits."),
    one_of("prompt_cache", at<&R::prompt_cache>, k_prompt_cache_words, live,
           "Cache marks and keys in its requests; auto takes prompt_cache.mode."),
};

const part_setting k_provider_parts[] = {part<&P::resilience>("resilience", &k_resilience_scope, "resilience")};
const part_setting k_route_parts[] = {part<&R::resilience>("resilience", &k_resilience_scope, "resilience"),
                                      part<&R::semantic>("semantic", &k_semantic_scope, "cache.semantic"),
                                      part<&R::routing>("routing", &k_routing_scope, "routing")};

} // namespace

const setting_scope k_local_model_scope{k_local_model_settings, {}};
const setting_scope k_provider_scope{k_provider_settings, k_provider_lists, k_provider_parts};
const setting_scope k_route_scope{k_route_settings, k_route_lists, k_route_parts};

} // namespace inferenceflow::config::rows

namespace inferenceflow::config {

std::string_view dialect_word(chat_dialect of) noexcept {
  return rows::k_dialect_words[static_cast<std::size_t>(of)];
}

} // namespace inferenceflow::config
