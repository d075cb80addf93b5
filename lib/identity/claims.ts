/** What a token says (RFC 7519, section 4.1), checked. */
import { err, type JsonObject, type JsonValue, numberSource, ok, type Result } from "../base/mod.ts";
import { type TokenProblem, tokenProblem, wholeSeconds } from "./token_problem.ts";

/** Who a token is for. */
export const AUDIENCE = "countersign";
export const MAX_ROLES = 32;

/**
 * How far the issuer's clock may be ahead, in milliseconds. A token is refused from `exp` on, without any leeway: it
 * never holds for longer than it says.
 */
const AHEAD_MS = 30_000;
/** The last second of the year 9999: a time behind it is a mistake, such as milliseconds. */
const LAST_SECOND = 253_402_300_799;

/** An agent that proved who it is. */
export interface VerifiedAgent {
  readonly id: string;
  readonly roles: readonly string[];
  /** From here on the token does not hold. Milliseconds since the Unix epoch. */
  readonly expiresMs: number;
}

// Visible characters, and single spaces between them: no two names look the same for what nobody sees.
const NAME_REGEXP = /^(?:[^\p{C}\p{Z}]| (?=[^\p{C}\p{Z}])(?<!^ )){1,128}$/u;

/** Can this be an agent's id or a role: 1 to 128 visible characters in NFC, single spaces between them? */
export function isAgentName(text: string): boolean {
  return NAME_REGEXP.test(text) && text.normalize("NFC") === text;
}

/** Checks the claims of a token whose signature verified. `nowMs`: since the Unix epoch. */
export function readClaims(
  claims: JsonObject,
  { nowMs }: { readonly nowMs: number },
): Result<VerifiedAgent, TokenProblem> {
  if (!isForUs(claims.aud)) return problem("wrong-audience", `it is not made for "${AUDIENCE}"`);
  const id = claims.sub, roles = readRoles(claims.roles);
  if (typeof id !== "string" || !isAgentName(id)) {
    return problem("no-subject", "it does not name its agent as an id can be");
  }
  if (roles === undefined) return problem("bad-roles", "its roles are not a list of names");
  const expiresMs = readTime(claims.exp);
  if (claims.exp === undefined) return problem("no-expiry", "it does not say when it expires");
  if (expiresMs === undefined) return problem("bad-claims", "its exp is not a time in seconds");
  const timing = timeProblem(claims, expiresMs, nowMs);
  return timing === undefined ? ok({ id, roles, expiresMs }) : err(timing);
}

function timeProblem(claims: JsonObject, expiresMs: number, nowMs: number): TokenProblem | undefined {
  if (nowMs >= expiresMs) return tokenProblem("expired", `it expired at ${wholeSeconds(expiresMs)}`);
  for (const name of ["nbf", "iat"]) {
    if (claims[name] === undefined) continue;
    const fromMs = readTime(claims[name]);
    if (fromMs === undefined) return tokenProblem("bad-claims", `its ${name} is not a time in seconds`);
    if (fromMs > nowMs + AHEAD_MS) {
      return tokenProblem("not-yet-valid", `it holds from ${wholeSeconds(fromMs)} on, and not before`);
    }
  }
  return undefined;
}

/** `aud` is one name or a list of them (RFC 7519, section 4.1.3). */
function isForUs(aud: JsonValue | undefined): boolean {
  return aud === AUDIENCE || (Array.isArray(aud) && aud.includes(AUDIENCE));
}

/** No roles at all are none; anything that is not a list of names is `undefined`. */
function readRoles(roles: JsonValue | undefined): readonly string[] | undefined {
  if (roles === undefined) return [];
  if (!Array.isArray(roles) || roles.length > MAX_ROLES) return undefined;
  const names = roles.filter((role): role is string => typeof role === "string" && isAgentName(role));
  return names.length === roles.length ? [...new Set(names)] : undefined;
}

/** A NumericDate (RFC 7519, section 2) in milliseconds. */
export function readTime(value: JsonValue | undefined): number | undefined {
  const source = value === undefined ? undefined : numberSource(value);
  const seconds = source === undefined ? NaN : Number(source);
  return seconds >= 0 && seconds <= LAST_SECOND ? seconds * 1000 : undefined;
}

function problem(code: TokenProblem["code"], cause: string): Result<never, TokenProblem> {
  return err(tokenProblem(code, cause));
}
