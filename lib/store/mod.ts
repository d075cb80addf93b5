/**
 * store: the ledger's rows in Deno KV, the twin of it in memory, and the lock files of sessions.
 *
 * Input: rows of ours; a file that somebody else wrote into answers with rows that do not verify, never with a guess.
 * Thread: ledger worker, cli. Imports: base, types of ledger.
 */
export { type CommitFaults, withFaults } from "./faults.ts";
export { openKvStore } from "./kv_store.ts";
export { memoryLocks, type MemoryRows, memoryRows, memoryStore } from "./memory_store.ts";
export { fileLocks, SESSION_FOLDER } from "./session_locks.ts";
