/** Compact JWS (RFC 7515, section 7.1) of one kind: EdDSA by a ledger's key. */
import {
  err,
  isJsonObject,
  type JsonObject,
  ok,
  parseJson,
  type Result,
  utf8,
  utf8Decode,
} from "../../base/mod.ts";
import type { Keys } from "../port.ts";
import { verifySignature } from "../signatures.ts";

const MAX_CHARS = 256 * 1024;
const MAX_DEPTH = 16;
const ALGORITHM = "EdDSA";

/** A token in its parts; nothing of it is proven before {@link isSignedBy} says so. */
export interface Jws {
  readonly kid: string;
  readonly claims: JsonObject;
  /** What is signed, and with what. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

/** Signs `claims`. `typ`: says what they are, so that no token is taken for one of another kind (RFC 8725, section 3.11). */
export function signJws(claims: object, typ: string, keys: Keys): string {
  const header = { alg: ALGORITHM, kid: keys.id, typ };
  const signed = `${encodePart(utf8(JSON.stringify(header)))}.${encodePart(utf8(JSON.stringify(claims)))}`;
  return `${signed}.${encodePart(keys.sign(utf8(signed)))}`;
}

/**
 * Reads a token of this kind. ATTACKER-CONTROLLED. The header must hold `alg`, `kid` and `typ` and nothing else: a key that
 * a token brings along proves nothing, and `crit` asks for what we do not have.
 */
export function readJws(token: string, typ: string): Result<Jws, string> {
  if (token.length > MAX_CHARS) return err("it is too long");
  const parts = token.split(".");
  const [header, payload, signature] = parts.map(decodePart);
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) {
    return err("it is not three parts of base64url with dots between them");
  }
  const fields = objectOf(header), claims = objectOf(payload);
  if (fields === undefined || claims === undefined) return err("a part of it is not one JSON object");
  const { alg, kid, typ: found, ...more } = fields;
  if (alg !== ALGORITHM) return err(`it is not signed with ${ALGORITHM}`);
  if (found !== typ) return err(`it is not of the type ${typ}`);
  if (typeof kid !== "string") return err("it does not say by which key it is signed");
  if (Object.keys(more).length > 0) return err("its header has a parameter that is not supported");
  return ok({ kid, claims, signed: utf8(token.slice(0, token.lastIndexOf("."))), signature });
}

/** Does the signature hold? `publicKey`: raw, 32 bytes. */
export function isSignedBy({ signed, signature }: Jws, publicKey: Uint8Array): boolean {
  return verifySignature(publicKey, signed, signature);
}

function objectOf(bytes: Uint8Array): JsonObject | undefined {
  const text = utf8Decode(bytes);
  const value = text === undefined ? undefined : parseJson(text, MAX_DEPTH);
  return value?.ok && isJsonObject(value.value) ? value.value : undefined;
}

function encodePart(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** In its one form: unused bits in the last character would be a second text of the same signature. */
function decodePart(part: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(part) || part.length % 4 === 1) return undefined;
  const bytes = Uint8Array.fromBase64(part, { alphabet: "base64url" });
  return encodePart(bytes) === part ? bytes : undefined;
}
