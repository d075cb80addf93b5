/** Verifies a receipt, which is ATTACKER-CONTROLLED, with public keys alone. */
import { fromHex, isJsonObject, type JsonObject, parseJson } from "../../base/mod.ts";
import { parseTlogProof } from "../note/tlog_proof.ts";
import type { TlogPolicy } from "../note/tlog_policy.ts";
import { emptyRoot } from "../tree/node.ts";
import { verifyInclusion } from "../tree/verify_proof.ts";
import type { KeptCheckpoint } from "../verify/checkpoints.ts";
import { viewEntry } from "../verify/entry_view.ts";
import { readEntryObject, type ReadLine } from "./line.ts";
import { keptOf, quorumOf } from "./kept.ts";
import { badField } from "./pack_payloads.ts";
import { type EvidenceReport, type Problem, problem } from "./report.ts";
import { isSealedBy, keyIdOf, sealingKeys, trustedKeys } from "./trust.ts";
import { readTrustedNote, type TrustedNote } from "./trusted_note.ts";

const TYPE = "countersign/receipt";
const MAX_CHARS = 64 * 1024 * 1024;
const MAX_ROTATIONS = 100;
const FIELDS: ReadonlySet<string> = new Set(
  ["v", "type", "entry", "hash", "sig", "key", "public_key", "proof", "disclosed", "rotations"],
);

export interface ReceiptOptions {
  /** Raw Ed25519 public keys that are trusted. */
  readonly publicKeys: readonly Uint8Array[];
  /** Checkpoints that somebody kept elsewhere. */
  readonly kept?: readonly KeptCheckpoint[];
  /** Who must have cosigned the checkpoint. */
  readonly policy?: TlogPolicy;
}

/** What is checked beside the form. */
interface Receipt {
  readonly line: ReadLine;
  readonly publicKey: Uint8Array;
  readonly proof: string;
  readonly rotations: readonly ReadLine[];
  readonly disclosed: JsonObject | undefined;
}

/**
 * Is this a receipt that holds? `intact`, or the first thing that is wrong with it. Never throws for what stands in the
 * receipt; Fault `usage` for a kept checkpoint that no key of this ledger has signed.
 */
export function verifyReceipt(text: string, options: ReceiptOptions): EvidenceReport {
  const receipt = readReceipt(text);
  if (typeof receipt === "string") return unreadable(receipt);
  const keys = trustedKeys(options.publicKeys, receipt.rotations);
  const proof = parseTlogProof(receipt.proof);
  if (!proof.ok) return unreadable(proof.error);
  const sealers = sealingKeys(options.publicKeys, receipt.rotations);
  const note = readTrustedNote(proof.value.checkpoint, sealers.values());
  const { line } = receipt;
  const found = checkEntry(receipt, keys) ?? checkDisclosed(receipt) ??
    (note.ok
      ? checkPath(line, proof.value, note.value) ?? checkNote(note.value, keys, options)
      : checkpointProblem(note.error));
  return {
    status: "intact",
    entries: found === undefined ? 1 : 0,
    head: found === undefined ? { seq: line.seq, hash: line.hash } : undefined,
    root: note.ok ? note.value.checkpoint.root : emptyRoot(),
    finding: undefined,
    key: note.ok ? keyIdOf(note.value.publicKey) : "",
    ...found,
  };
}

/** The receipt, or why it is none. */
function readReceipt(text: string): Receipt | string {
  if (text.length > MAX_CHARS) return "it is too long for a receipt";
  const parsed = parseJson(text);
  if (!parsed.ok || !isJsonObject(parsed.value)) return "it is not one JSON object";
  const value = parsed.value;
  if (value["v"] !== 1 || value["type"] !== TYPE) return "it does not say that it is a receipt of version 1";
  if (Object.keys(value).some((field) => !FIELDS.has(field))) return "it has a field that no receipt has";
  const { public_key: keyHex, proof, disclosed, rotations = [] } = value;
  const line = lineOfPart(value);
  if (line === undefined) return "it has no entry with its hash, signature and key";
  const publicKey = typeof keyHex === "string" ? fromHex(keyHex) : undefined;
  if (publicKey?.length !== 32 || typeof proof !== "string") return "it has no public key, or no proof";
  if (disclosed !== undefined && !isJsonObject(disclosed)) return "what it discloses is no object";
  if (!Array.isArray(rotations) || rotations.length > MAX_ROTATIONS) {
    return "its changes of the key are no list";
  }
  const changes = rotations.map((one) => isJsonObject(one) ? lineOfPart(one) : undefined);
  if (!changes.every((change) => change !== undefined)) return "a change of the key in it is none";
  return { line, publicKey, proof, rotations: changes, disclosed };
}

function lineOfPart({ entry, hash, sig, key }: JsonObject): ReadLine | undefined {
  if (!isJsonObject(entry) || ["hash", "sig", "key"].some((name) => Object.hasOwn(entry, name))) {
    return undefined;
  }
  const line = readEntryObject({ ...entry, hash, sig, key } as JsonObject);
  return line.ok && line.value.fields !== undefined ? line.value : undefined;
}

/** In form, and signed by a key that is trusted. */
function checkEntry(
  { line, publicKey }: Receipt,
  keys: ReadonlyMap<string, Uint8Array>,
): Problem | undefined {
  const { seq } = line;
  const view = viewEntry(seq, line.record);
  if ("check" in view) return problem("broken", view);
  if (keyIdOf(publicKey) !== line.key) {
    return problem("broken", {
      seq,
      check: "key",
      detail: "the public key that it brings is not that of its entry",
    });
  }
  const key = keys.get(line.key);
  if (key === undefined) {
    return problem("unsigned", {
      seq,
      check: "key",
      detail: `signed by key ${line.key}, which is not trusted`,
    });
  }
  if (isSealedBy(line, key)) return undefined;
  return problem("unsigned", {
    seq,
    check: "signature",
    detail: "the signature is not one of the trusted key over it",
  });
}

/** The entry is in the tree of the checkpoint, at the place that it says. */
function checkPath(
  { seq, hash: leaf }: ReadLine,
  { index, hashes: proof }: { readonly index: number; readonly hashes: readonly string[] },
  { checkpoint: { size, root } }: TrustedNote,
): Problem | undefined {
  const no = (detail: string) => problem("broken", { seq, check: "proof", detail });
  if (index !== seq) return no(`the proof is of entry ${index}`);
  if (verifyInclusion({ index, size, leaf, root, proof })) return undefined;
  return no("the proof does not lead from the entry to the root of the checkpoint");
}

/** The checkpoint against those that were kept, and its cosignatures. Of another size nothing can be said without a proof. */
function checkNote(
  note: TrustedNote,
  keys: ReadonlyMap<string, Uint8Array>,
  { kept = [], policy }: ReceiptOptions,
): Problem | undefined {
  const { size, root } = note.checkpoint;
  const other = keptOf(kept, keys).find((one) => one.size === size && one.root !== root);
  if (other === undefined) return quorumOf(note, policy);
  return problem("forked", {
    seq: size,
    check: "checkpoint",
    detail: `a kept checkpoint of ${size} entries has another root`,
  });
}

/** What was disclosed must have the digest that the entry has, or it is another call's. */
function checkDisclosed({ line, disclosed }: Receipt): Problem | undefined {
  if (disclosed === undefined) return undefined;
  const no = (detail: string) => problem("broken", { seq: line.seq, check: "disclosed", detail });
  const known = ["k", "input", "output"];
  if (Object.keys(disclosed).some((field) => !known.includes(field))) {
    return no("it discloses something that no receipt discloses");
  }
  const bad = badField(disclosed, line.fields ?? {});
  return bad === undefined
    ? undefined
    : no(`the ${bad} that it discloses does not have the digest of the entry`);
}

function checkpointProblem(error: { readonly signed?: false; readonly detail: string }): Problem {
  return problem("unsigned", { seq: 0, check: "checkpoint", detail: error.detail });
}

function unreadable(detail: string): EvidenceReport {
  const finding = { seq: 0, check: "form", detail };
  return { status: "unreadable", entries: 0, head: undefined, root: emptyRoot(), finding, key: "" };
}
