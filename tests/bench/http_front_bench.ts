/** `deno bench -A tests/bench/http_front_bench.ts`: what the HTTP front costs a call, beside a server that only answers. */
import { type Asking, BOTH, call, House, modernCall, request } from "../transport/http_server/_fake.ts";

const CALLS_A_ROUND = 200;
const LANES = 16;

const house = new House({ limits: { graceMs: 250 } }), server = house.serve();
const bare = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
  const { id } = await request.json();
  return Response.json({ jsonrpc: "2.0", id, result: {} });
});
addEventListener("unload", () => void server.close());

const url = `http://127.0.0.1:${server.port}/mcp`;
const usual = { "content-type": "application/json", "accept": BOTH };
const opened = await post(url, { body: request(0, "initialize", { protocolVersion: "2025-11-25" }) });
const session = { "mcp-session-id": opened ?? "", "mcp-protocol-version": "2025-11-25" };

async function post(url: string, { headers, body }: Asking): Promise<string | null> {
  const all = { ...usual, ...headers } as Record<string, string>;
  const response = await fetch(url, { method: "POST", headers: all, body: JSON.stringify(body) });
  await response.text();
  return response.headers.get("mcp-session-id");
}

const WAYS: readonly { readonly name: string; readonly url: string; asking(id: number): Asking }[] = [
  {
    name: "a server that only answers",
    url: `http://127.0.0.1:${bare.addr.port}/mcp`,
    asking: (id) => ({ headers: session, body: call(id, "echo", { a: 1 }) }),
  },
  { name: "legacy", url, asking: (id) => ({ headers: session, body: call(id, "echo", { a: 1 }) }) },
  {
    name: "legacy, for a client that would rather have a stream",
    url,
    asking: (id) => ({
      headers: { ...session, accept: "text/event-stream, application/json" },
      body: call(id, "echo", { a: 1 }),
    }),
  },
  { name: "modern", url, asking: (id) => modernCall(id, "echo", { a: 1 }) },
];

for (const { name, url, asking } of WAYS) {
  Deno.bench(`one call over HTTP: ${name}`, async () => {
    await post(url, asking(1));
  });
  Deno.bench(`${CALLS_A_ROUND} calls over HTTP, ${LANES} at a time: ${name}`, async () => {
    for (const one of house.sessions) one.taken.length = 0;
    let left = CALLS_A_ROUND;
    const lane = async () => {
      while (left-- > 0) await post(url, asking(left));
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  });
}
