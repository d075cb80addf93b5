import { rfc3339Micros } from "../base/mod.ts";

/** Why a token does not hold; each has one meaning for good, as the ledger names it. */
export type TokenProblemCode =
  | "too-long"
  | "malformed"
  | "unsupported-header"
  | "wrong-scheme"
  | "unknown-key"
  | "bad-signature"
  | "bad-claims"
  | "wrong-audience"
  | "no-subject"
  | "bad-roles"
  | "no-expiry"
  | "expired"
  | "not-yet-valid";

/** One sentence and what to do. Neither has anything of the token but times that its issuer signed. */
export interface TokenProblem {
  readonly code: TokenProblemCode;
  /** "Cannot use the agent token: <cause>", no period. */
  readonly message: string;
  readonly hint: string;
}

const NEW_TOKEN = "make a new token: countersign identity token --help";

const HINTS: Readonly<Record<TokenProblemCode, string>> = {
  "too-long": "name fewer claims: a token says who calls, and no more",
  "malformed": "copy the whole token, as `countersign identity token` printed it",
  "unsupported-header": "sign with the header parameters alg, typ and kid only",
  "wrong-scheme": "sign it for the scheme that [identity] names; a token never chooses how it is verified",
  "unknown-key":
    "add the public half of the key that signed it to [identity] public_keys, or sign with one that is there",
  "bad-signature": "copy the whole token again, or sign it with the key or secret that [identity] names",
  "bad-claims": NEW_TOKEN,
  "wrong-audience": 'ask its issuer for one with the claim aud = "countersign"',
  "no-subject": "put the agent's id into the claim sub: 1 to 128 visible characters",
  "bad-roles": "roles is a list of at most 32 texts, each of 1 to 128 visible characters",
  "no-expiry": "a token that never ends cannot be taken back: give it the claim exp",
  "expired": NEW_TOKEN,
  "not-yet-valid": "wait, or check the clocks of this machine and of the issuer's",
};

/** The problem of that code; `cause`: a phrase. */
export function tokenProblem(code: TokenProblemCode, cause: string): TokenProblem {
  return { code, message: `Cannot use the agent token: ${cause}`, hint: HINTS[code] };
}

/** `2026-11-20T09:07:46Z`; `ms` since the Unix epoch. */
export function wholeSeconds(ms: number): string {
  return rfc3339Micros(Math.floor(ms / 1000) * 1_000_000).replace(/\.\d+Z$/, "Z");
}
