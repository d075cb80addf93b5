/** The head, read with the verifier's own eyes. ATTACKER-CONTROLLED until its signature has been checked. */
import { fromHex, utf8 } from "../../base/mod.ts";
import { verifySignature } from "../signatures.ts";
import { canonicalObject } from "./canonical.ts";
import { keyIdOfPublicKey } from "./key_id.ts";

export interface HeadView {
  readonly seq: number;
  readonly hash: string;
  /** Signed by the key that it names, and is that `publicKey`? Then the ledger did have that many entries once. */
  signedBy(publicKey: Uint8Array): boolean;
}

const FIELDS = "hash,key,seq,sig,time_us,v";

/** `undefined` for a value that is no head. */
export function viewHead(value: Uint8Array): HeadView | undefined {
  const fields = canonicalObject(value);
  if (fields === undefined || Object.keys(fields).join() !== FIELDS) return undefined;
  const { hash, key, seq, sig, time_us: time, v } = fields;
  if (v !== 1 || !isCount(seq) || !isCount(time) || typeof hash !== "string" || typeof key !== "string") {
    return undefined;
  }
  const signature = typeof sig === "string" ? fromHex(sig) : undefined;
  const message = utf8(`countersign/head/v1\n${seq}\n${hash}\n${time}\n`);
  return {
    seq,
    hash,
    signedBy: (publicKey) =>
      signature !== undefined && key === keyIdOfPublicKey(publicKey) &&
      verifySignature(publicKey, message, signature),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
