/** Envelopes: DSSE v1 (secure-systems-lab/dsse), with one Ed25519 signature of the ledger's key each. */
import {
  concatBytes,
  err,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ok,
  parseJson,
  type Result,
  utf8,
  utf8Decode,
} from "../../base/mod.ts";
import type { Keys } from "../port.ts";
import { verifySignature } from "../signatures.ts";

/** The media type of in-toto statements. */
export const IN_TOTO_TYPE = "application/vnd.in-toto+json";
const MAX_SIGNATURES = 16;
const MAX_DEPTH = 16;

/** What was read from an envelope; nothing of it is proven before {@link signedBy} says so. */
export interface Envelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly signatures: readonly { readonly keyid: string; readonly sig: Uint8Array }[];
}

/** What is signed, "pre-authentication encoding": the type is under the signature, and nothing can be read in two ways. */
export function preAuth(payloadType: string, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const type = utf8(payloadType);
  return concatBytes(utf8(`DSSEv1 ${type.length} `), type, utf8(` ${payload.length} `), payload);
}

/** The envelope's text, ending in a line feed. */
export function sealEnvelope(payloadType: string, payload: Uint8Array, keys: Keys): string {
  const sig = keys.sign(preAuth(payloadType, payload)).toBase64();
  const signatures = [{ keyid: keys.id, sig }];
  return `${JSON.stringify({ payload: payload.toBase64(), payloadType, signatures })}\n`;
}

/** Reads an envelope. ATTACKER-CONTROLLED: strict JSON, standard base64, no field but the three. */
export function readEnvelope(text: string): Result<Envelope, string> {
  const value = parseJson(text, MAX_DEPTH);
  if (!value.ok || !isJsonObject(value.value)) return err("the envelope is not one JSON object");
  const { payload, payloadType, signatures, ...more } = value.value;
  if (Object.keys(more).length > 0) return err("the envelope has a field that DSSE does not know");
  const bytes = base64(payload);
  if (bytes === undefined || typeof payloadType !== "string") {
    return err("the envelope has no payload with its type");
  }
  if (!Array.isArray(signatures) || signatures.length === 0 || signatures.length > MAX_SIGNATURES) {
    return err(`the envelope has not 1 to ${MAX_SIGNATURES} signatures`);
  }
  const read = signatures.map((one: JsonValue) => isJsonObject(one) ? signatureOf(one) : undefined);
  if (!read.every((one) => one !== undefined)) return err("a signature of the envelope is none");
  return ok({ payloadType, payload: bytes, signatures: read });
}

function signatureOf({ keyid = "", sig }: JsonObject): Envelope["signatures"][number] | undefined {
  const bytes = base64(sig);
  return typeof keyid === "string" && bytes !== undefined ? { keyid, sig: bytes } : undefined;
}

/** Has this key signed it? `keyid` is a hint that nothing rests on. */
export function signedBy({ payloadType, payload, signatures }: Envelope, publicKey: Uint8Array): boolean {
  const message = preAuth(payloadType, payload);
  return signatures.some(({ sig }) => verifySignature(publicKey, message, sig));
}

/** Standard base64 in its one form. */
function base64(value: JsonValue | undefined): Uint8Array | undefined {
  if (typeof value !== "string") return undefined;
  try {
    const bytes = Uint8Array.fromBase64(value);
    return bytes.toBase64() === value ? bytes : undefined;
  } catch {
    return undefined; // the only error it raises is "not base64"
  }
}

/** The payload as a JSON object; `undefined` for everything else. */
export function envelopeJson({ payload }: Envelope): JsonObject | undefined {
  const text = utf8Decode(payload);
  const value = text === undefined ? undefined : parseJson(text, MAX_DEPTH);
  return value?.ok && isJsonObject(value.value) ? value.value : undefined;
}
