/** `record = "full"`: what is kept, what never is, and what a crash or a full disk leaves. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { Fault } from "../../lib/base/mod.ts";
import {
  answerCall,
  type Commit,
  type Entry,
  makeDigester,
  MAX_KEPT_BYTES,
  readPayloads,
} from "../../lib/ledger/mod.ts";
import { type CommitFaults, memoryStore } from "../../lib/store/mod.ts";
import type { CallRecord, OutcomeRecord, Written } from "../../lib/verdict/mod.ts";
import {
  call,
  charge,
  decision,
  die,
  entriesIn,
  heldCall,
  limited,
  locksIn,
  openIn,
  outcome,
  type TestLedger,
  verifyIn,
  type World,
  world,
} from "./support.ts";

const SECRET = "hunter2-hunter2";

function openFull(here: World, faults?: CommitFaults): Promise<TestLedger> {
  return openIn(here, { request: { record: "full" }, ...faults === undefined ? {} : { faults } });
}

/** Params whose canonical text has `chars` characters, which do not deflate well. */
function large(chars: number, seed = 7): string {
  let state = seed, text = "";
  while (text.length < chars - 12) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    text += state.toString(36);
  }
  return `{"text":"${text.slice(0, chars - 11)}"}`;
}

async function keptOf(here: World, seq: number) {
  const entry = (await entriesIn(here))[seq] as unknown as Entry;
  const k = makeDigester(here.keys.blinding).keyOf(entry.id);
  return await readPayloads(memoryStore(here.rows), entry, k);
}

function payloadKeys(here: World): readonly string[] {
  return [...here.rows.tables.get("payload")?.keys() ?? []].map(String).sort();
}

const SIZES = [
  { name: "empty text", text: "" },
  { name: "a few bytes", text: '{"a":1}' },
  { name: "just below deflating", text: large(1023) },
  { name: "deflated", text: `{"text":"${"again and again ".repeat(400)}"}` },
  { name: "just what fits beside its entry", text: large(43_000) },
  { name: "two parts", text: large(120_000) },
  { name: "more parts than a commit takes, and than one digit counts", text: large(1_500_000) },
  { name: "not only ASCII, and a lone surrogate", text: `{"é\ud800":"${"ł😀".repeat(30_000)}"}` },
  { name: "the longest that is kept", text: `{"text":"${"x".repeat(MAX_KEPT_BYTES - 11)}"}` },
];

for (const { name, text } of SIZES) {
  Deno.test(`full recording keeps a call and its reply as they crossed: ${name}`, async () => {
    const here = world();
    const ledger = await openFull(here);
    const { ref } = await ledger.write(call({ input: text }));
    const reply = await ledger.write(outcome(ref.seq, { output: text }));
    await ledger.close("done");
    const whole = new TextDecoder().decode(new TextEncoder().encode(text));
    assertEquals(await keptOf(here, ref.seq), { input: whole, damaged: [], checked: true });
    assertEquals(await keptOf(here, reply.ref.seq), { output: whole, damaged: [], checked: true });
    assertEquals((await verifyIn(here)).status, "intact");
  });
}

Deno.test("a payload over the cap is not kept, and its entry has length and digest all the same", async () => {
  const here = world();
  const ledger = await openFull(here);
  const { ref } = await ledger.write(call({ input: `{"text":"${"x".repeat(MAX_KEPT_BYTES)}"}` }));
  const wide = await ledger.write(call({ input: `{"text":"${"ł".repeat(MAX_KEPT_BYTES / 2)}"}` }));
  assertEquals(payloadKeys(here), []);
  const entries = await entriesIn(here) as unknown as readonly Entry[];
  for (const { seq } of [ref, wide.ref]) {
    assert((entries[seq]?.input?.bytes ?? 0) > MAX_KEPT_BYTES);
    assertEquals(entries[seq]?.input?.digest?.length, 64);
  }
});

Deno.test("without full recording nothing is kept", async () => {
  const here = world();
  const ledger = await openIn(here);
  const { ref } = await ledger.write(call());
  await ledger.write(outcome(ref.seq));
  await ledger.close("done");
  assertEquals(payloadKeys(here), []);
});

const NEVER_KEPT: readonly { name: string; over: Partial<CallRecord> }[] = [
  { name: "refused by the policy", over: { decision: decision({ outcome: "deny", reason: "rule:no" }) } },
  { name: "refused for a secret", over: { invalid: "dlp:api-key" } },
  { name: "refused because a worker died", over: { faults: ["scan"] } },
  { name: "held", over: heldCall() },
  { name: "refused in a dry run, and forwarded", over: { invalid: "dlp:api-key", enforced: false } },
  { name: "held in a dry run, and forwarded", over: { ...heldCall(), enforced: false } },
];

for (const { name, over } of NEVER_KEPT) {
  for (const size of [100, 300_000]) {
    Deno.test(`no payload is kept of a call that is ${name}, nor ever written (${size} characters)`, async () => {
      const here = world();
      const written: Commit[] = [];
      const ledger = await openFull(here, { before: (_, commit) => void written.push(commit) });
      const input = `{"password":"${SECRET}","text":${large(size)}}`;
      await ledger.write(call({ ...over, input }));
      await ledger.close("done");
      assertEquals(written.flatMap(({ changes }) => changes).filter(({ table }) => table === "payload"), []);
    });
  }
}

Deno.test("of a withheld reply nothing is kept", async () => {
  const here = world();
  const ledger = await openFull(here);
  const { ref } = await ledger.write(call());
  await ledger.write(outcome(ref.seq, { verdict: "withhold", reason: "dlp:api-key", output: SECRET }));
  assertEquals(payloadKeys(here).filter((key) => key.includes("/out/")), []);
});

Deno.test("a held call is kept once a person lets it pass, before the gate hears of it", async () => {
  const here = world();
  const ledger = await openFull(here);
  const input = large(100_000);
  const calls = [];
  for (const each of [1, 2, 3]) {
    calls.push((await ledger.write(heldCall({ input, server: `s${each}` }))).ref.seq);
  }
  const [allowed = 0, denied = 0, expired = 0] = calls;
  const deps = { store: memoryStore(here.rows), keys: here.keys, locks: locksIn(here), clock: here.clock };
  assert((await answerCall(deps, { call: allowed, decision: "allow" })).ok);
  assert((await answerCall(deps, { call: denied, decision: "deny" })).ok);
  await ledger.write({ type: "unanswered", call: expired, reason: "approval-expired" });
  assertEquals(payloadKeys(here), []);
  assertEquals((await ledger.answers(calls)).length, 3);
  assertEquals((await keptOf(here, allowed)).input, input);
  for (const seq of [denied, expired]) assertEquals((await keptOf(here, seq)).input, undefined);
});

Deno.test("where the payload of an approved call cannot be kept, nobody hears that it may pass, until it can", async () => {
  const here = world();
  let full = false;
  const ledger = await openFull(here, {
    before: () => {
      if (full) throw new Error("disk full");
    },
  });
  const { ref } = await ledger.write(heldCall());
  const deps = { store: memoryStore(here.rows), keys: here.keys, locks: locksIn(here), clock: here.clock };
  assert((await answerCall(deps, { call: ref.seq, decision: "allow" })).ok);
  full = true;
  await assertRejects(() => ledger.answers([ref.seq]), Fault, "beside the entries");
  full = false;
  assertEquals((await ledger.answers([ref.seq])).map(({ decision }) => decision), ["allow"]);
  assert((await keptOf(here, ref.seq)).input !== undefined);
});

Deno.test("a crash between any two commits never leaves an entry of an allowed call without its payload", async () => {
  const input = large(2_000_000);
  let died = 0;
  for (let at = 1;; at++) {
    const here = world();
    let commits = 0;
    const ledger = await openFull(here, {
      before: () => {
        if (++commits > at) throw new Error("killed");
      },
    });
    const calls = await Promise.allSettled([
      ledger.write(call({ server: "a" })),
      ledger.write(call({ input })),
      ledger.write(call({ input: large(50_000) })),
    ]);
    await within(ledger, here);
    if (calls.every(({ status }) => status === "fulfilled")) break;
    died++;
    const entries = await entriesIn(here) as unknown as readonly Entry[];
    for (const { kind, seq } of entries) {
      if (kind === "call") {
        assert((await keptOf(here, seq)).input !== undefined, `entry ${seq}, killed at ${at}`);
      }
    }
    assert(["intact", "recovered"].includes((await verifyIn(here)).status));
  }
  assert(died >= 4, `only ${died} instants to die at`);
});

/** The process is gone, and the next one notes what it left. */
async function within(ledger: TestLedger, here: World): Promise<void> {
  die(here, ledger);
  await (await openIn(here)).close("done");
}

Deno.test("a disk that is full for the large payload refuses that call, and the others go on", async () => {
  const here = world();
  const ledger = await openFull(here, {
    before: (_, { changes }) => {
      if (changes.filter(({ table }) => table === "payload").length > 1) throw new Error("disk full");
    },
  });
  const results = await Promise.allSettled([
    ledger.write(call()),
    ledger.write(call({ input: large(200_000) })),
    ledger.write(call()),
  ]);
  assertEquals(results.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  const entries = await entriesIn(here);
  assertEquals(entries.filter(({ kind }) => kind === "call").length, 2);
});

Deno.test("what was written ahead of a call that another process outran to its limit is taken back", async () => {
  const here = world();
  const used = limited(charge({ limit: "1" }));
  const other = await openIn(here);
  let outran = false;
  const ledger = await openFull(here, {
    after: async (_, { changes }) => {
      if (outran || !changes.some(({ table }) => table === "payload")) return;
      outran = true;
      await other.write(call({ decision: used }));
    },
  });
  const { settled } = await ledger.write(call({ decision: used, input: large(200_000) }));
  assert(outran);
  assertEquals(settled?.verdict, "refuse");
  await ledger.close("done"); // what is behind the answer is done by then
  assertEquals(payloadKeys(here), []);
});

Deno.test("another process that is faster all the time has a payload written once and whole", async () => {
  const here = world();
  let conflicts = 0;
  const ledger = await openIn(here, {
    request: { record: "full" },
    runningClock: true,
    faults: { before: (nth) => nth % 2 === 1 && ++conflicts < 20 ? { done: false, why: "busy" } : undefined },
  });
  const input = large(2_000_000);
  const { ref } = await ledger.write(call({ input }));
  const small = await ledger.write(call());
  assert(conflicts > 3);
  assertEquals((await keptOf(here, ref.seq)).input, input);
  assertEquals((await keptOf(here, small.ref.seq)).input, call().input);
});

Deno.test("a thousand tiny calls at once, among them large ones, are all kept, in commits that the store takes", async () => {
  const here = world();
  const sizes: { readonly rows: number; readonly bytes: number }[] = [];
  const ledger = await openFull(here, {
    before: (_, { changes }) => {
      const bytes = changes.reduce((sum, { value }) => sum + (value?.length ?? 0) + 100, 0);
      sizes.push({ rows: changes.length, bytes });
    },
  });
  const inputs = Array.from(
    { length: 1000 },
    (_, at) => at % 50 === 0 ? large(45_000, at + 1) : `{"n":${at}}`,
  );
  const written: Written[] = await Promise.all(inputs.map((input) => ledger.write(call({ input }))));
  assert(sizes.every(({ rows, bytes }) => rows <= 1000 && bytes <= 800 * 1024), JSON.stringify(sizes));
  for (const at of [0, 1, 499, 500, 950, 999]) {
    assertEquals((await keptOf(here, written[at]?.ref.seq ?? 0)).input, inputs[at]);
  }
  assertEquals(new Set(payloadKeys(here).map((key) => key.slice(0, 36))).size, 1000);
});

const DAMAGE: readonly { name: string; damage: (value: Uint8Array) => Uint8Array | undefined }[] = [
  { name: "a bit was changed", damage: (value) => value.map((byte, at) => at === 9 ? byte ^ 1 : byte) },
  { name: "it was cut", damage: (value) => value.slice(0, -1) },
  { name: "it is empty", damage: () => new Uint8Array() },
  { name: "its form is unknown", damage: (value) => value.map((byte, at) => at === 0 ? 9 : byte) },
];

for (const { name, damage } of DAMAGE) {
  for (const input of [large(500), large(30_000)]) {
    Deno.test(`a payload is told as damaged where ${name} (${input.length} characters)`, async () => {
      const here = world();
      const ledger = await openFull(here);
      const { ref } = await ledger.write(call({ input }));
      const rows = here.rows.tables.get("payload") ?? new Map();
      for (const [key, cell] of rows) rows.set(key, { ...cell, value: damage(cell.value) });
      assertEquals(await keptOf(here, ref.seq), { damaged: ["input"], checked: true });
    });
  }
}

Deno.test("a payload of which a part is missing is told as damaged, with and without the key of its entry", async () => {
  const here = world();
  const ledger = await openFull(here);
  const { ref } = await ledger.write(call({ input: large(200_000) }));
  const entry = (await entriesIn(here))[ref.seq] as unknown as Entry;
  here.rows.tables.get("payload")?.delete(`${entry.id}/in/1`);
  assertEquals((await keptOf(here, ref.seq)).damaged, ["input"]);
  const without = await readPayloads(memoryStore(here.rows), entry);
  assertEquals(without, { damaged: ["input"], checked: false });
});

Deno.test("a few bytes that inflate to gigabytes are damaged, not memory", async () => {
  const here = world();
  const ledger = await openFull(here);
  const { ref } = await ledger.write(call({ input: large(5000) }));
  const bomb = process.getBuiltinModule("node:zlib").deflateRawSync(new Uint8Array(50_000_000));
  const rows = here.rows.tables.get("payload") ?? new Map();
  for (const [key, cell] of rows) rows.set(key, { ...cell, value: Uint8Array.of(1, ...bomb) });
  assertEquals((await keptOf(here, ref.seq)).damaged, ["input"]);
});

Deno.test("any texts of calls and replies come back as they were", async () => {
  const texts = fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.string({ maxLength: 5000 })), {
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(texts, async (inputs) => {
      const here = world();
      const ledger = await openFull(here);
      const written = await Promise.all(inputs.map((input) => ledger.write(call({ input }))));
      const replies: Partial<OutcomeRecord>[] = inputs.map((output) => ({ output }));
      await Promise.all(written.map(({ ref }, at) => ledger.write(outcome(ref.seq, replies[at]))));
      await ledger.close("done");
      for (const [at, { ref }] of written.entries()) {
        assertEquals((await keptOf(here, ref.seq)).input, inputs[at]?.toWellFormed());
      }
    }),
    { numRuns: 30 },
  );
});
