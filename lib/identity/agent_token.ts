/** Agent tokens: verified, read without proof, and made. */
import { err, Fault, type JsonObject, ok, type Result, utf8 } from "../base/mod.ts";
import { AUDIENCE, isAgentName, MAX_ROLES, readClaims, type VerifiedAgent } from "./claims.ts";
import { ALGORITHMS, jsonObject, type Jws, readJws, verifyJws } from "./jws.ts";
import { tokenSigningKey } from "./keys.ts";
import { loadTokenKeys, type TokenKeys, type TokenSource } from "./token_keys.ts";
import { type TokenProblem, tokenProblem, type TokenProblemCode } from "./token_problem.ts";

/**
 * Verifies a token (compact JWS with JWT claims; spec: command line, agent identity): form, scheme, signature, then what
 * it says. `nowMs`: since the Unix epoch. ATTACKER-CONTROLLED; nothing of the token is in a problem.
 */
export async function verifyAgentToken(
  token: string,
  keys: TokenKeys,
  { nowMs }: { readonly nowMs: number },
): Promise<Result<VerifiedAgent, TokenProblem>> {
  const jws = readJws(token);
  if (!jws.ok) return jws;
  const unproven = await verifyJws(jws.value, keys);
  if (unproven !== undefined) return err(unproven);
  const claims = jsonObject(jws.value.payload);
  if (claims === undefined) return err(tokenProblem("bad-claims", "its claims are not one JSON object"));
  return readClaims(claims, { nowMs });
}

/** Why there is no verified agent, keys included. */
export interface IdentityProblem {
  readonly reason: TokenProblemCode | "no-keys" | "unusable-key";
  readonly message: string;
  readonly hint: string;
}

/** {@link verifyAgentToken} with keys that are read now; `undefined` where none are configured. */
export async function verifyWith(
  source: TokenSource | undefined,
  token: string,
  nowMs: number,
): Promise<Result<VerifiedAgent, IdentityProblem>> {
  if (source === undefined) {
    const message = "Cannot check the agent token: the configuration names no key for it";
    const hint = 'write public_keys = ["agents.pub"] under [identity], or unset COUNTERSIGN_AGENT_TOKEN';
    return err({ reason: "no-keys", message, hint });
  }
  const keys = await keysOrProblem(source);
  if (!keys.ok) return keys;
  const agent = await verifyAgentToken(token, keys.value, { nowMs });
  if (agent.ok) return agent;
  const { code, message, hint } = agent.error;
  return err({ reason: code, message, hint });
}

async function keysOrProblem(source: TokenSource): Promise<Result<TokenKeys, IdentityProblem>> {
  try {
    return ok(await loadTokenKeys(source));
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    return err({ reason: "unusable-key", message: thrown.message, hint: thrown.hint ?? "" });
  }
}

/** A token as it says of itself, for a person who looks at it. Nothing of it is proven. */
export interface UnprovenToken extends Pick<Jws, "alg" | "kid"> {
  readonly claims: JsonObject;
}

/** Reads a token without a key. ATTACKER-CONTROLLED. */
export function readUnproven(token: string): Result<UnprovenToken, TokenProblem> {
  const jws = readJws(token);
  if (!jws.ok) return jws;
  const { alg, kid, payload } = jws.value;
  const claims = jsonObject(payload);
  if (claims === undefined) return err(tokenProblem("bad-claims", "its claims are not one JSON object"));
  return ok({ alg, claims, ...kid !== undefined && { kid } });
}

/** What a token is signed with. SECRET. */
export type TokenSigner =
  /** PKCS #8 in PEM. */
  | { readonly scheme: "ed25519"; readonly privateKey: string }
  | { readonly scheme: "hmac"; readonly secret: Uint8Array };

export interface NewToken {
  readonly agentId: string;
  readonly roles: readonly string[];
  /** Milliseconds since the Unix epoch; the token has whole seconds. */
  readonly issuedMs: number;
  readonly expiresMs: number;
}

/** Makes a token. Throws Fault `usage` for an id or a role that no token can have, and `key` for a key that is none. */
export async function makeAgentToken(what: NewToken, signer: TokenSigner): Promise<string> {
  const { agentId, roles, issuedMs, expiresMs } = what;
  checkNames(agentId, roles);
  const claims = {
    sub: agentId,
    roles,
    aud: AUDIENCE,
    iat: Math.floor(issuedMs / 1000),
    exp: Math.floor(expiresMs / 1000),
  };
  const { CompactSign } = await import("jose");
  const { key, kid } = signer.scheme === "hmac"
    ? { key: signer.secret }
    : await tokenSigningKey(signer.privateKey);
  const header = { alg: ALGORITHMS[signer.scheme], typ: "JWT", ...kid !== undefined && { kid } };
  return await new CompactSign(utf8(JSON.stringify(claims))).setProtectedHeader(header).sign(key);
}

function checkNames(agentId: string, roles: readonly string[]): void {
  const bad = [agentId, ...roles].find((name) => !isAgentName(name));
  const hint = "use 1 to 128 visible characters, with single spaces between them at most";
  if (bad !== undefined) {
    throw new Fault("usage", `Cannot make a token: ${JSON.stringify(bad)} cannot be an id or a role`, {
      hint,
    });
  }
  if (roles.length > MAX_ROLES) {
    throw new Fault("usage", `Cannot make a token: it has ${roles.length} roles, and may have ${MAX_ROLES}`);
  }
}
