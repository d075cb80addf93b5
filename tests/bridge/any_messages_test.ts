/** Whatever both sides send, in whatever order: nobody is answered twice, nobody by another, and nothing is left over. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { JsonObject, JsonValue } from "../../lib/base/mod.ts";
import { call, notice, request } from "../gate/_harness.ts";
import { ABLE, BridgeBench, frameOf, meta, modern, modernCall, Place, question } from "./_harness.ts";

type Step =
  | { readonly kind: "call"; readonly method: number; readonly reuse: boolean }
  | { readonly kind: "cancel"; readonly which: number }
  | {
    readonly kind: "come-back";
    readonly which: number;
    readonly answers: JsonObject;
    readonly forged: boolean;
  }
  | { readonly kind: "answer-question"; readonly which: number; readonly fails: boolean }
  | { readonly kind: "ask"; readonly about: number; readonly id: number; readonly method: number }
  | { readonly kind: "reply"; readonly which: number; readonly result: JsonObject }
  | { readonly kind: "fail"; readonly which: number; readonly code: number }
  | { readonly kind: "tell"; readonly method: number; readonly params: JsonObject }
  | { readonly kind: "wait"; readonly ms: number };

const METHODS = [
  "tools/call",
  "prompts/get",
  "tools/list",
  "subscriptions/listen",
  "resources/subscribe",
  "ping",
  "x/y",
];
const QUESTIONS = [
  "elicitation/create",
  "roots/list",
  "sampling/createMessage",
  "ping",
  "tasks/get",
  "tools/call",
];
const NOTICES = [
  "notifications/progress",
  "notifications/message",
  "notifications/cancelled",
  "notifications/tools/list_changed",
  "notifications/resources/updated",
  "notifications/subscriptions/acknowledged",
  "x/told",
];

const small = fc.nat(5);
const params = fc.dictionary(
  fc.constantFrom("uri", "requestId", "progressToken", "level", "_meta", "notifications"),
  fc.oneof(small, fc.constantFrom("a:1", "debug", "secret-1"), fc.constant({}), fc.constant(null)),
) as fc.Arbitrary<JsonObject>;
const form: JsonObject = { method: "elicitation/create", params: { message: "?", requestedSchema: {} } };
const result: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.constant<JsonObject>({ resultType: "complete", content: [] }),
  fc.constant<JsonObject>({ content: [] }),
  fc.record({ resultType: fc.constant("input_required"), inputRequests: fc.constant({ a: form, b: form }) }),
  fc.constant<JsonObject>({ resultType: "input_required", requestState: "s" }),
  fc.constant<JsonObject>({
    resultType: "input_required",
    inputRequests: { a: { method: "roots/list" } },
    requestState: "s",
  }),
  fc.constant<JsonObject>({ resultType: "input_required", inputRequests: [] }),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("call" as const), method: small, reuse: fc.boolean() }),
  fc.record({ kind: fc.constant("cancel" as const), which: small }),
  fc.record({
    kind: fc.constant("come-back" as const),
    which: small,
    answers: fc.constantFrom<JsonObject>({ q1: { action: "accept" } }, {}, { q1: {}, q2: {} }, { q1: 1 }),
    forged: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("answer-question" as const), which: small, fails: fc.boolean() }),
  fc.record({ kind: fc.constant("ask" as const), about: small, id: small, method: small }),
  fc.record({ kind: fc.constant("reply" as const), which: small, result }),
  fc.record({
    kind: fc.constant("fail" as const),
    which: small,
    code: fc.constantFrom(-32601, -32042, -32002, 1),
  }),
  fc.record({ kind: fc.constant("tell" as const), method: fc.nat(6), params }),
  fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(20, 100, 30_000, 600_000) }),
);

/** Two clients that use the same ids, over HTTP, and a count of what each request of theirs got. */
class World {
  readonly bench = new BridgeBench();
  readonly isModern: boolean;
  /** Each request, with where its answer goes. */
  readonly asked: { readonly place: Place; readonly id: number; readonly method: string }[] = [];
  readonly states: { readonly state: string; readonly method: string }[] = [];
  #lastId = 0;

  constructor(isModern: boolean) {
    this.isModern = isModern;
  }

  async open(): Promise<void> {
    if (this.isModern) await this.bench.legacyServer(modern("d", "server/discover"), new Place("x0"));
    else await this.bench.modernServer({ place: new Place("") });
  }

  async do(step: Step): Promise<void> {
    const { bench } = this;
    switch (step.kind) {
      case "call":
        return await this.ask(METHODS[step.method] ?? "x/y", {}, step.reuse);
      case "cancel": {
        const one = this.asked.at(-1 - step.which);
        if (one === undefined) return;
        return await bench.client(
          notice("notifications/cancelled", { requestId: one.id }),
          new Place(one.place.scope),
        );
      }
      case "come-back": {
        const known = this.states.at(-1 - step.which);
        const state = step.forged ? "forged" : known?.state ?? "none";
        return await this.ask(known?.method ?? "tools/call", {
          requestState: state,
          inputResponses: step.answers,
        }, false);
      }
      case "answer-question":
        return await this.#answerQuestion(step.which, step.fails);
      case "ask":
        return await bench.upstream(
          question(step.id, QUESTIONS[step.method], { messages: [] }),
          this.#forwarded().at(-1 - step.about),
        );
      case "reply":
        return await bench.answer({ id: this.#forwarded().at(-1 - step.which) ?? 0 }, step.result);
      case "fail":
        return await bench.fail({ id: this.#forwarded().at(-1 - step.which) ?? 0 }, step.code, {
          data: { elicitations: [{ mode: "url", url: "a:b", message: "?" }] },
        });
      case "tell":
        return await bench.upstream(notice(NOTICES[step.method] ?? "x/told", step.params));
      case "wait":
        return await bench.advance(step.ms);
    }
  }

  async ask(method: string, more: JsonObject, reuse: boolean): Promise<void> {
    const id = reuse ? this.#lastId : ++this.#lastId;
    const place = new Place(this.isModern ? `x${this.asked.length + 1}` : "");
    const isDuplicate = !this.isModern &&
      this.asked.some((one) => one.id === id && one.place.replies.length === 0);
    if (!isDuplicate) this.asked.push({ place, id, method });
    const own = { name: "t", uri: "a:1", notifications: { resourceSubscriptions: ["a:1"] }, ...more };
    await this.bench.client(
      this.isModern ? modern(id, method, own, meta(ABLE)) : request(id, method, own),
      place,
    );
    for (const reply of place.replies) this.#remember(reply, method);
  }

  /** Answers all that the upstream was asked, until nothing more comes of it. */
  async finish(): Promise<void> {
    for (let turn = 0; turn < 40; turn++) {
      await this.bench.advance(700_000);
      const open = this.#forwarded();
      for (const id of open) {
        this.bench.gate.fromUpstream(
          frameOf({ jsonrpc: "2.0", id, result: { resultType: "complete", content: [] } }),
        );
      }
      await this.bench.settle();
      if (this.isModern) continue;
      for (const { place } of this.asked) {
        for (const { id, method } of place.beside_) {
          if (id !== undefined && method !== undefined) {
            await this.bench.client({ jsonrpc: "2.0", id, result: {} }, new Place(""));
          }
        }
      }
    }
  }

  #remember(reply: JsonObject | undefined, method: string): void {
    const state = (reply?.result as JsonObject | undefined)?.requestState;
    if (typeof state === "string") this.states.push({ state, method });
  }

  async #answerQuestion(which: number, fails: boolean): Promise<void> {
    const questions = this.asked.flatMap(({ place }) => place.beside_).filter(({ id, method }) =>
      id !== undefined && method !== undefined
    );
    const id: JsonValue = questions.at(-1 - which)?.id ?? which;
    const outcome = fails ? { error: { code: 1, message: "no" } } : { result: { action: "accept" } };
    await this.bench.client({ jsonrpc: "2.0", id, ...outcome }, new Place(this.isModern ? "x0" : ""));
  }

  /** What the upstream was asked, by the ids that it knows. */
  #forwarded(): number[] {
    return this.bench.toUpstream.flatMap(({ id, method }) =>
      typeof id === "number" && method !== undefined && method !== "subscriptions/listen" ? [id] : []
    );
  }
}

for (
  const [name, isModern] of [["a modern client and a legacy server", true], [
    "a legacy client and a modern server",
    false,
  ]] as const
) {
  Deno.test(`${name} that send anything: each request gets one answer at most, and one in the end`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const world = new World(isModern);
        await world.open();
        for (const one of steps) await world.do(one);
        await world.finish();
        for (const { place, id, method } of world.asked) {
          assert(place.replies.length <= 1, `${method} was answered ${place.replies.length} times`);
          for (const reply of place.replies) {
            assert(reply === undefined || [id, null].includes(reply.id as number));
          }
          if (method !== "subscriptions/listen") assertEquals(place.replies.length, 1, method);
        }
        assertEquals(world.bench.log.filter((line) => line.includes("internal error")), []);
        world.bench.bridge.clientDone();
        for (let turn = 0; turn < 3; turn++) await world.finish();
      }),
      { numRuns: 150 },
    );
  });
}

Deno.test("what passes through the bridge before it knows anything is not read twice, nor changed", async () => {
  const bench = new BridgeBench();
  const odd = call(1, "t", { n: 1 });
  await bench.client(odd);
  assertEquals(bench.sent(), { ...odd, id: 1 });
  await bench.client(modernCall("m"));
  assertEquals(bench.sent().method, "server/discover");
});
