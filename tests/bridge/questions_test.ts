/** Questions of a legacy server to a modern client: rounds, and who may take a call up again. */
import { assertEquals, assertNotEquals } from "@std/assert";
import type { JsonObject } from "../../lib/base/mod.ts";
import { decided, notice, request, result } from "../gate/_harness.ts";
import {
  ABLE,
  BridgeBench,
  frameOf,
  LEVEL,
  meta,
  modern,
  modernCall,
  Place,
  question,
  SERVER,
  SERVER_INFO,
} from "./_harness.ts";

const GATHER_MS = 20;

async function ready(decide?: ConstructorParameters<typeof BridgeBench>[0]): Promise<BridgeBench> {
  const bench = new BridgeBench(decide);
  await bench.legacyServer(modern("d", "server/discover"));
  return bench;
}

/** What the client was asked last. */
function asked(message: JsonObject | undefined): { readonly state: string; readonly questions: JsonObject } {
  const { resultType, requestState, inputRequests } = message?.result as JsonObject;
  assertEquals(resultType, "input_required");
  return { state: requestState as string, questions: inputRequests as JsonObject };
}

function retry(
  id: number | string,
  state: string,
  inputResponses: JsonObject,
  more: JsonObject = {},
): JsonObject {
  return modernCall(id, "t", { requestState: state, inputResponses, ...more });
}

/** A call with one question, up to where the client has it. */
async function suspended(
  bench: BridgeBench,
  id: number | string = 1,
): Promise<{ state: string; upstreamId: number }> {
  await bench.client(modernCall(id));
  const upstreamId = Number(bench.sent("tools/call").id);
  await bench.upstream(question(`q-${id}`), upstreamId);
  await bench.advance(GATHER_MS);
  return { state: asked(bench.got()).state, upstreamId };
}

function codeOf(message: JsonObject | undefined): unknown {
  return (message?.error as JsonObject | undefined)?.code;
}

Deno.test("several questions at once are one round, and the answers go to the server that waits", async () => {
  const bench = await ready();
  await bench.client(modernCall(1));
  const { id } = bench.sent("tools/call");
  await bench.upstream(question("form", "elicitation/create", { _meta: { progressToken: 3 } }));
  await bench.upstream(question("s", "sampling/createMessage", { messages: [], maxTokens: 1 }));
  await bench.upstream(request("r", "roots/list"));
  assertEquals(bench.toClient.length, 1);
  await bench.advance(GATHER_MS);
  assertEquals(
    bench.got(),
    result(1, {
      resultType: "input_required",
      inputRequests: {
        q1: {
          method: "elicitation/create",
          params: { message: "who?", requestedSchema: { type: "object" } },
        },
        q2: { method: "sampling/createMessage", params: { messages: [], maxTokens: 1 } },
        q3: { method: "roots/list" },
      },
      requestState: "secret-1",
      _meta: { [SERVER]: SERVER_INFO },
    }),
  );
  const answers = {
    q1: { action: "accept", content: { n: 1 } },
    q2: { role: "assistant" },
    q3: { roots: [] },
  };
  await bench.client(retry(2, "secret-1", { ...answers, more: {} }));
  assertEquals(bench.toUpstream.slice(-3), [
    result("form", answers.q1),
    result("s", answers.q2),
    result("r", answers.q3),
  ]);
  await bench.answer({ id: id ?? null }, { content: [] });
  assertEquals([bench.got().id, (bench.got().result as JsonObject).resultType], [2, "complete"]);
  assertEquals(bench.calls().slice(-4), [
    "tools/call",
    "elicitation/create",
    "sampling/createMessage",
    "roots/list",
  ]);
});

Deno.test("one round after the other, each with a state of its own that counts once", async () => {
  const bench = await ready();
  const { state, upstreamId } = await suspended(bench);
  await bench.client(retry(2, state, { q1: { action: "accept" } }));
  await bench.upstream(question("again"));
  await bench.advance(GATHER_MS);
  const next = asked(bench.got());
  assertNotEquals(next.state, state);
  assertEquals(Object.keys(next.questions), ["q2"]);
  await bench.client(retry(3, state, { q2: { action: "accept" } }));
  assertEquals(codeOf(bench.got()), -32602);
  await bench.client(retry(4, next.state, { q2: { action: "decline" } }));
  await bench.answer({ id: upstreamId }, { content: [] });
  assertEquals(bench.got().id, 4);
});

Deno.test("what is not answered is asked again, and the server waits for it", async () => {
  const bench = await ready();
  await bench.client(modernCall(1));
  await bench.upstream(question("a"));
  await bench.upstream(question("b"));
  await bench.advance(GATHER_MS);
  await bench.client(retry(2, asked(bench.got()).state, { q2: { action: "accept" } }));
  assertEquals(bench.sent(), result("b", { action: "accept" }));
  const again = asked(bench.got());
  assertEquals([bench.got().id, Object.keys(again.questions)], [2, ["q1"]]);
  await bench.client(retry(3, again.state, { q1: { action: "cancel" } }));
  assertEquals(bench.sent(), result("a", { action: "cancel" }));
});

Deno.test("a server that does not wait for the answers: its reply is there when the client comes back", async () => {
  const bench = await ready();
  const { state, upstreamId } = await suspended(bench);
  const before = bench.toClient.length;
  await bench.answer({ id: upstreamId }, { content: [], n: 1 });
  await bench.answer({ id: upstreamId }, { content: [], n: 2 });
  assertEquals(bench.toClient.length, before);
  await bench.client(retry(2, state, { q1: { action: "accept" } }));
  assertEquals([bench.got().id, (bench.got().result as JsonObject).n], [2, 1]);
});

Deno.test("a question that comes with the reply or behind it is not put to anybody", async () => {
  const bench = await ready();
  await bench.client(modernCall(1));
  const { id } = bench.sent("tools/call");
  await bench.upstream(question("late"));
  await bench.answer({ id: id ?? null }, { content: [] });
  assertEquals((bench.got().result as JsonObject).resultType, "complete");
  assertEquals(bench.sent().id, "late");
  assertEquals(codeOf(bench.sent()), -32603);
  await bench.advance(GATHER_MS);
  await bench.upstream(question("later"), Number(id));
  assertEquals([bench.sent().id, codeOf(bench.sent())], ["later", -32603]);
  assertEquals(bench.toClient.filter(({ id }) => id === 1).length, 1);
});

const REFUSED: readonly (readonly [name: string, message: (state: string) => JsonObject])[] = [
  ["a state that nobody gave out", () => retry(2, "forged", { q1: {} })],
  ["a state that is no text", () => modernCall(2, "t", { requestState: { secret: 1 }, inputResponses: {} })],
  ["an empty state", () => retry(2, "", { q1: {} })],
  ["a stuffed state", (state) => retry(2, state.padEnd(1_000_000, "x"), { q1: {} })],
  ["another tool", (state) => modernCall(2, "other", { requestState: state, inputResponses: { q1: {} } })],
  ["other arguments", (state) => retry(2, state, { q1: {} }, { arguments: { n: 1 } })],
  ["another member", (state) => retry(2, state, { q1: {} }, { task: {} })],
  [
    "another method",
    (state) => modern(2, "prompts/get", { name: "t", requestState: state, inputResponses: {} }),
  ],
  ["responses that are none", (state) => retry(2, state, { q1: "yes" })],
];

for (const [name, message] of REFUSED) {
  Deno.test(`a retry with ${name} is refused; the call stays, for whoever has the right to it`, async () => {
    const bench = await ready();
    const { state } = await suspended(bench);
    const before = bench.toUpstream.length;
    await bench.client(message(state));
    assertEquals([bench.got().id, codeOf(bench.got())], [2, -32602]);
    assertEquals(bench.toUpstream.length, before);
    await bench.client(retry(3, state, { q1: { action: "accept" } }));
    assertEquals(bench.sent(), result("q-1", { action: "accept" }));
  });
}

Deno.test("a state is of its own session alone", async () => {
  const mine = await ready(), other = await ready();
  await suspended(mine);
  await other.client(retry(2, "secret-1", { q1: {} }));
  assertEquals(codeOf(other.got()), -32602);
});

Deno.test("names of questions that the client makes up reach nobody", async () => {
  const bench = await ready();
  const { state } = await suspended(bench);
  const before = bench.toUpstream.length;
  await bench.client(retry(2, state, JSON.parse('{"__proto__": {"q1": {}}, "constructor": {}, "q2": {}}')));
  assertEquals(bench.toUpstream.length, before);
  assertEquals(Object.keys(asked(bench.got()).questions), ["q1"]);
});

const NOT_ABLE:
  readonly (readonly [name: string, capabilities: JsonObject, method: string, params: JsonObject])[] = [
    ["forms, and is asked for roots", { elicitation: {} }, "roots/list", {}],
    ["forms, and is asked to open a URL", { elicitation: {} }, "elicitation/create", {
      mode: "url",
      url: "u:v",
    }],
    ["URLs, and is asked to fill in a form", { elicitation: { url: {} } }, "elicitation/create", {}],
    ["sampling, and is asked to use tools", { sampling: {} }, "sampling/createMessage", {
      messages: [],
      tools: [],
    }],
    ["nothing, and is asked for a mode that there is not", ABLE, "elicitation/create", {
      mode: "constructor",
    }],
  ];

for (const [name, capabilities, method, params] of NOT_ABLE) {
  Deno.test(`a client that has said it can do ${name}: the server is told`, async () => {
    const bench = await ready();
    await bench.client(modernCall(1, "t", {}, meta(capabilities)));
    await bench.upstream(question("q", method, params));
    assertEquals([bench.sent().id, codeOf(bench.sent())], ["q", -32601]);
    await bench.advance(GATHER_MS);
    assertEquals(bench.toClient.length, 1);
  });
}

Deno.test("a question is put to the client on whose stream it came, and to no other", async () => {
  const bench = await ready();
  const one = new Place("x1"), other = new Place("x2");
  await bench.client(modernCall(1), one);
  await bench.client(modernCall(1), other);
  const [, second] = bench.toUpstream.filter(({ method }) => method === "tools/call").map(({ id }) =>
    Number(id)
  );
  await bench.upstream(question("q"), second);
  await bench.advance(GATHER_MS);
  assertEquals([one.replies.length, other.replies.length], [0, 1]);
});

Deno.test("what comes on the stream of a call that has ended is about no other: neither a question, nor a line of the log", async () => {
  const bench = await ready();
  const one = new Place("x1"), other = new Place("x2"), logs = meta(ABLE, { [LEVEL]: "debug" });
  await bench.client(modernCall(1, "one", {}, logs), one);
  const ended = Number(bench.sent("tools/call").id);
  await bench.client(modernCall(1, "other", {}, logs), other);
  await bench.client(notice("notifications/cancelled", { requestId: 1 }), one);
  await bench.upstream(question("q"), ended);
  await bench.upstream(notice("notifications/message", { level: "error", data: "about one" }), ended);
  await bench.advance(GATHER_MS);
  assertEquals([other.replies, other.beside_], [[], []]);
  assertEquals([bench.sent().id, (bench.sent().error as JsonObject).code], ["q", -32603]);
});

Deno.test("a line of the log may be about a call whose client is being asked: no other hears it", async () => {
  const bench = await ready();
  const one = new Place("x1"), other = new Place("x2"), logs = meta(ABLE, { [LEVEL]: "debug" });
  await bench.client(modernCall(1, "one", {}, logs), one);
  await bench.upstream(question("q"), Number(bench.sent("tools/call").id));
  await bench.advance(GATHER_MS);
  await bench.client(modernCall(1, "other", {}, logs), other);
  await bench.upstream(notice("notifications/message", { level: "error", data: "about whom?" }));
  assertEquals(other.beside_, []);
});

Deno.test("a question that could be about two calls is put to nobody", async () => {
  const bench = await ready();
  const one = new Place("x1"), other = new Place("x2");
  await bench.client(modernCall(1), one);
  await bench.client(modernCall(1), other);
  await bench.upstream(question("q"));
  assertEquals([bench.sent().id, codeOf(bench.sent())], ["q", -32603]);
  await bench.advance(GATHER_MS);
  assertEquals([one.replies, other.replies, bench.toClient.length], [[], [], 1]);
});

Deno.test("a call that is suspended still counts as one that a question may be about", async () => {
  const bench = await ready();
  await suspended(bench, 1);
  await bench.client(modernCall(2));
  await bench.upstream(question("whose"));
  assertEquals([bench.sent().id, codeOf(bench.sent())], ["whose", -32603]);
});

Deno.test("a question while only lists are under way is put to nobody", async () => {
  const bench = await ready();
  await bench.client(modern(1, "tools/list"));
  await bench.upstream(question("q"));
  assertEquals([bench.sent().id, codeOf(bench.sent())], ["q", -32603]);
  await bench.upstream(question("q2"), Number(bench.sent("tools/list").id));
  assertEquals([bench.sent().id, codeOf(bench.sent())], ["q2", -32603]);
});

Deno.test("several calls are suspended at once, and each goes on with its own answers", async () => {
  const bench = await ready();
  const one = await suspended(bench, "a"), two = await suspended(bench, "b");
  await bench.client(retry("b2", two.state, { q1: { action: "decline" } }));
  await bench.client(retry("a2", one.state, { q1: { action: "accept" } }));
  assertEquals(bench.toUpstream.slice(-2), [
    result("q-b", { action: "decline" }),
    result("q-a", { action: "accept" }),
  ]);
  await bench.answer({ id: one.upstreamId }, { content: [], of: "a" });
  await bench.answer({ id: two.upstreamId }, { content: [], of: "b" });
  assertEquals(bench.toClient.slice(-2).map(({ id, result }) => [id, (result as JsonObject).of]), [
    ["a2", "a"],
    ["b2", "b"],
  ]);
});

Deno.test("roots that are asked for too early are asked of the first call, before it leaves", async () => {
  const bench = await ready();
  await bench.upstream(request("r", "roots/list"));
  await bench.client(modern(1, "tools/list"));
  await bench.answer(bench.sent("tools/list"), { tools: [] });
  await bench.client(modernCall(2));
  const { state } = asked(bench.got());
  assertEquals(bench.toUpstream.some(({ method }) => method === "tools/call"), false);
  await bench.client(retry(3, state, { q1: { roots: [] } }));
  assertEquals(bench.toUpstream.slice(-2).map(({ id, method }) => [id, method]), [
    ["r", undefined],
    [bench.sent("tools/call").id, "tools/call"],
  ]);
  await bench.answer(bench.sent("tools/call"), { content: [] });
  assertEquals(bench.got().id, 3);
});

Deno.test("where several clients share a session nobody answers for the roots of all", async () => {
  const bench = await ready();
  await bench.client(modern(1, "tools/list"), new Place("x1"));
  await bench.upstream(request("r", "roots/list"));
  assertEquals([bench.sent().id, codeOf(bench.sent())], ["r", -32603]);
});

Deno.test("URLs that a server wants opened first are questions, and the call is made once more behind them", async () => {
  const bench = await ready();
  await bench.client(modernCall(1));
  const elicitations = [{ mode: "url", elicitationId: "e", url: "https://a.example/", message: "sign in" }];
  await bench.fail(bench.sent(), -32042, { data: { elicitations } });
  const { state, questions } = asked(bench.got());
  assertEquals(questions, {
    q1: {
      method: "elicitation/create",
      params: { mode: "url", url: "https://a.example/", message: "sign in" },
    },
  });
  await bench.client(retry(2, state, { q1: { action: "accept" } }));
  assertEquals(bench.calls().filter((method) => method === "tools/call").length, 2);
  await bench.answer(bench.sent("tools/call"), { content: [] });
  assertEquals([bench.got().id, (bench.got().result as JsonObject).resultType], [2, "complete"]);
});

Deno.test("a URL that the client does not open: the call comes to the error that named it, and is not made again", async () => {
  const bench = await ready();
  for (const [n, action] of ["decline", "cancel"].entries()) {
    await bench.client(modernCall(`a${n}`));
    const elicitations = [{ mode: "url", elicitationId: "e", url: "https://a.example/", message: "sign in" }];
    await bench.fail(bench.sent(), -32042, { data: { elicitations } });
    const { state, questions } = asked(bench.got()), sent = bench.toUpstream.length;
    await bench.client(retry(`b${n}`, state, { [Object.keys(questions)[0] ?? ""]: { action } }));
    assertEquals([bench.got().id, codeOf(bench.got()), bench.toUpstream.length], [`b${n}`, -32603, sent]);
  }
});

Deno.test("the server takes a question back: it is not asked, and its answer goes nowhere", async () => {
  const bench = await ready();
  await bench.client(modernCall(1));
  await bench.upstream(question("q"));
  await bench.upstream(notice("notifications/cancelled", { requestId: "q" }));
  await bench.advance(GATHER_MS);
  assertEquals(bench.toClient.length, 1);
  await bench.upstream(question("q2"));
  await bench.advance(GATHER_MS);
  const { state } = asked(bench.got());
  await bench.upstream(notice("notifications/cancelled", { requestId: "q2" }));
  const before = bench.toUpstream.length;
  await bench.client(retry(2, state, { q2: { action: "accept" } }));
  assertEquals(bench.toUpstream.length, before);
  await bench.answer(bench.sent("tools/call"), { content: [] });
  assertEquals(bench.got().id, 2);
});

Deno.test("a suspended call that is cancelled ends at the server, and its question with it", async () => {
  const bench = await ready();
  const { state, upstreamId } = await suspended(bench);
  await bench.client(notice("notifications/cancelled", { requestId: 1, reason: "enough" }));
  assertEquals(bench.toUpstream.slice(-2).map(({ id, method }) => [id, method]), [
    [undefined, "notifications/cancelled"],
    ["q-1", undefined],
  ]);
  assertEquals(bench.sent("notifications/cancelled").params, { requestId: upstreamId, reason: "enough" });
  assertEquals(codeOf(bench.sent()), -32603);
  await bench.client(retry(2, state, { q1: {} }));
  assertEquals(codeOf(bench.got()), -32602);
});

Deno.test("an id that was answered with questions, and then used again, is that of the newer request", async () => {
  const bench = await ready();
  const { state } = await suspended(bench);
  await bench.client(modernCall(1));
  const second = bench.sent("tools/call").id ?? null;
  await bench.answer({ id: second }, { content: [] });
  assertEquals((bench.got().result as JsonObject).resultType, "complete");
  // Crossed its answer: it is about nothing any more, and least of all about the older call.
  await bench.client(notice("notifications/cancelled", { requestId: 1 }));
  await bench.client(modernCall(1));
  assertEquals(bench.calls().filter((method) => method === "tools/call").length, 3);
  await bench.client(retry(2, state, { q1: { action: "accept" } }));
  assertEquals(bench.sent(), result("q-1", { action: "accept" }));
});

Deno.test("an id that was answered with questions, and then used to take up another call, is that call's", async () => {
  const bench = await ready();
  const { state } = await suspended(bench);
  const { state: other, upstreamId } = await suspended(bench, 5);
  await bench.client(retry(1, other, { q1: { action: "accept" } }));
  await bench.answer({ id: upstreamId }, { content: [] });
  await bench.client(notice("notifications/cancelled", { requestId: 1 }));
  await bench.client(retry(2, state, { q1: { action: "decline" } }));
  assertEquals(bench.sent(), result("q-1", { action: "decline" }));
});

Deno.test("a stream that closes on a call with a question ends both, and nothing is answered", async () => {
  const bench = await ready();
  const place = new Place("x1");
  await bench.client(modernCall(1), place);
  const { id } = bench.sent("tools/call");
  await bench.upstream(question("q"), Number(id));
  await bench.client(notice("notifications/cancelled", { requestId: 1 }), new Place("x1"));
  await bench.advance(GATHER_MS);
  assertEquals(place.replies, [undefined]);
  assertEquals(bench.toUpstream.slice(-2).map((message) => message.method ?? message.id), [
    "notifications/cancelled",
    "q",
  ]);
});

Deno.test("an upstream that leaves while a call is suspended: the client hears of it when it comes back", async () => {
  const bench = await ready();
  const { state } = await suspended(bench);
  bench.gate.upstreamExited(9, false);
  await bench.settle();
  await bench.client(retry(2, state, { q1: { action: "accept" } }));
  assertEquals(bench.got().error, {
    code: -32603,
    message: "The MCP server ended before it answered (exit code 9)",
  });
});

Deno.test("a client that never comes back is waited for ten minutes", async () => {
  const bench = await ready();
  const { state, upstreamId } = await suspended(bench);
  for (let half = 0; half < 19; half++) await bench.advance(30_000);
  assertEquals(bench.toUpstream.some(({ method }) => method === "notifications/cancelled"), false);
  await bench.advance(30_000);
  await bench.advance(30_000);
  assertEquals(bench.sent("notifications/cancelled").params, {
    requestId: upstreamId,
    reason: "no answer came",
  });
  await bench.client(retry(2, state, { q1: {} }));
  assertEquals(codeOf(bench.got()), -32602);
});

Deno.test("a client that sends nothing more is not waited for", async () => {
  const bench = await ready();
  const { upstreamId } = await suspended(bench);
  await bench.client(modernCall(2));
  const second = Number(bench.sent("tools/call").id);
  bench.bridge.clientDone();
  await bench.settle();
  assertEquals(bench.sent("notifications/cancelled").params, {
    requestId: upstreamId,
    reason: "no answer came",
  });
  await bench.upstream(question("q"), second);
  await bench.advance(GATHER_MS);
  assertEquals(bench.sent("notifications/cancelled").params, {
    requestId: second,
    reason: "the client has left",
  });
  // It sends nothing more, and may still read: each request of it has an answer.
  assertEquals([bench.got().id, (bench.got().error as JsonObject).code], [2, -32603]);
  await bench.gate.idle();
});

Deno.test("a client that turns to the legacy era leaves no call of the modern one waiting for it", async () => {
  const bench = await ready();
  const { upstreamId } = await suspended(bench);
  await bench.client(request(9, "initialize", { protocolVersion: "2025-11-25", capabilities: {} }));
  assertEquals(bench.sent("notifications/cancelled").params, {
    requestId: upstreamId,
    reason: "no answer came",
  });
});

Deno.test("a long request is compared with its retry like a short one", async () => {
  const bench = await ready();
  const long = { arguments: { blob: "b".repeat(300_000) } };
  await bench.client(modernCall(1, "t", long));
  await bench.upstream(question("q"));
  await bench.advance(GATHER_MS);
  const { state } = asked(bench.got());
  await bench.client(retry(2, state, { q1: { action: "accept" } }));
  assertEquals(codeOf(bench.got()), -32602);
  await bench.client(retry(3, state, { q1: { action: "accept" } }, long));
  assertEquals(bench.sent(), result("q", { action: "accept" }));
});

Deno.test("a server that asks without end is answered for by us, and the client gets what it can read", async () => {
  const bench = await ready();
  await bench.client(modernCall(1));
  for (let n = 0; n < 2_000; n++) bench.gate.fromUpstream(frameOf(question(n)));
  await bench.settle();
  await bench.advance(GATHER_MS);
  assertEquals(Object.keys(asked(bench.got()).questions).length, 32);
  const refused = bench.toUpstream.filter((message) => codeOf(message) === -32603);
  assertEquals(refused.length, 2_000 - 32);
});

Deno.test("questions of a size that nobody answers are not kept", async () => {
  const bench = await ready();
  await bench.client(modernCall(1));
  const huge = "h".repeat(3 * 1024 * 1024);
  await bench.upstream(question("a", "elicitation/create", { message: huge }));
  await bench.upstream(question("b", "elicitation/create", { message: huge }));
  assertEquals([bench.sent().id, codeOf(bench.sent())], ["b", -32603]);
});

Deno.test("more calls than anybody answers are not kept: the oldest goes", async () => {
  const bench = await ready();
  for (let n = 0; n < 257; n++) bench.bridge.take(frameOf(modernCall(n)));
  await bench.settle();
  const calls = bench.toUpstream.filter(({ method }) => method === "tools/call");
  for (const { id } of calls) bench.gate.fromUpstream(frameOf(question(`q-${id}`)), Number(id));
  await bench.settle();
  await bench.advance(GATHER_MS);
  const [first, second] = bench.toClient.slice(1).map((message) => asked(message).state);
  assertEquals(bench.sent("notifications/cancelled").params, {
    requestId: calls[0]?.id ?? null,
    reason: "no answer came",
  });
  await bench.client(retry("late", first ?? "", { q1: {} }));
  assertEquals(codeOf(bench.got()), -32602);
  await bench.client(retry("in time", second ?? "", { q1: { action: "accept" } }));
  assertEquals(bench.sent(), result(`q-${calls[1]?.id}`, { action: "accept" }));
});

Deno.test("ids of a size that nobody needs are not kept for many calls that rest", async () => {
  const bench = await ready();
  for (let n = 0; n < 5; n++) await suspended(bench, `${n}`.repeat(8 * 1024 * 1024));
  const states = bench.toClient.slice(-5).map((one) => (one.result as JsonObject).requestState as string);
  await bench.client(retry("early", states[0] ?? "", { q1: { action: "accept" } }));
  assertEquals(codeOf(bench.got()), -32602);
});

Deno.test("what a suspended call holds is bounded over all of them", async () => {
  const bench = await ready();
  const states: string[] = [];
  for (let n = 0; n < 12; n++) {
    const { state, upstreamId } = await suspended(bench, n);
    states.push(state);
    await bench.answer({ id: upstreamId }, {
      content: [{ type: "text", text: "r".repeat(4 * 1024 * 1024) }],
    });
  }
  await bench.client(modernCall("old", "t", { requestState: states[0] ?? "", inputResponses: { q1: {} } }));
  assertEquals(codeOf(bench.got()), -32602);
  await bench.client(modernCall("new", "t", { requestState: states[11] ?? "", inputResponses: { q1: {} } }));
  assertEquals((bench.got().result as JsonObject).resultType, "complete");
});

Deno.test("a question that the policy refuses is asked of nobody", async () => {
  const bench = await ready((method) => decided(method === "elicitation/create" ? "deny" : "allow"));
  await bench.client(modernCall(1));
  await bench.upstream(question("q"));
  await bench.advance(GATHER_MS);
  assertEquals([bench.sent().id, codeOf(bench.sent())], ["q", -31403]);
  assertEquals(bench.toClient.length, 1);
});

Deno.test("answers and rounds that no state goes with are not the server's to read", async () => {
  const bench = await ready();
  await bench.client(modernCall(1, "t", { inputResponses: { q1: { action: "accept" } } }));
  assertEquals(bench.sent().params, { name: "t", arguments: {} });
});
