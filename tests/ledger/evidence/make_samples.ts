/**
 * Makes the samples under tests/vectors/evidence/ anew: packs and receipts for verifiers in other languages.
 *
 *     deno run --allow-all tests/ledger/evidence/make_samples.ts
 *
 * The key is always the same; ids of sessions are not, so every run makes other files that say the same.
 */
import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { manualClock } from "../../../lib/base/mod.ts";
import { makeReceipt } from "../../../lib/ledger/evidence/receipt.ts";
import { keyIdOf } from "../../../lib/ledger/evidence/trust.ts";
import { type Keys, makeDigester } from "../../../lib/ledger/mod.ts";
import { memoryRows, memoryStore } from "../../../lib/store/mod.ts";
import type { World } from "../support.ts";
import { addSession, checkpointIn, type Files, packIn } from "./support.ts";
import { tarOf } from "./tar_support.ts";

const FOLDER = new URL("../../vectors/evidence/", import.meta.url);

function sampleKeys(): Keys {
  const seed = new Uint8Array(32).fill(7);
  const der = Uint8Array.fromHex(`302e020100300506032b657004220420${seed.toHex()}`);
  const privateKey = createPrivateKey({ key: der as never, format: "der", type: "pkcs8" });
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  const publicKey = new Uint8Array(spki.subarray(spki.length - 32));
  return {
    id: keyIdOf(publicKey),
    publicKey,
    blinding: new Uint8Array(32).fill(9),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  };
}

async function writeFolder(name: string, files: Files): Promise<void> {
  await Deno.remove(new URL(name, FOLDER), { recursive: true }).catch(() => {});
  for (const [path, bytes] of files) {
    const url = new URL(`${name}/${path}`, FOLDER);
    await Deno.mkdir(new URL(".", url), { recursive: true });
    await Deno.writeFile(url, bytes);
  }
}

const here: World = {
  rows: memoryRows(),
  taken: new Set(),
  keys: sampleKeys(),
  clock: manualClock(1_790_000_000_000_000),
};
const texts = [{ name: "policy.toml", text: "version = 1\n" }];
await addSession(here, 5, { request: { policyTexts: texts, record: "full" } });
await addSession(here, 2, { request: { server: "sérvér \u202e \u2028" } });

await Deno.mkdir(FOLDER, { recursive: true });
const whole = await packIn(here);
await writeFolder("pack-whole", whole);
await Deno.writeFile(new URL("pack-whole.tar", FOLDER), tarOf(whole));
const chosen = {
  fits: (_seq: number, entry: { readonly tool?: string } | undefined) => entry?.tool === "delete_file",
  asked: { tool: "delete_file" },
};
await writeFolder("pack-filtered", await packIn(here, { filter: chosen, disclose: true }));
const ledger = { store: memoryStore(here.rows), keys: here.keys };
const checkpoint = await checkpointIn(here);
const disclose = makeDigester(here.keys.blinding);
await Deno.writeTextFile(new URL("receipt.json", FOLDER), await makeReceipt(ledger, { seq: 3, checkpoint }));
await Deno.writeTextFile(
  new URL("receipt-disclosed.json", FOLDER),
  await makeReceipt(ledger, { seq: 1, checkpoint, disclose, payload: true }),
);
await Deno.writeTextFile(new URL("public-key.txt", FOLDER), `${here.keys.publicKey.toHex()}\n`);
