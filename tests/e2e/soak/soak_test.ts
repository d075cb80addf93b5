/** The short forms of `deno task soak`: everything that it does, in seconds. */
import { assert, assertEquals } from "@std/assert";
import { poll } from "../harness.ts";
import { Arena, type ArenaOptions, type Remains } from "./arena.ts";
import {
  bigEvents,
  dyingUpstream,
  manyCalls,
  manySessions,
  modernCalls,
  openStreams,
  stalledUpstream,
  vanishingClients,
} from "./cases.ts";
import type { Vitals } from "./vitals.ts";

async function soak(options: ArenaOptions, work: (arena: Arena) => Promise<void>): Promise<Remains> {
  await using arena = await Arena.open(options);
  await work(arena);
  const remains = await arena.end();
  assertClean(remains);
  return remains;
}

// What the platform opens for itself when it first needs it.
const LATE = 3;

/** Nothing lost, doubled or crossed; every descriptor given back; a ledger that verifies. */
function assertClean({ sums, before, after, exitCode, ledger }: Remains): void {
  assertEquals([sums.lost, sums.doubled, sums.crossed], [0, 0, 0], JSON.stringify(sums));
  const open = (vitals: Vitals | undefined) => vitals?.descriptors ?? 0;
  assert(open(after) <= open(before) + LATE, `descriptors: ${open(before)} before, ${open(after)} after`);
  assertEquals([exitCode, ledger], [0, "intact"]);
}

Deno.test("many sessions at once in front of one URL: nothing is lost, doubled or crossed", async () => {
  const { sums } = await soak({}, async (arena) => {
    await manySessions(arena, { sessions: 60, calls: 4, atOnce: 30 });
    // A session that was given up ends behind the answer that says so.
    const all = async () => (await arena.upstreamCounts()).ended === 60 ? true : undefined;
    await poll(all, { what: "all sessions to end" });
    const { opened, calls, crossed, open } = await arena.upstreamCounts();
    assertEquals([opened, calls, crossed, open], [60, 240, 0, 0]);
  });
  assertEquals([sums.answered, sums.failed], [240, 0]);
});

Deno.test("sessions with a child process each: nothing is lost, doubled or crossed, and no child is left", async () => {
  const { sums } = await soak({ stdio: true }, async (arena) => {
    await manySessions(arena, { sessions: 8, calls: 10, atOnce: 8 });
  });
  assertEquals([sums.answered, sums.failed], [80, 0]);
});

Deno.test("many open streams that are cut and come back: each hears its own messages, once and in order", async () => {
  await soak({}, (arena) => openStreams(arena, { streams: 20, messages: 5, cuts: 2, atOnce: 10 }));
});

Deno.test("an upstream that stalls holds up its own calls and no others, and they end with their sessions", async () => {
  const { sums } = await soak({}, (arena) => stalledUpstream(arena, { sessions: 10, calls: 5, atOnce: 10 }));
  assertEquals([sums.answered, sums.failed], [50, 20]);
});

Deno.test("events of ten mebibytes arrive whole, in several sessions at once", async () => {
  const { sums } = await soak(
    {},
    (arena) => bigEvents(arena, { events: 4, bytes: 10 * 1024 * 1024, atOnce: 2 }),
  );
  assertEquals(sums.answered, 4);
});

Deno.test("an upstream that dies in the middle of answers costs those calls, unless it kept the answer", async () => {
  const { sums } = await soak({}, (arena) => dyingUpstream(arena, { sessions: 5, calls: 4, atOnce: 5 }));
  assertEquals([sums.answered, sums.failed], [40, 20]);
});

Deno.test("clients that vanish leave nothing behind, and others do not notice", async () => {
  const config = '[listen]\nidle_timeout = "1s"';
  const { sums } = await soak({ config }, async (arena) => {
    await vanishingClients(arena, { sessions: 10, atOnce: 5 });
  });
  assertEquals([sums.answered, sums.left], [20, 30]);
});

Deno.test("modern calls under one id get each its own answer, and those whose clients leave are cancelled", async () => {
  // The one session that they share ends by itself.
  const config = '[listen]\nidle_timeout = "1s"';
  const { sums } = await soak({ config }, (arena) => modernCalls(arena, { calls: 120, atOnce: 24 }));
  assertEquals([sums.answered, sums.left], [90, 30]);
});

Deno.test("modern calls in front of a server of the legacy era are told apart, too", async () => {
  const config = '[listen]\nidle_timeout = "1s"';
  const { sums } = await soak({ config, era: "legacy" }, async (arena) => {
    await modernCalls(arena, { calls: 60, atOnce: 12 });
    assertEquals((await arena.upstreamCounts()).opened, 1);
  });
  assertEquals([sums.answered, sums.left], [45, 15]);
});

Deno.test("sessions in front of a server of the modern era: nothing is lost, doubled or crossed", async () => {
  const { sums } = await soak(
    { era: "modern" },
    (arena) => manySessions(arena, { sessions: 20, calls: 5, atOnce: 10 }),
  );
  assertEquals([sums.answered, sums.failed], [100, 0]);
});

Deno.test("calls, one after another over a few sessions, are all answered and written down", async () => {
  const { entries } = await soak({}, async (arena) => {
    const curve = await manyCalls(arena, { sessions: 4, calls: 150, atOnce: 16 });
    assert(Deno.build.os !== "linux" || curve.points.length > 0, "nothing was measured");
  });
  assert(entries >= 2 * 600, `${entries} entries`);
});
