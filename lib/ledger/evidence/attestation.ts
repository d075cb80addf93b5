/**
 * An attestation: what the ledger says of one call, signed by its key, that goes along with the call. The server that gets it
 * can tell, with a public key alone, that the call was judged, recorded and let pass. Both ways stand here together.
 */
import { err, isJsonObject, type JsonObject, type JsonValue, ok, type Result } from "../../base/mod.ts";
import type { Entry } from "../entry.ts";
import type { Keys } from "../port.ts";
import { isSignedBy, readJws, signJws } from "./jws.ts";
import { keyIdOf } from "./trust.ts";

/** `typ` of the token: no other token of this key has it, and no agent token may have it. */
export const ATTESTATION_TYPE = "countersign-attestation+jwt";
const ISSUER = "countersign";
/** Names in an entry are capped, so that ours have a quarter of this; a longer one is none of ours. Characters. */
export const MAX_ATTESTATION_CHARS = 32 * 1024;

/** The claims. What is in an entry too has the entry's name and value; a field that says nothing is absent. */
export interface Attestation {
  readonly agent: { readonly id: string; readonly verified: boolean };
  /** Who it is for: the origin of the server's URL, or for a command its name. */
  readonly aud: string;
  /** `seq` of the call's entry, and its leaf hash. */
  readonly entry: number;
  readonly hash: string;
  /** When it was signed: for a call that was held, when it was released. Seconds since the epoch (RFC 7519). */
  readonly iat: number;
  /** Keyed digest of the params as they were let pass: whoever is given k of the entry can check them, nobody else guess. */
  readonly input?: { readonly bytes: number; readonly digest?: string };
  readonly iss: typeof ISSUER;
  /** Id of the entry: a call has one attestation, however often it is sent. */
  readonly jti: string;
  /** What the ledger calls itself in its checkpoints. */
  readonly ledger: string;
  readonly method: string;
  readonly policy?: string;
  readonly server: string;
  /** Tool, prompt name or URI. */
  readonly tool?: string;
}

const LAST_SECOND = 253_402_300_799;

/** What of an entry is attested. */
export type AttestedEntry = Pick<
  Entry,
  "agent" | "id" | "input" | "method" | "policy" | "seq" | "server" | "tool"
>;

/** What an attestation adds to its entry. */
export interface Attesting {
  readonly hash: string;
  readonly audience: string;
  readonly origin: string;
  readonly issuedSeconds: number;
}

/** The attestation of a call's entry as a compact JWS. */
export function issueAttestation(entry: AttestedEntry, attesting: Attesting, keys: Keys): string {
  const { agent, id, input, method = "", policy, seq, server, tool } = entry;
  const claims: Attestation = {
    agent: { id: agent.id, verified: agent.verified },
    aud: attesting.audience,
    entry: seq,
    hash: attesting.hash,
    iat: attesting.issuedSeconds,
    ...input !== undefined && { input },
    iss: ISSUER,
    jti: id,
    ledger: attesting.origin,
    method,
    ...policy !== undefined && { policy },
    server,
    ...tool !== undefined && tool !== "" && { tool },
  };
  return signJws(claims, ATTESTATION_TYPE, keys);
}

/** Why an attestation does not hold. `claims`: what it says nevertheless, signed as it should be, but for somebody else. */
export interface AttestationProblem {
  readonly reason: "malformed" | "unknown-key" | "bad-signature" | "wrong-audience" | "wrong-call";
  /** A phrase; nothing of the token is in it. */
  readonly detail: string;
  readonly claims?: Attestation;
}

export interface AttestationChecks {
  /** Raw Ed25519 public keys that are trusted; the token says by its `kid` which of them it is. */
  readonly publicKeys: readonly Uint8Array[];
  /** Whom it must be for; absent: for anybody, as where an auditor looks at it later. */
  readonly audience?: string;
  /** The call that it came with; absent: any. A name that is long or secret is another one in its entry: leave it out. */
  readonly call?: { readonly method: string; readonly tool?: string };
}

/**
 * Checks an attestation. ATTACKER-CONTROLLED; never throws. It says nothing of time and of a second use: a server that
 * minds keeps the `jti` of those that it took, and says how old one may be.
 */
export function verifyAttestation(
  token: string,
  { publicKeys, audience, call }: AttestationChecks,
): Result<Attestation, AttestationProblem> {
  if (token.length > MAX_ATTESTATION_CHARS) return no("malformed", "it is too long");
  const jws = readJws(token, ATTESTATION_TYPE);
  if (!jws.ok) return no("malformed", jws.error);
  const key = publicKeys.find((key) => keyIdOf(key) === jws.value.kid);
  if (key === undefined) {
    return no("unknown-key", "it is signed by a key that is not among those that are trusted");
  }
  if (!isSignedBy(jws.value, key)) return no("bad-signature", "its signature does not verify");
  const claims = attestationOf(jws.value.claims);
  if (claims === undefined) return no("malformed", "it does not say what an attestation says");
  if (audience !== undefined && claims.aud !== audience) {
    return no("wrong-audience", "it is for another server", claims);
  }
  const isOther = call !== undefined && (claims.method !== call.method || claims.tool !== call.tool);
  return isOther ? no("wrong-call", "it is of another call", claims) : ok(claims);
}

function no(
  reason: AttestationProblem["reason"],
  detail: string,
  claims?: Attestation,
): Result<never, AttestationProblem> {
  return err({ reason, detail, ...claims && { claims } });
}

function attestationOf(claims: JsonObject): Attestation | undefined {
  const { agent, aud, entry, hash, iat, input, iss, jti, ledger, method, policy, server, tool } = claims;
  const texts = [aud, jti, ledger, method, server, policy ?? "", tool ?? ""].every(isText);
  if (iss !== ISSUER || !texts || !isCount(entry) || !isTime(iat) || !isHash(hash)) return undefined;
  if (!isJsonObject(agent) || !isText(agent["id"]) || typeof agent["verified"] !== "boolean") {
    return undefined;
  }
  if (input !== undefined && !isDigest(input)) return undefined;
  return claims as unknown as Attestation; // INVARIANT: each field was looked at above
}

/** Until the year 9999: what is later is a mistake, such as milliseconds. */
function isTime(value: JsonValue | undefined): boolean {
  return isCount(value) && Number(value) <= LAST_SECOND;
}

function isDigest(input: JsonValue): boolean {
  if (!isJsonObject(input) || !isCount(input["bytes"])) return false;
  return input["digest"] === undefined || isHash(input["digest"]);
}

function isText(value: JsonValue | undefined): boolean {
  return typeof value === "string";
}

function isHash(value: JsonValue | undefined): boolean {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

function isCount(value: JsonValue | undefined): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
