/** Requests that are meant to be read in two ways, and what the listener must make of them. */

export interface Target {
  readonly host: string;
  /** Of a client that did nothing wrong; whoever sends it in a request that is hidden in another one acts as that client. */
  readonly session: string;
}

export interface WireAttack {
  readonly name: string;
  readonly bytes: (target: Target) => string;
  /** Of the requests that the listener saw in it; empty where it only closed the connection. */
  readonly statuses: readonly number[];
  readonly endsEarly?: boolean;
}

const ACCEPT = "application/json, text/event-stream";

/** A call that nobody may find in anything below: it would reach the upstream. */
function call(): string {
  const params = { name: "echo", arguments: { token: "smuggled:1" } };
  return JSON.stringify({ jsonrpc: "2.0", id: 99, method: "tools/call", params });
}

function usual({ session }: Target): string {
  const own = `Mcp-Session-Id: ${session}\r\nMCP-Protocol-Version: 2025-11-25\r\n`;
  return `Content-Type: application/json\r\nAccept: ${ACCEPT}\r\n${own}`;
}

/** The call as a whole request, to be hidden. */
function hidden(target: Target): string {
  return `POST /mcp HTTP/1.1\r\nHost: ${target.host}\r\n${
    usual(target)
  }Content-Length: ${call().length}\r\n\r\n${call()}`;
}

interface Parts {
  readonly line?: string;
  readonly host?: string;
  readonly head?: string;
  readonly body?: string | ((target: Target) => string);
}

/** A request that is as it should be but for `parts`. */
function attack(parts: Parts): WireAttack["bytes"] {
  return (target) => {
    const { line = "POST /mcp HTTP/1.1", host = target.host, head = LENGTH, body = call() } = parts;
    const sent = typeof body === "string" ? body : body(target);
    return `${line}\r\nHost: ${host}\r\n${usual(target)}${head}\r\n${sent}`;
  };
}

const LENGTH = `Content-Length: ${call().length}\r\n`;
const CHUNKED = "Transfer-Encoding: chunked\r\n";

const HEADERS: readonly WireAttack[] = [
  { name: "a length in front of chunks, and a request behind them (CL.TE)", head: LENGTH + CHUNKED },
  { name: "chunks in front of a length (TE.CL)", head: CHUNKED + LENGTH },
  { name: "two codings, of which one is none", head: `${CHUNKED}Transfer-Encoding: identity\r\n` },
  { name: "chunks of chunks", head: "Transfer-Encoding: chunked, chunked\r\n" },
  { name: "a coding with a tab in front", head: "Transfer-Encoding: \x0bchunked\r\n" },
  { name: "a coding that only looks like chunks", head: "Transfer-Encoding: xchunked\r\n" },
  { name: "white space in front of the colon of a coding", head: "Transfer-Encoding : chunked\r\n" },
].map(({ name, head }) => ({
  name,
  bytes: attack({ head, body: (target) => `0\r\n\r\n${hidden(target)}` }),
  statuses: [400],
}));

const LENGTHS: readonly WireAttack[] = [
  { name: "a negative length", value: "-1" },
  { name: "a length that no number holds", value: "99999999999999999999999" },
  { name: "a length of two numbers", value: `${call().length}, ${call().length}` },
  { name: "a length with a space", value: "1 0" },
].map(({ name, value }) => ({
  name,
  bytes: attack({ head: `Content-Length: ${value}\r\n`, body: hidden }),
  statuses: [400],
}));

const CHUNKS: readonly WireAttack[] = [
  { name: "a chunk of negative length", body: `-1\r\n${call()}\r\n0\r\n\r\n` },
  { name: "a chunk of a length that no number holds", body: `ffffffffffffffffff\r\n${call()}\r\n0\r\n\r\n` },
  { name: "a chunk with a prefix", body: `0x2a\r\n${call()}\r\n0\r\n\r\n` },
  { name: "a chunk that is longer than it says", body: `5\r\n${call()}\r\n0\r\n\r\n` },
  { name: "a request in place of trailers", body: "5\r\nabcde\r\n0\r\nPOST /mcp HTTP/1.1\r\n\r\n" },
].map(({ name, body }) => ({ name, bytes: attack({ head: CHUNKED, body }), statuses: [] }));

const HEADS: readonly WireAttack[] = [
  { name: "a folded header", bytes: attack({ head: `${LENGTH}X-A: b\r\n c: d\r\n` }), statuses: [400] },
  {
    name: "a header with a bare return",
    bytes: attack({ head: `${LENGTH}X-A: b\rX-B: c\r\n` }),
    statuses: [400],
  },
  { name: "a header of no name", bytes: attack({ head: `${LENGTH}: x\r\n` }), statuses: [400] },
  { name: "a line that is no header", bytes: attack({ head: `${LENGTH}nothing\r\n` }), statuses: [400] },
  {
    name: "a thousand headers",
    bytes: attack({ head: LENGTH + "X-A: b\r\n".repeat(1_000) }),
    statuses: [400],
  },
  {
    name: "a header of a hundred kilobytes",
    bytes: attack({ head: `${LENGTH}X-A: ${"a".repeat(100_000)}\r\n` }),
    statuses: [400],
  },
  {
    name: "ten thousand query parameters",
    bytes: attack({ line: `POST /mcp?${"a=b&".repeat(20_000)} HTTP/1.1` }),
    statuses: [400],
  },
  {
    // Read as a line end, as RFC 9112, section 2.2, lets a server do: what is behind it is a header of its own, and a
    // session id that stands twice is none.
    name: "a session id behind a bare line feed",
    bytes: attack({ head: `${LENGTH}X-A: b\nMcp-Session-Id: x\r\n` }),
    statuses: [404],
  },
  { name: "two session ids", bytes: attack({ head: `${LENGTH}Mcp-Session-Id: x\r\n` }), statuses: [404] },
];

const TARGETS: readonly WireAttack[] = [
  { name: "another host in the request line", line: "POST http://evil.example/mcp HTTP/1.1", status: 403 },
  { name: "a path with two slashes", line: "POST //mcp HTTP/1.1", status: 404 },
  { name: "a path that leads out", line: "POST /mcp/../x HTTP/1.1", status: 404 },
  { name: "an encoded path", line: "POST /%6dcp HTTP/1.1", status: 404 },
  { name: "an encoded slash", line: "POST /mcp%2f HTTP/1.1", status: 404 },
  { name: "a path in capitals", line: "POST /MCP HTTP/1.1", status: 404 },
  { name: "a path with a parameter", line: "POST /mcp;x HTTP/1.1", status: 404 },
  { name: "a path of backslashes", line: "POST \\mcp HTTP/1.1", status: 400 },
  { name: "a path without a slash", line: "POST @evil.example/mcp HTTP/1.1", status: 400 },
  { name: "a path with a NUL", line: "POST /mcp\0 HTTP/1.1", status: 400 },
  { name: "a method in small letters", line: "post /mcp HTTP/1.1", status: 405 },
  { name: "a method that gives everything back", line: "TRACE /mcp HTTP/1.1", status: 405 },
  { name: "a version that there is not", line: "POST /mcp HTTP/1.2", status: 400 },
].map(({ name, line, status }) => ({ name, bytes: attack({ line }), statuses: [status] }));

const PAGES: readonly WireAttack[] = [
  { name: "a name that was pointed here (DNS rebinding)", host: "evil.example", statuses: [403] },
  {
    name: "a name that was pointed here, which says that it was forwarded",
    host: "evil.example",
    head: `${LENGTH}X-Forwarded-Host: 127.0.0.1\r\nForwarded: for=127.0.0.1;host=127.0.0.1\r\n`,
    statuses: [403],
  },
  { name: "a page of another origin", head: `${LENGTH}Origin: https://evil.example\r\n`, statuses: [403] },
  { name: "a sandboxed page", head: `${LENGTH}Origin: null\r\n`, statuses: [403] },
  {
    name: "a page that listens",
    line: "GET /mcp HTTP/1.1",
    head: "Origin: https://evil.example\r\n",
    body: "",
    statuses: [403],
  },
  {
    name: "a page that ends a session",
    line: "DELETE /mcp HTTP/1.1",
    head: "Origin: null\r\n",
    body: "",
    statuses: [403],
  },
  {
    name: "a page that asks whether it may ask",
    line: "OPTIONS /mcp HTTP/1.1",
    head: "Origin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n",
    body: "",
    statuses: [403],
  },
].map(({ name, statuses, ...parts }) => ({ name, bytes: attack(parts), statuses }));

const BODIES: readonly WireAttack[] = [
  {
    name: "a request in the body of one that is refused",
    bytes: (target) =>
      `POST /other HTTP/1.1\r\nHost: ${target.host}\r\nContent-Length: ${hidden(target).length}\r\n\r\n${
        hidden(target)
      }`,
    statuses: [404],
  },
  {
    name: "a request in the body of a GET",
    bytes: (target) =>
      `GET /mcp HTTP/1.1\r\nHost: ${target.host}\r\nAccept: text/event-stream\r\nContent-Length: ${
        hidden(target).length
      }\r\n\r\n${hidden(target)}`,
    statuses: [400],
  },
  {
    name: "a body that is packed, and says so",
    bytes: attack({ head: `${LENGTH}Content-Encoding: gzip\r\n` }),
    statuses: [415],
  },
  {
    name: "a body that breaks off",
    bytes: attack({ head: "Content-Length: 5000\r\n" }),
    statuses: [400],
    endsEarly: true,
  },
  { name: "a head that breaks off", bytes: () => "POST /mcp HT", statuses: [400], endsEarly: true },
  { name: "the hello of TLS", bytes: () => "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", statuses: [400] },
];

const UPGRADES: readonly WireAttack[] = [
  { name: "a tunnel", line: "CONNECT 127.0.0.1:22 HTTP/1.1", head: "", status: 403 },
  {
    name: "a web socket",
    line: "GET /mcp HTTP/1.1",
    head: "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
      "Sec-WebSocket-Version: 13\r\nLast-Event-ID: none\r\n",
    status: 400,
  },
].map(({ name, line, head, status }) => ({
  name,
  bytes: attack({ line, head, body: "" }),
  statuses: [status],
}));

export const WIRE_ATTACKS: readonly WireAttack[] = [
  ...HEADERS,
  ...LENGTHS,
  ...CHUNKS,
  ...HEADS,
  ...TARGETS,
  ...PAGES,
  ...BODIES,
  ...UPGRADES,
];
