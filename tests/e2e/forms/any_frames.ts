/**
 * Frames by the thousand, valid and broken mixed: ordinary messages with names of their own, most of them then spoiled
 * in one or two ways. What becomes of each is the product's business; the test only compares what two witnesses say.
 */
import fc from "fast-check";

/** One line for the product, without its line end. */
export interface AnyFrame {
  readonly bytes: Uint8Array;
  /** Was it left as it was made? Then it must arrive. */
  readonly whole: boolean;
  /** Of a whole one: what must arrive. */
  readonly message: Record<string, unknown>;
}

const encoder = new TextEncoder();

// NUL and half characters are refused wherever they stand, and long digits may look like a card number to the scanner:
// a spoiled frame brings the first in on purpose, and digits have a test of their own.
const TEXT = fc.string({ unit: "grapheme", maxLength: 12 });
const LEAF = fc.oneof(TEXT, fc.boolean(), fc.constant(null), fc.integer({ min: -9999, max: 9999 }));
const { tree: JSON_VALUE } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    LEAF,
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(TEXT, tie("tree"), { maxKeys: 4 }),
  ),
}));

/** Arguments with keys of every kind: empty, like an index, like a member that objects inherit. */
const KEY = fc.oneof(
  TEXT,
  fc.constantFrom("", "0", "10", "2", "__proto__", "constructor", "toString", "n\u0061me"),
);
const ARGUMENTS = fc.array(fc.tuple(KEY, JSON_VALUE), { maxLength: 5 })
  .map((pairs) => Object.fromEntries(pairs));

/** Makes the nth message; its names and ids are its own. */
type Make = (n: number, args: unknown) => Record<string, unknown>;

/** What a client sends. */
export const FROM_CLIENT: readonly Make[] = [
  (n, args) => ({ id: n, method: "tools/call", params: { name: `tool-${n}`, arguments: args } }),
  (n, args) => ({ id: `s-${n}`, method: "tools/call", params: { name: `tool-${n}`, arguments: args } }),
  (n) => ({ id: n, method: "resources/read", params: { uri: `file:///r-${n}` } }),
  (n) => ({ id: n, method: "prompts/get", params: { name: `prompt-${n}`, arguments: { a: "b" } } }),
  (n, args) => ({ id: n, method: `x/unknown-${n}`, params: { args } }),
  (n) => ({ id: n, method: "ping" }),
  (n) => ({ id: n, method: "tools/list", params: { cursor: `c-${n}` } }),
  (n, args) => ({ method: `notifications/x-${n}`, params: { args } }),
  (n, args) => ({ method: "tools/call", params: { name: `notice-${n}`, arguments: args } }),
  (n) => ({ method: "notifications/roots/list_changed", params: { n } }),
];

/** What an upstream sends besides replies to what it was asked. */
export const FROM_UPSTREAM: readonly Make[] = [
  (n, args) => ({ method: "notifications/message", params: { level: "info", data: { n, args } } }),
  (n, args) => ({ method: `notifications/x-${n}`, params: { args } }),
  (n) => ({ method: "notifications/tools/list_changed", params: { n } }),
  (n) => ({ method: "notifications/resources/updated", params: { uri: `file:///r-${n}` } }),
  (n) => ({ id: `q-${n}`, method: "roots/list" }),
  (n, args) => ({ id: 1_000_000 + n, result: { content: [], n, args } }),
  (n) => ({ id: `e-${n}`, error: { code: -32000, message: `error ${n}` } }),
];

/** Ways to spoil the text of a message. Not every one makes it invalid; that is not ours to say. */
const SPOILERS: readonly ((text: string, at: number) => string | Uint8Array)[] = [
  (text) => `[${text}]`,
  (text) => `${text}${text}`,
  (text) => text.replace('"jsonrpc":"2.0"', '"jsonrpc":2.0'),
  (text) => text.replace('"jsonrpc":"2.0",', ""),
  (text) => text.replace('"method"', '"method":"ping","method"'),
  (text) => text.replace('"id"', '"id":0,"id"'),
  (text) => text.replace('"id":', '"ID":'),
  (text) => text.replace('"name"', '"name":"x","name"'),
  (text) => text.replace('"name":', '"n\\u0061me":'),
  (text) => text.replace('"method":', '"m\\u0065thod":'),
  (text) => text.replace('"params":{', '"params":[{').replace(/\}\}$/, "}]}"),
  (text) => text.replace(/"name":"([^"]*)"/, '"name":["$1"]'),
  (text) => text.replace(/"name":"/, '"name":"\u200b'),
  (text) => text.replace(/"arguments":\{/, '"arguments":{"deep":' + "[".repeat(400) + "]".repeat(400) + ","),
  (text) => text.replace(/"arguments":\{/, '"arguments":{"lone":"\\ud83d",'),
  (text) => text.replace(/"arguments":\{/, '"arguments":{"nul":"\\u0000",'),
  (text) => text.replace("{", "{\u2028"),
  (text) => text.replace("{", "{ \t"),
  (text) => text.replace(/\}$/, ',"result":{}}'),
  (text) => text.replace(/\}$/, ',"extra":1}'),
  (text) => text.replaceAll('"', "'"),
  (text, at) => text.slice(0, at),
  (text, at) => `${text.slice(0, at)}${text.slice(at + 1)}`,
  (text, at) => `${text.slice(0, at)}"${text.slice(at)}`,
  (text, at) => `${text.slice(0, at)}\u0000${text.slice(at)}`,
  (text, at) => `${text.slice(0, at)}\r${text.slice(at)}`,
  (text, at) => {
    const bytes = encoder.encode(text);
    bytes[at % bytes.length] = 0xff;
    return bytes;
  },
];

/** `count` frames, made by `makers` from `seed`. */
export function anyFrames(
  makers: readonly Make[],
  { count, seed }: { count: number; seed: number },
): AnyFrame[] {
  const choice = fc.record({
    maker: fc.integer({ min: 0, max: makers.length - 1 }),
    args: ARGUMENTS,
    // Two frames in five stay whole.
    spoiler: fc.integer({ min: -20, max: SPOILERS.length - 1 }),
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
  });
  return fc.sample(choice, { numRuns: count, seed }).map(({ maker, args, spoiler, at }, index) => {
    const message = { jsonrpc: "2.0", ...makers[maker]?.(index + 1, args) };
    const text = JSON.stringify(message);
    const spoiled = SPOILERS[spoiler]?.(text, Math.floor(at * text.length)) ?? text;
    const bytes = typeof spoiled === "string" ? encoder.encode(spoiled) : spoiled;
    // JSON text holds no line feed, so each is one line; a whole frame is one that nothing was done to.
    return { bytes, whole: spoiled === text, message };
  });
}
