/** The head, read with the verifier's own eyes. ATTACKER-CONTROLLED until its signature has been checked. */
import { fromHex, utf8, utf8Decode } from "../../base/mod.ts";
import { verifySignature } from "../signatures.ts";

export interface HeadView {
  readonly seq: number;
  readonly hash: string;
  /** Signed by the trusted key? Then the ledger did have that many entries once. */
  readonly trusted: boolean;
}

/** `undefined` for a value that is no head. */
export function viewHead(value: Uint8Array, publicKey: Uint8Array): HeadView | undefined {
  const fields = fieldsOf(value);
  const seq = fields?.["seq"], hash = fields?.["hash"], time = fields?.["time_us"], sig = fields?.["sig"];
  if (typeof seq !== "number" || !Number.isSafeInteger(seq) || seq < 0 || typeof hash !== "string") {
    return undefined;
  }
  const signature = typeof sig === "string" ? fromHex(sig) : undefined;
  const message = utf8(`countersign/head/v1\n${seq}\n${hash}\n${String(time)}\n`);
  const trusted = signature !== undefined && verifySignature(publicKey, message, signature);
  return { seq, hash, trusted };
}

function fieldsOf(value: Uint8Array): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(utf8Decode(value) ?? "");
    return typeof parsed === "object" && parsed !== null ? parsed as Record<string, unknown> : undefined;
  } catch {
    return undefined; // not JSON: not a head
  }
}
