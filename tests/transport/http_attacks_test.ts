/** Upstreams that mean harm: packed answers, streams without end, names that no header carries, ways that lead elsewhere. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { JsonObject } from "../../lib/base/mod.ts";
import {
  event,
  INITIALIZE,
  INITIALIZED,
  initializeResult,
  json,
  line,
  result,
  type Script,
  stream,
  withUpstream,
} from "./http_upstream_kit.ts";

const CALL = line({ id: 7, method: "tools/call", params: { name: "a" } });
const PING = line({ id: 8, method: "ping" });
const SOMETHING = { jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: 1 } };
const EVENT_STREAM = { "content-type": "text/event-stream" };
const CAP = 4096;

/** Sixteen thousand times the cap, in a few kilobytes. */
const BOMB = new TextEncoder().encode(JSON.stringify(result(7, { text: "x".repeat(64 * 1024 * 1024) })));

function packed(
  coding: string,
  bytes: Uint8Array,
  more: ResponseInit & { readonly type?: string } = {},
): Response {
  const { type = "application/json", ...init } = more;
  return new Response(new Uint8Array(bytes), {
    ...init,
    headers: { "content-type": type, "content-encoding": coding },
  });
}

/** A stream of `chunk`, again and again. */
function endless(chunk: Uint8Array<ArrayBuffer>, type: string, onLeft: () => void): Response {
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (to) => to.enqueue(chunk.slice()),
    cancel: onLeft,
  });
  return new Response(body, { headers: { "content-type": type } });
}

interface Row {
  readonly name: string;
  readonly answer: Script;
  readonly said: string;
}

const ANSWERS: readonly Row[] = [
  { name: "a bomb of gzip", answer: () => packed("gzip", gzipSync(BOMB)), said: "gave no reply" },
  { name: "a bomb of brotli", answer: () => packed("br", brotliCompressSync(BOMB)), said: "gave no reply" },
  {
    name: "a bomb in a bomb",
    answer: () => packed("gzip, gzip", gzipSync(gzipSync(BOMB))),
    said: "gave no reply",
  },
  {
    name: "a bomb in a stream",
    answer: () => packed("gzip", gzipSync(BOMB), { type: "text/event-stream" }),
    said: "gave no reply",
  },
  {
    name: "a bomb in an error",
    answer: () => packed("gzip", gzipSync(BOMB), { status: 400 }),
    said: "answered with an error",
  },
  {
    name: "a NUL in an event",
    answer: () => stream(`data: ${JSON.stringify(result(7))}\0\n\n`),
    said: "gave no reply",
  },
  {
    name: "an event that is no UTF-8",
    answer: () =>
      new Response(Uint8Array.of(0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 10, 10), { headers: EVENT_STREAM }),
    said: "gave no reply",
  },
  {
    name: "a redirect to its own address in another scheme",
    answer: () => new Response(null, { status: 308, headers: { location: "https://127.0.0.1/mcp" } }),
    said: "redirects to another origin",
  },
  {
    name: "a redirect to another port",
    answer: () => new Response(null, { status: 307, headers: { location: "http://127.0.0.1:1/mcp" } }),
    said: "redirects to another origin",
  },
  {
    name: "a redirect that names only a host",
    answer: () => new Response(null, { status: 307, headers: { location: "//10.0.0.1/latest/meta-data" } }),
    said: "redirects to another origin",
  },
  {
    name: "a redirect to a host behind a backslash",
    answer: () => new Response(null, { status: 307, headers: { location: "\\\\10.0.0.1\\x" } }),
    said: "redirects to another origin",
  },
  {
    name: "a redirect to no place on the network",
    answer: () => new Response(null, { status: 307, headers: { location: "data:application/json,{}" } }),
    said: "redirects to another origin",
  },
];

for (const { name, answer, said } of ANSWERS) {
  Deno.test(`an upstream that answers with ${name} costs that call, and the next is answered`, async () => {
    const script: Script = (seen) => seen.body?.method === "ping" ? json(result(seen.body.id)) : answer(seen);
    await withUpstream(script, async ({ link, next }) => {
      link.write(CALL);
      let last = await next();
      while (last.id !== 7) last = await next();
      const message = String((last.error as JsonObject | undefined)?.message);
      assertStringIncludes(message, said);
      assert(!/hush|10\.0\.0\.1|meta-data/.test(message), message);
      link.write(PING);
      assertEquals(await next(), result(8));
    });
  });
}

for (
  const [name, chunk, type] of [
    ["a line", "x".repeat(1024), "text/event-stream"],
    ["an event of many lines", "data: x\n".repeat(100), "text/event-stream"],
    ["a JSON text", " ".repeat(1024), "application/json"],
  ] as const
) {
  Deno.test(`${name} without end is broken off, and its call gets an error`, async () => {
    const left = Promise.withResolvers<void>();
    const script: Script = () => endless(new TextEncoder().encode(chunk), type, () => left.resolve());
    await withUpstream(script, async ({ link, next }) => {
      link.write(CALL);
      assertEquals(await next(), { malformed: "oversize" });
      const { id, error } = await next();
      assertEquals(id, 7);
      assertStringIncludes(String((error as JsonObject).message), "a message over the cap");
      await left.promise;
    });
  });
}

Deno.test("a long stream of short events is read for as long as it goes on", async () => {
  const many = event(SOMETHING).repeat(10 * CAP / event(SOMETHING).length);
  await withUpstream(({ body }) => stream(many + event(result(body?.id))), async ({ link, next }) => {
    link.write(CALL);
    let count = 0;
    while ((await next()).id !== 7) count++;
    assertEquals(count, Math.floor(10 * CAP / event(SOMETHING).length));
  });
});

/** What the stream is taken up with, after an event of this id; `undefined`: it is not. */
const IDS: readonly (readonly [name: string, id: string, sent: string | undefined])[] = [
  ["in plain letters", "a 7", "a 7"],
  ["in letters of many bytes", "\u00fc\u6f22", "\u00fc\u6f22"],
  ["with a control character", "a\x01b", undefined],
  ["with a tab at its end", "a\t", undefined],
  ["that is longer than a name", "a".repeat(2_000), undefined],
  ["that takes the one before away", "", undefined],
];

for (const [name, id, sent] of IDS) {
  Deno.test(`a stream whose event has an id ${name} is ${sent === undefined ? "not taken up" : "taken up behind it"}`, async () => {
    const script: Script = ({ method, body }) => {
      if (method === "GET") return stream(event(result(7)));
      return body?.method === "tools/call"
        ? stream(`retry: 1\n${event(SOMETHING, id)}`)
        : json(result(body?.id));
    };
    await withUpstream(script, async ({ link, seen, next }) => {
      link.write(CALL);
      assertEquals(await next(), SOMETHING);
      const { id: answered, error } = await next();
      assertEquals([answered, error === undefined], [7, sent !== undefined]);
      const asked = seen.find(({ method }) => method === "GET")?.headers.get("last-event-id");
      const bytes = Uint8Array.from(asked ?? "", (char) => char.charCodeAt(0));
      assertEquals(asked === undefined ? undefined : new TextDecoder().decode(bytes), sent);
    });
  });
}

Deno.test("a stream that asks for no pause is taken up again and again, until its answer is there", async () => {
  let asked = 0;
  const script: Script = ({ method, body }) => {
    if (method === "POST") return stream(`id: 1\nretry: 0\n${event(SOMETHING)}`);
    return ++asked < 3
      ? stream(`id: ${asked}\nretry: 0\n\n`)
      : stream(event(result(7, { of: body?.id ?? 0 })));
  };
  await withUpstream(script, async ({ link, next }) => {
    link.write(CALL);
    await next();
    assertEquals((await next()).id, 7);
    assertEquals(asked, 3);
  });
});

Deno.test("a session id that no header carries is none", async () => {
  for (const id of ["a b", "\u00fc", "x".repeat(1_025)]) {
    const script: Script = ({ body }) =>
      body?.method === "initialize" ? initializeResult(body.id, id) : json(result(body?.id));
    await withUpstream(script, async ({ link, seen, next }) => {
      for (const each of [INITIALIZE, INITIALIZED, PING]) link.write(each);
      while ((await next()).id !== 8);
      assertEquals(seen.map(({ headers }) => headers.get("mcp-session-id")), seen.map(() => null));
    });
  }
});
