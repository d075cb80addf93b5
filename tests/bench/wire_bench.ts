/**
 * What a frame costs on the main thread: cutting, decoding, parsing, classifying, encoding. Run with
 * `deno bench -A tests/bench/wire_bench.ts`; the platform's own JSON stands beside ours for scale.
 */
import {
  canonicalPayload,
  encodeJson,
  isJsonObject,
  type JsonObject,
  parseJson,
  utf8,
  utf8Decode,
} from "../../lib/base/mod.ts";
import {
  DEFAULT_MAX_FRAME_BYTES,
  encodeFrame,
  FrameReader,
  readFrame,
  readSubject,
  withId,
  withProgressToken,
} from "../../lib/wire/mod.ts";

const CALL =
  '{"jsonrpc":"2.0","id":17,"method":"tools/call","params":{"name":"read_text_file","arguments":{"path":' +
  '"/home/user/project/src/main.ts","head":40},"_meta":{"progressToken":17}}}';
const TEXTS: Readonly<Record<string, string>> = {
  "a call of 200 B": CALL,
  "a result of 400 KB, one string": result({ text: "x".repeat(400_000) }),
  "a result of 400 KB, escapes": result({ text: 'line of code with "quotes"\n'.repeat(13_000) }),
  "a result of 200 KB, 27,000 values": result(Array.from({ length: 3000 }, (_, id) => ({
    id,
    name: `item ${id}`,
    price: id * 1.25,
    tags: ["a", "b"],
    ok: true,
  }))),
};

for (const [name, text] of Object.entries(TEXTS)) {
  const bytes = utf8(text);
  const value = objectOf(text);
  Deno.bench(`utf8Decode: ${name}`, { group: `decode ${name}` }, () => void utf8Decode(bytes));
  Deno.bench(`parseJson: ${name}`, { group: `parse ${name}`, baseline: true }, () => void parseJson(text));
  Deno.bench(`JSON.parse: ${name}`, { group: `parse ${name}` }, () => void JSON.parse(text));
  Deno.bench(`encodeJson: ${name}`, { group: `encode ${name}` }, () => void encodeJson(value));
  Deno.bench(`canonicalPayload: ${name}`, { group: `canonical ${name}` }, () => void canonicalPayload(value));
  Deno.bench(`readFrame: ${name}`, { group: `read ${name}` }, () => void readFrame({ kind: "line", bytes }));
}

const THOUSAND_CALLS = utf8(`${CALL}\n`.repeat(1000));
const LONG_LINE = utf8(`${TEXTS["a result of 400 KB, one string"]}\n`);

Deno.bench(
  "FrameReader: 1,000 calls in one chunk",
  { group: "reader" },
  () => readAll(THOUSAND_CALLS, { chunk: 1 << 20 }),
);
Deno.bench(
  "FrameReader: 1,000 calls in chunks of 64 KiB",
  { group: "reader" },
  () => readAll(THOUSAND_CALLS, { chunk: 1 << 16 }),
);
Deno.bench(
  "FrameReader: 400 KB in chunks of 64 KiB",
  { group: "reader" },
  () => readAll(LONG_LINE, { chunk: 1 << 16 }),
);

Deno.bench("a call from chunk to line: read, subject, new ids, encode", { group: "whole way" }, () => {
  const [frame] = new FrameReader({ maxFrameBytes: DEFAULT_MAX_FRAME_BYTES }).push(CALL_LINE);
  const message = frame === undefined ? undefined : readFrame(frame);
  if (message?.kind !== "request") throw new Error("no request");
  readSubject(message.method, message.params);
  encodeFrame(withProgressToken(withId(message.value, 1), 1));
});

const CALL_LINE = utf8(`${CALL}\n`);

function readAll(stream: Uint8Array, { chunk }: { chunk: number }): void {
  const reader = new FrameReader({ maxFrameBytes: DEFAULT_MAX_FRAME_BYTES });
  for (let at = 0; at < stream.length; at += chunk) reader.push(stream.subarray(at, at + chunk));
}

function result(content: unknown): string {
  return JSON.stringify({ jsonrpc: "2.0", id: 3, result: { content } });
}

function objectOf(text: string): JsonObject {
  const parsed = parseJson(text);
  if (!parsed.ok || !isJsonObject(parsed.value)) throw new Error("no object");
  return parsed.value;
}
