/**
 * evidence: receipts, packs, segments and certificates, which leave the house; what checks them.
 *
 * Input: the ledger's own rows, trusted by nobody; files that come back, which are ATTACKER-CONTROLLED.
 * Thread: cli. Imports: the rest of lib/ledger, and base.
 */
export {
  type Attestation,
  ATTESTATION_TYPE,
  type AttestationChecks,
  type AttestationProblem,
  verifyAttestation,
} from "./attestation.ts";
export {
  type AttestationReport,
  attestationReport,
  type ReportChecks,
  type VerifiedEntry,
} from "./attestation_report.ts";
export { type EvidenceFilter, type Walked } from "./entry_stream.ts";
export { isPackName, PACK, type PackFiles, type PackOutput, type PackSink } from "./names.ts";
export { type Pack, readPack } from "./pack_read.ts";
export { type PackOptions, verifyPack } from "./pack_verify.ts";
export { type EvidenceLedger, type PackRequest, writePack } from "./pack_write.ts";
export { readTrustedNote, type TrustedNote } from "./trusted_note.ts";
export { makeReceipt, type ReceiptLedger, type ReceiptRequest } from "./receipt.ts";
export { type ReceiptOptions, verifyReceipt } from "./receipt_verify.ts";
export type { EvidenceFinding, EvidenceReport } from "./report.ts";
export { indexTar, TAR_END, tarHeader, tarPadding, type TarPlace } from "./tar.ts";
export {
  type Certificate,
  type CertificateProblem,
  checkCertificate,
  issueCertificate,
  PeriodCount,
} from "./certificate.ts";
export { readJwks } from "./jwks.ts";
export { checkpointOf } from "./checkpoint_text.ts";
export { entryOf } from "./entry_stream.ts";
export type { SegmentTarget } from "./segment_files.ts";
export { type Appended, type AppendRequest, appendSegments, type SegmentLedger } from "./segment_write.ts";
export { type SegmentOptions, verifySegments } from "./segment_verify.ts";
