/** Proves a ledger, or names the first thing that is wrong with it. Trusts the auditor's keys and nothing in the store. */
import { Fault } from "../../base/mod.ts";
import type { TlogPolicy } from "../note/tlog_policy.ts";
import type { Cell } from "../port.ts";
import { checkSignatures as checkHere } from "../signatures.ts";
import { ChainWalk } from "./chain_walk.ts";
import { Checkpoints, type KeptCheckpoint } from "./checkpoints.ts";
import { viewEntry } from "./entry_view.ts";
import { type Finding, finding } from "./finding.ts";
import { type HeadView, viewHead } from "./head_view.ts";
import { KeyChain, oldKeyIn } from "./key_chain.ts";
import { checkQuorum } from "./quorum.ts";
import { report, type VerifyReport } from "./report.ts";
import type { CheckSignatures } from "./signature_queue.ts";
import { guarded, Unreadable, type VerifySource } from "./source.ts";

export type { VerifyReport, VerifyStatus } from "./report.ts";
export type { VerifySource } from "./source.ts";

export interface VerifyOptions {
  /** Raw Ed25519 public keys, 32 bytes each: trusted, and by one of them every key before and behind it in the ledger. */
  readonly publicKeys: readonly Uint8Array[];
  /** Keys that lie beside the ledger. Not trusted: they spare a search, and a key of the ledger has to vouch for them. */
  readonly offeredKeys?: readonly Uint8Array[];
  /** Checkpoints that the auditor kept elsewhere. */
  readonly kept?: readonly KeptCheckpoint[];
  /** What the newest checkpoint must have of logs and witnesses. */
  readonly policy?: TlogPolicy;
  /** Checks a batch of signatures; by default in this thread. */
  readonly checkSignatures?: CheckSignatures;
  /** Called now and then with how many entries are done, and how many there are. */
  readonly onProgress?: (done: number, total: number) => void;
}

// A ledger that is being written to grows while it is read; after so many looks at the head the rest is left unread.
const MAX_ROUNDS = 5;

/**
 * Verifies all entries, the checkpoints on the way, then the head. Never throws for what stands in the store: that is a
 * status. Throws Fault `usage` for a kept checkpoint that no key of this ledger has signed.
 */
export async function verifyLedger(source: VerifySource, options: VerifyOptions): Promise<VerifyReport> {
  const keys = new KeyChain(options.publicKeys, options.offeredKeys);
  const walk = new ChainWalk(keys, options.checkSignatures ?? checkAtOnce);
  const checkpoints = new Checkpoints(options.kept ?? [], () => keys.believed);
  const unreadable = await walkAll({ source: guarded(source), walk, checkpoints, options });
  await walk.finish((unreadable ?? checkpoints.broken) === undefined);
  refuseStrangers(checkpoints);
  const ended = unreadable === undefined ? judgeEnd(walk, checkpoints, options.policy) : NOTHING_MORE;
  return report({ walk, checkpoints, unreadable, ...ended });
}

function checkAtOnce(batch: Parameters<CheckSignatures>[0]): Promise<readonly number[]> {
  return Promise.resolve(checkHere(batch));
}

/** What is put together on the way. */
interface Trip {
  readonly source: VerifySource;
  readonly walk: ChainWalk;
  readonly checkpoints: Checkpoints;
  readonly options: VerifyOptions;
}

/** Answers with why the store cannot be read. */
async function walkAll(trip: Trip): Promise<Finding | undefined> {
  const { source, walk, checkpoints } = trip;
  try {
    await beginKeys(source, walk.keys);
    await checkpoints.open(source);
    await verifyRounds(trip);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof Unreadable)) throw thrown;
    return finding(walk.next, "record", `the store cannot be read: ${thrown.message}`);
  } finally {
    await checkpoints.close();
  }
}

/**
 * Finds the public key that signed the first entry. Where it is neither trusted nor offered it is an old one, and the first
 * change of keys names it.
 */
async function beginKeys(source: VerifySource, keys: KeyChain): Promise<void> {
  const cell = await source.read("entry", 0);
  const first = cell === undefined ? undefined : viewEntry(0, cell.value);
  if (first === undefined || "check" in first || keys.beginWith(first.key)) return;
  for await (const { value } of source.scan("entry")) {
    const old = oldKeyIn(value, first.key);
    if (old !== undefined) return keys.begin(old);
  }
}

/** Reads up to the head, and goes on while the head moves: a ledger may be verified while it is written to. */
async function verifyRounds(trip: Trip): Promise<void> {
  const { source, walk, checkpoints } = trip;
  const isBroken = () => walk.broken !== undefined || checkpoints.broken !== undefined;
  for (let round = 1; !isBroken(); round++) {
    const isLast = round === MAX_ROUNDS;
    const cell = await source.read("head", "newest");
    const head = cell === undefined ? undefined : viewHead(cell.value);
    await walkTo(trip, head);
    if (isBroken()) return;
    // Entries may be written right behind our look at the head: the very first one, or those that an unknown key signs.
    const isPast = walk.next > (head?.seq ?? -1) + 1;
    if (isPast && !isLast && (await source.read("head", "newest"))?.version !== cell?.version) continue;
    walk.compareHead(cell !== undefined, head);
    if (isBroken() || await isEnd(trip, { before: cell, isLast })) return;
    if (isLast) return checkpoints.end(undefined, walk.tree);
  }
}

async function walkTo(
  { source, walk, checkpoints, options }: Trip,
  head: HeadView | undefined,
): Promise<void> {
  const total = (head?.seq ?? -1) + 1;
  const isTrusted = head !== undefined &&
    walk.keys.believed.some(({ publicKey }) => head.signedBy(publicKey));
  // The first round begins before entry 0: rows that stand there are none that a ledger writes.
  const from = walk.next === 0 ? {} : { from: walk.next };
  const until = isTrusted ? { until: total } : {};
  await checkpoints.pass(walk.tree);
  if (checkpoints.broken !== undefined) return;
  for await (const row of source.scan("entry", { ...from, ...until })) {
    await walk.step(row.key, row.value);
    if (walk.broken !== undefined) return;
    if (checkpoints.isDue(walk.next)) await checkpoints.pass(walk.tree);
    if (checkpoints.broken !== undefined) return;
    if (walk.next % 1024 === 0) options.onProgress?.(walk.next, Math.max(total, walk.next));
  }
  options.onProgress?.(walk.next, Math.max(total, walk.next));
}

interface Look {
  /** The head's row, as it was when we looked at it. */
  readonly before: Cell | undefined;
  readonly isLast: boolean;
}

/**
 * Nothing stands behind the head, or what does was written since we looked at it. Only a head that names it is a reason to
 * look again, and in the end only one that is signed: whoever writes the old one again and again gains nothing by it.
 */
async function isEnd({ source, walk, checkpoints }: Trip, { before, isLast }: Look): Promise<boolean> {
  const hasMoved = async () => {
    const cell = await source.read("head", "newest");
    const head = cell === undefined || cell.version === before?.version ? undefined : viewHead(cell.value);
    if (head === undefined || head.seq < walk.next) return false;
    return !isLast || walk.keys.believed.some(({ publicKey }) => head.signedBy(publicKey));
  };
  for await (const row of source.scan("entry", { from: walk.next })) {
    if (await hasMoved()) return false;
    walk.broken = finding(walk.next, "head", `a row stands behind the newest entry (${String(row.key)})`);
    return true;
  }
  const larger = await checkpoints.larger(source, walk.tree);
  if (larger !== undefined && await hasMoved()) return false;
  checkpoints.end(larger, walk.tree);
  return true;
}

/** A checkpoint of another log, or of a key that this ledger does not know, proves nothing about it either way. */
function refuseStrangers(checkpoints: Checkpoints): void {
  const stranger = checkpoints.strangers()[0];
  if (stranger === undefined) return;
  throw new Fault(
    "usage",
    `Cannot compare with the checkpoint ${stranger.name}: no key of this ledger signed it`,
    {
      hint:
        "it is another ledger's, or this ledger was written anew with another key: name the key that you kept " +
        "with --public-key",
    },
  );
}

/** What shows once everything was seen; where the walk ended early that never was. */
function judgeEnd(walk: ChainWalk, checkpoints: Checkpoints, policy: TlogPolicy | undefined) {
  if ((walk.broken ?? checkpoints.broken) !== undefined) return NOTHING_MORE;
  // A checkpoint of another root pins as well: it says that these are not the entries.
  const pinned = checkpoints.forked === undefined ? checkpoints.newest[0]?.size ?? 0 : Infinity;
  const late = walk.pruning.check(pinned);
  const quorum = policy === undefined ? undefined : checkQuorum(policy, checkpoints.newest);
  const isMet = quorum !== undefined && "by" in quorum;
  return { late, quorum: isMet ? undefined : quorum, witnessed: isMet ? quorum : undefined };
}

const NOTHING_MORE = { late: undefined, quorum: undefined, witnessed: undefined } as const;
