/** Verifies a pack: its entries by the same status words as a ledger, then its manifest, files and tree. */
import type { TlogPolicy } from "../note/tlog_policy.ts";
import type { KeptCheckpoint } from "../verify/checkpoints.ts";
import type { VerifyReport } from "../verify/report.ts";
import type { VerifySource } from "../verify/source.ts";
import { signedBy } from "./dsse.ts";
import { keptOf, quorumOf } from "./kept.ts";
import { ChosenEntries } from "./pack_chosen.ts";
import { checkFiles } from "./pack_files.ts";
import { checkPayloads } from "./pack_payloads.ts";
import { keyChanges, type Pack } from "./pack_read.ts";
import { checkTree } from "./pack_tree.ts";
import { type EvidenceReport, holds, type Problem, problem } from "./report.ts";
import { keyIdOf, sealingKeys, trustedKeys } from "./trust.ts";
import { readTrustedNote, type TrustedNote } from "./trusted_note.ts";

export interface PackOptions {
  /** Raw Ed25519 public keys that are trusted. */
  readonly publicKeys: readonly Uint8Array[];
  /** Checkpoints that somebody kept elsewhere: the tree of the pack must fit them. */
  readonly kept?: readonly KeptCheckpoint[];
  /** Who must have cosigned the checkpoint of the pack. */
  readonly policy?: TlogPolicy;
  /** Verifies a whole export as the ledger that it is of (verifyLedger, with these keys, checkpoints and policy). */
  readonly verifyEntries: (source: VerifySource) => Promise<VerifyReport>;
}

/**
 * Never throws for what stands in the pack: that is a status. Throws Fault `usage` for a kept checkpoint that no key of this
 * ledger has signed.
 */
export async function verifyPack(pack: Pack, options: PackOptions): Promise<EvidenceReport> {
  const changes = await keyChanges(pack.files, MAX_CHANGES);
  const keys = trustedKeys(options.publicKeys, changes);
  const sealers = sealingKeys(options.publicKeys, changes);
  const ledger = pack.filtered ? undefined : await options.verifyEntries(pack.source);
  const base = reportOf(pack, sealers, ledger);
  if (ledger !== undefined && !holds(ledger.status)) return base;
  const chosen = ledger === undefined ? new ChosenEntries(pack, keys) : undefined;
  const found = await checkAll(pack, { keys, sealers, chosen, ledger, options });
  const counted = chosen === undefined ? base : { ...base, entries: chosen.count, head: chosen.last };
  return found === undefined ? counted : { ...counted, ...found };
}

// Nobody changes a key so often; a pack that says so must not fill the memory.
const MAX_CHANGES = 10_000;

function reportOf(
  { manifest }: Pack,
  sealers: ReadonlyMap<string, Uint8Array>,
  ledger: VerifyReport | undefined,
): EvidenceReport {
  const signer = [...sealers.values()].find((key) => signedBy(manifest.envelope, key));
  return {
    status: ledger?.status ?? "intact",
    entries: ledger?.entries ?? 0,
    head: ledger?.head,
    root: ledger?.root ?? manifest.predicate.checkpoint.root,
    finding: ledger?.finding,
    key: signer === undefined ? "" : keyIdOf(signer),
    ...ledger && { ledger },
  };
}

interface Checking {
  /** Keys of entries. */
  readonly keys: ReadonlyMap<string, Uint8Array>;
  /** Those of them that may sign the checkpoint and the manifest. */
  readonly sealers: ReadonlyMap<string, Uint8Array>;
  /** Of a filtered pack: its entries, still to be checked. */
  readonly chosen: ChosenEntries | undefined;
  /** Of a whole one: what its entries say. */
  readonly ledger: VerifyReport | undefined;
  readonly options: PackOptions;
}

/** In this order, so that the finding is the most telling one: which entry, rather than which file. */
async function checkAll(pack: Pack, checking: Checking): Promise<Problem | undefined> {
  const { sealers, options } = checking;
  const newest = readTrustedNote(pack.checkpoint, sealers.values());
  if (!newest.ok) return noted("signed" in newest.error ? "unsigned" : "broken", newest.error.detail);
  return await checkEntries(pack, newest.value, checking) ?? checkManifest(pack, newest.value, checking) ??
    await checkFiles(pack) ?? await checkPayloads(pack) ?? quorumOf(newest.value, options.policy);
}

/** The tree of the pack, and every chosen entry at its place; of a whole pack the root of its entries. */
async function checkEntries(
  pack: Pack,
  { checkpoint }: TrustedNote,
  { keys, chosen, ledger, options }: Checking,
): Promise<Problem | undefined> {
  if (ledger !== undefined && (ledger.root !== checkpoint.root || ledger.entries !== checkpoint.size)) {
    return noted("broken", "the entries of the pack are not those of its checkpoint");
  }
  const kept = keptOf(options.kept ?? [], keys);
  const onLeaf = (index: number, leaf: string) => chosen?.leaf(index, leaf);
  return await checkTree(pack, { checkpoint, kept, onLeaf }) ?? await chosen?.end();
}

function checkManifest(
  { manifest: { envelope, predicate } }: Pack,
  { checkpoint: { size, root } }: TrustedNote,
  { sealers, chosen, ledger }: Checking,
): Problem | undefined {
  const { checkpoint } = predicate;
  const entries = chosen?.count ?? ledger?.entries;
  if (checkpoint.size !== size || checkpoint.root !== root || predicate.entries !== entries) {
    return manifestProblem("broken", "the manifest says another number of entries, or another tree");
  }
  if ([...sealers.values()].some((key) => signedBy(envelope, key))) return undefined;
  return manifestProblem("unsigned", "the manifest is not signed by a trusted key");
}

function noted(status: Problem["status"], detail: string): Problem {
  return problem(status, { seq: 0, check: "checkpoint", detail });
}

function manifestProblem(status: Problem["status"], detail: string): Problem {
  return problem(status, { seq: 0, check: "manifest", detail });
}
