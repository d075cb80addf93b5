/** Public keys as JSON Web Keys (RFC 7517; RFC 8037, section 2). */
import {
  err,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ok,
  parseJson,
  type Result,
} from "../../base/mod.ts";

const MAX_CHARS = 1024 * 1024;
const MAX_KEYS = 1000;

/** The Ed25519 keys of a JWKS; keys of other kinds are somebody else's. The error is a phrase. ATTACKER-CONTROLLED. */
export function readJwks(text: string): Result<readonly Uint8Array[], string> {
  const value = text.length > MAX_CHARS ? undefined : parseJson(text, 8);
  const keys = value?.ok && isJsonObject(value.value) ? value.value["keys"] : undefined;
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) return err("it has no list of keys");
  const objects = (keys as readonly JsonValue[]).filter((key): key is JsonObject => isJsonObject(key));
  if (objects.some((key) => Object.hasOwn(key, "d"))) {
    return err("it has a private key, which belongs to nobody else");
  }
  const found = objects.map(keyOf).filter((key) => key !== undefined);
  return found.length === 0 ? err("it has no Ed25519 key that verifies signatures") : ok(found);
}

function keyOf({ kty, crv, x, use, alg }: JsonObject): Uint8Array | undefined {
  const isOurs = kty === "OKP" && crv === "Ed25519" && (use === undefined || use === "sig") &&
    (alg === undefined || alg === "EdDSA" || alg === "Ed25519");
  if (!isOurs || typeof x !== "string" || !/^[A-Za-z0-9_-]{43}$/.test(x)) return undefined;
  return Uint8Array.fromBase64(x, { alphabet: "base64url" });
}
