/** The legacy era: sessions, streams and their resumption, one message on one stream. */
import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import type { Caller, Front, HttpAnswer } from "../../../lib/transport/http_server/mod.ts";
import { encodeFrame } from "../../../lib/wire/mod.ts";
import {
  ask,
  type Asking,
  call,
  Events,
  House,
  jsonOf,
  notice,
  openSession,
  request,
  settle,
  textOf,
} from "./_fake.ts";

const PEER = "127.0.0.1";
const LIST_CHANGED = encodeFrame(notice("notifications/tools/list_changed"));

function progress(at: number): string {
  return encodeFrame(notice("notifications/progress", { progressToken: "t", progress: at }));
}

type HeadersSent = NonNullable<Asking["headers"]>;

interface Scene {
  readonly house: House;
  readonly front: Front<Caller>;
  readonly headers: HeadersSent;
  post(body: NonNullable<Asking["body"]>, headers?: HeadersSent): Promise<HttpAnswer>;
  get(headers?: HeadersSent): Promise<HttpAnswer>;
}

async function scene(setting?: ConstructorParameters<typeof House>[0], version?: string): Promise<Scene> {
  const house = new House(setting), front = house.front();
  const headers = await openSession(front, version);
  return {
    house,
    front,
    headers,
    post: (body, more) => front.handle(ask({ body, headers: { ...headers, ...more } }), PEER),
    get: (more) => front.handle(ask({ method: "GET", headers: { ...headers, ...more } }), PEER),
  };
}

Deno.test("initialize opens a session of its own, under an id that nobody can guess, and no other answer repeats it", async () => {
  const house = new House(), front = house.front();
  const ids = new Set<string | undefined>();
  for (let i = 0; i < 50; i++) ids.add((await openSession(front))["mcp-session-id"]);
  assertEquals([ids.size, house.sessions.length], [50, 50]);
  for (const id of ids) assertMatch(id ?? "", /^[A-Za-z0-9_-]{32}$/);
  const [id] = ids;
  const answer = await front.handle(ask({ headers: { "mcp-session-id": id }, body: call(1, "echo") }), PEER);
  assertEquals([answer.status, answer.headers["mcp-session-id"]], [200, undefined]);
});

Deno.test("an initialize that is answered with an error opens nothing", async () => {
  const house = new House();
  const body = request(1, "initialize", { protocolVersion: "none" });
  const answer = await house.front().handle(ask({ body }), PEER);
  assertEquals([answer.status, (await jsonOf(answer)).id], [200, 1]);
  assertEquals(house.session().closes, ["unopened"]);
});

Deno.test("a session that is initialized is not initialized again, and initialize in a batch opens nothing", async () => {
  const { post, house, front } = await scene();
  assertEquals((await post(request(2, "initialize", {}))).status, 400);
  assertEquals((await front.handle(ask({ body: [request(1, "initialize", {})] }), PEER)).status, 400);
  assertEquals(house.session().methods, ["initialize"]);
  assertEquals(house.sessions.length, 1);
});

Deno.test("notices and replies are answered with 202 and nothing else", async () => {
  const { post, house } = await scene();
  for (const body of [notice("notifications/initialized"), { jsonrpc: "2.0", id: 1, result: {} }]) {
    const answer = await post(body);
    assertEquals([answer.status, answer.body], [202, null]);
  }
  assertEquals(house.session().methods, ["initialize", "notifications/initialized", "reply"]);
});

Deno.test("a request that is answered at once is answered in JSON, one that has more to say by a stream", async () => {
  const { post, house } = await scene();
  const plain = await post(call(1, "echo", { a: 1 }));
  assertEquals([plain.headers["content-type"], (await jsonOf(plain)).id], ["application/json", 1]);
  const streaming = post(call(2, "wait"));
  await house.session().took(3);
  const { place } = house.session().last("tools/call");
  place?.beside(progress(1));
  const answer = await streaming;
  assertEquals(answer.headers["content-type"], "text/event-stream");
  house.session().say(place, { jsonrpc: "2.0", id: 2, result: {} });
  place?.beside(progress(2)); // too late: nothing follows the answer
  const events = await new Events(answer.body).rest();
  assertEquals(
    events.map(({ id, data }) => [id, data === "" ? "" : JSON.parse(data ?? "null").id ?? "notice"]),
    [
      ["p1-0", ""],
      ["p1-1", "notice"],
      ["p1-2", 2],
    ],
  );
});

Deno.test("a request that takes longer than the grace is answered by a stream", async () => {
  const { post, house } = await scene({ limits: { graceMs: 1 } });
  const answer = await post(call(1, "wait"));
  assertEquals(answer.headers["content-type"], "text/event-stream");
  house.session().say(house.session().last("tools/call").place, { jsonrpc: "2.0", id: 1, result: {} });
  assertEquals((await new Events(answer.body).rest()).length, 2);
});

interface WishRow {
  readonly accept: string;
  readonly version: string;
  readonly type: string;
}

const STREAM = "text/event-stream", JSON_TYPE = "application/json";
const WISHES: readonly WishRow[] = [
  { accept: `${STREAM}, ${JSON_TYPE}`, version: "2025-11-25", type: STREAM },
  { accept: `${JSON_TYPE};q=0.5, ${STREAM}`, version: "2025-11-25", type: STREAM },
  { accept: `${JSON_TYPE}, ${STREAM}`, version: "2025-11-25", type: JSON_TYPE },
  { accept: `${STREAM};q=0.9, ${JSON_TYPE}`, version: "2025-11-25", type: JSON_TYPE },
  // A stream that does not say where to take it up again is nothing better than JSON.
  { accept: `${STREAM}, ${JSON_TYPE}`, version: "2025-06-18", type: JSON_TYPE },
];

for (const { accept, version, type } of WISHES) {
  Deno.test(`a quick answer comes as ${type} where ${version} is spoken and "${accept}" is accepted`, async () => {
    const { post } = await scene({}, version);
    const answer = await post(call(1, "echo"), { accept });
    assertEquals(answer.headers["content-type"], type);
    if (type === JSON_TYPE) return assertEquals((await jsonOf(answer)).id, 1);
    const [primer, reply] = await new Events(answer.body).rest();
    assertEquals([primer, JSON.parse(reply?.data ?? "null").id], [
      { id: "p1-0", data: "", retry: "1000" },
      1,
    ]);
  });
}

Deno.test("who would rather have a stream is told by a status what a status says", async () => {
  const { post, house } = await scene();
  const posted = post(call(1, "wait"), { accept: `${STREAM}, ${JSON_TYPE}` });
  await house.session().took(2);
  const { place } = house.session().last("tools/call");
  place?.challenge?.({ status: 401, value: "Bearer" });
  house.session().say(place, { jsonrpc: "2.0", id: 1, error: { code: -32603, message: "No" } });
  const { status, headers } = await posted;
  assertEquals([status, headers["content-type"], headers["www-authenticate"]], [401, JSON_TYPE, "Bearer"]);
});

Deno.test("streams begin with an empty event only for clients that know what it is", async () => {
  for (const [version, first] of [["2025-11-25", ""], ["2025-06-18", LIST_CHANGED.trimEnd()]] as const) {
    const { get, house } = await scene({}, version);
    house.session().lane.send(LIST_CHANGED);
    const event = await new Events((await get()).body).next();
    assertEquals(event, first === "" ? { id: "g1-0", data: "", retry: "1000" } : { id: "g1-1", data: first });
  }
});

// Each message on one stream alone: the newest that was opened by GET, else the newest answer, else it waits.
Deno.test("what the upstream says by itself goes out on exactly one stream", async () => {
  const { post, get, house } = await scene({}, "2025-06-18");
  const { lane } = house.session();
  const said = (n: number) => lane.send(encodeFrame(notice("notifications/x", { n })));
  said(0);
  const posted = post(call(1, "wait"));
  const place = (await house.session().took(2)).place;
  const answer = new Events((await posted).body);
  said(1);
  const first = new Events((await get()).body);
  said(2);
  const second = new Events((await get()).body);
  said(3);
  await settle();
  await second.cut();
  said(4);
  house.session().say(place, { jsonrpc: "2.0", id: 1, result: {} });
  const numbers = async (events: Events, count: number) => {
    const got: unknown[] = [];
    for (let i = 0; i < count; i++) {
      got.push(((await events.message()).params as { n: number } | undefined)?.n);
    }
    return got;
  };
  assertEquals(await numbers(answer, 3), [0, 1, undefined]);
  assertEquals(await answer.next(), undefined);
  assertEquals(await numbers(first, 2), [2, 4]);
  await first.cut();
});

Deno.test("what waits for a stream is bounded; a question for which there is no room is answered for the client", async () => {
  const { house, get } = await scene({ limits: { waitingMessages: 2 } }, "2025-06-18");
  const session = house.session();
  for (let n = 0; n < 3; n++) session.lane.send(encodeFrame(request(n, "roots/list")));
  const last = session.taken.at(-1)?.incoming;
  assertEquals(last?.kind === "reply" && [last.id, last.error?.code], [2, -32603]);
  const events = new Events((await get()).body);
  assertEquals([(await events.message()).id, (await events.message()).id], [0, 1]);
  await events.cut();
});

for (let cut = 0; cut <= 3; cut++) {
  Deno.test(`a stream that was cut after event ${cut} goes on behind it, whatever came meanwhile`, async () => {
    const { post, get, house } = await scene();
    const posted = post(call(1, "wait"));
    const { place } = await house.session().took(2);
    place?.beside(progress(1));
    const events = new Events((await posted).body);
    if (cut > 1) place?.beside(progress(2));
    if (cut > 2) house.session().say(place, { jsonrpc: "2.0", id: 1, result: {} });
    let lastId: string | undefined;
    for (let seen = 0; seen <= cut; seen++) lastId = (await events.next())?.id;
    assertEquals(lastId, `p1-${cut}`);
    await events.cut();
    if (cut <= 1) place?.beside(progress(2));
    if (cut <= 2) house.session().say(place, { jsonrpc: "2.0", id: 1, result: {} });
    const again = await get({ "last-event-id": lastId });
    assertEquals(again.status, 200);
    const rest = await new Events(again.body).rest();
    assertEquals(rest.map(({ id }) => id), ["p1-1", "p1-2", "p1-3"].slice(cut));
    assertEquals(house.session().methods, ["initialize", "tools/call"]); // no cancellation
  });
}

Deno.test("a stream goes on live where it was cut; the connection before it ends", async () => {
  const { get, house } = await scene();
  const { lane } = house.session();
  const first = new Events((await get()).body);
  lane.send(progress(1));
  assertEquals([(await first.next())?.id, (await first.next())?.id], ["g1-0", "g1-1"]);
  const again = new Events((await get({ "last-event-id": "g1-0" })).body);
  assertEquals((await again.next())?.id, "g1-1");
  assertEquals(await first.next(), undefined);
  lane.send(progress(2));
  assertEquals((await again.next())?.id, "g1-2");
  await again.cut();
});

const FOREIGN_IDS = [
  "",
  "x",
  "p1",
  "p1-",
  "p1--1",
  "p9-0",
  "p01-0",
  "g7-0",
  "p1-99999999999",
  "__proto__-1",
  "p1-0, p2-0",
];
for (const id of FOREIGN_IDS) {
  Deno.test(`a Last-Event-ID that names no stream is refused: ${JSON.stringify(id)}`, async () => {
    const { get, house } = await scene();
    const answer = await get({ "last-event-id": id });
    assertEquals([answer.status, house.log], [400, ["refused an HTTP request: event-id (400)"]]);
  });
}

Deno.test("the streams of one session cannot be taken up in another, though their names are equal", async () => {
  const house = new House(), front = house.front();
  const mine = await openSession(front), yours = await openSession(front);
  const posted = front.handle(ask({ headers: mine, body: call(1, "wait") }), PEER);
  const { place } = await house.session(0).took(2);
  place?.beside(progress(1));
  await posted;
  house.session(0).say(place, { jsonrpc: "2.0", id: 1, result: { secret: true } });
  const stolen = await front.handle(
    ask({ method: "GET", headers: { ...yours, "last-event-id": "p1-0" } }),
    PEER,
  );
  assertEquals(stolen.status, 400);
});

Deno.test("a session belongs to the caller that opened it: to another it does not exist, and stays as it is", async () => {
  const house = new House(), front = house.front();
  const headers = await openSession(front, "2025-11-25", { authorization: "Bearer alice" });
  for (const authorization of ["Bearer mallory", undefined]) {
    for (const method of ["POST", "GET", "DELETE"]) {
      const body = method === "POST" ? { body: call(1, "echo") } : {};
      const answer = await front.handle(
        ask({ method, headers: { ...headers, authorization }, ...body }),
        PEER,
      );
      assertEquals([method, answer.status], [method, 404]);
    }
  }
  assertEquals([house.session().methods, house.session().closes], [["initialize"], []]);
});

Deno.test("what was sent is kept for a while, and not longer; whoever listens gets a new stream then", async () => {
  const { get, post, house, front } = await scene({ limits: { replayMs: 1000 } });
  const posted = post(call(1, "wait"));
  const { place } = await house.session().took(2);
  place?.beside(progress(1));
  await new Events((await posted).body).cut();
  const standing = new Events((await get()).body);
  await standing.cut();
  house.session().say(place, { jsonrpc: "2.0", id: 1, result: {} });
  house.clock.advanceMs(1001);
  front.sweep();
  assertEquals((await get({ "last-event-id": "p1-0" })).status, 400);
  const again = new Events((await get({ "last-event-id": "g2-0" })).body);
  assertEquals((await again.next())?.id, "g3-0");
  await again.cut();
});

Deno.test("what is kept is bounded in bytes, oldest first, and given back when its session ends", async () => {
  const { get, house, headers, front } = await scene({
    limits: { replayBytesPerStream: 400, replayBytesInAll: 500 },
  });
  const first = new Events((await get()).body);
  for (let n = 1; n <= 20; n++) house.session().lane.send(progress(n));
  await first.cut();
  const again = new Events((await get({ "last-event-id": "g1-0" })).body);
  const kept = [(await again.next())?.id];
  assertNotEquals(kept[0], "g1-1");
  while (kept.at(-1) !== "g1-20") kept.push((await again.next())?.id);
  assertEquals(kept.length < 5, true);
  await again.cut();
  assertEquals((await front.handle(ask({ method: "DELETE", headers }), PEER)).status, 204);
  // The room that the first had is there for the second.
  const other = await openSession(front);
  const open = new Events((await front.handle(ask({ method: "GET", headers: other }), PEER)).body);
  for (let n = 1; n <= 3; n++) house.session(1).lane.send(progress(n));
  await open.cut();
  const resumed = await front.handle(
    ask({ method: "GET", headers: { ...other, "last-event-id": "g1-0" } }),
    PEER,
  );
  const events = new Events(resumed.body);
  assertEquals([(await events.next())?.id, (await events.next())?.id], ["g1-1", "g1-2"]);
  await events.cut();
});

Deno.test("a client that goes away cancels nothing: its answer waits for it", async () => {
  const { post, get, house } = await scene();
  const posted = post(call(1, "wait"));
  const { place } = await house.session().took(2);
  place?.beside(progress(1));
  await new Events((await posted).body).cut();
  await settle();
  assertEquals(house.session().methods, ["initialize", "tools/call"]);
  house.session().say(place, { jsonrpc: "2.0", id: 1, result: {} });
  const rest = await new Events((await get({ "last-event-id": "p1-1" })).body).rest();
  assertEquals(rest.map(({ id }) => id), ["p1-2"]);
});

Deno.test("a cancellation comes as a message, in the one scope of the session, and the cancelled request's stream ends", async () => {
  const { post, house } = await scene();
  const posted = post(call(1, "wait"));
  const { place } = await house.session().took(2);
  assertEquals((await post(notice("notifications/cancelled", { requestId: 1 }))).status, 202);
  assertEquals(house.session().last("notifications/cancelled").place?.scope, place?.scope);
  place?.reply();
  const answer = await posted;
  assertEquals([answer.status, (await new Events(answer.body).rest()).map(({ data }) => data)], [200, [""]]);
});

Deno.test("batches go through where they were agreed on, answers in one array; elsewhere the gate records the refusal", async () => {
  const agreed = await scene({}, "2025-03-26");
  const answer = await agreed.post([call(1, "echo"), notice("notifications/x"), request(2, "ping")]);
  assertEquals(answer.status, 200);
  assertEquals((JSON.parse(await textOf(answer)) as { id: number }[]).map(({ id }) => id), [1, 2]);
  assertEquals((await agreed.post([notice("notifications/x")])).status, 202);
  const other = await scene({}, "2025-06-18");
  assertEquals((await other.post([call(1, "echo")])).status, 400);
  assertEquals(other.house.session().methods, ["initialize", "batch"]);
});

Deno.test("a version that nobody speaks is refused with 400, whatever is asked", async () => {
  const { house, front, headers } = await scene();
  const older = { ...headers, "mcp-protocol-version": "1999-01-01" };
  for (const method of ["POST", "GET", "DELETE"]) {
    const body = method === "POST" ? { body: call(1, "echo") } : {};
    assertEquals((await front.handle(ask({ method, headers: older, ...body }), PEER)).status, 400, method);
  }
  assertEquals(house.session().closes, []);
});

Deno.test("DELETE ends the session, its streams and its requests; afterwards it is not found", async () => {
  const { post, get, front, headers, house } = await scene();
  const listening = new Events((await get()).body);
  const waiting = post(call(1, "wait"));
  await house.session().took(2);
  assertEquals((await front.handle(ask({ method: "DELETE", headers }), PEER)).status, 204);
  assertEquals(house.session().closes, ["deleted"]);
  assertEquals(((await jsonOf(await waiting)).error as { code: number }).code, -32603);
  assertEquals((await listening.rest()).length, 1);
  for (const answer of [await post(call(2, "echo")), await get()]) assertEquals(answer.status, 404);
});

Deno.test("when the upstream leaves, its session ends with an answer for everybody who waits, and is not closed twice", async () => {
  const { post, get, house } = await scene();
  const waiting = post(call(7, "wait"));
  await house.session().took(2);
  house.session().leave();
  assertEquals((await jsonOf(await waiting)).id, 7);
  assertEquals((await get()).status, 404);
  assertEquals(house.session().closes, []);
});

Deno.test("a session in which nothing happens ends after its time; one that is listened to, or waits, does not", async () => {
  const house = new House({ limits: { idleMs: 100_000 } }), front = house.front();
  const [idle, listening, waiting] = [
    await openSession(front),
    await openSession(front),
    await openSession(front),
  ];
  const send = (headers: HeadersSent, asking: Asking) => front.handle(ask({ ...asking, headers }), PEER);
  await send(idle, { body: call(1, "echo") });
  const events = new Events((await send(listening, { method: "GET" })).body);
  const posted = send(waiting, { body: call(1, "wait") });
  await house.session(2).took(2);
  house.clock.advanceMs(100_001);
  front.sweep();
  assertEquals(house.sessions.map(({ closes }) => closes), [["idle"], [], []]);
  assertEquals((await send(idle, { body: call(2, "echo") })).status, 404);
  await events.cut();
  house.session(2).say(house.session(2).last("tools/call").place, { jsonrpc: "2.0", id: 1, result: {} });
  await posted;
  house.clock.advanceMs(99_999);
  front.sweep();
  assertEquals(house.sessions.map(({ closes }) => closes), [["idle"], [], []], "they were there until now");
  house.clock.advanceMs(2);
  front.sweep();
  assertEquals(house.sessions.map(({ closes }) => closes), [["idle"], ["idle"], ["idle"]]);
});

Deno.test("a client that went away from a call that is never answered keeps its session only for its time", async () => {
  const house = new House({ limits: { idleMs: 100_000, graceMs: 0 } }), front = house.front();
  const headers = await openSession(front);
  const posted = front.handle(ask({ body: call(1, "wait"), headers }), PEER);
  await house.session().took(2);
  const events = new Events((await posted).body);
  await events.next();
  house.clock.advanceMs(200_000);
  front.sweep();
  await events.cut();
  house.clock.advanceMs(99_000);
  front.sweep();
  assertEquals(house.session().closes, [], "it may come back");
  house.clock.advanceMs(2_000);
  front.sweep();
  assertEquals(house.session().closes, ["idle"]);
});

Deno.test("a session whose client never comes back after the handshake ends sooner", async () => {
  const house = new House(), front = house.front();
  const used = await openSession(front);
  await openSession(front);
  await front.handle(ask({ headers: used, body: notice("notifications/initialized") }), PEER);
  house.clock.advanceMs(60_001);
  front.sweep();
  assertEquals(house.sessions.map(({ closes }) => closes), [[], ["idle"]]);
});

Deno.test("quiet streams are kept alive, and old ones are sent away to poll", async () => {
  const { get, front, house } = await scene({ limits: { pollAfterMs: 60_000, retryMs: 250 } });
  const events = new Events((await get()).body);
  await events.next();
  house.clock.advanceMs(15_000);
  front.sweep();
  assertEquals(await events.next(), { comment: true });
  house.clock.advanceMs(45_000);
  front.sweep();
  const rest = await events.rest();
  assertEquals(rest.at(-1), { retry: "250" });
  house.session().lane.send(LIST_CHANGED);
  const again = new Events((await get({ "last-event-id": "g1-0" })).body);
  assertEquals((await again.next())?.id, "g1-1");
  await again.cut();
});

Deno.test("an answer to nobody in particular has the status of a bad request", async () => {
  const { post, house } = await scene();
  const posted = post(call(1, "wait"));
  const { place } = await house.session().took(2);
  house.session().say(place, { jsonrpc: "2.0", id: null, error: { code: -32600, message: "twice" } });
  assertEquals((await posted).status, 400);
});
