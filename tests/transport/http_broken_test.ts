/** Connections that end in the middle of an answer: an upstream of raw bytes, which says when it hangs up. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { JsonObject } from "../../lib/base/mod.ts";
import { HttpUpstream, upstreamAddress } from "../../lib/transport/mod.ts";
import { event, line, nextOf, result } from "./http_upstream_kit.ts";

/** Serves every request of `listener` with `head` and `body`, as they are, and hangs up. */
async function serveRaw(listener: Deno.Listener, answer: (body: JsonObject) => string): Promise<void> {
  for await (const connection of listener) {
    const request = await readRequest(connection);
    if (request !== undefined) await connection.write(new TextEncoder().encode(answer(request)));
    connection.close();
  }
}

/** The JSON of the first request on a connection; nothing where there is none, as when only the socket was opened. */
async function readRequest(connection: Deno.Conn): Promise<JsonObject | undefined> {
  const buffer = new Uint8Array(65_536);
  let text = "";
  for (;;) {
    const read = await connection.read(buffer);
    if (read === null) return undefined;
    text += new TextDecoder().decode(buffer.subarray(0, read));
    const [head = "", body] = text.split("\r\n\r\n");
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? NaN);
    if (body !== undefined && body.length >= length) return JSON.parse(body);
  }
}

/** A chunked stream of events that has not come to its end. */
function unfinished(text: string): string {
  const head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
  return `${head}${text.length.toString(16)}\r\n${text}\r\n`;
}

function whole(value: unknown): string {
  const body = JSON.stringify(value);
  const head = `content-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close`;
  return `HTTP/1.1 200 OK\r\n${head}\r\n\r\n${body}`;
}

async function withRaw(
  answer: (body: JsonObject) => string,
  use: (link: HttpUpstream, next: () => Promise<JsonObject>) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = serveRaw(listener, answer);
  const address = upstreamAddress(`http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}/mcp`);
  if (!address.ok) throw new Error(address.error);
  const link = new HttpUpstream({ address: address.value, headers: {}, maxFrameBytes: 4096, log: () => {} });
  try {
    await use(link, nextOf(link));
  } finally {
    await link.end();
    listener.close();
    await serving;
  }
}

const PING = (id: number) => line({ id, method: "ping" });
const CALL = (id: number) => line({ id, method: "tools/call", params: { name: "a" } });

Deno.test("an upstream that hangs up behind its reply has replied once", async () => {
  const answer = ({ id, method }: JsonObject) =>
    method === "ping" ? whole(result(id)) : unfinished(event(result(id)));
  await withRaw(answer, async (link, next) => {
    for (let id = 1; id <= 20; id += 2) {
      link.write(CALL(id));
      assertEquals((await next()).id, id);
      link.write(PING(id + 1));
      assertEquals((await next()).id, id + 1);
    }
  });
});

Deno.test("an upstream that hangs up in the middle of a stream costs that call, and no other", async () => {
  const progress = event({ jsonrpc: "2.0", method: "notifications/progress", params: {} });
  const answer = ({ id, method }: JsonObject) => method === "ping" ? whole(result(id)) : unfinished(progress);
  await withRaw(answer, async (link, next) => {
    link.write(CALL(1));
    assertEquals((await next()).method, "notifications/progress");
    const { id, error } = await next();
    assertEquals(id, 1);
    assertStringIncludes(String((error as JsonObject).message), "broke the connection");
    link.write(PING(2));
    assertEquals(await next(), result(2));
  });
});

Deno.test("an upstream that hangs up in the middle of JSON gives no reply", async () => {
  const answer = ({ id }: JsonObject) => whole(result(id, { text: "x".repeat(100) })).slice(0, -50);
  await withRaw(answer, async (link, next) => {
    link.write(CALL(1));
    const { id, error } = await next();
    assertEquals(id, 1);
    assertStringIncludes(String((error as JsonObject).message), "broke the connection");
  });
});

Deno.test("an upstream that hangs up before it answers gives no reply, and is not asked twice", async () => {
  let asked = 0;
  const answer = () => {
    asked++;
    return "";
  };
  await withRaw(answer, async (link, next) => {
    link.write(CALL(1));
    assertStringIncludes(String(((await next()).error as JsonObject).message), "cannot be reached");
    assertEquals(asked, 1);
  });
});
