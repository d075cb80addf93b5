import { assert, assertEquals, assertRejects } from "@std/assert";
import { generateKeys } from "../../../lib/identity/mod.ts";
import { appendSegments, type SegmentTarget, verifySegments } from "../../../lib/ledger/evidence/mod.ts";
import { type KeptCheckpoint, verifyLedger } from "../../../lib/ledger/mod.ts";
import { memoryStore } from "../../../lib/store/mod.ts";
import type { World } from "../support.ts";
import { addSession, checkpointIn, edit, type Files, inMemory, keptOf, someLedger } from "./support.ts";

/** A medium that takes nothing back. `failAt`: the create that is cut off half-way. */
function medium(files: Files, failAt = Infinity): SegmentTarget {
  let creates = 0;
  return {
    list: () => Promise.resolve(new Map([...files].map(([name, bytes]) => [name, bytes.length]))),
    read: (name) => inMemory(files, 777).read(name),
    create: (name, bytes) => {
      if (files.has(name)) return Promise.resolve(false);
      const cut = ++creates === failAt;
      files.set(name, bytes.slice(0, cut ? bytes.length / 2 : bytes.length) as Uint8Array<ArrayBuffer>);
      return cut ? Promise.reject(new Error("power failure")) : Promise.resolve(true);
    },
  };
}

interface AppendIn {
  readonly failAt?: number;
  readonly checkpoint?: string;
  readonly segmentEntries?: number;
}

async function append(
  here: World,
  files: Files,
  { failAt, checkpoint, segmentEntries = 4096 }: AppendIn = {},
) {
  const ledger = { store: memoryStore(here.rows), keys: here.keys, clock: here.clock };
  const note = checkpoint ?? await checkpointIn(here);
  return await appendSegments(ledger, medium(files, failAt), {
    checkpoint: note,
    thorough: true,
    segmentEntries,
  });
}

async function verify(here: Pick<World, "keys">, files: Files, kept: readonly KeptCheckpoint[] = []) {
  const publicKeys = [here.keys.publicKey];
  return await verifySegments(medium(files), {
    publicKeys,
    verifyEntries: (source) => verifyLedger(source, { publicKeys, kept }),
  });
}

Deno.test("segments: each run adds what is new, and nothing where nothing is", async () => {
  const here = await someLedger(2);
  const files: Files = new Map();
  assertEquals(await append(here, files), { segments: 1, entries: 8, total: 8 });
  const before = new Map(files);
  assertEquals(await append(here, files), { segments: 0, entries: 0, total: 8 });
  await addSession(here, 1);
  assertEquals(await append(here, files), { segments: 1, entries: 6, total: 14 });
  for (const [name, bytes] of before) assertEquals(files.get(name), bytes);
  assertEquals([...files.keys()], [
    "segment-000000000000-000000000007.jsonl",
    "segment-000000000000-000000000007.json",
    "segment-000000000008-000000000013.jsonl",
    "segment-000000000008-000000000013.json",
  ]);
  const report = await verify(here, files);
  assertEquals([report.status, report.entries, report.key], ["intact", 14, here.keys.id]);
});

Deno.test("segments: a long ledger makes several, each with a checkpoint at its end", async () => {
  const here = await someLedger(10);
  const files: Files = new Map();
  assertEquals(await append(here, files, { segmentEntries: 5 }), { segments: 4, entries: 24, total: 24 });
  const lasts = [...files.keys()].filter((name) => name.endsWith(".json")).map((name) =>
    Number(name.slice(21, 33))
  );
  assertEquals(lasts, [4, 9, 14, 23]);
  const report = await verify(here, files);
  assertEquals([report.status, report.entries, report.ledger?.checkpoints], ["intact", 24, 4]);
  await addSession(here, 10);
  assertEquals((await append(here, files, { segmentEntries: 5 })).segments, 4);
  assertEquals((await verify(here, files)).status, "intact");
});

Deno.test("segments: a crash at any create leaves an archive that the next run completes", async (t) => {
  for (const failAt of [1, 2, 3, 4]) {
    await t.step(`at create ${failAt}`, async () => {
      const here = await someLedger(2);
      const files: Files = new Map();
      const first = await checkpointIn(here);
      await addSession(here, 1);
      try {
        await append(here, files, { checkpoint: first, failAt });
        await append(here, files, { failAt: failAt - 2 });
      } catch (thrown) {
        assert(thrown instanceof Error && thrown.message === "power failure");
      }
      assertEquals((await append(here, files)).total, 14);
      const report = await verify(here, files);
      assertEquals([report.status, report.entries], ["intact", 14], report.finding?.detail);
    });
  }
});

Deno.test("segments: two that append at once leave an archive that goes on", async () => {
  const here = await someLedger(2);
  const files: Files = new Map(), other: Files = new Map();
  await append(here, files);
  await addSession(here, 1);
  await append(here, other);
  for (const [name, bytes] of other) files.set(name, bytes);
  await addSession(here, 1);
  assertEquals((await append(here, files)).total, 20);
  assertEquals((await verify(here, files)).status, "intact");
});

const FIRST = "segment-000000000000-000000000007", SECOND = "segment-000000000008-000000000013";
const ATTACKS: readonly (readonly [string, (files: Files) => void, string, string])[] = [
  [
    "an edited entry",
    (f) => edit(f, `${FIRST}.jsonl`, (t) => t.replace("read_file", "rEad_file")),
    "broken",
    "is not what was written",
  ],
  [
    "a segment taken away",
    (f) => void (f.delete(`${FIRST}.json`), f.delete(`${FIRST}.jsonl`)),
    "broken",
    "is in no segment",
  ],
  ["its lines taken away", (f) => void f.delete(`${FIRST}.jsonl`), "broken", "is in no segment"],
  [
    "a manifest of somebody else",
    (f) => edit(f, `${FIRST}.json`, (t) => resealed(t)),
    "unsigned",
    "is not signed by a key",
  ],
];

for (const [name, attack, status, says] of ATTACKS) {
  Deno.test(`attack on segments: ${name} is ${status}, and nothing is appended to it`, async () => {
    const here = await someLedger(2);
    const files: Files = new Map();
    await append(here, files);
    await addSession(here, 1);
    await append(here, files);
    assert(files.has(`${SECOND}.json`));
    attack(files);
    assertEquals((await verify(here, files)).status, status);
    await addSession(here, 1);
    await assertRejects(() => append(here, files), Error, says);
  });
}

function resealed(text: string): string {
  const envelope = JSON.parse(text);
  const keys = generateKeys();
  const payload = Uint8Array.fromBase64(envelope.payload);
  const type = envelope.payloadType;
  const message = new TextEncoder().encode(
    `DSSEv1 ${type.length} ${type} ${payload.length} ${new TextDecoder().decode(payload)}`,
  );
  return JSON.stringify({
    ...envelope,
    signatures: [{ keyid: keys.id, sig: keys.sign(message).toBase64() }],
  });
}

Deno.test("segments: the end taken away is found by a checkpoint that was kept", async () => {
  const here = await someLedger(2);
  const files: Files = new Map();
  await append(here, files);
  await addSession(here, 1);
  const kept = await checkpointIn(here);
  assertEquals((await verify(here, files)).status, "intact");
  assertEquals((await verify(here, files, keptOf([kept]))).status, "truncated");
});

function flip(record: Uint8Array, at: number): void {
  record[at] = (record[at] ?? 0) ^ 1;
}

Deno.test("segments: of a ledger whose entries were changed nothing is written that nobody could take back", async (t) => {
  const changes: Readonly<Record<string, (record: Uint8Array) => void>> = {
    "text": (record) => flip(record, 200),
    "signature": (record) => flip(record, 40),
    "key": (record) => flip(record, 97),
  };
  for (const [name, change] of Object.entries(changes)) {
    await t.step(name, async () => {
      const here = await someLedger(2);
      const checkpoint = await checkpointIn(here);
      const cell = here.rows.tables.get("entry")?.get(3);
      if (cell !== undefined) change(cell.value);
      const files: Files = new Map();
      await assertRejects(() => append(here, files, { checkpoint }), Error, "entry 3 is not what was signed");
      assertEquals(files.size, 0);
    });
  }
});

Deno.test("segments: an archive and a ledger that do not belong together stay apart", async () => {
  const here = await someLedger(2), other = await someLedger(5);
  const files: Files = new Map();
  await append(here, files);
  await assertRejects(() => append(other, files), Error, "not signed by a key of this ledger");
  const rolledBack = await checkpointIn(here, { until: 4 });
  await assertRejects(() => append(here, files, { checkpoint: rolledBack }), Error, "the ledger lost some");
  const fork = { ...other, keys: here.keys };
  await assertRejects(() => append(fork, files), Error, "holds other entries than the ledger");
});
