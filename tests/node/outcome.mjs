// What the SDKs of Node have in common here: results in the form of tests/support/sdk_clients/wish.py.

export const outcome = (fields) => ({
  text: "", calls: [], input_tokens: 0, output_tokens: 0, pieces: 0, native: null,
  error: "", status: 0, message: "", retry_after: "", ...fields,
});

export const data_url = (want) => `data:image/png;base64,${want.picture}`;

// What an SDK raised; anything but its own errors is a fault of the test.
export function failed(raised, base) {
  if (!(raised instanceof base)) throw raised;
  return outcome({
    error: raised.constructor.name,
    status: raised.status ?? 0,
    message: String(raised.message),
    retry_after: raised.headers?.get?.("retry-after") ?? "",
  });
}
