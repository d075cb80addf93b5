/** Lets go of what is old: recorded payloads, and the text of entries. Hashes and signatures stay, and so does every proof. */
import { Fault, rfc3339Micros, uuidv7 } from "../base/mod.ts";
import type { Principal } from "../verdict/mod.ts";
import { Chain } from "./chain.ts";
import { agentFields } from "./compose.ts";
import { makeDigester } from "./digest.ts";
import type { Entry } from "./entry.ts";
import type { LedgerDeps } from "./shared_ledger.ts";
import { commitPatiently } from "./payloads.ts";
import type { Change, LedgerStore, Row } from "./port.ts";
import { fitsItsHash, readRecord, readStub, stubOf } from "./record.ts";
import { recoverDeadSessions } from "./recover.ts";

const ROWS_A_COMMIT = 500;
// While sessions run, payloads of large calls may be in the store whose entries are on their way.
const GRACE_MS = 60_000;
const NO_ENTRY_BEFORE = "0".repeat(64);
/** Pruning is no server's, and no policy was looked at. */
const NO_SERVER = "", NO_POLICY = "none";

export interface PruneOptions {
  /** Everything earlier goes: milliseconds since the epoch. */
  readonly beforeMs: number;
  /** Says what would go, and writes nothing. */
  readonly dryRun: boolean;
}

export interface PrunedPayloads {
  /** Entries whose payload went. */
  readonly payloads: number;
  readonly bytes: number;
}

/**
 * Deletes the payloads of entries from before `beforeMs`, and what a crash left of payloads that have no entry. A crash
 * here leaves some of them for the next time. Needs no key: nothing that is signed changes.
 */
export async function prunePayloads(
  { store, nowMs }: { readonly store: LedgerStore; readonly nowMs: number },
  { beforeMs, dryRun }: PruneOptions,
): Promise<PrunedPayloads> {
  const before = await anySession(store) ? Math.min(beforeMs, nowMs - GRACE_MS) : beforeMs;
  const owners = new Counted(), doomed: Change[] = [];
  let bytes = 0;
  for await (const { key, value } of store.scan("payload", { until: firstIdAt(before) })) {
    if (typeof key !== "string") continue;
    owners.see(key.replace(/\/.*$/, ""));
    bytes += value.length;
    doomed.push({ table: "payload", key });
    if (doomed.length === ROWS_A_COMMIT) await deleteRows(store, doomed.splice(0), dryRun);
  }
  await deleteRows(store, doomed, dryRun);
  return { payloads: owners.count, bytes };
}

async function anySession(store: LedgerStore): Promise<boolean> {
  for await (const _ of store.scan("session")) return true;
  return false;
}

/** Ids are UUIDs of version 7: in the order of time. This is what those from `ms` on begin with, or are behind. */
function firstIdAt(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}

/** How many different texts there are among equal neighbours. */
class Counted {
  count = 0;
  #last: string | undefined;

  see(text: string): void {
    if (text !== this.#last) this.count++;
    this.#last = text;
  }
}

async function deleteRows(store: LedgerStore, rows: readonly Change[], dryRun: boolean): Promise<void> {
  if (rows.length > 0 && !dryRun) await commitPatiently(store, rows);
}

export interface EntryPruneOptions extends PruneOptions {
  readonly principal: Principal;
  /** Who asked for it, as the system names that person. */
  readonly by?: string;
}

export interface PrunedEntries {
  /** Entries whose text went. */
  readonly entries: number;
  /** Entries before this `seq` may be stubs now. */
  readonly until: number;
  /** The entry that says so; absent where there was nothing to do, or nothing was done. */
  readonly seq?: number;
}

/**
 * Turns the oldest entries into stubs: as many as are earlier than `beforeMs` and end where no session is open. First an
 * entry of kind `prune` says so, then the texts go. A crash in between leaves texts that may go, for the next time.
 * Entries of kind `key` keep their text: by these, whoever trusts one key comes to trust the next. Throws Fault `ledger`
 * where an entry that would go is not what was signed: its text is what proves that.
 */
export async function pruneEntries(deps: LedgerDeps, options: EntryPruneOptions): Promise<PrunedEntries> {
  const { store, locks } = deps;
  const chain = new Chain(deps);
  // A session that died is ended first: open for ever, it would keep everything behind it.
  if (!options.dryRun) await recoverDeadSessions({ chain, store, locks });
  const before = rfc3339Micros(Math.floor(options.beforeMs) * 1000);
  const { until, entries } = await oldPart(store, before);
  if (entries === 0 || options.dryRun) return { entries, until };
  const seq = await sayPruned({ deps, chain }, options, until);
  await dropTexts(store, until);
  return { entries, until, seq };
}

interface OldPart {
  readonly until: number;
  /** How many of these still have a text that may go. */
  readonly entries: number;
}

/** The longest run of entries from the first on that are earlier than `before`, with no session open at its end. */
async function oldPart(store: LedgerStore, before: string): Promise<OldPart> {
  const open = new Set<string>();
  let part: OldPart = { until: 0, entries: 0 }, entries = 0;
  for await (const { seq, entry } of soundEntries(store)) {
    if (entry !== undefined && entry.time >= before) break;
    if (entry !== undefined) {
      follow(open, entry);
      if (isPrunable(entry)) entries++;
    }
    if (open.size === 0) part = { until: seq + 1, entries };
  }
  return part;
}

/** Whatever a session writes shows that it is open: its first entry may have gone already. */
function follow(open: Set<string>, { kind, session, more }: Entry): void {
  const ends = kind === "session-close" || kind === "recovered" && more === undefined;
  if (ends) open.delete(session);
  else open.add(session);
}

function isPrunable({ kind }: Entry): boolean {
  return kind !== "key";
}

interface Sound {
  readonly seq: number;
  readonly value: Uint8Array;
  /** Absent: a stub. */
  readonly entry: Entry | undefined;
}

/** The entries in order, each with the hash that it must have and behind the one that it names. Throws Fault `ledger`. */
async function* soundEntries(store: LedgerStore, until?: number): AsyncIterable<Sound> {
  let prev = NO_ENTRY_BEFORE, next = 0;
  for await (const row of store.scan("entry", until === undefined ? {} : { until })) {
    const seq = next++;
    const stub = readStub(row.value);
    const stored = stub === undefined && fitsItsHash(row.value) ? readRecord(row.value) : undefined;
    if (!isAt(row, seq) || stub === undefined && !follows(stored?.entry, seq, prev)) throw unsound(seq);
    prev = stub?.hash ?? stored?.hash ?? "";
    yield { seq, value: row.value, entry: stored?.entry };
  }
}

function isAt({ key }: Row, seq: number): boolean {
  return key === seq;
}

function follows(entry: Entry | undefined, seq: number, prev: string): boolean {
  return entry?.seq === seq && entry.prev === prev;
}

function unsound(seq: number): Fault {
  return new Fault("ledger", `Cannot prune: entry ${seq} is not what was signed`, {
    hint: "countersign verify",
  });
}

/** In a session of its own, in one commit. */
async function sayPruned(
  { deps, chain }: { readonly deps: LedgerDeps; readonly chain: Chain },
  { principal, by }: EntryPruneOptions,
  until: number,
): Promise<number> {
  const session = uuidv7(deps.clock.nowMicros() / 1000);
  const naming = { id: session, digester: makeDigester(deps.keys.blinding) };
  const common = { session, agent: agentFields(principal, naming), server: NO_SERVER };
  return await chain.append((tip) => {
    tip.add({ ...common, kind: "session-open", policy: NO_POLICY, enforced: true });
    const { seq } = tip.add({ ...common, kind: "prune", until, ...by !== undefined && { by } });
    tip.add({ ...common, kind: "session-close", reason: "pruned" });
    // A stub does not say which place it has: the tree of a checkpoint, signed while the texts are there, says it.
    tip.checkpoint();
    return Promise.resolve(seq);
  });
}

async function dropTexts(store: LedgerStore, until: number): Promise<void> {
  const stubs: Change[] = [];
  for await (const { seq, value, entry } of soundEntries(store, until)) {
    if (entry === undefined || !isPrunable(entry)) continue;
    stubs.push({ table: "entry", key: seq, value: stubOf(value) });
    if (stubs.length === ROWS_A_COMMIT) await commitPatiently(store, stubs.splice(0));
  }
  if (stubs.length > 0) await commitPatiently(store, stubs);
}
