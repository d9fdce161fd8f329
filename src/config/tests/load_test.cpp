#include "config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

namespace inferenceflow::config {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using variables = std::map<std::string, std::string, std::less<>>;

environment env_of(variables set) {
  return [set = std::move(set)](std::string_view name) -> std::optional<std::string> {
    const auto found = set.find(name);
    return found == set.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
}

load_outcome load(std::string_view text, variables set = {}, const file_reader& files = {}) {
  set.emplace("HOME", "/home/ann");
  return load_settings_from_text(text, "f.yaml", "/etc/iflow", env_of(std::move(set)), files);
}

std::vector<std::string> lines(const load_outcome& outcome) {
  std::vector<std::string> out;
  for (const auto& one : outcome.problems) {
    out.push_back(to_string(one));
  }
  return out;
}

TEST(load, empty_file_gives_defaults) {
  for (const auto* text : {"", "# nothing\n", "---\n", "server:\n", "{}"}) {
    const auto outcome = load(text);
    EXPECT_THAT(lines(outcome), IsEmpty()) << text;
    EXPECT_EQ(outcome.value.server.port, 8080);
    EXPECT_EQ(outcome.value.ledger.path, "/home/ann/.local/state/inferenceflow/ledger.sqlite");
    EXPECT_EQ(outcome.value.cost.ceiling.output.nano_usd_per_mtok, 400'000'000'000);
  }
}

TEST(load, on_and_off_are_words_where_words_are_meant) {
  const auto outcome = load(R"(
prompt_cache: {mode: on, bytes_max: 1MiB}
providers: [{name: p, base_url: "http://h", models: [m], prompt_cache_key: never}]
routes: [{model: a, target: p/m, prompt_cache: off}, {model: b, target: p/m}, {model: c, target: p/m, prompt_cache: "observe"}]
)");
  ASSERT_THAT(lines(outcome), IsEmpty());
  EXPECT_EQ(outcome.value.prompt_cache.mode, prompt_cache_mode::on);
  EXPECT_EQ(outcome.value.prompt_cache.bytes_max, 1U << 20U);
  EXPECT_EQ(outcome.value.providers[0].prompt_cache_key, cache_key_use::never);
  EXPECT_EQ(outcome.value.routes[0].prompt_cache, prompt_cache_choice::off);
  EXPECT_EQ(outcome.value.routes[1].prompt_cache, prompt_cache_choice::automatic);
  EXPECT_EQ(outcome.value.routes[2].prompt_cache, prompt_cache_choice::observe);
  EXPECT_THAT(lines(load("prompt_cache: {mode: true}")),
              Contains(AllOf(HasSubstr("prompt_cache.mode"), HasSubstr("off, observe, on"))));
}

TEST(load, takes_numbers_with_units_and_words) {
  const auto outcome = load(R"(
server: {port: 0, body_bytes_max: 2MiB, header_timeout_ms: 5s, idle_timeout_ms: 1500, cors: {max_age_s: 1h}}
log: {level: debug, prompts: true}
cache: {policy: never, eviction: lru, entry_bytes_max: 100 kB}
cost: {local: {input_usd_per_mtok: 0.000000001, output_usd_per_mtok: 2.5}}
ledger: {path: ":memory:", durability: sync}
)");
  ASSERT_THAT(lines(outcome), IsEmpty());
  const auto& value = outcome.value;
  EXPECT_EQ(value.server.port, 0);
  EXPECT_EQ(value.server.body_bytes_max, 2U << 20U);
  EXPECT_EQ(value.server.header_timeout.count(), 5'000);
  EXPECT_EQ(value.server.idle_timeout.count(), 1'500);
  EXPECT_EQ(value.server.cors.max_age.count(), 3'600);
  EXPECT_EQ(value.log.level, log_level::debug);
  EXPECT_TRUE(value.log.prompts);
  EXPECT_EQ(value.cache.policy, cache_policy::never);
  EXPECT_EQ(value.cache.eviction, cache_eviction::lru);
  EXPECT_EQ(value.cache.entry_bytes_max, 100'000U);
  EXPECT_EQ(value.cost.local.input.nano_usd_per_mtok, 1);
  EXPECT_EQ(value.cost.local.output.nano_usd_per_mtok, 2'500'000'000);
  EXPECT_EQ(value.ledger.path, ":memory:");
}

TEST(load, names_every_problem_with_place_value_and_what_is_allowed) {
  const auto outcome = load("server:\n"
                            "  port: 70000\n"
                            "  prot: 1\n"
                            "log:\n"
                            "  level: loud\n"
                            "cache: 3\n"
                            "port: 80\n");
  EXPECT_FALSE(outcome.ok());
  EXPECT_THAT(
      lines(outcome),
      testing::ElementsAre(
          "f.yaml:2:9: error: server.port: out of range: '70000' (allowed: integer, 0 to 65535)",
          AllOf(HasSubstr("f.yaml:3:3: error: server.prot: unknown key; did you mean port?"), HasSubstr("host, port")),
          "f.yaml:5:10: error: log.level: not one of the allowed words: 'loud' (allowed: one of: debug, info, warn, "
          "error)",
          "f.yaml:6:8: error: cache: wrong type: a plain value: '3' (allowed: a mapping)",
          HasSubstr("f.yaml:7:1: error: port: unknown key; did you mean server.port?")));
}

struct wrong_case {
  const char* text;
  const char* expected;
};

class load_wrong : public testing::TestWithParam<wrong_case> {};

TEST_P(load_wrong, says_why) {
  const auto outcome = load(GetParam().text);
  EXPECT_FALSE(outcome.ok()) << GetParam().text;
  EXPECT_THAT(lines(outcome), Contains(HasSubstr(GetParam().expected)));
}

INSTANTIATE_TEST_SUITE_P(
    values, load_wrong,
    testing::Values(
        wrong_case{"[1]", "the file holds a sequence"}, wrong_case{"a: [", "not valid YAML"},
        wrong_case{"server: {port: 1}\nserver: {port: 2}", "f.yaml:2:1: error: server: key given twice"},
        wrong_case{"server.port: 1", "unknown key"}, wrong_case{"server: {port: [1]}", "wrong type: a sequence"},
        wrong_case{"server: {port: -1}", "out of range"}, wrong_case{"server: {port: 8080x}", "not an integer"},
        wrong_case{"server: {loops: 99999999999999999999}", "out of range"},
        wrong_case{"server: {body_bytes_max: 32Mb}", "unknown unit"},
        wrong_case{"server: {body_bytes_max: 99999999999GiB}", "out of range"},
        wrong_case{"log: {access: maybe}", "not true or false"},
        wrong_case{"cost: {ceiling: {input_usd_per_mtok: 1e3}}", "not an amount of dollars"},
        wrong_case{"cost: {ceiling: {input_usd_per_mtok: -1}}", "not an amount of dollars"},
        wrong_case{"cost: {ceiling: {input_usd_per_mtok: 1000001}}", "out of range"},
        wrong_case{"ledger: {group_interval_ms: 101}", "1ms to 100ms"},
        wrong_case{"cache: {rent_usd_per_gib_month: .5}", "not a number with at most six decimals: '.5' (allowed: "
                                                          "number, 0 to 10000)"},
        wrong_case{"cache: {rent_usd_per_gib_month: 0.0000001}", "not a number with at most six decimals"},
        wrong_case{"cache: {rent_usd_per_gib_month: 1e1}", "not a number with at most six decimals"},
        wrong_case{"cache: {rent_usd_per_gib_month: -1}", "not a number with at most six decimals"},
        wrong_case{"cache: {rent_usd_per_gib_month: nan}", "not a number with at most six decimals"},
        wrong_case{"cache: {rent_usd_per_gib_month: [1]}", "wrong type: a sequence"},
        wrong_case{"cache: {rent_usd_per_gib_month: 10000.000001}", "out of range"},
        wrong_case{"cache: {trust: 256}", "cache.trust: not a level of trust: '256' (allowed: none, low, standard"},
        wrong_case{"cache: {trust: ''}", "cache.trust: not a level of trust"},
        wrong_case{"cache: {redis: {timeout_ms: 2s}}", "1ms to 1s"},
        wrong_case{"ledger: {path: ''}", "empty file name"},
        wrong_case{"ledger: {path: '${NOT_SET_AT_ALL}/x'}", "environment variable NOT_SET_AT_ALL is not set"},
        wrong_case{"log: {file: '${}'}", "malformed variable reference"},
        wrong_case{"log: {file: '${A'}", "without closing brace"},
        wrong_case{"server: {tls: {certificate_file: a.pem}}", "certificate without a key"},
        wrong_case{"server: {tls: {key_file: a.pem}}", "key without a certificate"},
        wrong_case{"server: {cors: {origins: [example.com]}}", "server.cors.origins[0]: not an origin"},
        wrong_case{"server: {cors: {origins: '*'}}", "sequence of text"},
        wrong_case{"cache: {bytes_max: 1MiB, entry_bytes_max: 2MiB}", "larger than the whole cache"},
        wrong_case{"--- 1\n--- 2\n", "more than one document"}, wrong_case{"{[a]: 1}", "a key must be plain text"},
        wrong_case{"log: {file: \"a\x04\"}", "control character"}, wrong_case{"log: {file: \xff}", "not UTF-8"},
        wrong_case{"a: &a [*a]", "alias refers to a value that contains it"}));

INSTANTIATE_TEST_SUITE_P(
    lists, load_wrong,
    testing::Values(
        wrong_case{"providers: {}", "providers: wrong type: a mapping"},
        wrong_case{"providers: [1]", "providers[0]: wrong type"},
        wrong_case{"providers: [{}]", "providers[0].name: missing"},
        wrong_case{"providers: [{name: a}]", "providers[0].base_url: missing"},
        wrong_case{"providers: [{name: a, base_url: 'ftp://x'}]", "not an http or https address"},
        wrong_case{"providers: [{name: a, base_url: 'http://u:p@x'}]", "user name or password in the address: "
                                                                       "'http://***@x'"},
        wrong_case{"providers: [{name: a, base_url: 'http://x:0'}]", "malformed port"},
        wrong_case{"providers: [{name: a/b, base_url: 'http://x'}]", "not a provider name"},
        wrong_case{"providers: [{name: local, base_url: 'http://x'}]", "models of this process"},
        wrong_case{"providers: [{name: a, base_url: 'http://x'}, {name: a, base_url: 'http://x'}]",
                   "providers[1].name: provider name given twice"},
        wrong_case{"providers: [{name: a, base_url: 'http://x', models: [m, m]}]", "model given twice"},
        wrong_case{"providers: [{name: a, base_url: 'http://x', headers: {'x y': z}}]", "not a header name"},
        wrong_case{"providers: [{name: a, base_url: 'http://x', headers: {Host: z}}]", "set by the gateway"},
        wrong_case{"providers: [{name: a, base_url: 'http://x', headers: {X: \"a\\nb\"}}]", "no header may carry"},
        wrong_case{"providers: [{name: a, base_url: 'http://x', proxy: 'socks5://y'}]", "not an http or https"},
        wrong_case{"providers: [{name: a, base_url: 'http://x', proxy: 'https://y'}]", "not a plain HTTP proxy"},
        wrong_case{"local: {models: [{name: m, file: f, kind: vision}]}", "one of: chat, embedding"},
        wrong_case{"local: {models: [{name: m, file: f, aliases: [m]}]}", "local.models[0].aliases[0]: name of a local "
                                                                          "model given twice"},
        wrong_case{"local: {models: [{name: 'a b', file: f}]}", "not a model name"},
        wrong_case{"routes: [{model: a, target: b}]", "routes[0].target: no such model: 'b'"},
        wrong_case{"routes: [{model: a}]", "routes[0].model: no such model: 'a'"},
        wrong_case{"routes: [{model: a, target: b}, {model: b, target: a}]", "routes lead in a circle: a -> b"},
        wrong_case{"routes: [{model: a, target: a}, {model: a, target: a}]", "route given twice"},
        wrong_case{"routes: [{model: a, targets: [b]}]", "routes[0].targets[0].target: no such model: 'b'"},
        wrong_case{"routes: [{model: a, targets: [a], fallbacks: [b]}]", "no such model"},
        wrong_case{"routes: [{model: a, target: b, targets: [b]}]", "routes[0].targets: given beside target"},
        wrong_case{"routes: [{model: a, targets: [b, c]}, {model: b, targets: [a]}]", "routes lead in a circle"},
        wrong_case{"routes: [{model: a, targets: [{weight: 2}]}]", "routes[0].targets[0].target: missing"},
        wrong_case{"routes: [{model: a, target: b, balance: random}]", "one of: in_order, weighted"},
        wrong_case{"routes: [{model: a, target: b, resilience: 3}]", "routes[0].resilience: wrong type"},
        wrong_case{"routes: [{model: a, target: b, resilience: {retrys: {}}}]", "did you mean retry?"},
        wrong_case{"providers: [{name: a, base_url: 'http://x', resilience: {retry: {attempts_max: 11}}}]",
                   "providers[0].resilience.retry.attempts_max: out of range"},
        wrong_case{"resilience: {retry: {backoff_base_ms: 10s}}", "retry.backoff_max_ms is less than "
                                                                  "retry.backoff_base_ms"},
        wrong_case{"resilience: {concurrency: {adaptive: true, calls_max: 3}}", "calls_max is less than "
                                                                                "concurrency.calls_min"},
        wrong_case{"resilience: {queue: {refuse_with: 418}}", "one of: 429, 503"}));

TEST(load, resilience_is_inherited_key_by_key) {
  const auto outcome = load("resilience: {retry: {attempts_max: 2, deadline_ms: 9s}}\n"
                            "providers: [{name: p, base_url: 'http://x', models: [m], resilience: {retry: "
                            "{attempts_max: 3}, queue: {refuse_with: 503}}}]\n"
                            "routes: [{model: r, target: m, resilience: {retry: {deadline_ms: 8s}}}]");
  ASSERT_THAT(lines(outcome), IsEmpty());
  const auto& all = outcome.value;
  const auto one = merged(merged(all.resilience, all.providers[0].resilience), all.routes[0].resilience);
  EXPECT_EQ(one.retry.attempts_max, 3);
  EXPECT_EQ(one.retry.deadline.count(), 8'000);
  EXPECT_EQ(one.queue.refusal, refuse_with::unavailable);
  EXPECT_EQ(one.breaker.calls_min, 20);
  EXPECT_NE(fingerprint(one, {"retry."}), fingerprint(all.resilience, {"retry."}));
  EXPECT_EQ(fingerprint(one, {"breaker."}), fingerprint(all.resilience, {"breaker."}));
}

INSTANTIATE_TEST_SUITE_P(
    semantic, load_wrong,
    testing::Values(
        wrong_case{"cache: {semantic: {mode: on}}", "cache.semantic.mode: not one of the allowed words: 'on' (allowed: "
                                                    "one of: off, static, verified)"},
        wrong_case{"cache: {semantic: {threshold: 1.000001}}", "cache.semantic.threshold: out of range"},
        wrong_case{"cache: {semantic: {error_max: 0}}", "cache.semantic.error_max: out of range: '0' (allowed: number, "
                                                        "0.0001 to 0.5)"},
        wrong_case{"cache: {semantic: {error_max: 0.500001}}", "out of range"},
        wrong_case{"cache: {semantic: 1}", "cache.semantic: wrong type"},
        wrong_case{"cache: {semantic: {treshold: 1}}", "cache.semantic.treshold: unknown key; did you mean threshold?"},
        wrong_case{"cache: {semantics: {}}", "did you mean semantic?"},
        wrong_case{"cache: {semantic: {judge: {model: j}}}", "cache.semantic.judge.model: no such model: 'j'"},
        wrong_case{"local: {models: [{name: m, file: f}]}\nroutes: [{model: r, target: m, semantic: {judge: {model: "
                   "p/j}}}]",
                   "routes[0].semantic.judge.model: no such model: 'p/j'"},
        wrong_case{"local: {models: [{name: m, file: f, kind: embedding}]}\ncache: {semantic: {judge: {model: m}}}",
                   "this model embeds, it does not answer"},
        wrong_case{"local: {models: [{name: n, aliases: [m], file: f}]}\ncache: {semantic_store: {embedder: m}}",
                   "cache.semantic_store.embedder: this model answers chats, it does not embed: 'm'"},
        wrong_case{"cache: {semantic_store: {embedder: e}}", "cache.semantic_store.embedder: no such model: 'e'"},
        wrong_case{"cache: {semantic_store: {embeds_max: 0}}", "integer, 1 to 4096"},
        wrong_case{"local: {models: [{name: m, file: f}]}\nroutes: [{model: r, target: m, cache_trust: hgh}]",
                   "routes[0].cache_trust: not a level of trust: 'hgh'"},
        wrong_case{"local: {models: [{name: m, file: f}]}\nroutes: [{model: r, target: m, cache_pad_hits: yes}]",
                   "one of: auto, on, off"}));

TEST(load, semantic_caching_is_inherited_key_by_key) {
  const auto outcome = load(
      "local: {models: [{name: m, file: f}]}\n"
      "providers: [{name: p, base_url: 'http://x', any_model: true}]\n"
      "cache: {semantic: {mode: verified, threshold: 0.9, judge: {model: m}}, semantic_store: {embedder: hashed}}\n"
      "routes: [{model: a, target: m, semantic: {mode: off}}, {model: b, target: m, semantic: {threshold: 0.95, "
      "error_max: 0.0001, veto: no, judge: {model: p/any, similarity_min: 1}}}, {model: c, target: m}]");
  ASSERT_THAT(lines(outcome), IsEmpty());
  const auto& all = outcome.value;
  EXPECT_EQ(all.cache.semantic_store.embedder, "hashed");
  const auto off = merged(all.cache.semantic, all.routes[0].semantic);
  EXPECT_EQ(off.mode, semantic_mode::off) << "said, although it is what the block has by default";
  EXPECT_EQ(off.similarity_min, 0.9);
  EXPECT_EQ(off.judge_model, "m");
  const auto own = merged(all.cache.semantic, all.routes[1].semantic);
  EXPECT_EQ(own.mode, semantic_mode::verified);
  EXPECT_EQ(own.similarity_min, 0.95);
  EXPECT_EQ(own.error_max, 0.0001);
  EXPECT_FALSE(own.veto);
  EXPECT_EQ(own.judge_model, "p/any");
  EXPECT_EQ(own.judge_similarity_min, 1.0);
  EXPECT_EQ(merged(all.cache.semantic, all.routes[2].semantic).similarity_min, 0.9);
}

TEST(load, semantic_caching_without_an_embedder_is_a_warning) {
  const auto outcome = load("cache: {semantic: {mode: static}}");
  EXPECT_TRUE(outcome.ok());
  EXPECT_THAT(lines(outcome), Contains(HasSubstr("no local embedding model to take (allowed: name of an embedding")));
  EXPECT_THAT(lines(load("cache: {semantic: {mode: static}}\nlocal: {models: [{name: e, file: f, kind: embedding}]}")),
              IsEmpty());
}

TEST(load, a_shared_cache_needs_a_secret_that_is_long_enough) {
  constexpr auto k_shared = "cache: {redis: {url: 'redis://:p@ss@cache:6379/1'}}";
  EXPECT_THAT(lines(load(k_shared)),
              Contains(AllOf(HasSubstr("f.yaml:1:22: error: cache.redis.url: a shared cache needs a secret, and "
                                       "environment variable CACHE_SECRET is not set"),
                             HasSubstr("openssl rand -hex 32"))));
  const auto brief = load(k_shared, {{"CACHE_SECRET", "fifteen-letters"}});
  EXPECT_THAT(lines(brief), Contains(AllOf(HasSubstr("the secret in CACHE_SECRET is too short"),
                                           HasSubstr("at least 16 bytes"), Not(HasSubstr("fifteen-letters")))));
  const auto right = load(k_shared, {{"CACHE_SECRET", "sixteen-letters-"}});
  ASSERT_THAT(lines(right), IsEmpty());
  EXPECT_EQ(right.value.cache.secret, "sixteen-letters-");
  EXPECT_EQ(right.value.cache.redis.url, "redis://:p@ss@cache:6379/1");
  const auto other = load("cache: {secret_env: S}", {{"S", "sixteen-letters-"}, {"REDIS_URL", "rediss+cluster://h"}});
  ASSERT_THAT(lines(other), IsEmpty());
  EXPECT_EQ(other.value.cache.redis.url, "rediss+cluster://h");
  EXPECT_THAT(lines(load("cache: {secret_env: ''}", {{"REDIS_URL", "redis://h"}})),
              Contains(HasSubstr("cache.secret_env: empty, but a shared cache needs a secret")));
}

TEST(load, the_address_of_the_shared_cache_is_never_shown) {
  for (const auto* url : {"http://u:hunter2@h", "hunter2", "redis://", "redis://:hunter2@${HOST_NOT_SET}"}) {
    const auto outcome =
        load(std::string("cache: {redis: {url: '") + url + "'}}", {{"CACHE_SECRET", "sixteen-letters-"}});
    EXPECT_FALSE(outcome.ok()) << url;
    EXPECT_THAT(lines(outcome), Contains(HasSubstr("cache.redis.url: ")));
    EXPECT_THAT(lines(outcome), Each(Not(HasSubstr("hunter2"))));
  }
}

TEST(load, environment_wins_over_the_file) {
  const auto outcome = load("server: {port: 1}\ncache: {ttl_s: 5}", {{"PORT", "9090"},
                                                                     {"HOST", "::1"},
                                                                     {"LOG_LEVEL", "warn"},
                                                                     {"CACHE_TTL", "60"},
                                                                     {"CACHE_ENABLED", "false"},
                                                                     {"LEDGER_PATH", "/l"}});
  ASSERT_THAT(lines(outcome), IsEmpty());
  EXPECT_EQ(outcome.value.server.port, 9090);
  EXPECT_EQ(outcome.value.server.host, "::1");
  EXPECT_EQ(outcome.value.log.level, log_level::warn);
  EXPECT_EQ(outcome.value.cache.ttl.count(), 60);
  EXPECT_FALSE(outcome.value.cache.enabled);
  EXPECT_EQ(outcome.value.ledger.path, "/l");
}

TEST(load, a_wrong_environment_value_names_the_variable) {
  EXPECT_THAT(lines(load("", {{"PORT", "http"}})),
              Contains("environment: error: PORT: not a number: 'http' (allowed: integer, 0 to 65535)"));
  EXPECT_TRUE(load("", {{"PORT", ""}}).ok()) << "an empty variable counts as not set";
}

TEST(load, file_names_are_relative_to_the_file) {
  const auto outcome = load("local: {models: [{name: a, file: ../m/a.gguf}, {name: b, file: /b.gguf},"
                            " {name: c, file: ~/c.gguf}, {name: d, file: '${INFERENCEFLOW_HOME}/d.gguf'}]}");
  ASSERT_THAT(lines(outcome), IsEmpty());
  const auto& models = outcome.value.local.models;
  EXPECT_EQ(models[0].file, "/etc/m/a.gguf");
  EXPECT_EQ(models[1].file, "/b.gguf");
  EXPECT_EQ(models[2].file, "/home/ann/c.gguf");
  EXPECT_EQ(models[3].file, "/home/ann/.cache/inferenceflow/d.gguf");
  EXPECT_EQ(outcome.value.log.file, "-");
}

TEST(load, a_secret_pasted_in_the_wrong_place_is_not_shown) {
  const auto outcome = load("log: {level: sk-abcdefghijklmnop}");
  EXPECT_THAT(lines(outcome), Contains(AllOf(HasSubstr("sk-***"), testing::Not(HasSubstr("abcdef")))));
}

TEST(load, aliases_work_and_bombs_do_not) {
  EXPECT_TRUE(
      load("local: {models: [{name: a, file: a, price: &p {input_usd_per_mtok: 1}}, {name: b, file: b, price: *p}]}")
          .ok());
  std::string bomb = "a: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 10; ++i) {
    const auto before = "*a" + std::to_string(i - 1);
    bomb += "b" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 0; j < 9; ++j) {
      bomb += "," + before;
    }
    bomb += "]\n";
  }
  EXPECT_THAT(lines(load(bomb)), Contains(HasSubstr("more than 20000 values")));
  EXPECT_THAT(lines(load(std::string(100, '['))), Contains(HasSubstr("nested too deeply")));
  EXPECT_THAT(lines(load(std::string(100'000, '['))), testing::Not(IsEmpty()));
}

TEST(load, bounds_the_text_and_the_problems) {
  EXPECT_THAT(lines(load(std::string(k_config_bytes_max + 1, ' '))),
              Contains(HasSubstr("is longer than 1048576 bytes")));
  std::string text;
  for (int i = 0; i < 300; ++i) {
    text += "key" + std::to_string(i) + ": 1\n";
  }
  const auto outcome = load(text);
  EXPECT_EQ(outcome.problems.size(), k_problems_max + 1);
  EXPECT_EQ(outcome.problems.back().message, "200 more problems not shown");
}

TEST(load, unreadable_files_are_problems) {
  EXPECT_THAT(lines(load_settings("/does/not/exist.yaml", env_of({}))),
              Contains(HasSubstr("cannot be read: No such file")));
  EXPECT_THAT(lines(load_settings("/", env_of({}))), Contains(HasSubstr("is a folder")));
}

} // namespace
} // namespace inferenceflow::config
