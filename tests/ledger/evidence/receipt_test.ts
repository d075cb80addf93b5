import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { canonicalPayload, parseJson } from "../../../lib/base/mod.ts";
import { generateKeys } from "../../../lib/identity/mod.ts";
import { makeReceipt } from "../../../lib/ledger/evidence/receipt.ts";
import { verifyReceipt } from "../../../lib/ledger/evidence/receipt_verify.ts";
import {
  cosign,
  formatNote,
  formatVerifierKey,
  makeDigester,
  parseNote,
  parseTlogPolicy,
  parseTlogProof,
  witnessVerifierKey,
} from "../../../lib/ledger/mod.ts";
import { memoryStore } from "../../../lib/store/mod.ts";
import type { World } from "../support.ts";
import { checkpointIn, keptOf, someLedger } from "./support.ts";

interface ReceiptIn {
  readonly checkpoint?: string;
  readonly disclose?: boolean;
  readonly payload?: boolean;
}

async function receiptIn(here: World, seq: number, over: ReceiptIn = {}): Promise<string> {
  return await makeReceipt({ store: memoryStore(here.rows), keys: here.keys }, {
    seq,
    checkpoint: over.checkpoint ?? await checkpointIn(here),
    ...over.disclose && { disclose: makeDigester(here.keys.blinding) },
    payload: over.payload ?? false,
  });
}

function verify(here: Pick<World, "keys">, text: string, checkpoints: readonly string[] = []) {
  return verifyReceipt(text, { publicKeys: [here.keys.publicKey], kept: keptOf(checkpoints) });
}

Deno.test("a receipt of each entry verifies with the public key alone, whatever the size of the tree", async () => {
  const here = await someLedger(3);
  for (const until of [1, 2, 3, 7, 8, 10]) {
    const checkpoint = await checkpointIn(here, { until });
    for (let seq = 0; seq < until; seq++) {
      const report = verify(here, await receiptIn(here, seq, { checkpoint }));
      assertEquals(
        [report.status, report.head?.seq, report.entries],
        ["intact", seq, 1],
        report.finding?.detail,
      );
    }
  }
});

Deno.test("a receipt holds the fields of its entry and a C2SP proof, and nothing that was not asked for", async () => {
  const here = await someLedger(2, { request: { record: "full" } });
  const receipt = JSON.parse(await receiptIn(here, 1));
  assertEquals(Object.keys(receipt), ["v", "type", "entry", "hash", "sig", "key", "public_key", "proof"]);
  assertEquals([receipt.v, receipt.type, receipt.entry.seq], [1, "countersign/receipt", 1]);
  const proof = parseTlogProof(receipt.proof);
  assertEquals(proof.ok && proof.value.index, 1);
});

Deno.test("a receipt discloses k, by which anybody can hold a payload against the entry", async () => {
  const here = await someLedger(2);
  const text = await receiptIn(here, 1, { disclose: true });
  const { disclosed } = JSON.parse(text);
  assertEquals(Object.keys(disclosed), ["k"]);
  const withPayload = { ...JSON.parse(text), disclosed: { ...disclosed, input: inputOf(0) } };
  assertEquals(verify(here, JSON.stringify(withPayload)).status, "intact");
  const other = { ...JSON.parse(text), disclosed: { ...disclosed, input: inputOf(1) } };
  assertEquals(verify(here, JSON.stringify(other)).finding?.check, "disclosed");
});

Deno.test("a receipt discloses payloads where they were recorded, and k alone where they are gone", async () => {
  const here = await someLedger(2, { request: { record: "full" } });
  const text = await receiptIn(here, 1, { disclose: true, payload: true });
  assertEquals(JSON.parse(text).disclosed.input, inputOf(0));
  assertEquals(verify(here, text).status, "intact");
  const store = memoryStore(here.rows);
  for await (const { key } of store.scan("payload")) {
    if (key !== undefined) await store.commit({ checks: [], changes: [{ table: "payload", key }] });
  }
  const later = await receiptIn(here, 1, { disclose: true, payload: true });
  assertEquals(Object.keys(JSON.parse(later).disclosed), ["k"]);
});

function inputOf(n: number): string {
  const parsed = parseJson(`{"arguments":{"n":${n}},"name":"${n % 2 === 0 ? "read_file" : "delete_file"}"}`);
  return parsed.ok ? canonicalPayload(parsed.value) : "";
}

Deno.test("tiles that somebody changed do not spoil a receipt: it is made from the entries then", async () => {
  const here = await someLedger(300);
  const store = memoryStore(here.rows);
  const value = new Uint8Array(256 * 32);
  await store.commit({ checks: [], changes: [{ table: "tile", key: "0/0", value }] });
  assertEquals(verify(here, await receiptIn(here, 100)).status, "intact");
});

Deno.test("no receipt comes out of a ledger that does not fit together", async (t) => {
  const here = await someLedger();
  await t.step("no such entry", async () => {
    await assertRejects(() => receiptIn(here, 99), Error, "there is no entry 99");
  });
  await t.step("a checkpoint of another ledger", async () => {
    const checkpoint = await checkpointIn(await someLedger());
    await assertRejects(() => receiptIn(here, 1, { checkpoint }), Error, "it does not verify");
  });
  await t.step("a checkpoint that does not reach the entry", async () => {
    const checkpoint = await checkpointIn(here, { until: 3 });
    await assertRejects(() => receiptIn(here, 5, { checkpoint }));
  });
  await t.step("a pruned entry", async () => {
    const store = memoryStore(here.rows);
    const stub = (await store.read("entry", 2))?.value.slice(0, 105) ?? new Uint8Array();
    stub[0] = 2;
    await store.commit({ checks: [], changes: [{ table: "entry", key: 2, value: stub }] });
    await assertRejects(() => receiptIn(here, 2), Error, "was pruned");
    assertEquals(verify(here, await receiptIn(here, 3)).status, "intact");
  });
  await t.step("an edited entry", async () => {
    const store = memoryStore(here.rows);
    const record = (await store.read("entry", 3))?.value.slice() ?? new Uint8Array();
    record[200] = (record[200] ?? 0) ^ 1;
    await store.commit({ checks: [], changes: [{ table: "entry", key: 3, value: record }] });
    await assertRejects(() => receiptIn(here, 3));
  });
});

type Json = Record<string, unknown>;
interface Loose extends Json {
  entry: Json;
  proof: string;
}

const ATTACKS: readonly (readonly [string, (r: Loose, o: Loose) => Json, string, string])[] = [
  ["an edited entry", (r) => ({ ...r, entry: { ...r.entry, tool: "rm" } }), "broken", "hash"],
  ["a field more in the entry", (r) => ({ ...r, entry: { ...r.entry, x: 1 } }), "broken", "hash"],
  ["another hash", (r) => ({ ...r, hash: "00".repeat(32) }), "broken", "hash"],
  ["another signature", (r) => ({ ...r, sig: "00".repeat(64) }), "unsigned", "signature"],
  ["the signature of another entry", (r, o) => ({ ...r, sig: o["sig"] }), "unsigned", "signature"],
  ["the proof of another entry", (r, o) => ({ ...r, proof: o.proof }), "broken", "proof"],
  ["another index", (r) => ({ ...r, proof: r.proof.replace("index 1\n", "index 0\n") }), "broken", "proof"],
  ["a hash fewer", (r) => ({ ...r, proof: r.proof.replace(/(index 1\n)[^\n]+\n/, "$1") }), "broken", "proof"],
  [
    "a hash more",
    (r) => ({ ...r, proof: r.proof.replace(/(index 1\n)([^\n]+\n)/, "$1$2$2") }),
    "broken",
    "proof",
  ],
  ["a changed root", (r) => ({ ...r, proof: editRoot(r.proof) }), "unsigned", "checkpoint"],
  ["another size", (r) => ({ ...r, proof: r.proof.replace("\n10\n", "\n11\n") }), "unsigned", "checkpoint"],
  ["another public key", (r) => ({ ...r, public_key: "11".repeat(32) }), "broken", "key"],
  ["another key id", (r) => ({ ...r, key: "00".repeat(8) }), "broken", "key"],
  ["no proof", (r) => ({ ...r, proof: "" }), "unreadable", "form"],
  ["another version", (r) => ({ ...r, v: 2 }), "unreadable", "form"],
  ["another type", (r) => ({ ...r, type: "countersign/pack" }), "unreadable", "form"],
  ["a field that is none", (r) => ({ ...r, note: "trust me" }), "unreadable", "form"],
  [
    "an entry that brings its own hash",
    (r) => ({ ...r, entry: { ...r.entry, hash: r["hash"] } }),
    "unreadable",
    "form",
  ],
  ["an entry that is only a number", (r) => ({ ...r, entry: { seq: 1 } }), "unreadable", "form"],
  ["disclosed things that are none", (r) => ({ ...r, disclosed: { k: "00" } }), "broken", "disclosed"],
  ["changes of the key that are none", (r) => ({ ...r, rotations: [{ entry: {} }] }), "unreadable", "form"],
];

for (const [name, attack, status, check] of ATTACKS) {
  Deno.test(`attack on a receipt: ${name} makes it ${status}`, async () => {
    const here = await someLedger();
    const text = JSON.stringify(
      attack(JSON.parse(await receiptIn(here, 1)), JSON.parse(await receiptIn(here, 2))),
    );
    const report = verify(here, text);
    assertEquals([report.status, report.finding?.check], [status, check], report.finding?.detail);
  });
}

function editRoot(proof: string): string {
  const lines = proof.split("\n");
  const at = lines.indexOf("10") + 1;
  return lines.with(at, new Uint8Array(32).toBase64()).join("\n");
}

Deno.test("a receipt of somebody else's ledger is unsigned, whatever key it brings along", async () => {
  const here = await someLedger(), other = await someLedger();
  assertEquals(verify(here, await receiptIn(other, 1)).status, "unsigned");
});

Deno.test("a receipt with a key twice is no receipt", async () => {
  const here = await someLedger();
  const text = (await receiptIn(here, 1)).replace("{", '{"v":1,');
  assertEquals(verify(here, text).status, "unreadable");
});

Deno.test("whatever a receipt is made of, reading it answers and does not throw", async () => {
  const here = await someLedger();
  const good = await receiptIn(here, 1);
  const noise = fc.oneof(
    fc.string(),
    fc.json(),
    fc.tuple(fc.nat(good.length), fc.string({ maxLength: 3 })).map(([at, by]) =>
      good.slice(0, at) + by + good.slice(at + 1)
    ),
  );
  fc.assert(
    fc.property(noise, (text) => {
      const { status } = verify(here, text);
      return status !== "intact" || sameMeaning(text, good);
    }),
    { numRuns: 300 },
  );
});

/** White space between tokens may differ. */
function sameMeaning(a: string, b: string): boolean {
  return JSON.stringify(JSON.parse(a)) === JSON.stringify(JSON.parse(b));
}

Deno.test("a kept checkpoint of the same size with another root says that there are two histories", async () => {
  const here = await someLedger();
  const fork: World = { ...await someLedger(), keys: here.keys };
  const receipt = await receiptIn(here, 1);
  const kept = await checkpointIn(fork, { until: 10, origin: `countersign/${here.keys.id}` });
  assertEquals(verify(here, receipt, [kept]).status, "forked");
  assertEquals(verify(here, receipt, [await checkpointIn(here)]).status, "intact");
  const foreign = await checkpointIn(await someLedger());
  assertThrows(() => verify(here, receipt, [foreign]), Error, "no trusted key signed it");
});

Deno.test("a receipt that too few witnesses have seen does not satisfy a policy that asks for them", async () => {
  const here = await someLedger();
  const witness = generateKeys();
  const key = formatVerifierKey(witnessVerifierKey("w.example", witness.publicKey));
  const policy = parseTlogPolicy(`witness w ${key}\nquorum w\n`);
  if (!policy.ok) throw new TypeError(policy.error);
  const options = { publicKeys: [here.keys.publicKey], policy: policy.value };
  const checkpoint = await checkpointIn(here);
  assertEquals(verifyReceipt(await receiptIn(here, 1, { checkpoint }), options).finding?.check, "quorum");
  const note = parseNote(checkpoint);
  if (!note.ok) throw new TypeError(note.error);
  const seen = cosign(note.value.text, 1_790_000_000, { name: "w.example", ...witness });
  const cosigned = formatNote({ ...note.value, signatures: [...note.value.signatures, seen] });
  assertEquals(verifyReceipt(await receiptIn(here, 1, { checkpoint: cosigned }), options).status, "intact");
});
