/** Everything is bounded: sessions, requests, bodies, streams that are not read. */
import { assertEquals } from "@std/assert";
import { encodeFrame } from "../../../lib/wire/mod.ts";
import { Front, type HttpAnswer } from "../../../lib/transport/http_server/mod.ts";
import {
  ask,
  type Asking,
  call,
  Events,
  House,
  modernCall,
  notice,
  openSession,
  request,
  settle,
  textOf,
} from "./_fake.ts";

const PEER = "127.0.0.1";
const INITIALIZE = request(1, "initialize", {});

function flooded({ status, headers }: HttpAnswer): unknown {
  return [status, headers["retry-after"]];
}

Deno.test("a session too many is refused with 429 until another ends", async () => {
  const house = new House({ limits: { sessions: 2 } }), front = house.front();
  const first = await openSession(front);
  assertEquals((await front.handle(ask(modernCall(1, "echo")), PEER)).status, 200);
  assertEquals(flooded(await front.handle(ask({ body: INITIALIZE }), PEER)), [429, "30"]);
  assertEquals(
    flooded(await front.handle(ask(modernCall(1, "echo", {}, { authorization: "Bearer b" })), PEER)),
    [429, "30"],
  );
  assertEquals(house.sessions.length, 2);
  await front.handle(ask({ method: "DELETE", headers: first }), PEER);
  assertEquals((await front.handle(ask({ body: INITIALIZE }), PEER)).status, 200);
});

Deno.test("a session that is ended counts until its other side is gone", async () => {
  const house = new House({ legacySse: true, limits: { sessions: 1 } }), front = house.front();
  const listen = () => front.handle(ask({ method: "GET", path: "/sse" }), PEER);
  const initialize = () => front.handle(ask({ body: INITIALIZE }), PEER);
  const gone = () => Promise.withResolvers<void>();
  const hold = (index: number, { promise }: PromiseWithResolvers<void>) =>
    Object.assign(house.session(index), { close: () => promise });
  const headers = await openSession(front), first = gone(), second = gone();
  hold(0, first);
  const left = front.handle(ask({ method: "DELETE", headers }), PEER);
  assertEquals([(await initialize()).status, (await listen()).status], [429, 429]);
  first.resolve();
  assertEquals((await left).status, 204);
  const stream = new Events((await listen()).body);
  hold(1, second);
  await stream.cut();
  await settle();
  assertEquals((await initialize()).status, 429);
  second.resolve();
  await settle();
  assertEquals((await initialize()).status, 200);
});

Deno.test("no caller has all the sessions", async () => {
  const front = new House({ limits: { sessions: 10, sessionsPerCaller: 2 } }).front();
  const open = (authorization: string) =>
    front.handle(ask({ body: INITIALIZE, headers: { authorization } }), PEER);
  const statuses = [];
  for (const caller of ["a", "a", "a", "b"]) statuses.push((await open(`Bearer ${caller}`)).status);
  assertEquals(statuses, [200, 200, 429, 200]);
});

Deno.test("sessions that did not open leave room for those that do", async () => {
  let refuses = true;
  const house = new House({
    limits: { sessions: 1, requests: 1 },
    open: () => refuses ? { kind: "refusal", status: 503, message: "No" } : undefined as never,
  });
  const front = house.front();
  for (let i = 0; i < 5; i++) assertEquals((await front.handle(ask({ body: INITIALIZE }), PEER)).status, 503);
  refuses = false;
  const failing = request(1, "initialize", { protocolVersion: "none" });
  for (let i = 0; i < 5; i++) assertEquals((await front.handle(ask({ body: failing }), PEER)).status, 200);
  await settle();
  await openSession(front);
});

Deno.test("requests in flight are bounded in a session and in all; notices and replies still pass", async () => {
  const house = new House({ limits: { requestsPerSession: 2, requests: 3 } }), front = house.front();
  const one = await openSession(front), other = await openSession(front);
  const post = (headers: NonNullable<Asking["headers"]>, id: number) =>
    front.handle(ask({ headers, body: call(id, "wait") }), PEER);
  const waiting = [post(one, 1), post(one, 2), post(other, 1)];
  await house.session(0).took(3);
  await house.session(1).took(2);
  assertEquals(flooded(await post(one, 3)), [429, "1"]);
  assertEquals(flooded(await post(other, 2)), [429, "1"]);
  assertEquals(flooded(await front.handle(ask(modernCall(1, "echo")), PEER)), [429, "1"]);
  assertEquals(
    (await front.handle(ask({ headers: one, body: notice("notifications/x") }), PEER)).status,
    202,
  );
  for (const session of house.sessions) {
    for (const { incoming, place } of session.taken) {
      if (incoming.kind === "request" && incoming.method === "tools/call") {
        session.say(place, { jsonrpc: "2.0", id: incoming.id, result: {} });
      }
    }
  }
  assertEquals((await Promise.all(waiting)).map(({ status }) => status), [200, 200, 200]);
  assertEquals((await front.handle(ask({ headers: one, body: call(4, "echo") }), PEER)).status, 200);
});

Deno.test("a flood of requests leaves nothing behind", async () => {
  const house = new House({ limits: { requests: 4 } }), front = house.front();
  const headers = await openSession(front);
  const all = Array.from(
    { length: 200 },
    (_, i) => front.handle(ask({ headers, body: call(i, "echo") }), PEER),
  );
  const statuses = new Set((await Promise.all(all)).map(({ status }) => status));
  assertEquals([...statuses].filter((status) => status !== 200 && status !== 429), []);
  for (let i = 0; i < 20; i++) {
    assertEquals((await front.handle(ask({ headers, body: call(i, "echo") }), PEER)).status, 200);
  }
});

Deno.test("streams of one session are bounded, and a stream that is given up makes room", async () => {
  const front = new House({ limits: { streamsPerSession: 2 } }).front();
  const headers = await openSession(front);
  const get = () => front.handle(ask({ method: "GET", headers }), PEER);
  const streams = [new Events((await get()).body), new Events((await get()).body)];
  assertEquals(flooded(await get()), [429, "5"]);
  await streams[0]?.cut();
  const third = await get();
  assertEquals(third.status, 200);
  await streams[1]?.cut();
  await new Events(third.body).cut();
});

Deno.test("streams that are taken up again count like those that are opened", async () => {
  const front = new House({ limits: { streamsPerSession: 2 } }).front();
  const headers = await openSession(front);
  const get = (of: Asking["headers"] = {}) =>
    front.handle(ask({ method: "GET", headers: { ...headers, ...of } }), PEER);
  for (let i = 0; i < 3; i++) await new Events((await get()).body).cut();
  const again = (name: string) => get({ "last-event-id": `${name}-0` });
  const answers = [await again("g1"), await again("g2"), await again("g3"), await again("g1")];
  assertEquals(answers.map(({ status }) => status), [200, 200, 429, 200]);
  for (const { status, body } of answers) if (status === 200) await new Events(body).cut();
});

Deno.test("opening and leaving streams over and over keeps no more of them than the cap", async () => {
  const house = new House({ limits: { replayStreamsPerSession: 3 } }), front = house.front();
  const headers = await openSession(front);
  for (let i = 1; i <= 10; i++) {
    await new Events((await front.handle(ask({ method: "GET", headers }), PEER)).body).cut();
  }
  const resume = async (name: string) => {
    const events = new Events(
      (await front.handle(
        ask({ method: "GET", headers: { ...headers, "last-event-id": `${name}-0` } }),
        PEER,
      )).body,
    );
    house.session().lane.send(encodeFrame(notice("notifications/x")));
    let id: string | undefined;
    for (
      let event = await events.next();
      event !== undefined;
      event = event.data === "" ? await events.next() : undefined
    ) {
      id = event.id;
    }
    await events.cut();
    return id?.split("-")[0];
  };
  assertEquals(await resume("g10"), "g10");
  assertEquals(await resume("g2"), "g11"); // forgotten: a new one
});

function chunked(
  chunks: readonly string[],
  { ends }: { readonly ends: boolean },
): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      if (ends) controller.close();
    },
  });
}

Deno.test("a body may come in pieces; one that never ends, or breaks off, is given up", async () => {
  const whole = JSON.stringify(INITIALIZE);
  const send = (body: ReadableStream<Uint8Array>, bodyMs = 60_000) =>
    new House({ limits: { bodyMs } }).front().handle(ask({ body }), PEER);
  assertEquals((await send(chunked([...whole], { ends: true }))).status, 200);
  const slow = await send(chunked([whole], { ends: false }), 5);
  assertEquals([slow.status, slow.headers.connection], [408, "close"]);
  const broken = new ReadableStream<Uint8Array>({
    start: (controller) => controller.error(new Error("gone")),
  });
  assertEquals((await send(broken)).status, 400);
});

Deno.test("bodies without a length are cut off at the cap", async () => {
  let pulled = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      pulled++;
      controller.enqueue(new Uint8Array(100));
    },
  });
  const front = new House({ limits: { maxBodyBytes: 1000 } }).front();
  assertEquals((await front.handle(ask({ body: endless }), PEER)).status, 413);
  assertEquals(pulled < 20, true);
});

Deno.test("bodies that are read at once are bounded all together, and counted off once they are read", async () => {
  const front = new House({ limits: { bodyBytesInAll: 300, bodyMs: 60_000 } }).front();
  const headers = await openSession(front);
  const text = JSON.stringify(call(1, "echo", { pad: "x".repeat(100) }));
  const rest = Promise.withResolvers<void>();
  const half = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(text)),
    pull: async (controller) => {
      await rest.promise;
      controller.close();
    },
  }, { highWaterMark: 0 });
  const hanging = front.handle(ask({ headers, body: half }), PEER);
  await settle();
  assertEquals(flooded(await front.handle(ask({ headers, body: text }), PEER)), [429, "1"]);
  rest.resolve();
  assertEquals((await hanging).status, 200);
  for (let i = 0; i < 10; i++) {
    assertEquals((await front.handle(ask({ headers, body: text }), PEER)).status, 200);
  }
});

Deno.test("a client that does not read stops the upstream, and is sent away where it goes on like that", async () => {
  const house = new House({ limits: { unreadBytesPerSession: 1000, stallMs: 5000 } }), front = house.front();
  const headers = await openSession(front);
  const { lane } = house.session();
  await front.handle(ask({ method: "GET", headers }), PEER);
  let hasRoom = false;
  for (let n = 0; n < 30; n++) lane.send(encodeFrame(notice("notifications/x", { n, pad: "x".repeat(50) })));
  const room = lane.room().then(() => hasRoom = true);
  await settle();
  assertEquals(hasRoom, false);
  house.clock.advanceMs(4999);
  front.sweep();
  await settle();
  assertEquals(hasRoom, false);
  house.clock.advanceMs(1);
  front.sweep();
  await room;
  // It may come back for what it missed.
  const again = new Events(
    (await front.handle(ask({ method: "GET", headers: { ...headers, "last-event-id": "g1-28" } }), PEER))
      .body,
  );
  assertEquals([(await again.next())?.id, (await again.next())?.id], ["g1-29", "g1-30"]);
  await again.cut();
});

Deno.test("a client that reads again makes room again", async () => {
  const house = new House({ limits: { unreadBytesPerSession: 1000 } }), front = house.front();
  const headers = await openSession(front);
  const events = new Events((await front.handle(ask({ method: "GET", headers }), PEER)).body);
  for (let n = 0; n < 30; n++) {
    house.session().lane.send(encodeFrame(notice("notifications/x", { n, pad: "x".repeat(50) })));
  }
  const room = house.session().lane.room();
  for (let n = 0; n < 30; n++) assertEquals(((await events.message()).params as { n: number }).n, n);
  await room;
  await events.cut();
});

Deno.test("a modern client that does not read has its request cancelled", async () => {
  const house = new House({ limits: { unreadBytesPerSession: 1000, stallMs: 5000 } }), front = house.front();
  const posted = front.handle(ask(modernCall(1, "wait")), PEER);
  await settle();
  const { place } = await house.session().took(1);
  for (let n = 0; n < 30; n++) {
    place?.beside(encodeFrame(notice("notifications/progress", { n, pad: "x".repeat(50) })));
  }
  await posted;
  house.clock.advanceMs(5000);
  front.sweep();
  await house.session().took(2);
  assertEquals(house.session().methods, ["tools/call", "notifications/cancelled"]);
});

Deno.test("a long answer that nobody reads stops the upstream as well, in its session and, with many of them, elsewhere", async () => {
  const limits = { unreadBytesPerSession: 250_000, unreadBytesInAll: 300_000, stallMs: 5000 };
  const house = new House({ limits }), front = house.front();
  const long = { jsonrpc: "2.0", id: 1, result: { pad: "x".repeat(200_000) } };
  const answers = [];
  for (let i = 0; i < 2; i++) {
    const posted = front.handle(ask({ headers: await openSession(front), body: call(1, "wait") }), PEER);
    const { place } = await house.session(i).took(2);
    house.session(i).say(place, long);
    answers.push(await posted);
  }
  let roomy = 0;
  const rooms = house.sessions.map(({ lane }) => lane.room().then(() => roomy++));
  await settle();
  assertEquals(roomy, 0);
  const got = answers.map(({ body }) => new Response(body).text());
  await Promise.all(rooms);
  assertEquals((await Promise.all(got)).map((text) => JSON.parse(text)), [long, long]);
});

Deno.test("an answer is kept for a client that is away, however much others were sent before", async () => {
  const limits = { graceMs: 0, replayBytesInAll: 10_000, replayBytesPerStream: 5_000 };
  const house = new House({ limits }), front = house.front();
  const asked = async (index: number, headers: NonNullable<Asking["headers"]>, id: number) => {
    const { body } = await front.handle(ask({ headers, body: call(id, "wait") }), PEER);
    const events = new Events(body), place = house.session(index).last("tools/call").place;
    return { events, first: await events.next(), place };
  };
  const answer = (id: number, bytes: number) => ({ jsonrpc: "2.0", id, result: { pad: "x".repeat(bytes) } });
  const [many, away] = [await openSession(front), await openSession(front)];
  for (let id = 1; id <= 20; id++) {
    const { events, place } = await asked(0, many, id);
    house.session(0).say(place, answer(id, 4_500 - 200 * id));
    await events.rest();
  }
  const { events, first, place } = await asked(1, away, 1);
  await events.cut();
  house.session(1).say(place, answer(1, 4_000));
  const { id } = first ?? {};
  const again = await front.handle(ask({ method: "GET", headers: { ...away, "last-event-id": id } }), PEER);
  assertEquals(await new Events(again.body).message(), answer(1, 4_000));
  // And what is given back is there for the next one.
  for (const headers of [many, away]) await front.handle(ask({ method: "DELETE", headers }), PEER);
  const next = await openSession(front);
  const last = await asked(2, next, 1);
  await last.events.cut();
  house.session(2).say(last.place, answer(1, 4_000));
  const resumed = await front.handle(
    ask({ method: "GET", headers: { ...next, "last-event-id": last.first?.id } }),
    PEER,
  );
  assertEquals(await new Events(resumed.body).message(), answer(1, 4_000));
});

Deno.test("a session that has ended leaves nothing behind that is never read", async () => {
  const limits = { unreadBytesPerSession: 250_000, unreadBytesInAll: 450_000, stallMs: 5000 };
  const house = new House({ limits }), front = house.front();
  const long = { jsonrpc: "2.0", id: 1, result: { pad: "x".repeat(200_000) } };
  const answers = [];
  for (let i = 0; i < 4; i++) {
    const headers = await openSession(front);
    const posted = front.handle(ask({ headers, body: call(1, "wait") }), PEER);
    const { place } = await house.session(i).took(2);
    house.session(i).say(place, long);
    answers.push(await posted);
    await front.handle(ask({ method: "DELETE", headers }), PEER);
  }
  front.sweep();
  house.clock.advanceMs(5000);
  front.sweep();
  const lengths = await Promise.all(answers.map(async (answer) => (await textOf(answer)).length));
  // As much as may wait in all is kept, for a client that is merely slow.
  assertEquals(lengths.filter((length) => length > 200_000).length, 2);
});

Deno.test("the largest of what is not read is broken off first, and no more than has to be", async () => {
  const house = new House({ limits: { unreadBytesPerSession: 1300, stallMs: 5000, graceMs: 0 } }),
    front = house.front();
  const headers = await openSession(front, "2025-06-18");
  const streams = [];
  for (const [i, bytes] of [600, 900, 300].entries()) {
    streams.push(await front.handle(ask({ headers, body: call(i, "wait") }), PEER));
    house.session().taken.at(-1)?.place?.beside(
      encodeFrame(notice("notifications/x", { pad: "x".repeat(bytes) })),
    );
  }
  house.clock.advanceMs(1);
  front.sweep();
  house.clock.advanceMs(5000);
  front.sweep();
  const ends = await Promise.all(streams.map(async ({ body }) => {
    const events = new Events(body);
    const first = await events.next();
    await events.cut();
    return first === undefined ? "broken" : "whole";
  }));
  assertEquals(ends, ["whole", "broken", "whole"]);
});

Deno.test("a session that can take no more is not given more", async () => {
  const house = new House({ limits: { requests: 2 } }), front = house.front();
  const headers = await openSession(front);
  const full = Promise.withResolvers<void>();
  house.session().room = () => full.promise;
  const posted = front.handle(ask({ headers, body: call(1, "echo") }), PEER);
  await settle();
  assertEquals(house.session().methods, ["initialize"]);
  // Those who wait for it are bounded, too.
  const more = Array.from(
    { length: 1100 },
    () => front.handle(ask({ headers, body: notice("notifications/x") }), PEER),
  );
  await settle();
  full.resolve();
  assertEquals((await posted).status, 200);
  const statuses = (await Promise.all(more)).map(({ status }) => status);
  assertEquals([statuses.filter((status) => status === 202).length, statuses.at(-1)], [1025, 429]);
});

Deno.test("at the end nothing new is taken, what is under way is awaited, and then everything is closed", async () => {
  const house = new House(), front = house.front();
  const headers = await openSession(front);
  const listening = new Events((await front.handle(ask({ method: "GET", headers }), PEER)).body);
  const waiting = front.handle(ask({ headers, body: call(1, "wait") }), PEER);
  await house.session().took(2);
  const closed = front.close();
  const late = [{ body: INITIALIZE }, { headers, body: call(2, "echo") }, modernCall(3, "echo")];
  for (const asking of late) {
    const answer = await front.handle(ask(asking), PEER);
    assertEquals([answer.status, answer.headers["retry-after"]], [503, "5"]);
  }
  // What the call under way needs still passes.
  assertEquals(
    (await front.handle(ask({ headers, body: { jsonrpc: "2.0", id: 1, result: {} } }), PEER)).status,
    202,
  );
  assertEquals(house.session().closes, []);
  house.session().say(house.session().last("tools/call").place, { jsonrpc: "2.0", id: 1, result: {} });
  assertEquals((await waiting).status, 200);
  await closed;
  assertEquals(house.session().closes, ["shutdown"]);
  assertEquals((await listening.rest()).length, 1);
});

Deno.test("what does not end in time is answered with an error at the end", async () => {
  const house = new House({ limits: { drainMs: 1 } }), front = house.front();
  const headers = await openSession(front);
  const waiting = front.handle(ask({ headers, body: call(1, "wait") }), PEER);
  await house.session().took(2);
  await front.close();
  assertEquals([(await waiting).status, house.session().closes], [200, ["shutdown"]]);
});

Deno.test("a session that opens while the server ends is closed as well", async () => {
  const listen: Asking = { method: "GET", path: "/sse" };
  for (const asking of [{ body: INITIALIZE }, listen, modernCall(1, "echo")]) {
    const opening = Promise.withResolvers<void>();
    const house = new House({ legacySse: true, limits: { drainMs: 0 } });
    const { open, shared } = house.options.sessions;
    const late = new Front({
      ...house.options,
      sessions: {
        open: (...of) => opening.promise.then(() => open(...of)),
        shared: (...of) => opening.promise.then(() => shared(...of)),
      },
    }, 8080);
    const asked = late.handle(ask(asking), PEER);
    await settle();
    const closed = late.close();
    await settle();
    opening.resolve();
    assertEquals((await asked).status, 503);
    await closed;
    assertEquals(house.session().closes, ["shutdown"]);
  }
});
