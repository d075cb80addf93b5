import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { utf8, utf8Decode } from "../../lib/base/mod.ts";
import { encodeSse, encodeSseRetry, SSE_KEEP_ALIVE, type SseItem, SseReader } from "../../lib/wire/sse.ts";

const LIMIT = 64;

function read(bytes: Uint8Array, cuts: readonly number[] = []): readonly SseItem[] {
  const reader = new SseReader({ maxEventBytes: LIMIT });
  const items: SseItem[] = [];
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    items.push(...reader.push(bytes.slice(from, cut)));
    from = cut;
  }
  return items;
}

function plain(items: readonly SseItem[]): readonly unknown[] {
  return items.map((item) => item.kind === "event" ? { ...item, data: utf8Decode(item.data) } : item);
}

const event = (data: string, more: object = {}) => ({ kind: "event", type: "message", data, ...more });

const STREAMS: readonly (readonly [name: string, stream: string, items: readonly unknown[]])[] = [
  ["one event", "data: {}\n\n", [event("{}")]],
  ["lines that end in CR LF", "data: {}\r\n\r\n", [event("{}")]],
  ["lines that end in CR", "data: {}\r\rdata: 1\r\r", [event("{}"), event("1")]],
  ["several lines of data", "data: {\ndata: }\n\n", [event("{\n}")]],
  ["no space behind the colon, and two", "data:a\n\ndata:  a\n\n", [event("a"), event(" a")]],
  ["a type and an id", "event: endpoint\nid: 7\ndata: /x\n\n", [event("/x", { type: "endpoint", id: "7" })]],
  ["an id that stays", "id: 7\ndata: a\n\ndata: b\n\n", [event("a", { id: "7" }), event("b", { id: "7" })]],
  ["an id alone, which primes", "id: 7\n\ndata: b\n\n", [event("b", { id: "7" })]],
  ["empty data, which primes", "id: 7\ndata:\n\n", [event("", { id: "7" })]],
  ["an id with NUL", "id: a\0b\ndata: b\n\n", [event("b")]],
  ["comments", ": hello\n:\n\ndata: a\n\n", [event("a")]],
  ["fields that nobody knows", "Data: x\nfoo: y\nfoo\ndata: a\n\n", [event("a")]],
  ["retry", "retry: 250\n\nretry: soon\n\n", [{ kind: "retry", ms: 250 }]],
  ["a byte order mark at the start", "\uFEFFdata: a\n\n", [event("a")]],
  ["an event without end", "data: a\n", []],
  ["data at the cap", `data: ${"x".repeat(LIMIT)}\n\n`, [event("x".repeat(LIMIT))]],
  ["data over the cap, and what follows", `data: ${"x".repeat(LIMIT + 1)}\n\ndata: a\n\n`, [{
    kind: "oversize",
    limit: LIMIT,
  }, event("a")]],
  ["many lines over the cap", `${"data: xxxxxxxx\n".repeat(9)}\ndata: a\n\n`, [{
    kind: "oversize",
    limit: LIMIT,
  }, event("a")]],
  ["one line without end over the cap", `data: ${"x".repeat(5000)}\n\ndata: a\n\n`, [{
    kind: "oversize",
    limit: LIMIT,
  }, event("a")]],
];

for (const [name, stream, items] of STREAMS) {
  Deno.test(`SseReader reads ${name}, however it is cut`, () => {
    const bytes = utf8(stream);
    assertEquals(plain(read(bytes)), items);
    for (let cut = 1; cut < Math.min(bytes.length, 200); cut++) {
      assertEquals(plain(read(bytes, [cut])), items, `cut at ${cut}`);
    }
    const each = Array.from({ length: bytes.length - 1 }, (_, i) => i + 1);
    assertEquals(plain(read(bytes, each)), items, "byte by byte");
  });
}

const OFTEN = utf8("\n\r: data");

Deno.test("SseReader throws for no bytes, and cuts do not show", () => {
  const bytes = fc.uint8Array({ maxLength: 200 }).map((array) =>
    array.map((byte) => OFTEN[byte % 16] ?? byte)
  );
  fc.assert(fc.property(bytes, fc.array(fc.nat({ max: 200 })), (stream, places) => {
    const cuts = places.filter((place) => place < stream.length).sort((a, b) => a - b);
    assertEquals(read(stream, cuts), read(stream));
  }));
});

Deno.test("what encodeSse writes is one event with that data", () => {
  const data = fc.string({ unit: "binary" }).filter((text) =>
    text.isWellFormed() && utf8(text).length <= LIMIT
  );
  fc.assert(fc.property(data, (text) => {
    const items = read(encodeSse({ data: text, id: "3-1" }));
    assertEquals(plain(items), [event(text.replace(/\r\n?/g, "\n"), { id: "3-1" })]);
  }));
  const primer = read(encodeSse({ data: "", id: "3-0", retryMs: 20 }));
  assertEquals(plain(primer), [{ kind: "retry", ms: 20 }, event("", { id: "3-0" })]);
  assertEquals(read(SSE_KEEP_ALIVE), []);
  assertEquals(read(encodeSseRetry(500)), [{ kind: "retry", ms: 500 }]);
});
