/**
 * Who calls: the agent that a verified token names, else the configured one. Nothing that verifies is loaded, and no
 * key is read, before there is a token: a start without one does not pay for it.
 */
import { err, ok, type Result } from "../base/mod.ts";
import {
  checkMode,
  type FileKind,
  type IdentityConfig,
  systemFiles,
  type TokenScheme,
} from "../config/mod.ts";
import type { IdentityProblem, TokenSource } from "../identity/mod.ts";
import type { Principal } from "../verdict/mod.ts";

/** Where a token arrives on stdio. A client's `env` block sets it; no upstream ever gets it. */
export const TOKEN_VARIABLE = "COUNTERSIGN_AGENT_TOKEN";

/** Who calls, at any time of a run. */
export interface AgentIdentity {
  /**
   * Who calls at `nowMs` (since the Unix epoch). Once the token has expired, its id stays, unverified and without roles:
   * where `required` is set, every call is then to be refused.
   */
  principal(nowMs: number): Principal;
  /** Must a call of an agent that is not verified be refused? */
  readonly required: boolean;
  /** When the token expires; absent where there is none. Milliseconds since the Unix epoch. */
  readonly expiresMs?: number;
}

export interface AgentQuestion {
  /** The value of {@link TOKEN_VARIABLE}, or a bearer; absent or empty: none. ATTACKER-CONTROLLED and SECRET. */
  readonly token: string | undefined;
  /** Who calls where there is no token. */
  readonly configured: Principal;
  readonly nowMs: number;
}

/**
 * Verifies the token, if there is one, with the keys that `[identity]` names. A token that is there and does not hold is
 * an error, also where none is required: whoever set it believes that it counts.
 */
export async function agentPrincipal(
  { required, tokens }: IdentityConfig,
  { token, configured, nowMs }: AgentQuestion,
): Promise<Result<AgentIdentity, IdentityProblem>> {
  const text = token?.trim() ?? "";
  if (text === "") return ok({ required, principal: () => unverified(configured) });
  const source = tokens === undefined ? undefined : checkedSource(tokens);
  if (source !== undefined && !source.ok) return source;
  const { verifyWith } = await import("../identity/mod.ts");
  const agent = await verifyWith(source?.value, text, nowMs);
  if (!agent.ok) return agent;
  const { id, roles, expiresMs } = agent.value;
  const holds: Principal = { ...configured, id, roles, verified: true };
  const expired = unverified({ ...configured, id });
  return ok({ required, expiresMs, principal: (now) => now < expiresMs ? holds : expired });
}

function unverified(principal: Principal): Principal {
  return { ...principal, verified: false, roles: [] };
}

/**
 * Where the keys come from, once it is sure that nobody else can change or read them.
 *
 * Trusted: whoever can write a file of public keys can bring tokens of their own, and whoever can read the shared secret
 * can make them. Such files are refused, as the ledger's keys are.
 */
export function checkedSource(tokens: TokenScheme): Result<TokenSource, IdentityProblem> {
  const files: readonly (readonly [path: string, kind: FileKind])[] = tokens.scheme === "ed25519"
    ? tokens.publicKeys.map((path) => [path, "config"])
    : tokens.secret.kind === "file"
    ? [[tokens.secret.path, "secret"]]
    : [];
  for (const [path, kind] of files) {
    const problem = checkMode(path, kind, systemFiles);
    if (problem === undefined) continue;
    const message = `Cannot check agent tokens: ${problem.message}`;
    return err({ reason: "unusable-key", message, hint: problem.hint });
  }
  return ok(tokens);
}
