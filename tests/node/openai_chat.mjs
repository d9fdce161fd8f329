// openai for Node, chat completions.
import { data_url, failed, outcome } from "./outcome.mjs";

function call_of(want) {
  const content = want.picture
    ? [{ type: "text", text: want.prompt }, { type: "image_url", image_url: { url: data_url(want) } }]
    : want.prompt;
  const messages = [{ role: "system", content: want.system }, { role: "user", content }];
  for (const [native, results] of want.history) {
    messages.push(native);
    for (const [id, , text] of results) messages.push({ role: "tool", tool_call_id: id, content: text });
  }
  const call = { model: want.model, messages, temperature: want.temperature, max_tokens: want.tokens_max };
  if (want.tools.length) call.tools = want.tools.map((tool) => ({ type: "function", function: tool }));
  if (want.schema) {
    const json_schema = { name: "answer", schema: want.schema, strict: true };
    call.response_format = { type: "json_schema", json_schema };
  }
  return call;
}

// What the SDK's stream adds to its answers is no field of the API.
function as_sent({ parsed, tool_calls, ...message }) {
  const calls = (tool_calls ?? []).map(({ id, type, function: { name, arguments: text } }) => {
    return { id, type, function: { name, arguments: text } };
  });
  return calls.length ? { ...message, tool_calls: calls } : message;
}

function outcome_of(got, pieces) {
  const { message, finish_reason } = got.choices[0];
  const found = message.tool_calls ?? [];
  if (finish_reason !== (found.length ? "tool_calls" : "stop")) throw new Error(`finish_reason ${finish_reason}`);
  return outcome({
    text: message.content ?? "",
    calls: found.map((c) => ({ id: c.id, name: c.function.name, arguments: JSON.parse(c.function.arguments) })),
    input_tokens: got.usage.prompt_tokens,
    output_tokens: got.usage.completion_tokens,
    pieces,
    native: as_sent(message),
  });
}

export function openai_chat(OpenAI, url) {
  const sdk = new OpenAI({ baseURL: `${url}/v1`, apiKey: "unused", maxRetries: 0, timeout: 60_000 });
  return async (want) => {
    try {
      if (!want.stream) return outcome_of(await sdk.chat.completions.create(call_of(want)), 0);
      const stream = sdk.chat.completions.stream({ ...call_of(want), stream_options: { include_usage: true } });
      let pieces = 0;
      stream.on("content", () => (pieces += 1));
      return outcome_of(await stream.finalChatCompletion(), pieces);
    } catch (raised) {
      return failed(raised, OpenAI.APIError);
    }
  };
}
