/**
 * store: the ledger's folder: its rows in Deno KV, keys, modes and the lock files of sessions; a twin in memory.
 *
 * Input: rows of ours; a file that somebody else wrote into answers with rows that do not verify, never with a guess.
 * Thread: ledger worker, cli. Imports: base, verdict types, identity, ledger.
 */
export { saysBusy } from "./busy.ts";
export { refuseExpiring } from "./expiring.ts";
export { type CommitFaults, withFaults } from "./faults.ts";
export {
  protectKeys,
  type RotatedKey,
  rotateSigningKey,
  type RotationOptions,
  unprotectKeys,
} from "./key_changes.ts";
export { DATABASE, openKvStore } from "./kv_store.ts";
export {
  answerHeld,
  type FolderOptions,
  initLedgerFolder,
  type LedgerFolder,
  openLedgerFolder,
  openLedgerReader,
  openLedgerStore,
  type SharedFolder,
  shareLedgerFolder,
  withLedger,
} from "./ledger_folder.ts";
export { memoryLocks, type MemoryRows, memoryRows, memoryStore } from "./memory_store.ts";
export { LedgerSessions, type LedgerStart } from "./ledger_sessions.ts";
export { answerPins, readPins } from "./pin_answers.ts";
export { mirrorFile } from "./mirror_file.ts";
export { type FolderPruneOptions, type PrunedFolder, pruneLedgerFolder } from "./prune_folder.ts";
export { fileLocks, SESSION_FOLDER } from "./session_locks.ts";
export {
  makeWitnessFolder,
  openWitnessFolder,
  readWitnessKey,
  type WitnessFolder,
} from "./witness_folder.ts";
