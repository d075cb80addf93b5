/** Proves a ledger, or names the first thing that is wrong with it. Trusts one public key and nothing in the store. */
import { keyIdOfPublicKey } from "./key_id.ts";
import type { Cell, LedgerStore } from "../port.ts";
import { checkSignatures as checkHere } from "../signatures.ts";
import { ChainWalk } from "./chain_walk.ts";
import { type Finding, finding } from "./finding.ts";
import { type HeadView, viewHead } from "./head_view.ts";
import type { CheckSignatures } from "./signature_queue.ts";

export type { Finding } from "./finding.ts";

export type VerifyStatus =
  | "intact"
  | "intact-open"
  | "recovered"
  | "broken"
  | "truncated"
  | "forked"
  | "unsigned"
  | "unreadable";

export interface VerifyReport {
  readonly status: VerifyStatus;
  /** Entries that were read and whose own checks hold. */
  readonly entries: number;
  /** The last of them. */
  readonly head: { readonly seq: number; readonly hash: string } | undefined;
  /** Root of the RFC 6962 tree over them, hex. */
  readonly root: string;
  readonly finding: Finding | undefined;
  /** Id of the key that was trusted. */
  readonly key: string;
  readonly openSessions: number;
  readonly recoveredSessions: number;
  /** Calls of ended sessions of which nobody knows how they ended. */
  readonly withoutOutcome: number;
}

/** What a verifier reads from. */
export type VerifySource = Pick<LedgerStore, "read" | "scan">;

export interface VerifyOptions {
  /** Raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Checks a batch of signatures; by default in this thread. */
  readonly checkSignatures?: CheckSignatures;
  /** Called now and then with how many entries are done, and how many there are. */
  readonly onProgress?: (done: number, total: number) => void;
}

// A ledger that is being written to grows while it is read; after so many looks at the head the rest is left unread.
const MAX_ROUNDS = 5;

/** Verifies all entries, then the head. Never throws for what stands in the store: that is a status. */
export async function verifyLedger(source: VerifySource, options: VerifyOptions): Promise<VerifyReport> {
  const walk = new ChainWalk(options.publicKey, options.checkSignatures ?? checkAtOnce);
  let unreadable: Finding | undefined;
  try {
    await verifyRounds(guarded(source), walk, options);
  } catch (thrown) {
    if (!(thrown instanceof Unreadable)) throw thrown;
    unreadable = finding(walk.next, "record", `the store cannot be read: ${thrown.message}`);
  }
  await walk.finish();
  return report(walk, options.publicKey, unreadable);
}

function checkAtOnce(batch: Parameters<CheckSignatures>[0]): Promise<readonly number[]> {
  return Promise.resolve(checkHere(batch));
}

/** Reads up to the head, and goes on while the head moves: a ledger may be verified while it is written to. */
async function verifyRounds(source: VerifySource, walk: ChainWalk, options: VerifyOptions): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS && walk.broken === undefined; round++) {
    const cell = await source.read("head", "newest");
    const head = cell === undefined ? undefined : viewHead(cell.value, options.publicKey);
    await walkTo(source, walk, { head, options });
    if (walk.broken !== undefined) return;
    // The very first entry may be written right behind our look at the head.
    if (cell === undefined && walk.next > 0 && await source.read("head", "newest") !== undefined) continue;
    walk.compareHead(cell !== undefined, head);
    if (walk.broken !== undefined || await isEnd(source, walk, cell)) return;
  }
}

interface Target {
  readonly head: HeadView | undefined;
  readonly options: VerifyOptions;
}

async function walkTo(source: VerifySource, walk: ChainWalk, { head, options }: Target): Promise<void> {
  const total = (head?.seq ?? -1) + 1;
  // The first round begins before entry 0: rows that stand there are none that a ledger writes.
  const from = walk.next === 0 ? {} : { from: walk.next };
  const until = head?.trusted ? { until: total } : {};
  for await (const row of source.scan("entry", { ...from, ...until })) {
    await walk.step(row.key, row.value);
    if (walk.broken !== undefined) return;
    if (walk.next % 1024 === 0) options.onProgress?.(walk.next, Math.max(total, walk.next));
  }
  options.onProgress?.(walk.next, Math.max(total, walk.next));
}

/** Nothing stands behind the head, or what does was written since we looked at it. */
async function isEnd(source: VerifySource, walk: ChainWalk, before: Cell | undefined): Promise<boolean> {
  for await (const row of source.scan("entry", { from: walk.next })) {
    const now = await source.read("head", "newest");
    if (now?.version !== before?.version) return false;
    walk.broken = finding(walk.next, "head", `a row stands behind the newest entry (${String(row.key)})`);
    return true;
  }
  return true;
}

function report(walk: ChainWalk, publicKey: Uint8Array, unreadable: Finding | undefined): VerifyReport {
  const { pairing } = walk;
  const first = [unreadable, walk.broken, walk.unsigned].filter((found) => found !== undefined)
    .sort((a, b) => a.seq - b.seq)[0];
  return {
    status: statusOf(walk, unreadable),
    entries: walk.next,
    head: walk.last,
    root: walk.tree.root(),
    finding: first,
    key: keyIdOfPublicKey(publicKey),
    openSessions: pairing.sessions.size,
    recoveredSessions: pairing.recovered,
    withoutOutcome: pairing.withoutOutcome,
  };
}

function statusOf(walk: ChainWalk, unreadable: Finding | undefined): VerifyStatus {
  if (unreadable !== undefined) return "unreadable";
  if (walk.truncated) return "truncated";
  // Where all hashes fit and a signature does not, a head that was made to fit them is no finding of its own.
  const onlyHead = walk.broken === undefined || walk.broken.check === "head";
  if (onlyHead && walk.unsigned !== undefined) return "unsigned";
  if (walk.broken !== undefined) return "broken";
  if (walk.pairing.sessions.size > 0) return "intact-open";
  return walk.pairing.recovered > 0 ? "recovered" : "intact";
}

/** The store failed to hand something out: a file that is damaged, or is no store. A mistake of ours is not this. */
class Unreadable extends Error {}

function guarded(source: VerifySource): VerifySource {
  return {
    read: async (table, key) => {
      try {
        return await source.read(table, key);
      } catch (cause) {
        throw unreadable(cause);
      }
    },
    scan: async function* (table, scan) {
      try {
        yield* source.scan(table, scan);
      } catch (cause) {
        throw unreadable(cause);
      }
    },
  };
}

function unreadable(cause: unknown): Unreadable {
  return new Unreadable(cause instanceof Error ? cause.message : "no reason given", { cause });
}
