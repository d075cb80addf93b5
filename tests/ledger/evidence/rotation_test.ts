/** Evidence from a ledger whose key was changed: whoever trusts either key can check all of it. */
import { assertEquals } from "@std/assert";
import { generateKeys } from "../../../lib/identity/mod.ts";
import { makeReceipt } from "../../../lib/ledger/evidence/receipt.ts";
import { verifyReceipt } from "../../../lib/ledger/evidence/receipt_verify.ts";
import { type Keys, rotateKey } from "../../../lib/ledger/mod.ts";
import { memoryStore } from "../../../lib/store/mod.ts";
import { locksIn, PRINCIPAL, type World } from "../support.ts";
import { addSession, checkpointIn, edit, packIn, reportOn, someLedger } from "./support.ts";

/** A session under each of `count` keys; the last one is the ledger's now. */
async function rotated(count: number): Promise<{ readonly here: World; readonly keys: readonly Keys[] }> {
  let here = await someLedger(2);
  const keys: Keys[] = [here.keys];
  while (keys.length < count) {
    const next = { ...generateKeys(), blinding: here.keys.blinding };
    const deps = { store: memoryStore(here.rows), keys: here.keys, locks: locksIn(here), clock: here.clock };
    await rotateKey(deps, { principal: PRINCIPAL, prepare: () => Promise.resolve(next) });
    here = { ...here, keys: next };
    keys.push(next);
    await addSession(here, 2);
  }
  return { here, keys };
}

Deno.test("a receipt of any entry verifies with any of the keys that there were", async () => {
  const { here, keys } = await rotated(3);
  const checkpoint = await checkpointIn(here);
  for (const seq of [0, 3, 8, 9, 12, 19, 20, 25, 29]) {
    const text = await makeReceipt({ store: memoryStore(here.rows), keys: here.keys }, { seq, checkpoint });
    for (const { publicKey } of keys) {
      const { status, finding } = verifyReceipt(text, { publicKeys: [publicKey] });
      assertEquals([seq, status], [seq, "intact"], finding?.detail);
    }
    assertEquals(verifyReceipt(text, { publicKeys: [generateKeys().publicKey] }).status, "unsigned");
  }
});

Deno.test("a receipt whose change of the key was forged does not lead to another key", async () => {
  const { here, keys: [first] } = await rotated(2);
  const checkpoint = await checkpointIn(here);
  const text = await makeReceipt({ store: memoryStore(here.rows), keys: here.keys }, { seq: 1, checkpoint });
  const trusted = { publicKeys: [first?.publicKey ?? new Uint8Array()] };
  assertEquals(verifyReceipt(text, trusted).status, "intact");
  const forger = generateKeys();
  const receipt = JSON.parse(text);
  const change = receipt.rotations[0].entry.next_key;
  const attacks: Record<string, object> = {
    "another new key": { ...change, public_key: forger.publicKey.toHex(), id: forger.id },
    "another old key": { ...change, old_public_key: forger.publicKey.toHex() },
    "no signature of the new key": { ...change, sig: "00".repeat(64) },
  };
  for (const [name, next_key] of Object.entries(attacks)) {
    const rotation = { ...receipt.rotations[0], entry: { ...receipt.rotations[0].entry, next_key } };
    const { status } = verifyReceipt(JSON.stringify({ ...receipt, rotations: [rotation] }), trusted);
    assertEquals([name, status], [name, "unsigned"]);
  }
  assertEquals(verifyReceipt(JSON.stringify({ ...receipt, rotations: [] }), trusted).status, "unsigned");
});

Deno.test("a pack verifies with any of the keys, whole or filtered, and brings all of them", async () => {
  const { here, keys } = await rotated(3);
  const filter = { fits: (seq: number) => seq === 2 || seq === 25, asked: { tool: "x" } };
  for (const files of [await packIn(here), await packIn(here, { filter })]) {
    const names = [...files.keys()].filter((name) => name.startsWith("keys/")).toSorted();
    assertEquals(names, keys.map(({ id }) => `keys/${id}.pub`).toSorted());
    for (const { publicKey } of keys) {
      const { status, finding } = await reportOn(here, files, { publicKeys: [publicKey] });
      assertEquals(status, "intact", finding?.detail);
    }
    const stranger = await reportOn(here, files, { publicKeys: [generateKeys().publicKey] });
    assertEquals(stranger.status, "unsigned");
  }
});

Deno.test("a filtered pack without the change of the key is one of strangers to who trusts the old key", async () => {
  const { here, keys: [first] } = await rotated(2);
  const files = await packIn(here, {
    filter: { fits: (seq: number) => seq === 2, asked: { from: "2", to: "2" } },
  });
  edit(files, "entries.jsonl", (text) => `${text.split("\n")[0]}\n`);
  const report = await reportOn(here, files, { publicKeys: [first?.publicKey ?? new Uint8Array()] });
  assertEquals(report.status, "unsigned");
});

Deno.test("a key that was replaced seals no tree for whoever trusts the key behind it", async () => {
  const { here, keys: [old] } = await rotated(2);
  if (old === undefined) throw new Error("no key");
  // The old key has come into other hands: another history, up to the change of keys that everybody knows.
  const thief = { ...here, keys: old };
  const checkpoint = await checkpointIn(thief);
  const { publicKey } = here.keys;
  const trusted = { publicKeys: [publicKey] };
  const receipt = JSON.parse(
    await makeReceipt({ store: memoryStore(here.rows), keys: here.keys }, {
      seq: 1,
      checkpoint: await checkpointIn(here),
    }),
  );
  const proof = receipt.proof.slice(0, receipt.proof.indexOf("\n\n") + 2) + checkpoint;
  const forged = verifyReceipt(JSON.stringify({ ...receipt, proof }), trusted);
  assertEquals([forged.status, forged.finding?.check], ["unsigned", "checkpoint"]);
  const filter = { fits: (seq: number) => seq === 2, asked: { from: "2", to: "2" } };
  const pack = await reportOn(here, await packIn(thief, { filter }), trusted);
  assertEquals([pack.status, pack.finding?.check], ["unsigned", "checkpoint"]);
});
