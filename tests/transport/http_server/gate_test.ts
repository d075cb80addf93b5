/** The front before the real gate, whose upstream is scripted: what places promise holds on the wire. */
import { assertEquals } from "@std/assert";
import { type JsonObject, pause, systemClock } from "../../../lib/base/mod.ts";
import { Gate } from "../../../lib/gate/mod.ts";
import {
  type Caller,
  type ClientLane,
  type ClientSession,
  Front,
} from "../../../lib/transport/http_server/mod.ts";
import { EMPTY_REPORT, settleCall, type WriteRequest } from "../../../lib/verdict/mod.ts";
import { encodeFrame, readFrame } from "../../../lib/wire/mod.ts";
import { AGENT, ALLOW, decided } from "../../gate/_harness.ts";
import { ask, call, Events, House, jsonOf, modernCall, notice, openSession, settle } from "./_fake.ts";

const PEER = "127.0.0.1";

/** One session: a gate, and what its upstream was sent. */
class Gated implements ClientSession {
  readonly toUpstream: JsonObject[] = [];
  readonly entries: WriteRequest[] = [];
  readonly closed = new Promise<void>(() => {});
  readonly #gate: Gate;

  constructor(lane: ClientLane) {
    const write = (request: WriteRequest) => {
      this.entries.push(request);
      return { ref: { seq: this.entries.length - 1, hash: "" } };
    };
    this.#gate = new Gate({
      settings: {
        server: "files",
        principal: () => AGENT,
        verifiedOnly: false,
        session: "s",
        refusalStyle: "result",
        holdTimeoutMs: 1000,
        enforced: true,
      },
      ports: {
        scan: {
          inspect: () => Promise.resolve({ report: EMPTY_REPORT }),
          fits: () => Promise.resolve("fits"),
        },
        policy: {
          decide: ({ resource }) => Promise.resolve(resource.name === "forbidden" ? decided("deny") : ALLOW),
          hidesTools: false,
          hidden: () => Promise.resolve([]),
        },
        ledger: {
          record: (request) => Promise.resolve({ ...write(request), settled: settleCall(request) }),
          write: (request) => Promise.resolve(write(request)),
          answers: () => Promise.resolve([]),
          attest: () => Promise.resolve(""),
        },
        client: (line) => lane.send(line),
        upstream: (line) => {
          const message: JsonObject = JSON.parse(line);
          this.toUpstream.push(message);
          if (message.method === "initialize") {
            this.say({ jsonrpc: "2.0", id: message.id ?? 0, result: { protocolVersion: "2025-11-25" } });
          }
        },
        log: () => {},
        clock: systemClock,
        pause,
      },
    });
  }

  take: ClientSession["take"] = (frame, place) => this.#gate.fromClient(frame, place);
  room = () => this.#gate.room();
  close = () => Promise.resolve();

  say(message: JsonObject): void {
    const bytes = new TextEncoder().encode(encodeFrame(message).trimEnd());
    this.#gate.fromUpstream({
      kind: "read",
      incoming: readFrame({ kind: "line", bytes }),
      bytes: bytes.length,
    });
  }
}

interface Scene {
  readonly front: Front<Caller>;
  readonly sessions: Gated[];
}

function scene(): Scene {
  const sessions: Gated[] = [];
  const open = (_caller: Caller, lane: ClientLane) => {
    const session = new Gated(lane);
    sessions.push(session);
    return Promise.resolve({ kind: "session", session } as const);
  };
  const { options } = new House();
  return { sessions, front: new Front({ ...options, sessions: { open, shared: open } }, 8080) };
}

Deno.test("modern clients that use one id at once are told apart all the way to the upstream and back", async () => {
  const { front, sessions } = scene();
  const posted = ["one", "two"].map((name) => front.handle(ask(modernCall(1, name)), PEER));
  await settle();
  const sent = sessions[0]?.toUpstream ?? [];
  assertEquals(sent.map(({ id }) => id), [1, 2]);
  for (const { id, params } of sent.toReversed()) {
    sessions[0]?.say({ jsonrpc: "2.0", id: id as number, result: { of: (params as JsonObject).name ?? "" } });
  }
  const got = await Promise.all(posted.map(async (answer) => await jsonOf(await answer)));
  assertEquals(got.map(({ id, result }) => [id, result]), [[1, { of: "one" }], [1, { of: "two" }]]);
});

Deno.test("a stream that its modern client closes cancels the call at the upstream, with entries for both", async () => {
  const { front, sessions } = scene();
  const asking = modernCall(5, "slow");
  const body = structuredClone(asking.body) as { params: { _meta: Record<string, unknown> } };
  body.params._meta.progressToken = "mine";
  const posted = front.handle(ask({ ...asking, body: body as unknown as JsonObject }), PEER);
  await settle();
  const [session] = sessions;
  session?.say(notice("notifications/progress", { progressToken: 1, progress: 1 }));
  const events = new Events((await posted).body);
  assertEquals((await events.message()).params, { progressToken: "mine", progress: 1 });
  await events.cut();
  await settle();
  assertEquals(session?.toUpstream.at(-1)?.method, "notifications/cancelled");
  assertEquals((session?.toUpstream.at(-1)?.params as JsonObject).requestId, 1);
  await settle();
  const entries = session?.entries.flatMap((entry) => entry.type === "call" ? [entry.form] : []);
  assertEquals(entries, ["request", "notice"]);
  // The answer that crossed the cancellation is nobody's.
  session?.say({ jsonrpc: "2.0", id: 1, result: {} });
  await settle();
  assertEquals(session?.entries.at(-1)?.type, "incident");
});

Deno.test("a refused call is answered in its own exchange, and never reaches the upstream", async () => {
  const { front, sessions } = scene();
  const answer = await front.handle(ask(modernCall(9, "forbidden")), PEER);
  const { id, result } = await jsonOf(answer) as {
    id: number;
    result: { isError: boolean; resultType: string };
  };
  assertEquals([answer.status, id, result.isError, result.resultType], [200, 9, true, "complete"]);
  assertEquals(sessions[0]?.toUpstream, []);
});

Deno.test("an id that a legacy client uses twice at once is refused with 400, and its first call goes on", async () => {
  const { front, sessions } = scene();
  const headers = await openSession(front);
  const first = front.handle(ask({ headers, body: call(3, "slow") }), PEER);
  await settle();
  const twin = await front.handle(ask({ headers, body: call(3, "slow") }), PEER);
  assertEquals([twin.status, (await jsonOf(twin)).id], [400, null]);
  sessions[0]?.say({ jsonrpc: "2.0", id: 2, result: { good: true } });
  assertEquals(await jsonOf(await first), { jsonrpc: "2.0", id: 3, result: { good: true } });
});

Deno.test("a legacy client cancels by a message: the upstream is told, and the call's own exchange ends without an answer", async () => {
  const { front, sessions } = scene();
  const headers = await openSession(front);
  const first = front.handle(ask({ headers, body: call(3, "slow") }), PEER);
  await settle();
  await front.handle(ask({ headers, body: notice("notifications/cancelled", { requestId: 3 }) }), PEER);
  const answer = await first;
  assertEquals((await new Events(answer.body).rest()).map(({ data }) => data), [""]);
  assertEquals(sessions[0]?.toUpstream.at(-1), notice("notifications/cancelled", { requestId: 2 }));
});

Deno.test("what the upstream asks a legacy client goes out on its stream, and the client's answer goes back", async () => {
  const { front, sessions } = scene();
  const headers = await openSession(front);
  const events = new Events((await front.handle(ask({ method: "GET", headers }), PEER)).body);
  sessions[0]?.say({ jsonrpc: "2.0", id: "q", method: "roots/list" });
  const { id } = await events.message();
  const answer = { jsonrpc: "2.0", id: id ?? 0, result: { roots: [] } };
  assertEquals((await front.handle(ask({ headers, body: answer }), PEER)).status, 202);
  await settle();
  assertEquals(sessions[0]?.toUpstream.at(-1), { jsonrpc: "2.0", id: "q", result: { roots: [] } });
  await events.cut();
});
