/** What the ledger needs from the world: a store with one atomic commit, keys, and locks that tell who is alive. */

/**
 * The kinds of rows that the store keeps. `checkpoint`: signed notes by tree size; `tile`: hashes of the tree, 256 a row,
 * `<level>/<index>`; `payload`: parts of what was recorded in full, by entry id; `policy`: texts that were in force, by digest.
 */
export type Table =
  | "head"
  | "entry"
  | "meter"
  | "history"
  | "hold"
  | "answer"
  | "session"
  | "pin"
  | "checkpoint"
  | "tile"
  | "payload"
  | "policy";
/** `seq` for entries, holds and answers, the tree size for checkpoints; a name for the others. */
export type RowKey = string | number;

/** A value, and what changes with each write of it. */
export interface Cell {
  readonly value: Uint8Array;
  readonly version: string;
}

/** `key` is `undefined` where somebody wrote a row that no ledger writes. */
export interface Row extends Cell {
  readonly key: RowKey | undefined;
}

/** The commit happens only if the row still has this version; `undefined`: only if it is not there. */
export interface Check {
  readonly table: Table;
  readonly key: RowKey;
  readonly version: string | undefined;
}

/** Sets a row, or deletes it where `value` is absent. */
export interface Change {
  readonly table: Table;
  readonly key: RowKey;
  readonly value?: Uint8Array;
}

export interface Commit {
  readonly checks: readonly Check[];
  readonly changes: readonly Change[];
}

/** `conflict`: a check did not hold. `busy`: another process holds the file. Nothing was written in either case. */
export type CommitResult =
  | { readonly done: true; readonly version: string }
  | { readonly done: false; readonly why: "conflict" | "busy" };

/** Which rows, in the order of their keys. `from` is the first key, `until` the first that is not meant. */
export interface Scan {
  readonly from?: RowKey;
  readonly until?: RowKey;
  readonly newestFirst?: boolean;
}

/**
 * The store. Trusted with limits and with which calls are held: whoever can change it can reset both. Not trusted with
 * the record: a changed entry does not verify.
 */
export interface LedgerStore {
  read(table: Table, key: RowKey): Promise<Cell | undefined>;
  /** All rows as of one moment, in the order of `keys`. At most 10. */
  readTogether(keys: readonly (readonly [Table, RowKey])[]): Promise<readonly (Cell | undefined)[]>;
  scan(table: Table, scan?: Scan): AsyncIterable<Row>;
  /** All of it or nothing. Once it has resolved with `done`, it survives a loss of power. */
  commit(commit: Commit): Promise<CommitResult>;
  close(): void;
}

/** As many rows as {@link LedgerStore.readTogether} takes. */
export const MAX_TOGETHER = 10;

/** Tells running sessions from dead ones, across processes. The system frees a lock when its process dies. */
export interface SessionLocks {
  /** Takes the lock of our own session and keeps it. `false`: somebody else has it right now. */
  hold(session: string): Promise<boolean>;
  /** Takes the lock of another session, if nobody has it. `false`: that session runs. */
  claim(session: string): Promise<boolean>;
  /** Sessions that have a lock, held or left behind. */
  known(): Promise<readonly string[]>;
  /** Gives a lock back, and removes what it left behind. */
  release(session: string): Promise<void>;
}

/** The secrets of the writer (lib/identity makes them). */
export interface Keys {
  /** First 8 bytes of SHA-256 of the raw public key, in hex. */
  readonly id: string;
  /** Raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 32 bytes that digests of payloads are keyed with. */
  readonly blinding: Uint8Array;
  /** Ed25519 signature, 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}
