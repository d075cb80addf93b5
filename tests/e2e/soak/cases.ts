/** What clients and upstreams do to the product, each in any size. Every one leaves its sums in the arena's tally. */
import { assertEquals } from "@std/assert";
import { poll } from "../harness.ts";
import { type Arena, each } from "./arena.ts";
import { type LoadSession, modernLoad } from "./load_session.ts";
import type { Message } from "./tally.ts";
import { MemoryCurve } from "./vitals.ts";

export interface Crowd {
  readonly sessions: number;
  /** Calls of each. */
  readonly calls: number;
  readonly atOnce: number;
}

/** Many sessions that are all open at the same time, each calling. */
export async function manySessions(arena: Arena, { sessions, calls, atOnce }: Crowd): Promise<void> {
  const all = await openAll(arena, sessions, atOnce);
  await each(sessions * calls, atOnce, async (n) => {
    await all[n % sessions]?.call("echo", { n });
  });
  await endAll(all, atOnce);
}

/** Sessions that each listen while their upstream talks, and lose the connection `cuts` times on the way. */
export async function openStreams(
  arena: Arena,
  { streams, messages, cuts, atOnce }: {
    readonly streams: number;
    readonly messages: number;
    readonly cuts: number;
    readonly atOnce: number;
  },
): Promise<void> {
  const all = await openAll(arena, streams, atOnce);
  const listeners = all.map((session) => new Listener(session));
  await Promise.all(listeners.map((listener) => listener.begin()));
  for (let part = 0; part <= cuts; part++) {
    await each(streams, atOnce, async (i) => {
      await all[i]?.call("tell", { from: part * messages, count: messages });
    });
    await Promise.all(listeners.map((listener) => listener.heard((part + 1) * messages)));
    if (part < cuts) await Promise.all(listeners.map((listener) => listener.comeBack()));
  }
  for (const listener of listeners) {
    listener.leave();
    const expected = Array.from({ length: (cuts + 1) * messages }, (_, n) => n);
    assertEquals(listener.own.toSorted((a, b) => a - b), expected, "each message once");
    assertEquals([listener.foreign, listener.overtaken], [0, 0], "of another session, or out of order");
  }
  await endAll(all, atOnce);
}

/**
 * The client's side of one session's streams. A message comes on exactly one of them: where a call is under way, a line of
 * the server's log may come on that call's. Order holds within a stream.
 */
class Listener {
  /** The numbers of what was said to this session. */
  readonly own: number[] = [];
  foreign = 0;
  overtaken = 0;
  readonly #session: LoadSession;
  #gone = new AbortController();
  #lastEventId: string | undefined;
  #lastHeard = -1;
  #reading: Promise<void> | undefined;

  constructor(session: LoadSession) {
    this.#session = session;
    session.onAside = (message) => void this.#take(message);
  }

  async begin(): Promise<void> {
    const events = await this.#session.listen(this.#gone.signal, this.#lastEventId);
    this.#reading = (async () => {
      for await (const { message, id } of events) {
        this.#lastEventId = id ?? this.#lastEventId;
        const n = this.#take(message);
        if (n === undefined) continue;
        if (n < this.#lastHeard) this.overtaken++;
        this.#lastHeard = n;
      }
    })();
  }

  async heard(count: number): Promise<void> {
    const all = () => this.own.length >= count ? true : undefined;
    await poll(all, { what: `${count} messages`, ms: 60_000, detail: () => this.own.join() });
  }

  async comeBack(): Promise<void> {
    this.leave();
    await this.#reading;
    this.#gone = new AbortController();
    await this.begin();
  }

  leave(): void {
    this.#gone.abort();
  }

  #take({ params }: Message): number | undefined {
    const data = params?.data;
    if (data === undefined) return undefined;
    if (String(data.token).startsWith(this.#session.secret)) this.own.push(data.n);
    else this.foreign++;
    return data.n;
  }
}

/** Calls that the upstream never answers keep nobody else waiting, and end with their sessions. */
export async function stalledUpstream(arena: Arena, { sessions, calls, atOnce }: Crowd): Promise<void> {
  const all = await openAll(arena, sessions, atOnce);
  const stuck = all.flatMap((session) => [session.call("stall"), session.call("silent")]);
  await poll(async () => (await arena.upstreamCounts()).stalled >= stuck.length || undefined, {
    what: "the calls to stall",
  });
  const before = arena.tally.sums.answered;
  await each(sessions * calls, atOnce, async (n) => void await all[n % sessions]?.call("echo", { n }));
  assertEquals(arena.tally.sums.answered - before, sessions * calls, "the others are answered");
  await endAll(all, atOnce);
  for (const reply of await Promise.all(stuck)) assertEquals(reply?.error !== undefined, true);
}

/** Answers that are one event of `bytes` each. */
export async function bigEvents(
  arena: Arena,
  { events, bytes, atOnce }: { readonly events: number; readonly bytes: number; readonly atOnce: number },
): Promise<void> {
  const all = await openAll(arena, atOnce, atOnce);
  await each(events, atOnce, async (n) => {
    const reply = await all[n % atOnce]?.call("big", { bytes });
    const text: string = reply?.result?.content?.[0]?.text ?? JSON.stringify(reply?.error ?? reply);
    const [first = "", filler = "", last = ""] = text.split(" ");
    assertEquals([first === last, filler.length], [true, bytes], text.slice(0, 200));
  });
  await endAll(all, atOnce);
}

/** An upstream that breaks the connection in the middle of answers: with nothing to come back for, and with something. */
export async function dyingUpstream(arena: Arena, { sessions, calls, atOnce }: Crowd): Promise<void> {
  const all = await openAll(arena, sessions, atOnce);
  await each(sessions * calls, atOnce, async (n) => {
    const session = all[n % sessions];
    assertEquals((await session?.call("die"))?.error !== undefined, true, "it was not answered");
    assertEquals((await session?.call("die-and-keep"))?.error, undefined, "it was answered after all");
    assertEquals((await session?.call("echo"))?.error, undefined, "the session goes on");
  });
  await endAll(all, atOnce);
}

/**
 * Clients that go away in the middle of calls, and never come back. Their sessions end by themselves: `idle_timeout` must
 * be short.
 */
export async function vanishingClients(
  arena: Arena,
  { sessions, atOnce }: Omit<Crowd, "calls">,
): Promise<void> {
  const staying = await arena.session();
  const before = arena.tally.sums.answered;
  await each(sessions, atOnce, async () => {
    const session = await arena.session();
    await session.call("echo");
    await Promise.all([session.leave("stall"), session.leave("silent", 20)]);
    // One that answers at once, for nobody.
    await session.leave("echo", 0);
    await staying.call("echo");
  });
  assertEquals(arena.tally.sums.answered - before, 2 * sessions);
  assertEquals(await staying.end(), 204);
  let open: number;
  const none = async () => (open = (await arena.upstreamCounts()).open) === 0 ? true : undefined;
  await poll(none, { what: "every session to end", ms: 60_000, detail: () => `${open} are open` });
}

/** Calls of the modern era, all under one id at the same time; every fourth client goes away, which cancels its call. */
export async function modernCalls(
  arena: Arena,
  { calls, atOnce }: Omit<Crowd, "sessions">,
): Promise<void> {
  const leaving = Math.floor(calls / 4);
  await each(calls, atOnce, async (n) => {
    const leaves = n % 4 === 3;
    await modernLoad(arena.load, { name: leaves ? "stall" : "echo", args: { n }, leaves });
  });
  let left: number;
  const all = async () => (left = (await arena.upstreamCounts()).left) >= leaving ? true : undefined;
  await poll(all, {
    what: "every cancellation to arrive",
    ms: 60_000,
    detail: () => `${left} of ${leaving} did`,
  });
}

/** As many calls as wanted over a few sessions, and what they cost in memory. */
export async function manyCalls(
  arena: Arena,
  { sessions, calls, atOnce, onProgress = () => {} }: Crowd & {
    readonly onProgress?: (done: number) => void;
  },
): Promise<MemoryCurve> {
  const curve = new MemoryCurve(), all = await openAll(arena, sessions, atOnce);
  let done = 0;
  const every = Math.max(1, Math.floor(sessions * calls / 200));
  await each(sessions * calls, atOnce, async (n) => {
    await all[n % sessions]?.call("echo", { n, text: "some text to be scanned, as calls have it" });
    if (++done % every !== 0) return;
    curve.note(arena.product.pid, done);
    onProgress(done);
  });
  await endAll(all, atOnce);
  return curve;
}

export async function openAll(arena: Arena, count: number, atOnce: number): Promise<LoadSession[]> {
  const all: LoadSession[] = [];
  await each(count, atOnce, async () => void all.push(await arena.session()));
  return all;
}

async function endAll(all: readonly LoadSession[], atOnce: number): Promise<void> {
  await each(all.length, atOnce, async (i) => assertEquals(await all[i]?.end(), 204));
}
