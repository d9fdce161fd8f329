// Runs a list of wishes through the official SDKs for Node, one process for all of them.
// Usage: node sdk_matrix.mjs BASE_URL < JOBS > OUTCOMES
// JOBS: [{client, want, results}]: `results` are the tools' answers by name; OUTCOMES: a list of outcomes for each job.
import { createRequire } from "node:module";
import { join } from "node:path";
import { anthropic_messages } from "./anthropic_messages.mjs";
import { openai_chat } from "./openai_chat.mjs";
import { openai_responses } from "./openai_responses.mjs";
import { outcome } from "./outcome.mjs";

const require = createRequire(join(process.env.IFLOW_NODE_MODULES ?? process.cwd(), "index.js"));
const of = (name) => require(name).default ?? require(name);
const [url] = process.argv.slice(2);
const clients = {
  "node openai, chat": openai_chat(of("openai"), url),
  "node openai, responses": openai_responses(of("openai"), url),
  "node anthropic": anthropic_messages(of("@anthropic-ai/sdk"), url),
};

async function run({ client, want, results }) {
  const ask = clients[client];
  const first = await ask(want);
  if (!first.calls.length) return [first];
  const answers = first.calls.map((call) => [call.id, call.name, results[call.name]]);
  return [first, await ask({ ...want, history: [[first.native, answers]] })];
}

let given = "";
for await (const piece of process.stdin) given += piece;
const outcomes = [];
for (const job of JSON.parse(given)) {
  try {
    outcomes.push(await run(job));
  } catch (fault) {
    outcomes.push([outcome({ error: `not the SDK's: ${fault.constructor.name}`, message: String(fault.stack) })]);
  }
}
process.stdout.write(JSON.stringify(outcomes));
