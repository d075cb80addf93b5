import { assertEquals } from "@std/assert";
import type { JsonObject } from "../../lib/base/mod.ts";
import { EMPTY_REPORT } from "../../lib/verdict/mod.ts";
import { type ClientPlace, FrameReader, readFrame } from "../../lib/wire/mod.ts";
import { Bench, call, decided, notice, request, result } from "./_harness.ts";

/** What one exchange got, in order; `none`: it was told that no answer is due. */
class Exchange implements ClientPlace {
  readonly scope: string;
  readonly got: (readonly [what: "reply" | "beside" | "none", message?: JsonObject])[] = [];

  constructor(scope: string) {
    this.scope = scope;
  }

  reply(line?: string): void {
    this.got.push(line === undefined ? ["none"] : ["reply", JSON.parse(line)]);
  }

  beside(line: string): void {
    this.got.push(["beside", JSON.parse(line)]);
  }
}

/** Sends each message through the gate, all in one exchange of scope `scope`. */
function send(bench: Bench, scope: string, ...messages: JsonObject[]): Exchange {
  const exchange = new Exchange(scope);
  for (const message of messages) sendIn(bench, exchange, message);
  return exchange;
}

function sendIn(bench: Bench, exchange: Exchange, message: JsonObject | readonly JsonObject[]): void {
  const reader = new FrameReader({ maxFrameBytes: 1 << 20 });
  for (const frame of reader.push(new TextEncoder().encode(`${JSON.stringify(message)}\n`))) {
    bench.gate.fromClient(frame, exchange);
  }
}

Deno.test("two clients that use one id at once get each its own reply, and nobody else does", async () => {
  const bench = new Bench();
  const one = send(bench, "1", call(1, "read", { path: "/one" }));
  const other = send(bench, "2", call(1, "read", { path: "/other" }));
  await bench.settle();
  assertEquals(bench.toUpstream.map(({ id }) => id), [1, 2]);
  bench.upstream(result(2, { text: "other" }), result(1, { text: "one" }));
  await bench.settle();
  assertEquals(one.got, [["reply", { jsonrpc: "2.0", id: 1, result: { text: "one" } }]]);
  assertEquals(other.got, [["reply", { jsonrpc: "2.0", id: 1, result: { text: "other" } }]]);
  assertEquals(bench.toClient, []);
});

Deno.test("an id that is in flight in the same scope is refused in its own exchange, whose first is not disturbed", async () => {
  const bench = new Bench();
  const one = send(bench, "s", call(1, "read"));
  const twin = send(bench, "s", call(1, "read"));
  await bench.settle();
  assertEquals(bench.incidents(), ["duplicate-id"]);
  bench.upstream(result(1));
  await bench.settle();
  assertEquals(one.got.map(([what, message]) => [what, message?.id]), [["reply", 1]]);
  assertEquals(twin.got.map(([what, message]) => [what, message?.id]), [["reply", null]]);
});

Deno.test("a scope cannot reach into another by the look of its ids", async () => {
  const bench = new Bench();
  const odd = ["@1/n:1", "1/n:1", "@1/s:n:1", "s:1"];
  bench.client(...odd.map((id) => call(id, "read")));
  send(bench, "1", call(1, "read"), call("n:1", "read"));
  await bench.settle();
  assertEquals(bench.toUpstream.length, odd.length + 2);
  assertEquals(bench.incidents(), []);
});

Deno.test("progress goes beside the exchange that asked for it, and before its reply", async () => {
  const bench = new Bench({
    inspect: async ({ method }) => {
      // The notice is looked at for longer than the reply.
      if (method === "notifications/progress") await new Promise((resolve) => setTimeout(resolve, 0));
      return { report: { complete: true, findings: [], threat: { score: 0, parts: [] } } };
    },
  });
  const one = send(bench, "1", call(1, "read", {}, { progressToken: "t" }));
  const other = send(bench, "2", call(1, "read", {}, { progressToken: "t" }));
  await bench.settle();
  bench.upstream(notice("notifications/progress", { progressToken: 2, progress: 1 }), result(2));
  await bench.settle();
  assertEquals(one.got, []);
  assertEquals(other.got.map(([what, message]) => [what, message?.params ?? message?.id]), [
    ["beside", { progressToken: "t", progress: 1 }],
    ["reply", 1],
  ]);
  assertEquals(bench.toClient, []);
});

Deno.test("what belongs to a subscription goes beside the request that made it", async () => {
  const bench = new Bench();
  const key = "io.modelcontextprotocol/subscriptionId";
  const one = send(bench, "1", request("sub", "subscriptions/listen", { notifications: {} }));
  send(bench, "2", request("sub", "subscriptions/listen", { notifications: {} }));
  await bench.settle();
  bench.upstream(
    notice("notifications/subscriptions/acknowledged", { _meta: { [key]: 1 } }),
    notice("notifications/tools/list_changed", { _meta: { [key]: 1 } }),
  );
  await bench.settle();
  assertEquals(one.got.map(([what, message]) => [what, message?.params]), [
    ["beside", { _meta: { [key]: "sub" } }],
    ["beside", { _meta: { [key]: "sub" } }],
  ]);
});

Deno.test("a cancellation cancels within its scope alone; its exchange is told that no answer is due", async () => {
  const bench = new Bench();
  const one = send(bench, "1", call(7, "read"));
  const other = send(bench, "2", call(7, "read"));
  await bench.settle();
  sendIn(bench, one, notice("notifications/cancelled", { requestId: 7 }));
  await bench.settle();
  assertEquals(bench.toUpstream.at(-1)?.params, { requestId: 1 });
  assertEquals(one.got, [["none"]]);
  bench.upstream(result(1), result(2));
  await bench.settle();
  assertEquals(one.got, [["none"]]);
  assertEquals(other.got.map(([what]) => what), ["reply"]);
  assertEquals(bench.calls().map(({ form }) => form), ["request", "request", "notice"]);
});

Deno.test("a cancellation from a scope that has no such request is recorded and not forwarded", async () => {
  const bench = new Bench();
  send(bench, "1", call(7, "read"));
  await bench.settle();
  send(bench, "2", notice("notifications/cancelled", { requestId: 7 }));
  bench.client(notice("notifications/cancelled", { requestId: 7 }));
  await bench.settle();
  assertEquals(bench.incidents(), ["unknown-id", "unknown-id"]);
  assertEquals(bench.toUpstream.length, 1);
});

Deno.test("what the upstream asks on a request's stream goes beside that request; without one, to the session", async () => {
  const bench = new Bench();
  const one = send(bench, "1", call(1, "read"));
  await bench.settle();
  const ask = request("q", "roots/list");
  const [frame] = new FrameReader({ maxFrameBytes: 1 << 20 })
    .push(new TextEncoder().encode(`${JSON.stringify(ask)}\n`));
  if (frame === undefined) throw new Error("no frame");
  bench.gate.fromUpstream(frame, 1);
  bench.upstream(request("r", "roots/list"));
  await bench.settle();
  assertEquals(one.got.map(([what, message]) => [what, message?.method]), [["beside", "roots/list"]]);
  assertEquals(bench.toClient.map(({ method }) => method), ["roots/list"]);
  // The answer comes in an exchange of its own.
  send(bench, "3", result(one.got[0]?.[1]?.id as number, { roots: [] }));
  await bench.settle();
  assertEquals(bench.toUpstream.at(-1), { jsonrpc: "2.0", id: "q", result: { roots: [] } });
});

Deno.test("a line of the server's log goes beside the only request in flight, and to the session where there are several", async () => {
  const bench = new Bench();
  const line = notice("notifications/message", { level: "info", data: "x" });
  const one = send(bench, "1", call(1, "read"));
  await bench.settle();
  bench.upstream(line);
  await bench.settle();
  send(bench, "2", call(1, "read"));
  await bench.settle();
  bench.upstream(line);
  await bench.settle();
  assertEquals(one.got.map(([what, message]) => [what, message?.method]), [[
    "beside",
    "notifications/message",
  ]]);
  assertEquals(bench.toClient.map(({ method }) => method), ["notifications/message"]);
});

Deno.test("a refusal is the answer of its exchange", async () => {
  const bench = new Bench({ decide: () => decided("deny") });
  const one = send(bench, "1", call(1, "read"));
  await bench.settle();
  assertEquals(one.got.map(([what, message]) => [what, message?.id]), [["reply", 1]]);
});

Deno.test("a batch in an exchange is answered there, as one array", async () => {
  const bench = new Bench();
  const first = send(bench, "", request(0, "initialize", { protocolVersion: "2025-03-26" }));
  await bench.settle();
  bench.upstream(result(1, { protocolVersion: "2025-03-26" }));
  await bench.settle();
  assertEquals(first.got.map(([what]) => what), ["reply"]);
  const exchange = new Exchange("");
  sendIn(bench, exchange, [call(1, "a"), notice("notifications/x"), call(2, "b")]);
  await bench.settle();
  bench.upstream(result(3), result(2));
  await bench.settle();
  assertEquals(
    exchange.got.map(([what, message]) => [what, (message as unknown as JsonObject[]).map(({ id }) => id)]),
    [
      ["reply", [2, 1]],
    ],
  );
  assertEquals(bench.toClient, []);
});

Deno.test("the upstream's end closes the exchanges that wait, and a later one is answered at once", async () => {
  const bench = new Bench();
  const one = send(bench, "1", call(1, "read"));
  await bench.settle();
  bench.gate.upstreamExited(3, false);
  await bench.settle();
  assertEquals(one.got.map(([what, message]) => [what, message?.id]), [["reply", 1]]);
  const late = send(bench, "2", call(1, "read")).got;
  assertEquals(late.map(([what, message]) => [what, message?.id, "error" in (message ?? {})]), [[
    "reply",
    1,
    true,
  ]]);
  assertEquals(send(bench, "3", notice("notifications/x")).got, [["none"]]);
  await bench.gate.idle();
});

Deno.test("a challenge reaches the exchange whose request it refuses, ahead of the reply, and no other", async () => {
  const bench = new Bench();
  const told: (readonly [scope: string, status: number])[] = [];
  const one = send(bench, "1", call(1, "read")), other = send(bench, "2", call(1, "read"));
  for (const exchange of [one, other]) {
    Object.assign(exchange, {
      challenge: ({ status }: { status: number }) => {
        assertEquals(exchange.got, []);
        told.push([exchange.scope, status]);
      },
    });
  }
  await bench.settle();
  const answer = (id: number) => ({ jsonrpc: "2.0", id, error: { code: -32603, message: "who?" } });
  const incoming = (id: number) =>
    readFrame({ kind: "line", bytes: new TextEncoder().encode(JSON.stringify(answer(id))) });
  const challenge = { status: 401, value: "Bearer" } as const;
  bench.gate.fromUpstream({ kind: "read", incoming: incoming(2), bytes: 9, challenge });
  await bench.settle();
  assertEquals([told, other.got.map(([what]) => what)], [[["2", 401]], ["reply"]]);
  // Nobody waits for this one, and nobody is told.
  bench.gate.fromUpstream({ kind: "read", incoming: incoming(99), bytes: 9, challenge });
  bench.upstream(result(1));
  await bench.settle();
  assertEquals(told, [["2", 401]]);
  assertEquals([one.got.length, other.got.length], [1, 1]);
});

Deno.test("a challenge is looked through: one with a secret in it reaches nobody, and the reply does", async () => {
  for (const [enforced, expected] of [[true, []], [false, [401]]] as const) {
    const bench = new Bench({
      settings: { enforced },
      inspect: ({ text }) =>
        text.includes("hush")
          ? { report: EMPTY_REPORT, clean: text.replace("hush", "[x]") }
          : { report: EMPTY_REPORT },
    });
    const told: number[] = [];
    const one = send(bench, "1", call(1, "read"));
    Object.assign(one, { challenge: ({ status }: { status: number }) => void told.push(status) });
    await bench.settle();
    const answer = `{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"who?"}}`;
    const incoming = readFrame({ kind: "line", bytes: new TextEncoder().encode(answer) });
    const challenge = { status: 401, value: 'Bearer error_description="hush"' } as const;
    bench.gate.fromUpstream({ kind: "read", incoming, bytes: 9, challenge });
    await bench.settle();
    assertEquals([told, one.got.length], [expected, 1]);
    assertEquals(bench.log.filter((line) => line.includes("hush")), []);
  }
});

Deno.test("a batch that comes when the upstream is gone is answered for each of its requests, as a single one is", async () => {
  const bench = new Bench();
  bench.gate.upstreamExited(1, true);
  const one = send(bench, "1", call(1, "read")), batch = new Exchange("2"), notices = new Exchange("3");
  sendIn(bench, batch, [call(2, "read"), notice("notifications/x"), call(3, "read")]);
  sendIn(bench, notices, [notice("notifications/x")]);
  await bench.settle();
  const [, { error } = {}] = one.got[0] ?? [];
  const answer = (id: number) => ({ jsonrpc: "2.0", id, error });
  assertEquals(batch.got as unknown, [["reply", [answer(2), answer(3)]]]);
  assertEquals(notices.got, [["none"]]);
});

Deno.test("on the client's one connection a reply does not overtake a line of the log that came before it", async () => {
  const looked = Promise.withResolvers<void>();
  const bench = new Bench({
    inspect: async ({ method }) => {
      if (method === "notifications/message") await looked.promise;
      return { report: EMPTY_REPORT };
    },
  });
  const place: ClientPlace = {
    scope: "",
    isConnection: true,
    reply: (line) => void (line !== undefined && bench.toClient.push(JSON.parse(line))),
    beside: () => {},
  };
  for (const id of [1, 2]) {
    bench.gate.fromClient(
      { kind: "line", bytes: new TextEncoder().encode(JSON.stringify(call(id, "t"))) },
      place,
    );
  }
  await bench.settle();
  bench.upstream(notice("notifications/message", { level: "info", data: "x" }), result(1), result(2));
  await bench.settle();
  assertEquals(bench.toClient, []);
  looked.resolve();
  await bench.settle();
  assertEquals(bench.toClient.map(({ id, method }) => method ?? id), ["notifications/message", 1, 2]);
});
