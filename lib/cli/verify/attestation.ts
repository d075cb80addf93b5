/** The attestation of a call, verified: alone with a key, or against a ledger or a receipt that has its entry. */
import { Fault, isJsonObject, type JsonObject, parseJson } from "../../base/mod.ts";
import {
  type AttestationReport,
  attestationReport,
  type EvidenceReport,
  type ReportChecks,
  type VerifiedEntry,
} from "../../ledger/evidence/mod.ts";
import type { VerifyReport } from "../../ledger/mod.ts";
import type { Args, Io } from "../command.ts";
import { ledgerFolderFor } from "../ledger_folder.ts";
import { absolutePath } from "../setup.ts";
import { kindOf } from "./kind.ts";
import { offeredKeys, verifyFolder } from "./ledger.ts";
import { ownKey, verifyReceiptAt } from "./receipt.ts";
import { HOLDS } from "./show.ts";
import { readTrust, type Trust } from "./trust.ts";

// Longer input is no attestation, and is not read to its end.
const MAX_INPUT_CHARS = 65_536;

/**
 * Verifies what `--attestation` names. Where only a key is named, its signature; else also that the ledger or the receipt
 * holds, and has the entry. Throws Fault `usage`.
 */
export async function verifyAttestationNamed(
  args: Args,
  io: Io,
): Promise<AttestationReport | VerifyReport | EvidenceReport> {
  const token = (await readInput(args.text("attestation") ?? "-", io)).trim();
  const audience = args.text("audience"), trust = await readTrust(args, io);
  const isAlone = trust.named.length > 0 && args.words.length === 0 && !args.has("ledger") &&
    !args.has("config");
  const found = isAlone ? { publicKeys: trust.named } : await looked(args, io, trust);
  if ("report" in found) return found.report;
  return await attestationReport(token, { ...found, ...audience !== undefined && { audience } });
}

type Found = Pick<ReportChecks, "publicKeys" | "within"> | { readonly report: VerifyReport | EvidenceReport };

/** What the attestation is held against; where that does not hold itself, its own report. */
async function looked(args: Args, io: Io, trust: Trust): Promise<Found> {
  const path = await ledgerFolderFor(args, io, args.words[0]);
  switch (await kindOf(path)) {
    case "ledger":
      return await inLedger(path, trust, io);
    case "receipt":
      return await inReceipt(path, trust);
    default:
      throw new Fault(
        "usage",
        `Cannot verify an attestation against "${path}": it is no ledger and no receipt`,
        {
          hint:
            "name the ledger's folder or the receipt (.json) of its entry; or a key alone, with --public-key",
        },
      );
  }
}

async function inLedger(folder: string, trust: Trust, io: Io): Promise<Found> {
  const report = await verifyFolder(folder, trust, io);
  if (!HOLDS.includes(report.status)) return { report };
  const { keyIdOfPublicKey } = await import("../../ledger/mod.ts");
  // Keys of its chain alone: what else lies in the folder, anybody may have put there.
  const chain = new Set(report.keys);
  const publicKeys = [...trust.named, ...await offeredKeys(folder)].filter((key) =>
    chain.has(keyIdOfPublicKey(key))
  );
  return { publicKeys, within: { report, entryAt: (seq) => entryIn(folder, seq) } };
}

/** As it stands now: a ledger that is written to has this entry, or one like it never was there. */
async function entryIn(folder: string, seq: number): Promise<VerifiedEntry | undefined> {
  const { openLedgerReader } = await import("../../store/mod.ts");
  const reader = await openLedgerReader(folder);
  try {
    const found = await reader.entry(seq);
    const stored = found?.stored ?? found?.pruned;
    if (stored === undefined) return undefined;
    const fields = found?.stored?.entry as unknown as JsonObject | undefined;
    return { seq, hash: stored.hash, fields };
  } finally {
    reader.close();
  }
}

async function inReceipt(path: string, trust: Trust): Promise<Found> {
  const report = await verifyReceiptAt(path, trust);
  if (!HOLDS.includes(report.status) || report.head === undefined) return { report };
  const text = await Deno.readTextFile(path);
  const receipt = parseJson(text);
  const entry = receipt.ok && isJsonObject(receipt.value) ? receipt.value.entry : undefined;
  const found = { ...report.head, fields: isJsonObject(entry) ? entry : undefined };
  // The key that it brings is that of its entry, and trusted by now.
  const publicKeys = [...trust.named, ...ownKey(text)];
  return {
    publicKeys,
    within: { report, entryAt: (seq) => Promise.resolve(seq === found.seq ? found : undefined) },
  };
}

async function readInput(path: string, io: Io): Promise<string> {
  if (path === "-") return await readStdin();
  try {
    return (await Deno.readTextFile(absolutePath(path, io))).slice(0, MAX_INPUT_CHARS);
  } catch (cause) {
    throw new Fault("usage", `Cannot read the attestation: there is no readable file "${path}"`, {
      cause,
      hint: "countersign verify --attestation FILE --public-key KEY; - reads stdin",
    });
  }
}

async function readStdin(): Promise<string> {
  let text = "";
  const decoder = new TextDecoder(); // not strict: what is not text is no token, and is said so
  for await (const chunk of Deno.stdin.readable) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_INPUT_CHARS) break;
  }
  return text;
}
