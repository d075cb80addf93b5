/** Tokens for tests, signed by another library than the one under test. */
import { Buffer } from "node:buffer";
import { createHmac, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { type TokenKeys } from "../../lib/identity/mod.ts";

/** RFC 8037, appendix A.1. */
export const RFC_8037_KEY = {
  kty: "OKP",
  crv: "Ed25519",
  d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
  x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
};
export const PRIVATE_KEY = createPrivateKey({ key: RFC_8037_KEY, format: "jwk" });
export const PRIVATE_PEM = PRIVATE_KEY.export({ format: "pem", type: "pkcs8" }).toString();
export const PUBLIC_PEM = createPublicKey(PRIVATE_KEY).export({ format: "pem", type: "spki" }).toString();
export const PUBLIC_BYTES = Uint8Array.fromBase64(RFC_8037_KEY.x, { alphabet: "base64url" });
/** First 8 bytes of SHA-256 of the key above. */
export const KEY_ID = "21fe31dfa154a261";
export const SECRET = "correct horse battery staple, and more of it";

export const ED25519: TokenKeys = {
  scheme: "ed25519",
  publicKeys: [PUBLIC_BYTES],
};
export const HMAC: TokenKeys = { scheme: "hmac", secret: new TextEncoder().encode(SECRET) };

/** 2026-11-20T09:00:00Z. */
export const NOW_MS = Date.UTC(2026, 10, 20, 9);
const NOW = NOW_MS / 1000;

export const CLAIMS = {
  sub: "support-bot",
  roles: ["support-agent", "dpo"],
  aud: "countersign",
  iat: NOW - 60,
  exp: NOW + 3600,
};
export const EDDSA = { alg: "EdDSA", typ: "JWT" };
export const HS256 = { alg: "HS256", typ: "JWT" };

/** base64url of a text or of bytes, or of the JSON of anything else. */
export function part(value: unknown): string {
  const isRaw = typeof value === "string" || value instanceof Uint8Array;
  return Buffer.from(isRaw ? value : JSON.stringify(value)).toString("base64url");
}

/** Signed with Ed25519, whatever the header says. */
export function eddsa(header: unknown, claims: unknown, key = PRIVATE_KEY): string {
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${sign(null, Buffer.from(input), key).toString("base64url")}`;
}

/** Signed with HMAC-SHA-256, whatever the header says. */
export function hs256(header: unknown, claims: unknown, secret: string | Uint8Array = SECRET): string {
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}
