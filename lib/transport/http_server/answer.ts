/** What is sent back for a request. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | ReadableStream<Uint8Array<ArrayBuffer>> | null;
}

// `no-transform` keeps the server from compressing by itself: a secret beside a text that an attacker chooses would show
// in the length, and events would wait for the compressor.
const COMMON = { "cache-control": "no-store, no-transform", "x-content-type-options": "nosniff" };

export function jsonAnswer(
  status: number,
  body: string | ReadableStream<Uint8Array<ArrayBuffer>>,
  headers?: Readonly<Record<string, string>>,
): HttpAnswer {
  return { status, headers: { ...COMMON, "content-type": "application/json", ...headers }, body };
}

export function emptyAnswer(status: number, headers?: Readonly<Record<string, string>>): HttpAnswer {
  return { status, headers: { ...COMMON, ...headers }, body: null };
}

/** A stream of events. Reverse proxies are asked not to hold it back. */
export function streamAnswer(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  headers?: Readonly<Record<string, string>>,
): HttpAnswer {
  const own = { "content-type": "text/event-stream", "x-accel-buffering": "no" };
  return { status: 200, headers: { ...COMMON, ...own, ...headers }, body };
}
