/** Makes a pack: everything that somebody who does not trust us needs to check what was recorded. */
import { Fault, fromHex, rfc3339Micros, toHex, utf8 } from "../../base/mod.ts";
import type { Clock } from "../../base/mod.ts";
import type { Digester } from "../digest.ts";
import type { Entry } from "../entry.ts";
import { HEAD_KEY, readHead, sealHead } from "../head.ts";
import type { Checkpoint } from "../note/checkpoint.ts";
import { readPayloads } from "../payloads.ts";
import { readPolicyTexts } from "../policy_texts.ts";
import type { Keys, LedgerStore } from "../port.ts";
import { checkpointOf } from "./checkpoint_text.ts";
import { type EvidenceFilter, type Walked, walkEntries } from "./entry_stream.ts";
import { type HashedFile, HashedOutput } from "./hashed_output.ts";
import { type EvidencePredicate, PACK_TYPE, sealManifest } from "./manifest.ts";
import { PACK, type PackOutput } from "./names.ts";
import { publicKeyPem } from "./pem.ts";
import { keyIdOf } from "./trust.ts";

/** What a pack is made from. */
export interface EvidenceLedger {
  readonly store: Pick<LedgerStore, "read" | "scan">;
  readonly keys: Keys;
  readonly clock: Clock;
}

export interface PackRequest {
  /** A signed note; the pack holds the entries of that tree. */
  readonly checkpoint: string;
  readonly filter?: EvidenceFilter | undefined;
  /** Discloses what was recorded in full, and the keys of its digests. */
  readonly disclose?: Digester | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Writes a pack, the manifest last: where it is, the pack is whole. Answers with what the manifest says. Throws Fault `ledger`. */
export async function writePack(
  ledger: EvidenceLedger,
  output: PackOutput,
  request: PackRequest,
): Promise<EvidencePredicate> {
  const files = new HashedOutput(output);
  const checkpoint = checkpointOf(request.checkpoint);
  const { walked, policies } = await writeEntries(ledger, files, { ...request, size: checkpoint.size });
  if (walked.root !== checkpoint.root) throw notThatTree(checkpoint);
  await writeCheckpoints(ledger, files, request.checkpoint, checkpoint.size);
  await writeKeys(ledger, files, walked);
  await writePolicies(ledger, files, policies);
  await writeHead(ledger, files, { size: checkpoint.size, walked });
  const { size, root, origin } = checkpoint;
  const predicate: EvidencePredicate = {
    origin,
    created: rfc3339Micros(ledger.clock.nowMicros()),
    entries: walked.entries,
    range: walked.range,
    filter: request.filter?.asked ?? null,
    checkpoint: { size, root },
  };
  const manifest = sealManifest({ type: PACK_TYPE, digests: new Map(files.digests), predicate }, ledger.keys);
  await files.put(PACK.manifest, manifest);
  return predicate;
}

interface WriteEntries extends PackRequest {
  readonly size: number;
}

async function writeEntries(
  ledger: EvidenceLedger,
  files: HashedOutput,
  { size, filter, disclose, onProgress }: WriteEntries,
): Promise<{ readonly walked: Walked; readonly policies: ReadonlySet<string> | undefined }> {
  const entries = await files.open(PACK.entries), hashes = await files.open(PACK.hashes);
  const payloads = disclose === undefined ? undefined : await files.open(PACK.payloads);
  const policies = filter === undefined ? undefined : new Set<string>();
  const onEntry = filter === undefined && disclose === undefined ? undefined : (entry: Entry) => {
    if (entry.policy !== undefined) policies?.add(entry.policy);
    return disclose && payloads && writePayload(ledger, payloads, entry, disclose);
  };
  const progress = onProgress === undefined ? {} : { onProgress };
  const options = { first: 0, until: size, filter, entries, hashes, ...onEntry && { onEntry }, ...progress };
  const walked = await walkEntries(ledger.store, options);
  for (const file of [entries, hashes, payloads]) await file?.close();
  return { walked, policies };
}

/** A line for each entry that has a payload: k, and what of it was recorded in full. */
async function writePayload(
  { store }: EvidenceLedger,
  file: HashedFile,
  entry: Entry,
  digester: Digester,
): Promise<void> {
  if (entry.input?.digest === undefined && entry.output?.digest === undefined) return;
  const k = digester.keyOf(entry.id);
  const { input, output } = await readPayloads(store, entry, k);
  const line = {
    seq: entry.seq,
    k: toHex(k),
    ...input !== undefined && { input },
    ...output !== undefined && { output },
  };
  await file.write(utf8(`${JSON.stringify(line)}\n`));
}

async function writeCheckpoints(
  { store }: EvidenceLedger,
  files: HashedOutput,
  newest: string,
  size: number,
): Promise<void> {
  await files.put(PACK.checkpoint, newest);
  for await (const { key, value } of store.scan("checkpoint", { from: 0, until: size + 1 })) {
    if (typeof key === "number" && Number.isSafeInteger(key)) {
      await files.put(`checkpoints/${key}.txt`, value);
    }
  }
}

async function writeKeys({ keys }: EvidenceLedger, files: HashedOutput, { rotated }: Walked): Promise<void> {
  const all = new Map([[keys.id, keys.publicKey]]);
  for (const hex of rotated) {
    const key = fromHex(hex);
    if (key?.length === 32) all.set(keyIdOf(key), key);
  }
  for (const [id, key] of all) await files.put(`keys/${id}.pub`, publicKeyPem(key));
}

/** Texts of the policies that the entries name; of a whole export, all that are kept. */
async function writePolicies(
  { store }: EvidenceLedger,
  files: HashedOutput,
  named: ReadonlySet<string> | undefined,
): Promise<void> {
  for (const digest of named ?? await keptPolicies(store)) {
    const texts = await readPolicyTexts(store, digest);
    const name = digest.replace(/^sha256:/, "");
    if (texts === undefined || !/^[0-9a-f]{64}$/.test(name)) continue;
    await files.put(`policies/${name}.json`, `${JSON.stringify(texts, null, 2)}\n`);
  }
}

async function keptPolicies(store: Pick<LedgerStore, "scan">): Promise<ReadonlySet<string>> {
  const digests = new Set<string>();
  for await (const { key } of store.scan("policy")) {
    if (typeof key === "string") digests.add(key.replace(/\/\d+$/, ""));
  }
  return digests;
}

/** The head as of this tree: the ledger's own where that has not moved on, else one that says the same of that entry. */
async function writeHead(
  { store, keys }: EvidenceLedger,
  files: HashedOutput,
  { size, walked }: { readonly size: number; readonly walked: Walked },
): Promise<void> {
  const { last, lastTime } = walked;
  if (last === undefined) return;
  const cell = await store.read("head", HEAD_KEY);
  const head = cell === undefined ? undefined : readHead(cell.value);
  if (cell !== undefined && head?.seq === size - 1) return await files.put(PACK.head, cell.value);
  await files.put(PACK.head, sealHead({ seq: size - 1, hash: last, timeMicros: microsOf(lastTime) }, keys));
}

/** The inverse of `rfc3339Micros`. */
function microsOf(time: string | undefined): number {
  return time === undefined ? 0 : Date.parse(`${time.slice(0, 23)}Z`) * 1000 + Number(time.slice(23, 26));
}

function notThatTree({ size }: Checkpoint): Fault {
  return new Fault(
    "ledger",
    `Cannot export: the entries do not give the root of the checkpoint of ${size} entries`,
    {
      hint: "countersign verify",
    },
  );
}
