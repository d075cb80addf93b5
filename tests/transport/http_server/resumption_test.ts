/** Whatever a legacy client loses its connections over, it gets each message once, if it comes back with what it saw. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Caller, Front, HttpAnswer } from "../../../lib/transport/http_server/mod.ts";
import { type ClientPlace, encodeFrame } from "../../../lib/wire/mod.ts";
import { ask, type Asking, call, Events, House, jsonOf, notice, openSession, settle } from "./_fake.ts";

const PEER = "127.0.0.1";
type HeadersSent = NonNullable<Asking["headers"]>;

/** A stream as its client follows it: reads until it is cut, and remembers the last event that it took in. */
class Followed {
  lastId: string | undefined;
  isOver = false;
  readonly #seen: unknown[];
  #events: Events | undefined;

  constructor(seen: unknown[]) {
    this.#seen = seen;
  }

  get isConnected(): boolean {
    return this.#events !== undefined;
  }

  follow({ body }: HttpAnswer): void {
    const events = new Events(body);
    this.#events = events;
    this.#read(events);
  }

  /** Not before it saw what it can come back with: the first event is there for that. */
  async cut(): Promise<void> {
    if (this.lastId === undefined) return;
    const events = this.#events;
    this.#events = undefined;
    await events?.cut();
  }

  async #read(events: Events): Promise<void> {
    for (let event = await events.next(); this.#events === events; event = await events.next()) {
      if (event === undefined) {
        this.#events = undefined;
        this.isOver = true;
        return;
      }
      this.lastId = event.id ?? this.lastId;
      if (event.data !== undefined && event.data !== "") this.#seen.push(markOf(JSON.parse(event.data)));
    }
  }
}

function markOf(
  { id, params }: { readonly id?: unknown; readonly params?: { readonly n: number } },
): unknown {
  return id === undefined ? `notice ${params?.n}` : `answer ${id}`;
}

type Step =
  | "say"
  | "listen"
  | "cut"
  | "resume"
  | "call"
  | "cut-call"
  | "resume-call"
  | "beside"
  | "answer"
  | "settle";
const STEPS: readonly Step[] = [
  "say",
  "listen",
  "cut",
  "resume",
  "call",
  "cut-call",
  "resume-call",
  "beside",
  "answer",
  "settle",
];

/** One client with one stream to listen on, and calls; the upstream says what the steps say. */
class Play {
  readonly house = new House();
  readonly front: Front<Caller> = this.house.front();
  readonly seen: unknown[] = [];
  readonly said: unknown[] = [];
  readonly #standing = new Followed(this.seen);
  readonly #calls: { readonly stream: Followed; readonly place: ClientPlace; answered: boolean }[] = [];
  #headers: HeadersSent = {};
  #n = 0;

  async open(): Promise<void> {
    this.#headers = await openSession(this.front);
  }

  async step(step: Step, pick: number): Promise<void> {
    const chosen = this.#calls.length === 0 ? undefined : this.#calls[pick % this.#calls.length];
    switch (step) {
      case "settle":
        return await settle();
      case "say":
        return this.house.session().lane.send(this.#notice());
      case "beside":
        return chosen?.answered === false ? chosen.place.beside(this.#notice()) : undefined;
      case "listen":
        return this.#standing.lastId === undefined && !this.#standing.isConnected
          ? await this.#get(this.#standing)
          : undefined;
      case "cut":
        return await this.#standing.cut();
      case "resume":
        return this.#standing.isConnected ? undefined : await this.#get(this.#standing);
      case "call":
        return await this.#call();
      case "cut-call":
        return await chosen?.stream.cut();
      case "resume-call":
        return chosen === undefined ? undefined : await this.#resume(chosen.stream);
      case "answer":
        return this.#answer(pick);
    }
  }

  /** Everything is answered, and the client comes back to every stream. */
  async end(): Promise<void> {
    for (const i of this.#calls.keys()) this.#answer(i);
    await settle();
    for (const { stream } of this.#calls) await this.#resume(stream);
    if (!this.#standing.isConnected) await this.#get(this.#standing);
    await settle();
    await this.#standing.cut();
  }

  #notice(): string {
    const n = this.#n++;
    this.said.push(`notice ${n}`);
    return encodeFrame(notice("notifications/x", { n }));
  }

  async #call(): Promise<void> {
    const id = this.#calls.length, stream = new Followed(this.seen);
    const posted = this.front.handle(ask({ headers: this.#headers, body: call(id, "wait") }), PEER);
    await settle();
    const { place } = this.house.session().last("tools/call");
    if (place === undefined) throw new Error("no place");
    this.#calls.push({ stream, place, answered: false });
    posted.then(async (answer) => {
      if (answer.headers["content-type"] === "text/event-stream") return stream.follow(answer);
      this.seen.push(markOf(await jsonOf(answer)));
      stream.isOver = true;
    });
  }

  #answer(index: number): void {
    const chosen = this.#calls[index % Math.max(1, this.#calls.length)];
    if (chosen === undefined || chosen.answered) return;
    chosen.answered = true;
    const id = this.#calls.indexOf(chosen);
    this.said.push(`answer ${id}`);
    this.house.session().say(chosen.place, { jsonrpc: "2.0", id, result: {} });
  }

  async #resume(stream: Followed): Promise<void> {
    if (!stream.isConnected && !stream.isOver && stream.lastId !== undefined) await this.#get(stream);
  }

  async #get(stream: Followed): Promise<void> {
    const { lastId } = stream;
    const headers = { ...this.#headers, ...lastId !== undefined && { "last-event-id": lastId } };
    const answer = await this.front.handle(ask({ method: "GET", headers }), PEER);
    if (answer.status !== 200) throw new Error(`${answer.status} for ${lastId}`);
    stream.follow(answer);
  }
}

Deno.test("each message arrives exactly once, however often and wherever connections are cut", async () => {
  const steps = fc.array(fc.tuple(fc.constantFrom(...STEPS), fc.nat({ max: 3 })), {
    minLength: 1,
    maxLength: 40,
  });
  await fc.assert(
    fc.asyncProperty(steps, async (steps) => {
      const play = new Play();
      await play.open();
      for (const [step, pick] of steps) await play.step(step, pick);
      await play.end();
      assertEquals(play.seen.map(String).sort(), play.said.map(String).sort());
    }),
    { numRuns: 60 },
  );
});
