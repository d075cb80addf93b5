/** The modern era: no sessions on the wire, headers that repeat the body, cancellation by closing the stream. */
import { assertEquals } from "@std/assert";
import type { JsonObject, JsonValue } from "../../../lib/base/mod.ts";
import type { HttpAnswer } from "../../../lib/transport/http_server/mod.ts";
import { encodeFrame } from "../../../lib/wire/mod.ts";
import {
  ask,
  type Asking,
  Events,
  House,
  jsonOf,
  modern,
  MODERN_META,
  modernCall,
  notice,
  request,
  settle,
} from "./_fake.ts";

const PEER = "127.0.0.1";

interface Scene {
  readonly house: House;
  send(asking: Asking): Promise<HttpAnswer>;
  sweep(): void;
  close(): Promise<void>;
}

function scene(setting: ConstructorParameters<typeof House>[0] = {}): Scene {
  const house = new House(setting), front = house.front();
  return {
    house,
    send: (asking) => front.handle(ask(asking), PEER),
    sweep: () => front.sweep(),
    close: () => front.close(),
  };
}

interface HeaderRow {
  readonly name: string;
  readonly asking: Asking;
  readonly code: number;
}

const KEY = "io.modelcontextprotocol/";
const named = (name: string) => modernCall(1, name);

/** A call whose `_meta` has these members instead of its own. */
function withMeta(meta: Readonly<Record<string, JsonValue | undefined>>): Asking {
  const own = Object.entries({ ...MODERN_META, ...meta }).filter(([, value]) => value !== undefined);
  const _meta = Object.fromEntries(own) as JsonObject;
  return { ...named("echo"), body: request(1, "tools/call", { name: "echo", arguments: {}, _meta }) };
}

const HEADERS: readonly HeaderRow[] = [
  { name: "no Mcp-Method", asking: modernCall(1, "echo", {}, { "mcp-method": undefined }), code: -32020 },
  { name: "another method", asking: modernCall(1, "echo", {}, { "mcp-method": "tools/list" }), code: -32020 },
  {
    name: "the method in capitals",
    asking: modernCall(1, "echo", {}, { "mcp-method": "TOOLS/CALL" }),
    code: -32020,
  },
  { name: "no Mcp-Name", asking: modernCall(1, "echo", {}, { "mcp-name": undefined }), code: -32020 },
  { name: "another name", asking: modernCall(1, "echo", {}, { "mcp-name": "rm" }), code: -32020 },
  { name: "two names", asking: modernCall(1, "echo", {}, { "mcp-name": "echo, rm" }), code: -32020 },
  {
    name: "a name in broken base 64",
    asking: modernCall(1, "echo", {}, { "mcp-name": "=?base64?*?=" }),
    code: -32020,
  },
  {
    name: "no version",
    asking: modernCall(1, "echo", {}, { "mcp-protocol-version": undefined }),
    code: -32020,
  },
  {
    name: "another version",
    asking: modernCall(1, "echo", {}, { "mcp-protocol-version": "2025-11-25" }),
    code: -32020,
  },
  {
    name: "a version in the header alone",
    asking: { ...named("echo"), body: request(1, "tools/call", { name: "echo" }) },
    code: -32602,
  },
  { name: "a version that is no text", asking: withMeta({ [`${KEY}protocolVersion`]: 2026 }), code: -32602 },
  { name: "no capabilities", asking: withMeta({ [`${KEY}clientCapabilities`]: undefined }), code: -32602 },
  {
    name: "capabilities that are a list",
    asking: withMeta({ [`${KEY}clientCapabilities`]: [] }),
    code: -32602,
  },
  {
    name: "a version that nobody speaks, in the header alone",
    asking: { body: request(1, "tools/list"), headers: { "mcp-protocol-version": "2099-01-01" } },
    code: -32022,
  },
  {
    name: "a version that nobody speaks, and no capabilities",
    asking: {
      body: request(1, "tools/list", { _meta: { [`${KEY}protocolVersion`]: "2099-01-01" } }),
      headers: { "mcp-protocol-version": "2099-01-01", "mcp-method": "tools/list" },
    },
    code: -32022,
  },
  {
    name: "a task without its name in the header",
    asking: modern(1, "tasks/get", { taskId: "t-1" }),
    code: -32020,
  },
  {
    name: "a version that nobody speaks",
    asking: {
      body: request(1, "tools/list", {
        _meta: { ...MODERN_META, "io.modelcontextprotocol/protocolVersion": "2099-01-01" },
      }),
      headers: { "mcp-protocol-version": "2099-01-01", "mcp-method": "tools/list" },
    },
    code: -32022,
  },
];

for (const { name, asking, code } of HEADERS) {
  Deno.test(`refused with 400 before the gate sees it: ${name}`, async () => {
    const { house, send } = scene();
    const answer = await send(asking);
    const { id, error } = await jsonOf(answer) as { id: number; error: { code: number; data?: JsonObject } };
    assertEquals([answer.status, id, error.code], [400, 1, code]);
    assertEquals(house.sessions, []);
    if (code === -32022) assertEquals(error.data, { supported: ["2026-07-28"], requested: "2099-01-01" });
  });
}

Deno.test("the headers of parameters are checked once the tool was listed; names may be encoded", async () => {
  const { send } = scene();
  const early = await send(modernCall(1, "regional", { region: "eu" }));
  assertEquals(early.status, 200);
  await send(modern(2, "tools/list"));
  const statuses = async (args: JsonObject, region: string | undefined, name = "regional") =>
    (await send(modernCall(3, "regional", args, { "mcp-param-region": region, "mcp-name": name }))).status;
  assertEquals(await statuses({ region: "eu" }, "eu"), 200);
  assertEquals(await statuses({ region: "eu" }, "=?base64?ZXU=?=", "=?base64?cmVnaW9uYWw=?="), 200);
  assertEquals(await statuses({}, undefined), 200);
  assertEquals(await statuses({ region: null }, undefined), 200);
  assertEquals(await statuses({ region: "eu" }, undefined), 400);
  assertEquals(await statuses({ region: "eu" }, "us"), 400);
  assertEquals(await statuses({}, "eu"), 400);
});

Deno.test("a session id is neither asked for nor given, and one that is sent is ignored", async () => {
  const { house, send } = scene();
  const answer = await send(
    modernCall(1, "echo", {}, { "mcp-session-id": "stolen", "last-event-id": "p1-0" }),
  );
  assertEquals([answer.status, answer.headers["mcp-session-id"]], [200, undefined]);
  assertEquals(house.sessions.map(({ kind }) => kind), ["shared"]);
});

const STATUSES: readonly (readonly [code: number, status: number])[] = [
  [-32700, 400],
  [-32600, 400],
  [-32601, 404],
  [-32020, 400],
  [-32021, 400],
  [-32022, 400],
  [-32602, 200],
  [-32603, 200],
  [-31403, 200],
];
for (const [code, status] of STATUSES) {
  Deno.test(`an answer with the error ${code} has the status ${status}`, async () => {
    const { house, send } = scene();
    const posted = send(modernCall(1, "wait"));
    await settle();
    const { place } = await house.session().took(1);
    house.session().say(place, { jsonrpc: "2.0", id: 1, error: { code, message: "No" } });
    assertEquals((await posted).status, status);
  });
}

Deno.test("an unknown method is answered with 404 and the upstream's own error", async () => {
  const answer = await scene().send(modern(1, "no/such"));
  assertEquals([answer.status, (await jsonOf(answer)).error], [404, {
    code: -32601,
    message: "Method not found",
  }]);
});

const REMOVED = ["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"];
for (const method of REMOVED) {
  Deno.test(`${method} is no method of this era, whatever its parameters are`, async () => {
    const { house, send } = scene();
    const answer = await send(modern(1, method));
    const { id, error } = await jsonOf(answer);
    assertEquals([answer.status, id, (error as JsonObject).code], [404, 1, -32601]);
    assertEquals(house.sessions, []);
  });
}

Deno.test("a client that goes away before anything was sent cancels its request, and its answer is let go of", async () => {
  const { house, send } = scene();
  const gone = new AbortController();
  const posted = send({ ...modernCall(7, "wait"), signal: gone.signal });
  await settle();
  gone.abort();
  const { incoming, place } = await house.session().took(2);
  assertEquals(incoming.kind === "notice" && [incoming.method, incoming.params?.requestId], [
    "notifications/cancelled",
    7,
  ]);
  place?.reply();
  await posted;
});

Deno.test("a client that is gone before its request is taken has it cancelled", async () => {
  const { house, send } = scene();
  await send({ ...modernCall(7, "wait"), signal: AbortSignal.abort() });
  const { incoming } = await house.session().took(2);
  assertEquals(incoming.kind === "notice" && incoming.method, "notifications/cancelled");
});

Deno.test("all requests of one caller go through one session, those of another through another, opened once", async () => {
  const { house, send } = scene();
  const callers = ["Bearer a", "Bearer b", "Bearer a", "Bearer b", undefined];
  await Promise.all(callers.map((authorization, i) => send(modernCall(i, "echo", {}, { authorization }))));
  assertEquals(house.sessions.map(({ kind, caller, taken }) => [kind, caller, taken.length]), [
    ["shared", "a", 2],
    ["shared", "b", 2],
    ["shared", "nobody", 1],
  ]);
});

Deno.test("clients that use the same ids at once have scopes of their own, and get each its own answer", async () => {
  const { house, send } = scene();
  const posted = [1, 2, 3].map((n) => send(modernCall(7, "wait", { n })));
  await settle();
  const session = house.session();
  await session.took(3);
  assertEquals(new Set(session.taken.map(({ place }) => place?.scope)).size, 3);
  for (const { incoming, place } of session.taken.toReversed()) {
    const n = incoming.kind === "request" ? (incoming.params?.arguments as { n: number }).n : 0;
    session.say(place, { jsonrpc: "2.0", id: 7, result: { n } });
  }
  const answers = await Promise.all(posted.map(async (answer) => (await jsonOf(await answer)).result));
  assertEquals(answers, [{ n: 1 }, { n: 2 }, { n: 3 }]);
});

Deno.test("a stream has no ids and no empty event; it ends behind the answer", async () => {
  const { house, send } = scene();
  const posted = send(modernCall(1, "wait"));
  await settle();
  const { place } = await house.session().took(1);
  place?.beside(encodeFrame(notice("notifications/progress", { progressToken: 1, progress: 1 })));
  const answer = await posted;
  house.session().say(place, { jsonrpc: "2.0", id: 1, result: {} });
  const events = await new Events(answer.body).rest();
  assertEquals(events.map(({ id, data }) => [id, JSON.parse(data ?? "").id]), [[undefined, undefined], [
    undefined,
    1,
  ]]);
  assertEquals(answer.headers["x-accel-buffering"], "no");
});

Deno.test("a client that closes the stream cancels its request: the gate is given the cancellation, in that request's scope", async () => {
  const { house, send } = scene();
  const posted = [send(modernCall(7, "wait")), send(modernCall(7, "wait"))];
  await settle();
  const session = house.session();
  await session.took(2);
  const [one, other] = session.taken;
  const line = encodeFrame(notice("notifications/progress", { progressToken: 1, progress: 1 }));
  one?.place?.beside(line);
  other?.place?.beside(line);
  await new Events((await posted[0])?.body ?? null).cut();
  const { incoming, place } = await session.took(3);
  assertEquals(incoming.kind === "notice" && [incoming.method, incoming.params?.requestId], [
    "notifications/cancelled",
    7,
  ]);
  assertEquals(place?.scope, one?.place?.scope);
  // What still comes for it goes nowhere, and the other one goes on.
  one?.place?.reply();
  session.say(other?.place, { jsonrpc: "2.0", id: 7, result: {} });
  assertEquals((await new Events((await posted[1])?.body ?? null).rest()).length, 2);
  assertEquals(session.taken.length, 3);
});

Deno.test("a stream that is closed behind its answer cancels nothing", async () => {
  const { house, send } = scene();
  const posted = send(modernCall(7, "wait"));
  await settle();
  const { place } = await house.session().took(1);
  place?.beside(encodeFrame(notice("notifications/progress", { progressToken: 1, progress: 1 })));
  const events = new Events((await posted).body);
  house.session().say(place, { jsonrpc: "2.0", id: 7, result: {} });
  await events.next();
  await events.cut();
  await settle();
  assertEquals(house.session().taken.length, 1);
});

Deno.test("subscriptions are streams that stay open, kept alive, until their clients or we end them", async () => {
  const { house, send, sweep, close } = scene();
  const listening = send(
    modern("sub", "subscriptions/listen", { notifications: { toolsListChanged: true } }),
  );
  await settle();
  const { place } = await house.session().took(1);
  place?.beside(encodeFrame(notice("notifications/subscriptions/acknowledged", {})));
  const events = new Events((await listening).body);
  assertEquals((await events.message()).method, "notifications/subscriptions/acknowledged");
  house.clock.advanceMs(15_000);
  sweep();
  assertEquals(await events.next(), { comment: true });
  house.clock.advanceMs(3_600_000);
  sweep();
  assertEquals(house.session().closes, []);
  const closed = close();
  assertEquals((await events.rest()).filter(({ comment }) => comment !== true), []);
  await closed;
  assertEquals([house.session().methods.at(-1), house.session().closes], ["notifications/cancelled", [
    "shutdown",
  ]]);
});

Deno.test("notifications are taken with 202; replies and batches are none of this era", async () => {
  const { house, send } = scene();
  const headers = { "mcp-protocol-version": "2026-07-28" };
  const told = await send({ body: notice("notifications/x", { _meta: MODERN_META }), headers });
  assertEquals(told.status, 202);
  assertEquals((await send({ body: { jsonrpc: "2.0", id: 1, result: {} }, headers })).status, 400);
  assertEquals((await send({ body: [request(1, "tools/list")], headers })).status, 400);
  assertEquals((await send({ body: "{", headers })).status, 400);
  // Which headers it needs no revision says, and neither that its body names the version.
  const bare = { body: notice("notifications/x"), headers: { ...headers, "mcp-method": "notifications/x" } };
  assertEquals((await send(bare)).status, 202);
  // A header that says something else than the body is refused here, too.
  const lying = { ...headers, "mcp-method": "notifications/y" };
  assertEquals(
    (await send({ body: notice("notifications/x", { _meta: MODERN_META }), headers: lying })).status,
    400,
  );
  const older = { "mcp-protocol-version": "2099-01-01" };
  assertEquals(
    (await send({ body: notice("notifications/x", { _meta: MODERN_META }), headers: older })).status,
    400,
  );
  assertEquals(house.session().methods, [
    "notifications/x",
    "reply",
    "batch",
    "malformed",
    "notifications/x",
  ]);
});

Deno.test("what the upstream says to nobody in particular goes to nobody; what it asks so is answered with an error", async () => {
  const { house, send } = scene();
  await send(modernCall(1, "echo"));
  const session = house.session();
  session.lane.send(encodeFrame(notice("notifications/tools/list_changed")));
  session.lane.send(encodeFrame(request("q", "roots/list")));
  const { incoming } = await session.took(2);
  assertEquals(incoming.kind === "reply" && [incoming.id, incoming.error?.code], ["q", -32603]);
  assertEquals(house.log.length, 1);
});

Deno.test("an idle session is closed, and the next request opens another one, once that is gone", async () => {
  const { house, send, sweep } = scene({ limits: { idleMs: 1000 } });
  await send(modernCall(1, "echo"));
  house.clock.advanceMs(1001);
  sweep();
  await settle();
  assertEquals(house.session().closes, ["idle"]);
  assertEquals((await send(modernCall(2, "echo"))).status, 200);
  assertEquals(house.sessions.length, 2);
});

Deno.test("when the upstream leaves, who waits is answered, and the next request opens another session", async () => {
  const { house, send } = scene();
  const waiting = send(modernCall(5, "wait"));
  await settle();
  house.session().leave();
  const { id, error } = await jsonOf(await waiting) as { id: number; error: { code: number } };
  assertEquals([id, error.code], [5, -32603]);
  assertEquals((await send(modernCall(6, "echo"))).status, 200);
  assertEquals(house.sessions.length, 2);
  assertEquals(house.session().closes, []);
});

Deno.test("a session that does not open is asked for again by the next request, and counts for nothing", async () => {
  let open = 0;
  const { house, send } = scene({
    limits: { sessions: 1 },
    open: () => ++open < 3 ? { kind: "refusal", status: 502, message: "Gone" } : undefined as never,
  });
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await send(modernCall(i, "echo"))).status);
  assertEquals([statuses, house.sessions.length], [[502, 502, 200], 1]);
});
