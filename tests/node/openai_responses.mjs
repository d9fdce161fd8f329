// openai for Node, responses.
import { data_url, failed, outcome } from "./outcome.mjs";

function call_of(want) {
  const content = [{ type: "input_text", text: want.prompt }];
  if (want.picture) content.push({ type: "input_image", image_url: data_url(want), detail: "auto" });
  const input = [{ role: "user", content }];
  for (const [native, results] of want.history) {
    input.push(...native);
    for (const [call_id, , output] of results) input.push({ type: "function_call_output", call_id, output });
  }
  const call = { model: want.model, instructions: want.system, input, temperature: want.temperature };
  call.max_output_tokens = want.tokens_max;
  if (want.tools.length) call.tools = want.tools.map((tool) => ({ type: "function", strict: false, ...tool }));
  if (want.schema) call.text = { format: { type: "json_schema", name: "answer", schema: want.schema, strict: true } };
  return call;
}

function outcome_of(got, pieces) {
  if (got.status !== "completed") throw new Error(`status ${got.status}`);
  const found = got.output.filter((item) => item.type === "function_call");
  const messages = got.output.filter((item) => item.type === "message");
  return outcome({
    text: messages.flatMap((item) => item.content.map((part) => part.text)).join(""),
    calls: found.map((c) => ({ id: c.call_id, name: c.name, arguments: JSON.parse(c.arguments) })),
    input_tokens: got.usage.input_tokens,
    output_tokens: got.usage.output_tokens,
    pieces,
    native: got.output.map(({ parsed_arguments, ...item }) => item), // what the SDK's stream adds is no field of the API
  });
}

export function openai_responses(OpenAI, url) {
  const sdk = new OpenAI({ baseURL: `${url}/v1`, apiKey: "unused", maxRetries: 0, timeout: 60_000 });
  return async (want) => {
    try {
      if (!want.stream) return outcome_of(await sdk.responses.create(call_of(want)), 0);
      const stream = sdk.responses.stream(call_of(want));
      let pieces = 0;
      for await (const event of stream) pieces += event.type === "response.output_text.delta" ? 1 : 0;
      return outcome_of(await stream.finalResponse(), pieces);
    } catch (raised) {
      // An error event of the provider is thrown as it is; others come as the SDK's own error.
      if (raised?.type === "error") return outcome({ error: "APIError", message: raised.message });
      return failed(raised, OpenAI.APIError);
    }
  };
}
