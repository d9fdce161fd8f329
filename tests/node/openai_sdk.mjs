// The official OpenAI SDK for Node, unchanged but for baseURL.
// Usage: node openai_sdk.mjs BASE_URL CHAT_MODEL EMBEDDING_MODEL FAILING_MODEL ("-": no such check)
// Exit status 0 and one line per passed check on standard output; the first failed check ends it.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.IFLOW_NODE_MODULES ?? process.cwd(), "index.js"));
const OpenAI = require("openai").default ?? require("openai");

const [base_url, chat_model, embedding_model, failing_model] = process.argv.slice(2);
const client = new OpenAI({ baseURL: base_url, apiKey: "unused", maxRetries: 0, timeout: 60_000 });
const messages = [{ role: "user", content: "Name the capital of France." }];
const options = { model: chat_model, messages, max_tokens: 12, temperature: 0 };

async function check_chat() {
  const got = await client.chat.completions.create(options);
  assert.ok(got.choices[0].message.content.length > 0);
  assert.equal(got.usage.total_tokens, got.usage.prompt_tokens + got.usage.completion_tokens);
}

async function check_stream() {
  const plain = await client.chat.completions.create(options);
  const stream = await client.chat.completions.create({ ...options, stream: true });
  let text = "";
  for await (const chunk of stream) {
    text += chunk.choices[0].delta.content ?? "";
  }
  assert.equal(text, plain.choices[0].message.content);
}

async function check_stream_usage() {
  const stream = await client.chat.completions.create({
    ...options,
    stream: true,
    stream_options: { include_usage: true },
  });
  let last;
  for await (const chunk of stream) {
    last = chunk;
  }
  assert.ok(last.usage.total_tokens > 0);
}

async function check_abort() {
  const stream = await client.chat.completions.create({ ...options, stream: true, max_tokens: 200 });
  for await (const chunk of stream) {
    assert.ok(chunk.id);
    break;
  }
  stream.controller.abort();
}

async function check_embeddings() {
  const got = await client.embeddings.create({ model: embedding_model, input: ["a", "b"], encoding_format: "float" });
  assert.equal(got.data.length, 2);
  assert.ok(got.data.every((entry) => entry.embedding.length >= 3));
}

async function check_models() {
  const names = [];
  for await (const model of client.models.list()) {
    names.push(model.id);
  }
  assert.ok(names.length > 0);
}

async function check_errors() {
  await assert.rejects(client.chat.completions.create({ ...options, model: "no-such-model" }), (error) => {
    assert.ok(error instanceof OpenAI.NotFoundError);
    assert.equal(error.code, "model_not_found");
    return true;
  });
  await assert.rejects(client.chat.completions.create({ ...options, temperature: "hot" }), (error) => {
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.equal(error.param, "temperature");
    return true;
  });
}

async function check_rate_limit() {
  await assert.rejects(client.chat.completions.create({ ...options, model: failing_model }), (error) => {
    assert.ok(error instanceof OpenAI.RateLimitError);
    assert.equal(error.status, 429);
    return true;
  });
}

const checks = { check_chat, check_stream, check_stream_usage, check_abort, check_models, check_errors };
if (embedding_model !== "-") checks.check_embeddings = check_embeddings;
if (failing_model !== "-") checks.check_rate_limit = check_rate_limit;
for (const [name, check] of Object.entries(checks)) {
  await check();
  console.log(name);
}
