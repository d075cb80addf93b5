/** Each guard with its status, its body and its headers; nothing behind a guard hears of what it refused. */
import { assertEquals, assertMatch } from "@std/assert";
import type { ServerLimits } from "../../../lib/transport/http_server/mod.ts";
import {
  ask,
  type Asking,
  call,
  House,
  jsonOf,
  modernCall,
  openSession,
  request,
  type Setting,
} from "./_fake.ts";

interface Row extends Asking {
  readonly name: string;
  readonly setting?: Setting;
  readonly limits?: Partial<ServerLimits>;
  readonly status: number;
  readonly reason: string;
  readonly answer?: Readonly<Record<string, string>>;
  readonly code?: number;
}

const PING = request(1, "ping");
const deep = "[".repeat(300) + "]".repeat(300);

const ROWS: readonly Row[] = [
  // DNS rebinding: the page's own name.
  { name: "a foreign Host", headers: { host: "evil.com" }, body: PING, status: 403, reason: "host" },
  {
    name: "a foreign Host with our port",
    headers: { host: "evil.com:8080" },
    body: PING,
    status: 403,
    reason: "host",
  },
  {
    name: "our Host with another port",
    headers: { host: "127.0.0.1:81" },
    body: PING,
    status: 403,
    reason: "host",
  },
  {
    name: "a Host that begins as ours",
    headers: { host: "127.0.0.1.evil.com:8080" },
    body: PING,
    status: 403,
    reason: "host",
  },
  {
    name: "a Host with a name before ours",
    headers: { host: "a@127.0.0.1:8080" },
    url: "http://127.0.0.1:8080/mcp",
    body: PING,
    status: 403,
    reason: "host",
  },
  {
    name: "two Hosts in one",
    headers: { host: "127.0.0.1:8080, evil.com" },
    url: "http://127.0.0.1:8080/mcp",
    body: PING,
    status: 403,
    reason: "host",
  },
  {
    name: "an address in another notation",
    headers: { host: "2130706433:8080" },
    body: PING,
    status: 403,
    reason: "host",
  },
  {
    name: "a request line with another host than the header",
    url: "http://evil.com/mcp",
    body: PING,
    status: 403,
    reason: "host",
  },
  {
    name: "a host that is only forwarded",
    headers: { host: "evil.com", "x-forwarded-host": "127.0.0.1:8080", "forwarded": "host=127.0.0.1:8080" },
    body: PING,
    status: 403,
    reason: "host",
  },
  {
    name: "a page of another origin",
    headers: { origin: "https://evil.com" },
    body: PING,
    status: 403,
    reason: "origin",
  },
  { name: "a sandboxed page", headers: { origin: "null" }, body: PING, status: 403, reason: "origin" },
  {
    name: "an origin of another port here",
    headers: { origin: "http://127.0.0.1:3000" },
    body: PING,
    status: 403,
    reason: "origin",
  },
  {
    name: "our origin with another scheme",
    headers: { origin: "https://127.0.0.1:8080" },
    body: PING,
    status: 403,
    reason: "origin",
  },
  {
    name: "an origin that begins as a listed one",
    setting: { origins: ["https://app.example"] },
    headers: { origin: "https://app.example.evil.com" },
    body: PING,
    status: 403,
    reason: "origin",
  },
  {
    name: "a page that asks whether it may ask",
    method: "OPTIONS",
    headers: { origin: "https://evil.com" },
    status: 403,
    reason: "origin",
  },
  { name: "another path", path: "/", body: PING, status: 404, reason: "path" },
  { name: "a path that begins as ours", path: "/mcp/x", body: PING, status: 404, reason: "path" },
  { name: "the old pair where it is not served", method: "GET", path: "/sse", status: 404, reason: "path" },
  {
    name: "another method",
    method: "PUT",
    body: PING,
    status: 405,
    reason: "method",
    answer: { allow: "POST, GET, DELETE" },
  },
  { name: "OPTIONS of nobody", method: "OPTIONS", status: 405, reason: "method" },
  {
    name: "a method that is forwarded in a header",
    method: "GET",
    headers: { "x-http-method-override": "POST" },
    status: 400,
    reason: "session-missing",
  },
  {
    name: "a caller that is not known",
    setting: {
      authenticate: () => ({
        kind: "challenge",
        status: 401,
        challenge: 'Bearer realm="countersign"',
        message: "A bearer token is needed",
      }),
    },
    body: PING,
    status: 401,
    reason: "bearer",
    answer: { "www-authenticate": 'Bearer realm="countersign"' },
    code: -31403,
  },
  {
    name: "a body whose length says too much",
    limits: { maxBodyBytes: 10 },
    headers: { "content-length": "11" },
    body: PING,
    status: 413,
    reason: "body-too-long",
    answer: { connection: "close" },
  },
  {
    name: "a body that is longer than the cap",
    limits: { maxBodyBytes: 10 },
    body: PING,
    status: 413,
    reason: "body-too-long",
  },
  {
    name: "two lengths",
    headers: { "content-length": "3, 3" },
    body: PING,
    status: 400,
    reason: "body-length",
  },
  {
    name: "a length with a sign",
    headers: { "content-length": "+3" },
    body: PING,
    status: 400,
    reason: "body-length",
  },
  {
    name: "a compressed body",
    headers: { "content-encoding": "gzip" },
    body: PING,
    status: 415,
    reason: "content-encoding",
    answer: { "accept-encoding": "identity" },
  },
  {
    name: "a body that is compressed by transfer",
    headers: { "transfer-encoding": "gzip, chunked" },
    body: PING,
    status: 415,
    reason: "content-encoding",
  },
  {
    name: "a form",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: PING,
    status: 415,
    reason: "content-type",
  },
  {
    name: "plain text, which any page may send",
    headers: { "content-type": "text/plain" },
    body: PING,
    status: 415,
    reason: "content-type",
  },
  {
    name: "plain text that speaks of JSON",
    headers: { "content-type": "text/plain; application/json" },
    body: PING,
    status: 415,
    reason: "content-type",
  },
  {
    name: "JSON in another encoding",
    headers: { "content-type": "application/json; charset=utf-16" },
    body: PING,
    status: 415,
    reason: "content-type",
  },
  {
    name: "a body of no type",
    headers: { "content-type": undefined },
    body: new Uint8Array([1]),
    status: 415,
    reason: "content-type",
  },
  {
    name: "a client that takes no streams",
    headers: { accept: "application/json" },
    body: PING,
    status: 406,
    reason: "accept",
  },
  {
    name: "a client that takes nothing but streams",
    headers: { accept: "text/event-stream" },
    body: PING,
    status: 406,
    reason: "accept",
  },
  {
    name: "a client that refuses JSON",
    headers: { accept: "application/json;q=0, text/event-stream" },
    body: PING,
    status: 406,
    reason: "accept",
  },
  {
    name: "a client that does not say what it takes",
    headers: { accept: undefined },
    body: PING,
    status: 406,
    reason: "accept",
  },
  {
    name: "a version that nobody speaks",
    headers: { "mcp-protocol-version": "2024-01-01", "mcp-session-id": "x" },
    body: PING,
    status: 400,
    reason: "protocol-version",
  },
  { name: "a request without a session", body: PING, status: 400, reason: "session-missing" },
  {
    name: "a session id that was guessed",
    headers: { "mcp-session-id": "A".repeat(32) },
    body: PING,
    status: 404,
    reason: "session-unknown",
  },
  {
    name: "a session id that the client chose",
    headers: { "mcp-session-id": "mine" },
    body: request(1, "initialize"),
    status: 404,
    reason: "session-unknown",
  },
  { name: "a stream without a session", method: "GET", status: 400, reason: "session-missing" },
  {
    name: "a stream of a session that is none",
    method: "GET",
    headers: { "mcp-session-id": "x" },
    status: 404,
    reason: "session-unknown",
  },
  {
    name: "the end of a session that is none",
    method: "DELETE",
    headers: { "mcp-session-id": "x" },
    status: 404,
    reason: "session-unknown",
  },
  {
    name: "GET in the modern era",
    method: "GET",
    headers: { "mcp-protocol-version": "2026-07-28" },
    status: 405,
    reason: "method",
    answer: { allow: "POST" },
  },
  {
    name: "DELETE in the modern era",
    method: "DELETE",
    headers: { "mcp-protocol-version": "2026-07-28" },
    status: 405,
    reason: "method",
    answer: { allow: "POST" },
  },
  {
    name: "a session that the house refuses",
    setting: { open: () => ({ kind: "refusal", status: 503, message: "No more", retryAfterS: 7 }) },
    body: request(1, "initialize"),
    status: 503,
    reason: "no-session",
    answer: { "retry-after": "7" },
  },
  {
    name: "a modern request that the house refuses",
    setting: { open: () => ({ kind: "refusal", status: 502, message: "Gone" }) },
    ...modernCall(1, "echo"),
    status: 502,
    reason: "no-session",
  },
];

for (const { name, setting, limits, status, reason, answer, code, ...asking } of ROWS) {
  Deno.test(`refused: ${name}`, async () => {
    const house = new House({ ...setting, ...limits && { limits } });
    const got = await house.front().handle(ask(asking), "127.0.0.1");
    const { error, ...body } = await jsonOf(got) as {
      error: { code: number; message: string };
      id?: unknown;
    };
    assertEquals([got.status, house.log], [status, [`refused an HTTP request: ${reason} (${status})`]]);
    assertEquals(body as unknown, { jsonrpc: "2.0" });
    assertMatch(error.message, /^[A-Z]/);
    if (code !== undefined) assertEquals(error.code, code);
    for (const [header, value] of Object.entries(answer ?? {})) assertEquals(got.headers[header], value);
    assertEquals(got.headers["mcp-session-id"], undefined);
    assertEquals(house.sessions.flatMap(({ taken }) => taken), []);
  });
}

interface BodyRow {
  readonly name: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly code: number;
}

const BODIES: readonly BodyRow[] = [
  { name: "two values in one body", body: `${JSON.stringify(PING)}${JSON.stringify(PING)}`, code: -32700 },
  { name: "two values on two lines", body: `${JSON.stringify(PING)}\n${JSON.stringify(PING)}`, code: -32700 },
  { name: "nothing", body: "", code: -32700 },
  { name: "no JSON", body: "<xml/>", code: -32700 },
  {
    name: "a key that stands twice",
    body: `{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}`,
    code: -32700,
  },
  { name: "bytes that are no UTF-8", body: Uint8Array.of(0x22, 0xff, 0x22), code: -32700 },
  { name: "a byte order mark", body: `\ufeff${JSON.stringify(PING)}`, code: -32700 },
  { name: "JSON that is too deep", body: deep, code: -32700 },
  { name: "a compressed body that does not say so", body: Uint8Array.of(0x1f, 0x8b, 8, 0), code: -32700 },
  { name: "an empty batch", body: "[]", code: -32600 },
  { name: "another JSON-RPC", body: `{"jsonrpc":"1.0","id":1,"method":"ping"}`, code: -32600 },
];

for (const { name, body, code } of BODIES) {
  Deno.test(`refused with 400, and shown to the session's gate, which forwards none of it: ${name}`, async () => {
    const house = new House();
    const front = house.front();
    const headers = await openSession(front);
    const got = await front.handle(ask({ headers, body }), "127.0.0.1");
    const { error } = await jsonOf(got) as { error: { code: number } };
    assertEquals([got.status, error.code], [400, code]);
    assertEquals(house.session().taken.map(({ incoming }) => incoming.kind), ["request", "malformed"]);
  });
}

Deno.test("guards stand in their order: what the first refuses, the next never sees", async () => {
  const everything = {
    method: "PUT",
    path: "/elsewhere",
    headers: {
      host: "evil.com",
      origin: "null",
      "content-type": "text/plain",
      accept: "x/y",
      "content-encoding": "br",
    },
    body: "x",
  };
  const good = {
    host: "127.0.0.1:8080",
    origin: undefined,
    "content-encoding": undefined,
    "content-type": "application/json",
  };
  const house = new House({
    authenticate: ({ bearer }) =>
      bearer === "t"
        ? { kind: "caller", caller: { key: "t" } }
        : { kind: "challenge", status: 401, challenge: "Bearer", message: "No" },
  });
  const front = house.front();
  const seen: number[] = [];
  let asking: Asking = everything;
  const fixes: readonly Asking[] = [
    {},
    { headers: { host: good.host } },
    { headers: { origin: good.origin } },
    { path: "/mcp" },
    { method: "POST" },
    { headers: { authorization: "Bearer t" } },
    { headers: { "content-encoding": good["content-encoding"] } },
    { headers: { "content-type": good["content-type"] } },
    { headers: { accept: undefined } },
  ];
  for (const fix of fixes) {
    asking = { ...asking, ...fix, headers: { ...asking.headers, ...fix.headers } };
    seen.push((await front.handle(ask(asking), "127.0.0.1")).status);
  }
  assertEquals(seen, [403, 403, 404, 405, 401, 415, 415, 406, 406]);
});

const WELCOME: readonly { name: string; setting?: Setting; host: string; origin?: string }[] = [
  { name: "localhost", host: "localhost:8080" },
  { name: "the address, in capitals", host: "LocalHost:8080" },
  { name: "the address of the sixth version", host: "[::1]:8080" },
  { name: "our own origin", host: "localhost:8080", origin: "http://localhost:8080" },
  { name: "a listed name with any port", setting: { hosts: ["mcp.example"] }, host: "mcp.example" },
  { name: "a listed name with its port", setting: { hosts: ["mcp.example:443"] }, host: "mcp.example:443" },
  {
    name: "a listed page",
    setting: { origins: ["https://app.example"] },
    host: "localhost:8080",
    origin: "https://app.example",
  },
  { name: "any address where all are listened on", setting: { hostname: "0.0.0.0" }, host: "10.0.0.7:8080" },
];

for (const { name, setting, host, origin } of WELCOME) {
  Deno.test(`welcome: ${name}`, async () => {
    const body = request(1, "initialize");
    const got = await new House(setting).front().handle(
      ask({ headers: { host, origin }, body }),
      "127.0.0.1",
    );
    assertEquals(got.status, 200);
    const isListed = setting?.origins !== undefined;
    assertEquals(got.headers["access-control-allow-origin"], isListed ? origin : undefined);
  });
}

Deno.test("where all addresses are listened on, a name is still one that must be listed", async () => {
  const front = new House({ hostname: "0.0.0.0" }).front();
  const got = await front.handle(ask({ headers: { host: "evil.com:8080" }, body: PING }), "127.0.0.1");
  assertEquals(got.status, 403);
});

Deno.test("a listed page may ask whether it may ask, for the headers of MCP and for no others", async () => {
  const front = new House({ origins: ["https://app.example"] }).front();
  const headers = {
    origin: "https://app.example",
    "access-control-request-headers": "content-type, mcp-param-Region, x-forwarded-host, mcp-<script>",
  };
  const got = await front.handle(ask({ method: "OPTIONS", headers }), "127.0.0.1");
  assertEquals(got.status, 204);
  assertEquals(got.headers["access-control-allow-headers"], "content-type, mcp-param-region");
});

Deno.test("the peer is the connection's, whatever X-Forwarded-For says; a bearer of another scheme is none", async () => {
  const facts: unknown[] = [];
  const house = new House({
    authenticate: (seen) => {
      facts.push(seen);
      return { kind: "caller", caller: { key: "a" } };
    },
  });
  const headers = { "x-forwarded-for": "127.0.0.1", "x-real-ip": "127.0.0.1", forwarded: "for=127.0.0.1" };
  const front = house.front();
  for (
    const authorization of [
      "Basic dXNlcjpwYXNz",
      "Bearer one two",
      "Bearer a, Bearer b",
      "bEaReR tok.en-1~+/==",
    ]
  ) {
    await front.handle(ask({ body: PING, headers: { ...headers, authorization } }), "203.0.113.9");
  }
  const base = { method: "POST", path: "/mcp", peer: "203.0.113.9" };
  assertEquals(facts, [
    { ...base, bearer: undefined },
    { ...base, bearer: undefined },
    { ...base, bearer: undefined },
    { ...base, bearer: "tok.en-1~+/==" },
  ]);
});

Deno.test("a thousand refusals are two lines of the log", async () => {
  const house = new House();
  const front = house.front();
  for (let i = 0; i < 1000; i++) {
    await front.handle(ask({ headers: { host: "evil.com" }, body: PING }), "127.0.0.1");
  }
  house.clock.advanceMs(10_000);
  front.sweep();
  assertEquals(house.log, [
    "refused an HTTP request: host (403)",
    "refused 999 more HTTP requests: host (403)",
  ]);
});

Deno.test("nothing that is answered may be changed or kept on the way, or taken for another type", async () => {
  const house = new House();
  const front = house.front();
  const headers = await openSession(front);
  const answers = [
    await front.handle(ask({ headers, body: call(1, "echo") }), "127.0.0.1"),
    await front.handle(ask({ headers, method: "GET" }), "127.0.0.1"),
    await front.handle(ask({ headers: { host: "evil.com" }, body: PING }), "127.0.0.1"),
  ];
  for (const { headers } of answers) {
    assertEquals(headers["cache-control"], "no-store, no-transform");
    assertEquals(headers["x-content-type-options"], "nosniff");
  }
  assertEquals(answers[1]?.headers["x-accel-buffering"], "no");
});
