/** The pair of 2024-11-05: one stream down, one address up. */
import { assertEquals, assertMatch } from "@std/assert";
import type { Caller, Front } from "../../../lib/transport/http_server/mod.ts";
import { encodeFrame } from "../../../lib/wire/mod.ts";
import { ask, type Asking, call, Events, House, notice, request, settle } from "./_fake.ts";

const PEER = "127.0.0.1";

interface Scene {
  readonly house: House;
  readonly front: Front<Caller>;
  readonly events: Events;
  /** Where messages are sent to. */
  readonly path: string;
  post(body: NonNullable<Asking["body"]>, over?: Asking): Promise<number>;
}

async function scene(setting: ConstructorParameters<typeof House>[0] = {}): Promise<Scene> {
  const house = new House({ legacySse: true, ...setting }), front = house.front();
  const headers = { authorization: "Bearer alice" };
  const events = new Events((await front.handle(ask({ method: "GET", path: "/sse", headers }), PEER)).body);
  const first = await events.next();
  assertEquals([first?.type, first?.id], ["endpoint", undefined]);
  const path = first?.data ?? "";
  const post = async (body: NonNullable<Asking["body"]>, over: Asking = {}) =>
    (await front.handle(ask({ path, headers: { ...headers, ...over.headers }, ...over, body }), PEER)).status;
  return { house, front, events, path, post };
}

Deno.test("messages go up to the address that the stream names, and everything comes down on the stream", async () => {
  const { house, events, path, post } = await scene();
  assertMatch(path, /^\/messages\?session=[A-Za-z0-9_-]{32}$/);
  assertEquals(
    await post(request(1, "initialize", {}), {
      headers: { authorization: "Bearer alice", accept: undefined },
    }),
    202,
  );
  assertEquals((await events.message()).id, 1);
  house.session().lane.send(encodeFrame(notice("notifications/tools/list_changed")));
  assertEquals((await events.next())?.type, "message");
  assertEquals(await post(call(2, "echo")), 202);
  assertEquals((await events.message()).id, 2);
  await events.cut();
});

Deno.test("a session that is guessed, another's or left is not found; what is malformed is refused and shown to the gate", async () => {
  const { house, events, path, post } = await scene();
  assertEquals(await post(call(1, "echo"), { path: "/messages?session=guess" }), 404);
  assertEquals(await post(call(1, "echo"), { path: "/messages" }), 404);
  assertEquals(await post(call(1, "echo"), { path, headers: { authorization: "Bearer mallory" } }), 404);
  assertEquals(await post("{"), 400);
  assertEquals(house.session().methods, ["malformed"]);
  await events.cut();
  await settle();
  assertEquals([await post(call(1, "echo")), house.session().closes], [404, ["deleted"]]);
});

Deno.test("the stream ends with its session, and at the end of the server", async () => {
  const { house, events, post } = await scene();
  house.session().leave();
  assertEquals(await events.rest(), []);
  assertEquals([await post(call(1, "echo")), house.session().closes], [404, []]);
  const other = await scene();
  await other.front.close();
  assertEquals(await other.events.rest(), []);
  assertEquals(other.house.session().closes, ["shutdown"]);
});

Deno.test("such sessions count as all others do, and are counted off when their streams end", async () => {
  const { front, events } = await scene({ limits: { sessions: 1 } });
  const open = async () => await front.handle(ask({ method: "GET", path: "/sse" }), PEER);
  assertEquals((await open()).status, 429);
  await events.cut();
  await settle();
  const again = await open();
  assertEquals(again.status, 200);
  await new Events(again.body).cut();
});

Deno.test("at the end the answers that are under way are awaited here, too, and nothing new is asked", async () => {
  const { house, front, events, post } = await scene();
  await post(call(1, "wait"));
  const { place } = await house.session().took(1);
  const closed = front.close();
  await settle();
  assertEquals([house.session().closes, await post(call(2, "echo"))], [[], 503]);
  house.session().say(place, { jsonrpc: "2.0", id: 1, result: {} });
  assertEquals((await events.message()).id, 1);
  await closed;
  assertEquals([await events.rest(), house.session().closes], [[], ["shutdown"]]);
});

Deno.test("requests are bounded here as well, and counted off when they are answered or their session ends", async () => {
  const { house, front, events, post } = await scene({ limits: { requestsPerSession: 2, requests: 3 } });
  const statuses = [];
  for (const id of [1, 2, 3]) statuses.push(await post(call(id, "wait")));
  assertEquals(statuses, [202, 202, 429]);
  const { place } = await house.session().took(1);
  house.session().say(place, { jsonrpc: "2.0", id: 1, result: {} });
  house.session().say(place, { jsonrpc: "2.0", id: 1, result: {} });
  assertEquals([await post(call(4, "wait")), await post(call(5, "wait"))], [202, 429]);
  await events.cut();
  await settle();
  await front.close();
  assertEquals(house.session().closes, ["deleted"]);
});
