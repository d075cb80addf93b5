/** Compact JWS (RFC 7515, section 7.1), read strictly; the signature is checked by `jose`. */
import { err, isJsonObject, type JsonObject, ok, parseJson, type Result, utf8Decode } from "../base/mod.ts";
import { keyIdOf } from "./keys.ts";
import type { TokenKeys } from "./token_keys.ts";
import { type TokenProblem, tokenProblem } from "./token_problem.ts";

/** Longer ones are refused unread. A token goes through environments and headers, which have their own caps. */
export const MAX_TOKEN_CHARS = 8192;
const MAX_JSON_DEPTH = 16;

/** `alg` of each scheme (RFC 7518, section 3.1; RFC 8037, section 3.1). */
export const ALGORITHMS = { ed25519: "EdDSA", hmac: "HS256" } as const;

/**
 * Parameters that this program does not honour and that change what a signature means or which key verifies it: a key
 * that a token brings along proves nothing (RFC 8725, section 3.10), and `crit` asks for what we do not have.
 */
const REFUSED_PARAMETERS = ["crit", "b64", "zip", "enc", "jwk", "jku", "x5c", "x5u"] as const;

/**
 * What a ledger's key signs (certificates, attestations) names no agent, even where somebody made that key one of agents
 * (RFC 8725, section 3.11). Issuers of agent tokens write other types, or none.
 */
const OTHER_KIND_REGEXP = /^(?:application\/)?countersign-/i;

/** A token in its parts. Nothing of it is proven. ATTACKER-CONTROLLED. */
export interface Jws {
  readonly token: string;
  readonly alg: string;
  readonly kid?: string;
  readonly payload: Uint8Array;
}

/** Reads form and header; no key is touched. ATTACKER-CONTROLLED. */
export function readJws(token: string): Result<Jws, TokenProblem> {
  if (token.length > MAX_TOKEN_CHARS) {
    return err(
      tokenProblem("too-long", `it has ${token.length} characters, and may have ${MAX_TOKEN_CHARS}`),
    );
  }
  const parts = token.split(".");
  if (parts.length !== 3) return malformed("it is not three parts with dots between them");
  const [header, payload, signature] = parts.map(decodePart);
  if (header === undefined || payload === undefined || signature === undefined) {
    return malformed("a part of it is not base64url as RFC 7515 writes it");
  }
  const parameters = jsonObject(header);
  if (parameters === undefined) return malformed("its header is not one JSON object");
  return withHeader({ token, payload }, parameters);
}

function withHeader(
  jws: Pick<Jws, "token" | "payload">,
  header: JsonObject,
): Result<Jws, TokenProblem> {
  const { alg, kid } = header;
  if (typeof alg !== "string" || (kid !== undefined && typeof kid !== "string")) {
    return malformed("its header has no alg that is a text, or a kid that is none");
  }
  if (typeof header.typ === "string" && OTHER_KIND_REGEXP.test(header.typ)) {
    return err(tokenProblem("unsupported-header", "it is a token of another kind"));
  }
  const refused = REFUSED_PARAMETERS.find((name) => Object.hasOwn(header, name));
  if (refused !== undefined) {
    return err(tokenProblem("unsupported-header", `its header has "${refused}", which is not supported`));
  }
  return ok({ ...jws, alg, ...kid !== undefined && { kid } });
}

/**
 * Verifies the signature. A token of another scheme than that of `keys` is refused before any key is touched: neither
 * `none` nor a public key taken for a secret gets any further.
 */
export async function verifyJws(jws: Jws, keys: TokenKeys): Promise<TokenProblem | undefined> {
  const wanted = ALGORITHMS[keys.scheme];
  if (jws.alg !== wanted) {
    const cause = `it is not signed with ${wanted}, which the scheme "${keys.scheme}" asks for`;
    return tokenProblem("wrong-scheme", cause);
  }
  if (keys.scheme === "hmac") {
    return await signatureHolds(jws, keys.secret) ? undefined : changed();
  }
  for (const key of keys.publicKeys) {
    if (await signatureHolds(jws, await importPublicKey(key))) return undefined;
  }
  // `kid` is a hint (RFC 7515, section 4.1.4), as issuers name their keys as they like: it explains, and decides nothing.
  if (jws.kid === undefined || keys.publicKeys.some((key) => keyIdOf(key) === jws.kid)) return changed();
  return tokenProblem("unknown-key", "it is signed with a key that is not configured");
}

function changed(): TokenProblem {
  return tokenProblem(
    "bad-signature",
    "its signature does not verify: it was changed, or another key signed it",
  );
}

async function importPublicKey(publicKey: Uint8Array): Promise<CryptoKey> {
  return await crypto.subtle.importKey("raw", Uint8Array.from(publicKey), "Ed25519", false, ["verify"]);
}

async function signatureHolds({ token, alg }: Jws, key: CryptoKey | Uint8Array): Promise<boolean> {
  const { compactVerify, errors } = await import("jose");
  try {
    await compactVerify(token, key, { algorithms: [alg] });
    return true;
  } catch (thrown) {
    // Whatever the library finds wrong with a token is a token that does not verify; everything else is ours.
    if (thrown instanceof errors.JOSEError) return false;
    throw thrown;
  }
}

/** One JSON object in UTF-8, no key twice; `undefined` for everything else. ATTACKER-CONTROLLED. */
export function jsonObject(bytes: Uint8Array): JsonObject | undefined {
  const text = utf8Decode(bytes);
  const value = text === undefined ? undefined : parseJson(text, MAX_JSON_DEPTH);
  return value?.ok && isJsonObject(value.value) ? value.value : undefined;
}

/**
 * base64url without padding, in its one canonical form: unused bits in the last character would be a second text of the
 * same signature.
 */
function decodePart(part: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(part) || part.length % 4 === 1) return undefined;
  const bytes = Uint8Array.fromBase64(part, { alphabet: "base64url" });
  const canonical = bytes.toBase64({ alphabet: "base64url", omitPadding: true }) === part;
  return canonical ? bytes : undefined;
}

function malformed(cause: string): Result<never, TokenProblem> {
  return err(tokenProblem("malformed", cause));
}
