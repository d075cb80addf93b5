/**
 * ledger: entries, their chain and signatures, group commit, recovery, verification.
 *
 * Input: records of the gate, whose texts may be ATTACKER-CONTROLLED; a store that anybody with the file may have changed.
 * Thread: ledger worker, cli. Imports: base, verdict, meter.
 */
export { answerCall, type PersonsAnswer } from "./approval.ts";
export { Chain } from "./chain.ts";
export { type Digester, makeDigester } from "./digest.ts";
export type {
  Entry,
  EntryAgent,
  EntryCharge,
  EntryEnvelope,
  EntryFields,
  EntryFinding,
  EntryKind,
  EntryNextKey,
  PayloadDigest,
} from "./entry.ts";
export { encodeEntry, ENTRY_KINDS, MAX_ENTRY_BYTES } from "./entry.ts";
export { type Head, HEAD_KEY } from "./head.ts";
export { entryLine, stubLine } from "./entry_line.ts";
export type { FreshEntry, MirrorFile, MirrorPlace, MirrorTurn } from "./mirror.ts";
export { MAX_KEPT_BYTES, type PayloadOwner, type ReadPayloads, readPayloads } from "./payloads.ts";
export {
  type EntryPruneOptions,
  type PrunedEntries,
  type PrunedPayloads,
  pruneEntries,
  type PruneOptions,
  prunePayloads,
} from "./prune.ts";
export { openLedger } from "./open.ts";
export { type LedgerDeps, SharedLedger, type SharedOptions } from "./shared_ledger.ts";
export type {
  Cell,
  Change,
  Check,
  Commit,
  CommitResult,
  Keys,
  LedgerStore,
  Row,
  RowKey,
  Scan,
  SessionLocks,
  Table,
} from "./port.ts";
export { MAX_TOGETHER } from "./port.ts";
export { type LedgerReader, ledgerReader, type ReadEntry } from "./reader.ts";
export type { StoredEntry, StoredStub } from "./record.ts";
export { originInUse } from "./log_origin.ts";
export { nextKeyMessage, type Rotated, rotateKey, type Rotation, signerOf } from "./rotate.ts";
export { pinsIn, type PinView } from "./pin_reader.ts";
export { type PinnedDefinition, type PinnedField, type PinRow } from "./pin_rows.ts";
export { checkSignatures, SIGNATURE_ITEM_BYTES, type SignatureBatch, verifySignature } from "./signatures.ts";
export type { Finding as VerifyFinding } from "./verify/finding.ts";
export type { VerifyReport, VerifyStatus } from "./verify/report.ts";
export type { VerifySource } from "./verify/source.ts";
export { verifyLedger, type VerifyOptions } from "./verify/verify.ts";
export { type KeptCheckpoint, readCheckpoint } from "./verify/checkpoints.ts";
export { keyIdOfPublicKey } from "./verify/key_id.ts";
export { shareSignatures } from "./verify/share.ts";
export type { CheckSignatures } from "./verify/signature_queue.ts";
export type { Ledger, Note } from "./ledger.ts";
// Receipts, packs and certificates have a door of their own, evidence/mod.ts: no run has to load them.
export { GrowingTree } from "./tree/growing_tree.ts";
export { consistencyProof, type HashSource, inclusionProof } from "./tree/prove.ts";
export { type CheckpointDeps, type MadeCheckpoint, makeCheckpoint } from "./tree/make_checkpoint.ts";
export { storeHashes, type StoreHashesOptions } from "./tree/store_hashes.ts";
export { type Consistency, type Inclusion, verifyConsistency, verifyInclusion } from "./tree/verify_proof.ts";
export {
  type Checkpoint,
  checkpointText,
  isOrigin,
  parseCheckpoint,
  signCheckpoint,
} from "./note/checkpoint.ts";
export { cosign, cosignatureMessage, cosignedBy, type Cosigner } from "./note/cosignature.ts";
export {
  formatNote,
  formatSignatures,
  type NoteSignature,
  parseNote,
  parseSignatures,
  type SignedNote,
} from "./note/signed_note.ts";
export {
  parseTlogPolicy,
  type PolicyGroup,
  type PolicyLog,
  type PolicyWitness,
  type Quorum,
  quorumMet,
  signedByKnownLog,
  type TlogPolicy,
} from "./note/tlog_policy.ts";
export { hashFromBase64, hashToBase64 } from "./note/base64.ts";
export { countFrom, isKeyName } from "./note/lines.ts";
export { formatTlogProof, parseTlogProof, type TlogProof } from "./note/tlog_proof.ts";
export {
  formatVerifierKey,
  type KeyType,
  logVerifierKey,
  noteVerifiedBy,
  parseVerifierKey,
  type VerifierKey,
  witnessVerifierKey,
} from "./note/verifier_key.ts";
