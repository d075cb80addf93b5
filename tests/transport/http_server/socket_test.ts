/** Over real sockets: what the server under us refuses by itself, clients that vanish, and many of them at once. */
import { assertEquals, assertMatch } from "@std/assert";
import type { McpServer } from "../../../lib/transport/http_server/mod.ts";
import { encodeFrame } from "../../../lib/wire/mod.ts";
import { BOTH, call, Events, House, MODERN_META, notice, request, type Setting } from "./_fake.ts";

interface Scene {
  readonly house: House;
  readonly server: McpServer;
  readonly url: string;
  post(body: unknown, headers?: Record<string, string>, signal?: AbortSignal): Promise<Response>;
}

async function serving(setting: Setting, use: (scene: Scene) => Promise<void>): Promise<void> {
  const house = new House(setting), server = house.serve();
  const url = `http://127.0.0.1:${server.port}/mcp`;
  const post: Scene["post"] = (body, headers, signal) =>
    fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "accept": BOTH, ...headers },
      body: JSON.stringify(body),
      ...signal && { signal },
    });
  try {
    await use({ house, server, url, post });
  } finally {
    await server.close();
  }
}

/** Sends bytes as they are, and reads until the server closes the connection, or its answer has `until` in it. */
async function raw(server: McpServer, text: string, until?: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await connection.write(Uint8Array.from(text, (char) => char.charCodeAt(0)));
  let answer = "";
  const buffer = new Uint8Array(4096);
  while (until === undefined || !answer.includes(until)) {
    const length = await connection.read(buffer).catch(() => null);
    if (length === null) break;
    answer += new TextDecoder().decode(buffer.subarray(0, length));
  }
  return answer;
}

const PING = JSON.stringify(request(1, "ping"));
const USUAL = `Content-Type: application/json\r\nAccept: ${BOTH}\r\nConnection: close\r\n`;
const length = `Content-Length: ${PING.length}\r\n`;

interface RawRow {
  readonly name: string;
  /** Everything between the request line with its Host, and the empty line. */
  readonly head: string;
  readonly body?: string;
  readonly line?: string;
  readonly status: number;
}

// 400 with an empty body is the server under us; what reaches the front and has no session is 400 with a body.
const RAW: readonly RawRow[] = [
  { name: "two lengths that differ", head: `${length}Content-Length: 5\r\n`, status: 400 },
  { name: "two lengths that are equal", head: length + length, status: 400 },
  {
    name: "a length beside chunks",
    head: `${length}Transfer-Encoding: chunked\r\n`,
    body: "0\r\n\r\n",
    status: 400,
  },
  { name: "a length with a sign", head: `Content-Length: +${PING.length}\r\n`, status: 400 },
  { name: "a length in hexadecimal", head: `Content-Length: 0x10\r\n`, status: 400 },
  { name: "a header that is folded", head: `${length}X-A: b\r\n c: d\r\n`, status: 400 },
  { name: "a header with a NUL", head: `${length}X-A: b\0c\r\n`, status: 400 },
  { name: "a header with a bare return", head: `${length}X-A: b\rX-C: d\r\n`, status: 400 },
  { name: "white space before the colon", head: `Content-Length : ${PING.length}\r\n`, status: 400 },
  { name: "two Hosts", head: `${length}Host: evil.com\r\n`, status: 400 },
  {
    name: "another encoding on the way",
    head: "Transfer-Encoding: gzip, chunked\r\n",
    body: "0\r\n\r\n",
    status: 415,
  },
  {
    name: "a host in the request line that the header does not have",
    line: "POST http://evil.com/mcp HTTP/1.1",
    head: length,
    status: 403,
  },
  { name: "headers without end", head: `X-A: ${"a".repeat(1 << 20)}\r\n${length}`, status: 400 },
];

for (const { name, head, body = PING, line = "POST /mcp HTTP/1.1", status } of RAW) {
  Deno.test(`refused on the wire: ${name}`, async () => {
    await serving({}, async ({ house, server }) => {
      const answer = await raw(
        server,
        `${line}\r\nHost: 127.0.0.1:${server.port}\r\n${USUAL}${head}\r\n${body}`,
      );
      assertMatch(answer, new RegExp(`^HTTP/1.1 ${status} `));
      assertEquals(house.sessions, []);
    });
  });
}

for (const host of ["a b", "[", "", "é", "127.0.0.1:99999", "127.0.0.1:x", "a/b", "a\\b", "%31"]) {
  Deno.test(`refused on the wire: the Host ${JSON.stringify(host)}`, async () => {
    await serving({}, async ({ house, server }) => {
      const answer = await raw(server, `POST /mcp HTTP/1.1\r\nHost: ${host}\r\n${USUAL}${length}\r\n${PING}`);
      assertMatch(answer, /^HTTP\/1.1 40[03] /);
      assertEquals(house.log.filter((line) => line.startsWith("internal")), []);
    });
  });
}

Deno.test("a request that hides behind another's body is none", async () => {
  await serving({}, async ({ server }) => {
    const host = `Host: 127.0.0.1:${server.port}\r\n`;
    const hidden = `POST /mcp HTTP/1.1\r\n${host}${USUAL}${length}\r\n${PING}`;
    const first = `POST /mcp HTTP/1.1\r\n${host}Content-Type: application/json\r\nAccept: ${BOTH}\r\n`;
    const answer = await raw(
      server,
      `${first}Content-Length: ${hidden.length}\r\nConnection: close\r\n\r\n${hidden}`,
    );
    assertEquals(answer.match(/HTTP\/1\.1 /g)?.length, 1);
    assertMatch(answer, /^HTTP\/1.1 400 /);
  });
});

Deno.test("a body that is shorter than it says, and then nothing, is given up with 408, and nothing of it was taken", async () => {
  await serving({ limits: { bodyMs: 20 } }, async ({ house, server }) => {
    const answer = await raw(
      server,
      `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n${USUAL}Content-Length: 1000\r\n\r\n${PING}`,
      // The server under us keeps the connection, for the body may still come; nobody waits for it.
      "error",
    );
    assertMatch(answer, /^HTTP\/1.1 408 /);
    assertEquals(house.sessions, []);
  });
});

Deno.test("chunks are put together; chunks that are none are not", async () => {
  await serving({}, async ({ house, server }) => {
    const body = JSON.stringify(request(1, "initialize", {}));
    const head =
      `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n${USUAL}Transfer-Encoding: chunked\r\n\r\n`;
    const chunks = [body.slice(0, 7), body.slice(7)].map((part) =>
      `${part.length.toString(16)}\r\n${part}\r\n`
    ).join("");
    assertMatch(await raw(server, `${head}${chunks}0\r\n\r\n`), /^HTTP\/1.1 200 [^]*"serverInfo"/);
    await raw(server, `${head}zz\r\n${body}\r\n0\r\n\r\n`);
    assertEquals(house.sessions.length, 1);
  });
});

Deno.test("clients that send one byte and wait keep nobody else from being served", async () => {
  await serving({}, async ({ server, post }) => {
    const slow = await Promise.all(
      Array.from({ length: 100 }, () => Deno.connect({ hostname: "127.0.0.1", port: server.port })),
    );
    await Promise.all(slow.map((connection) => connection.write(new TextEncoder().encode("P"))));
    const answer = await post(request(1, "initialize", {}));
    assertEquals(answer.status, 200);
    await answer.body?.cancel();
    for (const connection of slow) connection.close();
  });
});

function modern(id: number, name: string): [unknown, Record<string, string>] {
  return [
    request(id, "tools/call", { name, arguments: {}, _meta: MODERN_META }),
    { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": name },
  ];
}

Deno.test("a modern client that vanishes mid-stream has its request cancelled", async () => {
  await serving({ limits: { modernGraceMs: 0 } }, async ({ house, post }) => {
    const gone = new AbortController();
    const answer = await post(...modern(7, "wait"), gone.signal);
    const { place } = await house.session().took(1);
    place?.beside(encodeFrame(notice("notifications/progress", { progressToken: 1, progress: 1 })));
    await new Events(answer.body).next();
    gone.abort();
    const { incoming } = await house.session().took(2);
    assertEquals(incoming.kind === "notice" && incoming.params?.requestId, 7);
  });
});

Deno.test("a modern client that vanishes before anything was sent has its request cancelled", async () => {
  await serving({ limits: { modernGraceMs: Infinity } }, async ({ house, server }) => {
    const [body, headers] = modern(7, "wait");
    const text = JSON.stringify(body);
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
    await connection.write(new TextEncoder().encode(
      `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n${USUAL}${head}Content-Length: ${text.length}\r\n\r\n${text}`,
    ));
    while (house.sessions.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await house.session().took(1);
    connection.close();
    const { incoming } = await house.session().took(2);
    assertEquals(incoming.kind === "notice" && incoming.method, "notifications/cancelled");
  });
});

Deno.test("a legacy client that vanishes mid-stream finds its answer when it comes back", async () => {
  await serving({ limits: { graceMs: 0 } }, async ({ house, post, url }) => {
    const opened = await post(request(0, "initialize", { protocolVersion: "2025-11-25" }));
    const headers = {
      "mcp-session-id": opened.headers.get("mcp-session-id") ?? "",
      "mcp-protocol-version": "2025-11-25",
    };
    await opened.body?.cancel();
    const gone = new AbortController();
    const answer = await post(call(1, "wait"), headers, gone.signal);
    const { place } = await house.session().took(2);
    const first = await new Events(answer.body).next();
    gone.abort();
    house.session().say(place, { jsonrpc: "2.0", id: 1, result: { late: true } });
    const again = await fetch(url, {
      headers: { ...headers, "accept": "text/event-stream", "last-event-id": first?.id ?? "" },
    });
    const [event] = await new Events(again.body).rest();
    assertEquals(JSON.parse(event?.data ?? "").result, { late: true });
    assertEquals(house.session().methods, ["initialize", "tools/call"]);
  });
});

Deno.test("two hundred open streams get each its own message, and none of another's", async () => {
  await serving({}, async ({ house, post, url }) => {
    const opened = await Promise.all(Array.from({ length: 200 }, async () => {
      const answer = await post(request(0, "initialize", { protocolVersion: "2025-06-18" }));
      await answer.body?.cancel();
      return answer.headers.get("mcp-session-id") ?? "";
    }));
    const streams = await Promise.all(
      opened.map(async (id) =>
        new Events(
          (await fetch(url, { headers: { "mcp-session-id": id, accept: "text/event-stream" } })).body,
        )
      ),
    );
    for (const [i, { lane }] of house.sessions.entries()) {
      lane.send(encodeFrame(notice("notifications/x", { i })));
    }
    const got = await Promise.all(
      streams.map(async (events) => (await events.message()).params as { i: number }),
    );
    assertEquals(new Set(got.map(({ i }) => i)).size, 200);
    await Promise.all(streams.map((events) => events.cut()));
  });
});

Deno.test("a client that does not read stops the upstream, and its stream ends where it goes on like that", async () => {
  await serving(
    { limits: { unreadBytesPerSession: 1 << 20, stallMs: 500 } },
    async ({ house, server, post }) => {
      const opened = await post(request(0, "initialize", { protocolVersion: "2025-06-18" }));
      await opened.body?.cancel();
      using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
      const session = `Mcp-Session-Id: ${opened.headers.get("mcp-session-id")}\r\n`;
      const head =
        `GET /mcp HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAccept: text/event-stream\r\n${session}`;
      await connection.write(new TextEncoder().encode(`${head}Connection: close\r\n\r\n`));
      await connection.read(new Uint8Array(1));
      const { lane } = house.session();
      const line = encodeFrame(notice("notifications/x", { pad: "x".repeat(60_000) }));
      // Far more than the pipe takes.
      const sent = 1000;
      for (let n = 0; n < sent; n++) lane.send(line);
      const room = lane.room();
      house.clock.advanceMs(500);
      await room;
      let read = 0;
      const buffer = new Uint8Array(1 << 20);
      for (
        let got = await connection.read(buffer);
        got !== null;
        got = await connection.read(buffer)
      ) read += got;
      // What lay in the pipe came; what lay with us did not.
      assertEquals(read < sent * line.length, true);
    },
  );
});

Deno.test("the end of the server ends its open streams, and closes every session once", async () => {
  const house = new House(), server = house.serve();
  const url = `http://127.0.0.1:${server.port}/mcp`;
  const headers = { "content-type": "application/json", "accept": BOTH };
  const body = JSON.stringify(request(0, "initialize", { protocolVersion: "2025-06-18" }));
  const opened = await fetch(url, { method: "POST", headers, body });
  await opened.body?.cancel();
  const stream = await fetch(url, {
    headers: { ...headers, "mcp-session-id": opened.headers.get("mcp-session-id") ?? "" },
  });
  await server.close();
  assertEquals(await new Events(stream.body).rest(), []);
  assertEquals(house.session().closes, ["shutdown"]);
});

Deno.test("an address that is taken is an error that names it", async () => {
  await serving({}, ({ server }) => {
    const taken = new House({ port: server.port });
    try {
      taken.serve();
    } catch (fault) {
      assertMatch(String(fault), new RegExp(`Cannot listen on 127.0.0.1:${server.port}`));
      return Promise.resolve();
    }
    throw new Error("it listens twice");
  });
});

Deno.test("answers are not compressed, whatever the client takes: a length would tell of secrets", async () => {
  await serving({}, async ({ house, post }) => {
    const opened = await post(request(0, "initialize", {}), { "accept-encoding": "gzip, br" });
    assertEquals([opened.headers.get("content-encoding"), opened.status], [null, 200]);
    await opened.body?.cancel();
    assertEquals(house.sessions.length, 1);
  });
});
