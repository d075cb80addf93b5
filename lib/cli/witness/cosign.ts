/** Shows the newest checkpoint of a ledger to its witnesses, and keeps their cosignatures beside it. */
import { Fault, pause, utf8, utf8Decode } from "../../base/mod.ts";
import {
  consistencyProof,
  cosignedBy,
  formatNote,
  type LedgerStore,
  parseCheckpoint,
  parseNote,
  parseTlogPolicy,
  type PolicyWitness,
  quorumMet,
  type SignedNote,
  storeHashes,
  type TlogPolicy,
} from "../../ledger/mod.ts";
import { gatherCosignatures, type Gathered, type WitnessAnswer } from "../../witness/mod.ts";

/** What came of it. */
export interface Cosigned {
  /** Tree size of the checkpoint. */
  readonly size: number;
  /** The note with all cosignatures that it has now. */
  readonly note: string;
  readonly quorum: { readonly met: boolean; readonly by: readonly string[] };
  readonly results: readonly Gathered[];
}

/** The witnesses' policy in a file. Throws Fault `config` for one that cannot be read. */
export async function readWitnessPolicy(path: string): Promise<TlogPolicy> {
  const text = await Deno.readTextFile(path).catch((cause) => {
    throw new Fault("config", `Cannot read the witnesses' policy: "${path}" is not readable`, {
      cause,
      hint: "[ledger] witnesses names a C2SP tlog-policy file",
    });
  });
  const policy = parseTlogPolicy(text);
  if (policy.ok) return policy.value;
  throw new Fault("config", `Cannot read the witnesses' policy: "${path}": ${policy.error}`, {
    hint: "a line is: witness <name> <vkey> <url>; the last one: quorum <name>",
  });
}

// Sessions of one client end at the same instant, and each of them shows its last checkpoint.
const MOST_ROUNDS = 3;

/**
 * `undefined` where the ledger has no checkpoint yet. `timeoutMs`: for one witness. Where another process shows a newer
 * checkpoint meanwhile, a witness refuses ours as one that goes back: then the newer one is shown.
 */
export async function cosignNewest(
  store: LedgerStore,
  policy: TlogPolicy,
  options: { readonly timeoutMs: number },
): Promise<Cosigned | undefined> {
  for (let round = 1;; round++) {
    const cosigned = await cosignOnce(store, policy, options);
    if (cosigned === undefined || round === MOST_ROUNDS) return cosigned;
    if (cosigned.results.every((result) => result.cosigned)) return cosigned;
    if ((await newestCheckpoint(store))?.size === cosigned.size) return cosigned;
  }
}

async function cosignOnce(
  store: LedgerStore,
  policy: TlogPolicy,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<Cosigned | undefined> {
  const newest = await newestCheckpoint(store);
  if (newest === undefined) return undefined;
  const { note, size } = newest;
  const checkpoint = parseCheckpoint(note.text);
  if (!checkpoint.ok) throw damaged();
  const seen = await lastSeenSizes(store, policy.witnesses);
  const { note: cosigned, results } = await gatherCosignatures({
    note,
    checkpoint: checkpoint.value,
    witnesses: policy.witnesses,
    lastSeen: ({ name }) => seen.get(name) ?? 0,
    proofFrom: (from) => consistencyProof(storeHashes(store), from, size),
    post: (url, body) => post(url, body, timeoutMs),
  });
  const kept = await keep(store, size, cosigned);
  return { size, note: formatNote(kept), quorum: quorumMet(policy, kept), results };
}

/** As {@link cosignNewest}, of the ledger in a folder. Needs none of its keys. */
export async function cosignFolder(
  folder: string,
  policy: TlogPolicy,
  options: { readonly timeoutMs: number },
): Promise<Cosigned | undefined> {
  const { openLedgerStore } = await import("../../store/mod.ts");
  const store = await openLedgerStore(folder);
  try {
    return await cosignNewest(store, policy, options);
  } finally {
    store.close();
  }
}

interface StoredCheckpoint {
  readonly note: SignedNote;
  readonly size: number;
}

async function newestCheckpoint(store: LedgerStore): Promise<StoredCheckpoint | undefined> {
  for await (const { key, value } of store.scan("checkpoint", { newestFirst: true })) {
    const note = parseNote(utf8Decode(value) ?? "");
    if (typeof key !== "number" || !note.ok) throw damaged();
    return { note: note.value, size: key };
  }
  return undefined;
}

// As far back as is looked for a witness's last cosignature; beyond it the witness itself says what it saw.
const LOOK_BACK = 200;

async function lastSeenSizes(
  store: LedgerStore,
  witnesses: readonly PolicyWitness[],
): Promise<ReadonlyMap<string, number>> {
  const seen = new Map<string, number>();
  let looked = 0;
  for await (const { key, value } of store.scan("checkpoint", { newestFirst: true })) {
    const note = parseNote(utf8Decode(value) ?? "");
    if (!note.ok || typeof key !== "number") continue;
    for (const { name, key: witness } of witnesses) {
      if (!seen.has(name) && cosignedBy(note.value, witness) !== undefined) seen.set(name, key);
    }
    if (seen.size === witnesses.length || ++looked === LOOK_BACK) break;
  }
  return seen;
}

const KEEP_TRIES = 50;
const KEEP_NAP_MS = 20;

/** Puts the cosignatures beside those that another process kept meanwhile; answers with all of them. */
async function keep(store: LedgerStore, size: number, note: SignedNote): Promise<SignedNote> {
  for (let tries = 1; tries <= KEEP_TRIES; tries++) {
    const cell = await store.read("checkpoint", size);
    const there = parseNote(utf8Decode(cell?.value ?? new Uint8Array()) ?? "");
    if (cell === undefined || !there.ok || there.value.text !== note.text) throw damaged();
    const all = { text: note.text, signatures: [...note.signatures, ...others(there.value, note)] };
    const { done } = await store.commit({
      checks: [{ table: "checkpoint", key: size, version: cell.version }],
      changes: [{ table: "checkpoint", key: size, value: utf8(formatNote(all)) }],
    });
    if (done) return all;
    await pause(Math.random() * KEEP_NAP_MS);
  }
  throw new Fault("ledger", "Cannot keep the cosignatures: other processes held the file all the time", {
    hint: "countersign checkpoint asks the witnesses again",
  });
}

function others(there: SignedNote, { signatures }: SignedNote): SignedNote["signatures"] {
  return there.signatures.filter(({ name, keyId }) =>
    !signatures.some((one) => one.name === name && one.keyId === keyId)
  );
}

// A few dozen signature lines are below 10 KB.
const MAX_ANSWER_BYTES = 64 * 1024;

async function post(url: string, body: string, timeoutMs: number): Promise<WitnessAnswer | undefined> {
  try {
    const response = await fetch(url, {
      method: "POST",
      body,
      headers: { "content-type": "text/plain; charset=utf-8" },
      // A witness that sends us elsewhere is not the one that the policy names.
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.status, body: await textOf(response) };
  } catch {
    return undefined; // unreachable, late, or no HTTP: the operator is told that it gave no answer
  }
}

/** As much of an answer as one may be long. ATTACKER-CONTROLLED. */
async function textOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > MAX_ANSWER_BYTES) throw new Error("an answer that is too long");
    parts.push(part);
  }
  return new TextDecoder().decode(await new Blob(parts as BlobPart[]).arrayBuffer());
}

function damaged(): Fault {
  return new Fault("ledger", "Cannot ask the witnesses: the newest checkpoint in the store is damaged", {
    hint: "countersign verify",
  });
}
