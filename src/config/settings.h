/// Every setting of the process as plain typed values; one YAML file maps onto them.
///
/// Role:      config::load_settings() fills it, app/ hands each module its part. What a key means, its unit, bounds and
///            environment name stand in the settings table (config/setting_table.h), not here.
/// Lifecycle: values. A reload builds a new `settings`; nobody changes one in place.
/// Threading: immutable after loading; share by shared_ptr<const settings>.
/// Bounds:    those of the table, checked by the loader; a default-constructed value is valid except that strings
///            holding ${NAME} are expanded by the loader only (ledger.path).
#pragma once

#include "base/money.h"
#include "config/resilience_settings.h"
#include "config/routing_settings.h"
#include "config/semantic_settings.h"
#include "dialogue/part.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace inferenceflow::config {

/// The order of the words of each enum is the order in the settings table.
enum class log_level : std::uint8_t { debug, info, warn, error };
enum class model_kind : std::uint8_t { chat, embedding };
enum class cache_policy : std::uint8_t { automatic, always, never };
enum class cache_eviction : std::uint8_t { gdsf, lru, s3_gdsf, probation_gdsf };
/// What an OpenAI-compatible host makes of the Chat Completions format.
enum class chat_dialect : std::uint8_t {
  plain,
  openai,
  azure,
  openrouter,
  vllm,
  sglang,
  llama_server,
  ollama,
  groq,
  mistral,
  deepseek,
  together,
  xai,
  cerebras
};
enum class pad_choice : std::uint8_t { automatic, on, off };
enum class ledger_durability : std::uint8_t { group, sync };
enum class prompt_cache_mode : std::uint8_t { off, observe, on };
enum class prompt_cache_choice : std::uint8_t { automatic, off, observe, on };
enum class cache_key_use : std::uint8_t { automatic, always, never };

/// Prices of one model, in nano-dollars per million tokens (written as dollars per million in YAML).
struct price_settings {
  token_price input;
  token_price output;
  token_price cached_input; ///< of local models only: prompt tokens that were computed for an earlier request
  friend bool operator==(const price_settings&, const price_settings&) = default;
};

struct tls_settings {
  std::string certificate_file; ///< PEM chain; empty = plain HTTP
  std::string key_file;         ///< PEM
  [[nodiscard]] bool enabled() const { return !certificate_file.empty(); }
};

struct cors_settings {
  std::vector<std::string> origins; ///< exact origins or "*"; empty = no CORS headers
  std::chrono::seconds max_age{600};
};

struct websocket_settings {
  std::chrono::milliseconds idle_timeout{60'000}; ///< of silence; after half of it the client is pinged
  std::size_t message_bytes_max = 4U << 20U;
  std::size_t requests_max = 32; ///< at a time, per socket
};

struct server_settings {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080; ///< 0 = any free port
  std::size_t loops = 0;     ///< event loops; 0 = one per core
  std::size_t header_bytes_max = 32U << 10U;
  std::size_t body_bytes_max = 32U << 20U;
  std::chrono::milliseconds header_timeout{10'000};
  std::chrono::milliseconds body_timeout{60'000}; ///< between two reads of a body
  std::chrono::milliseconds idle_timeout{75'000};
  std::chrono::milliseconds write_timeout{60'000};
  std::size_t connections_max = 10'000;
  std::chrono::milliseconds shutdown_grace{30'000};
  websocket_settings websocket;
  tls_settings tls;
  cors_settings cors;
  bool trust_identity_headers = true; ///< take tenant and user from x-inferenceflow-tenant and -user
};

struct log_settings {
  log_level level = log_level::info;
  bool access = true;     ///< one line per request
  bool prompts = false;   ///< request bodies in the log
  std::string file = "-"; ///< "-" = standard output
};

struct local_model_settings {
  std::string name;
  std::string file; ///< absolute after loading
  model_kind kind = model_kind::chat;
  std::vector<std::string> aliases;
  std::size_t context_tokens = 0; ///< 0 = what the model was trained for, at most 8192
  std::size_t sequences_max = 4;  ///< requests decoded together
  std::size_t queue_max = 256;    ///< requests waiting for a sequence in lane standard, or for vectors
  std::size_t express_queue_max = 64;
  std::size_t batch_queue_max = 1'024;
  std::chrono::milliseconds token_gap{40}; ///< p95 of the time between two tokens
  std::size_t prefixes_max = 16;           ///< ended requests kept so that others reuse their beginning
  std::size_t prefix_tokens_min = 256;     ///< shorter ones are not kept
  bool share_prefixes = false;             ///< tenants reuse each other's
  price_settings price;
  model_traits traits = {}; ///< for those who choose; its context is the one above
};

struct local_settings {
  bool enabled = true;
  std::size_t threads = 0;   ///< 0 = one per core
  std::size_t bytes_max = 0; ///< of models in memory, as estimated; 0 = no bound
  std::vector<local_model_settings> models;
};

struct provider_model_settings {
  std::string name;          ///< what clients ask for
  std::string upstream_name; ///< what the upstream is asked for; equals name unless set
  model_traits traits = {};  ///< for those who choose
};

/// Where the credentials for AWS signatures are, and what they are.
struct aws_settings {
  std::string access_key_id_env = "AWS_ACCESS_KEY_ID";
  std::string secret_access_key_env = "AWS_SECRET_ACCESS_KEY";
  std::string session_token_env = "AWS_SESSION_TOKEN";

  // Found out while loading; never logged, never printed.
  std::string access_key_id; ///< empty = requests are not signed
  std::string secret_access_key;
  std::string session_token; ///< of temporary credentials
};

/// A provider's own batch API.
struct provider_batch_settings {
  bool enabled = false;
  std::size_t price_percent = 50; ///< of the usual price
};

struct provider_settings {
  std::string name;
  std::string preset;   ///< fills in what the entry does not say
  std::string base_url; ///< http or https, without a trailing slash after loading, e.g. "https://api.openai.com/v1"
  dialogue::protocol protocol = dialogue::protocol::openai_chat;
  std::string region;     ///< for {region} in base_url, and for AWS signatures
  std::string resource;   ///< for {resource} in base_url
  std::string key_header; ///< empty = the protocol's own
  chat_dialect dialect = chat_dialect::plain;
  bool stream_usage = true;   ///< ask for the usage of streams
  std::string price_provider; ///< id in the price table; empty = by base_url, else the name
  std::string api_key_env;
  std::vector<std::string> api_keys_env; ///< further variables, one key each
  aws_settings aws;
  std::string api_key_file; ///< one key per line; absolute after loading
  std::vector<provider_model_settings> models;
  bool any_model = false; ///< also accepts "<provider>/<model>" for models not listed
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds first_byte_timeout{120'000};
  std::chrono::milliseconds idle_timeout{60'000}; ///< between two reads of an answer
  std::size_t connections_max = 256;              ///< per loop
  std::size_t idle_connections_max = 64;          ///< per loop
  cache_key_use prompt_cache_key = cache_key_use::automatic;
  std::string ca_file; ///< PEM; empty = the system's
  std::string
      proxy; ///< after loading: http://host:port, or empty for none (file, else HTTPS_PROXY, HTTP_PROXY, NO_PROXY)
  std::vector<std::pair<std::string, std::string>> headers; ///< sent with every request
  provider_batch_settings batch;
  resilience_settings resilience;

  // Found out while loading; not keys of the file.
  std::vector<std::string> api_keys; ///< the secrets themselves, none twice; never logged, never printed
  std::string disabled_reason;       ///< empty = usable; else why not, for a 503 and for check-config
  [[nodiscard]] bool enabled() const { return disabled_reason.empty(); }
};

enum class balance_policy : std::uint8_t { in_order, weighted, least_outstanding, peak_ewma, sticky };

struct target_settings {
  std::string target;     ///< "provider/model", a model name, or another route, which means that one's targets
  std::size_t weight = 1; ///< relative; 0 = only when no other is left
};

/// A public model name that stands for one or several others, with its own cache policy.
struct route_settings {
  std::string model;
  std::string target;                        ///< the only target; empty if there are `targets`
  std::vector<target_settings> targets = {}; ///< they share the load as `balance` says
  balance_policy balance = balance_policy::in_order;
  std::vector<std::string> fallbacks = {}; ///< tried in this order when no target can answer
  resilience_settings resilience = {};
  cache_policy cache = cache_policy::automatic;
  std::chrono::seconds cache_ttl{0}; ///< 0 = cache.ttl
  std::string cache_trust = {};      ///< for trust_number(); empty = cache.trust
  pad_choice cache_pad_hits = pad_choice::automatic;
  semantic_settings semantic = {};
  prompt_cache_choice prompt_cache = prompt_cache_choice::automatic;
  routing_settings routing = {};
};

/// What every replica of the gateway can reach.
struct cache_redis_settings {
  std::string url; ///< may hold a password: never logged, never printed; empty = none
  std::chrono::milliseconds timeout{20};
  std::chrono::milliseconds connect_timeout{500};
};

inline constexpr std::size_t k_cache_secret_bytes_min = 16;

struct cache_settings {
  bool enabled = true;
  std::size_t bytes_max = 256U << 20U;
  std::size_t entry_bytes_max = 4U << 20U;
  std::chrono::seconds ttl{3'600};
  cache_policy policy = cache_policy::automatic;
  cache_eviction eviction = cache_eviction::probation_gdsf;
  bool coalesce = true;                ///< identical requests in flight share one call
  std::string trust = "standard";      ///< for trust_number()
  bool pad_hits = false;               ///< a hit takes as long as a recent miss
  double rent_usd_per_gib_month = 0.0; ///< 0 = memory costs nothing
  std::string file;                    ///< SQLite; empty = nothing outlives the process; absolute after loading
  std::size_t file_bytes_max = 1U << 30U;
  cache_redis_settings redis = {};
  std::string secret_env = "CACHE_SECRET";
  semantic_settings semantic = {};
  semantic_store_settings semantic_store = {};

  // Found out while loading; never logged, never printed.
  std::string secret; ///< empty = none; else at least k_cache_secret_bytes_min
};

/// What the gateway does about the prompt caches of providers.
struct prompt_cache_settings {
  prompt_cache_mode mode = prompt_cache_mode::off; ///< of routes that say nothing
  std::size_t bytes_max = 16U << 20U;              ///< memory of when prompts came back
};

struct cost_settings {
  std::string prices_file; ///< overrides of the built-in price table; empty = none; absolute after loading
  price_settings ceiling{
      {100'000'000'000}, {400'000'000'000}, {}}; ///< charged when a model has no price: dearer than any known
  price_settings local{{50'000'000}, {100'000'000}, {5'000'000}}; ///< for local models without a price of their own
};

struct ledger_settings {
  std::string path = "${XDG_STATE_HOME:-${HOME:-.}/.local/state}/inferenceflow/ledger.sqlite";
  ledger_durability durability = ledger_durability::group;
  std::chrono::milliseconds group_interval{50};
  std::size_t queue_max = 65'536; ///< rows waiting for the writer
  bool requests = false;          ///< keep bodies
  std::size_t request_bytes_max = 64U << 10U;
};

struct upstream_settings {
  std::size_t answer_bytes_max = 32U << 20U; ///< one answer held in memory
  std::size_t event_bytes_max = 1U << 20U;   ///< one event of a stream
};

/// Lines that go into batches of providers.
struct pool_settings {
  std::chrono::seconds gather{60};             ///< how long the first line waits for others
  std::size_t lines_min = 10;                  ///< fewer are asked as normal calls
  std::size_t lines_max = 1'000;               ///< of one batch
  std::size_t bytes_max = 16U << 20U;          ///< of the requests of one batch
  std::size_t results_bytes_max = 256U << 20U; ///< of the results of one batch
  std::size_t waiting_max = 100'000;           ///< lines in all
  std::size_t open_max = 16;                   ///< batches at providers
  std::chrono::seconds slack_min{2 * 3'600};   ///< lines whose deadline is nearer are asked as normal calls
  std::chrono::seconds give_up_before{1'800};  ///< the deadline: batches are cancelled at the provider
  std::chrono::seconds promote_before{900};    ///< the deadline: what has no answer is asked as normal calls
  std::chrono::seconds poll_min{15};           ///< after a batch was sent; then pauses grow
  std::chrono::seconds poll_max{300};
};

/// Work that can wait: files and batches, and lists of requests in one call.
struct batch_settings {
  std::string path;                                ///< empty = batches.sqlite beside the ledger
  std::size_t file_bytes_max = 32U << 20U;         ///< one file that is sent
  std::size_t lines_max = 50'000;                  ///< of one file
  std::size_t files_max = 1'000;                   ///< of one tenant
  std::size_t bytes_max = std::size_t{1} << 30U;   ///< of one tenant: files, requests that wait, answers
  std::size_t unfinished_max = 16;                 ///< batches of one tenant that are not over
  std::size_t parallel_max = 16;                   ///< lines of all batches that are being asked
  std::size_t attempts_max = 5;                    ///< of one line
  std::chrono::seconds window_max{7 * 24 * 3'600}; ///< longest completion_window
  std::size_t list_max = 100;                      ///< entries of /v1/batch
  std::size_t list_parallel_max = 8;               ///< of one list
  pool_settings pool;
};

struct settings {
  server_settings server;
  log_settings log;
  local_settings local;
  std::vector<provider_settings> providers;
  std::string presets_file; ///< presets of the operator's own; absolute after loading
  std::vector<route_settings> routes;
  cache_settings cache;
  prompt_cache_settings prompt_cache;
  cost_settings cost;
  ledger_settings ledger;
  batch_settings batches;
  upstream_settings upstream;
  resilience_settings resilience;
  routing_settings routing;
};

} // namespace inferenceflow::config
