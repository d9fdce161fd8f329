// @anthropic-ai/sdk for Node.
import { failed, outcome } from "./outcome.mjs";

function call_of(want) {
  const content = [{ type: "text", text: want.prompt }];
  if (want.picture) {
    content.push({ type: "image", source: { type: "base64", media_type: "image/png", data: want.picture } });
  }
  const messages = [{ role: "user", content }];
  for (const [native, results] of want.history) {
    messages.push({ role: "assistant", content: native });
    const answers = results.map(([tool_use_id, , text]) => ({ type: "tool_result", tool_use_id, content: text }));
    messages.push({ role: "user", content: answers });
  }
  const call = { model: want.model, system: want.system, messages, max_tokens: want.tokens_max };
  call.temperature = want.temperature;
  if (want.tools.length) {
    call.tools = want.tools.map(({ parameters, ...tool }) => ({ ...tool, input_schema: parameters }));
  }
  if (want.schema) call.output_config = { format: { type: "json_schema", schema: want.schema } };
  return call;
}

function outcome_of(got, pieces) {
  const found = got.content.filter((block) => block.type === "tool_use");
  if (got.stop_reason !== (found.length ? "tool_use" : "end_turn")) throw new Error(`stop_reason ${got.stop_reason}`);
  const { usage } = got;
  return outcome({
    text: got.content.map((block) => block.text ?? "").join(""),
    calls: found.map((block) => ({ id: block.id, name: block.name, arguments: block.input })),
    input_tokens: usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
    output_tokens: usage.output_tokens,
    pieces,
    native: got.content,
  });
}

export function anthropic_messages(Anthropic, url) {
  const sdk = new Anthropic({ baseURL: url, apiKey: "unused", maxRetries: 0, timeout: 60_000 });
  return async (want) => {
    try {
      if (!want.stream) return outcome_of(await sdk.messages.create(call_of(want)), 0);
      const stream = sdk.messages.stream(call_of(want));
      let pieces = 0;
      stream.on("text", () => (pieces += 1));
      return outcome_of(await stream.finalMessage(), pieces);
    } catch (raised) {
      return failed(raised, Anthropic.APIError);
    }
  };
}
