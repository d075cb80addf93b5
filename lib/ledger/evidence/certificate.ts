/** A certificate: what the ledger says of a period, signed by its key, to be checked by whoever has that key. */
import { err, isJsonObject, type JsonObject, type JsonValue, ok, type Result } from "../../base/mod.ts";
import type { Entry } from "../entry.ts";
import type { Keys } from "../port.ts";
import type { VerifyStatus } from "../verify/report.ts";
import { isSignedBy, readJws, signJws } from "./jws.ts";
import { keyIdOf } from "./trust.ts";
import { readTrustedNote } from "./trusted_note.ts";

/** `typ` of the token. */
export const CERTIFICATE_TYPE = "countersign-certificate+jwt";
const ISSUER = "countersign";

/** The claims. Times are seconds since the epoch (RFC 7519), but those of the period. */
export interface Certificate {
  readonly iss: typeof ISSUER;
  /** Whose ledger: the origin of its checkpoints. */
  readonly sub: string;
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  /** RFC 3339, UTC; entries from `since` to before `until` are counted. */
  readonly period: { readonly since: string; readonly until: string };
  readonly entries: number;
  /** Entries whose text was pruned and that may have been of the period: nothing is known of them. Absent where none was. */
  readonly pruned?: number;
  /** How often policies said what, and what came of it. */
  readonly decisions: Readonly<Record<string, number>>;
  readonly verdicts: Readonly<Record<string, number>>;
  /** Of the whole ledger, when the certificate was issued. */
  readonly integrity: { readonly status: VerifyStatus; readonly entries: number };
  /** Digests of the policies that entries of the period name. */
  readonly policies: readonly string[];
  /** The tree at that time: a signed note. Absent where no checkpoint could be made. */
  readonly checkpoint?: string;
}

/** What entries of a period add up to. */
export class PeriodCount {
  readonly #period: Certificate["period"];
  readonly #decisions = new Map<string, number>();
  readonly #verdicts = new Map<string, number>();
  readonly #policies = new Set<string>();
  #entries = 0;
  #pruned = 0;
  /** Pruned entries since the last one that has a time, and that time. */
  #untimed = 0;
  #time = "";

  constructor(period: Certificate["period"]) {
    this.#period = period;
  }

  /** Counts an entry, if it is in the period. */
  take({ time, kind, decision, verdict, policy }: Entry): void {
    if (time >= this.#period.since && this.#time < this.#period.until) this.#pruned += this.#untimed;
    this.#untimed = 0;
    this.#time = time;
    if (time < this.#period.since || time >= this.#period.until) return;
    this.#entries++;
    if (kind === "call" && decision !== undefined) add(this.#decisions, decision);
    if (kind === "call" && verdict !== undefined) add(this.#verdicts, verdict);
    // A rotation or a prune names none.
    if (policy?.startsWith("sha256:")) this.#policies.add(policy);
  }

  /** The next entry has lost its text. Its time is between those of its neighbours. */
  skip(): void {
    this.#untimed++;
  }

  /** The claims that came of it. */
  claims(): Pick<Certificate, "period" | "entries" | "pruned" | "decisions" | "verdicts" | "policies"> {
    return {
      period: this.#period,
      entries: this.#entries,
      ...this.#pruned > 0 && { pruned: this.#pruned },
      decisions: { allow: 0, deny: 0, ask: 0, ...Object.fromEntries(this.#decisions) },
      verdicts: Object.fromEntries(this.#verdicts),
      policies: [...this.#policies].toSorted(),
    };
  }
}

function add(counts: Map<string, number>, word: string): void {
  counts.set(word, (counts.get(word) ?? 0) + 1);
}

/** What {@link issueCertificate} adds to what was counted. */
export interface Issue {
  readonly origin: string;
  readonly issuedSeconds: number;
  readonly expiresSeconds: number;
  readonly integrity: Certificate["integrity"];
  readonly checkpoint: string | undefined;
}

/** The certificate as a compact JWS. */
export function issueCertificate(
  counted: ReturnType<PeriodCount["claims"]>,
  { origin, issuedSeconds, expiresSeconds, integrity, checkpoint }: Issue,
  keys: Keys,
): string {
  const claims: Certificate = {
    iss: ISSUER,
    sub: origin,
    iat: issuedSeconds,
    nbf: issuedSeconds,
    exp: expiresSeconds,
    ...counted,
    integrity,
    ...checkpoint !== undefined && { checkpoint },
  };
  return signJws(claims, CERTIFICATE_TYPE, keys);
}

/** Why a certificate does not hold. `claims`: what it says nevertheless, ATTACKER-CONTROLLED unless the reason is its time. */
export interface CertificateProblem {
  readonly reason:
    | "malformed"
    | "unknown-key"
    | "bad-signature"
    | "expired"
    | "not-yet-valid"
    | "bad-checkpoint";
  readonly detail: string;
  readonly claims?: Certificate;
}

/**
 * Checks a certificate. `publicKeys`: raw, those that are trusted; the token says by its `kid` which of them it is.
 * `nowSeconds`: since the epoch; there is no leeway.
 */
export function checkCertificate(
  token: string,
  { publicKeys, nowSeconds }: { readonly publicKeys: readonly Uint8Array[]; readonly nowSeconds: number },
): Result<Certificate, CertificateProblem> {
  const jws = readJws(token, CERTIFICATE_TYPE);
  if (!jws.ok) return no("malformed", jws.error);
  const key = publicKeys.find((key) => keyIdOf(key) === jws.value.kid);
  if (key === undefined) {
    return no("unknown-key", "it is signed by a key that is not among those that are trusted");
  }
  if (!isSignedBy(jws.value, key)) return no("bad-signature", "its signature does not verify");
  const claims = certificateOf(jws.value.claims);
  if (claims === undefined) return no("malformed", "it does not say what a certificate says");
  if (nowSeconds >= claims.exp) return no("expired", "its time is over", claims);
  if (nowSeconds < claims.nbf) return no("not-yet-valid", "its time has not come", claims);
  if (claims.checkpoint !== undefined && !readTrustedNote(claims.checkpoint, [key]).ok) {
    return no("bad-checkpoint", "its checkpoint is none of this key", claims);
  }
  return ok(claims);
}

function no(
  reason: CertificateProblem["reason"],
  detail: string,
  claims?: Certificate,
): Result<never, CertificateProblem> {
  return err({ reason, detail, ...claims && { claims } });
}

function certificateOf(claims: JsonObject): Certificate | undefined {
  const { iss, sub, iat, nbf, exp, period, entries, integrity, decisions, verdicts, policies, checkpoint } =
    claims;
  const numbers = [iat, nbf, exp, entries, claims["pruned"] ?? 0].every(isCount);
  const counts = [decisions, verdicts].every((one) => isJsonObject(one) && Object.values(one).every(isCount));
  const texts = iss === ISSUER && typeof sub === "string" &&
    (checkpoint === undefined || typeof checkpoint === "string");
  const lists = Array.isArray(policies) && policies.every((one) => typeof one === "string");
  if (!numbers || !counts || !texts || !lists || !isJsonObject(period) || !isJsonObject(integrity)) {
    return undefined;
  }
  if (typeof period["since"] !== "string" || typeof period["until"] !== "string") return undefined;
  if (typeof integrity["status"] !== "string" || !isCount(integrity["entries"])) return undefined;
  return claims as unknown as Certificate; // INVARIANT: each field was looked at above
}

function isCount(value: JsonValue | undefined): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
