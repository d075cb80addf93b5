/** A receipt, verified. */
import { fromHex, isJsonObject, parseJson, utf8Decode } from "../../base/mod.ts";
import type { EvidenceReport } from "../../ledger/evidence/mod.ts";
import { unreadableEvidence } from "./show.ts";
import type { Trust } from "./trust.ts";

/** Verifies the receipt at `path`. Where no key was named, the one that it brings is trusted. Throws Fault `usage`. */
export async function verifyReceiptAt(path: string, { named, kept, policy }: Trust): Promise<EvidenceReport> {
  const { verifyReceipt } = await import("../../ledger/evidence/mod.ts");
  const text = utf8Decode(await Deno.readFile(path));
  if (text === undefined) return unreadableEvidence("the receipt is no text");
  return verifyReceipt(text, {
    publicKeys: named.length > 0 ? named : ownKey(text),
    kept,
    ...policy !== undefined && { policy },
  });
}

/** The key that a receipt brings along, if it is one. */
export function ownKey(text: string): readonly Uint8Array[] {
  const receipt = parseJson(text);
  const hex = receipt.ok && isJsonObject(receipt.value) ? receipt.value["public_key"] : undefined;
  const key = typeof hex === "string" ? fromHex(hex) : undefined;
  return key?.length === 32 ? [key] : [];
}
