import type { WorkerName } from "./words.ts";

/** Stable codes that say why; other programs rely on them (spec: policy, "A decision"). */
export type ReasonCode =
  | `rule:${string}`
  | "default"
  | "unlisted-method"
  | "guardrail:block_tools"
  | "guardrail:allow_tools"
  | "guardrail:human_review"
  | "guardrail:max_amount"
  | "guardrail:rate"
  | `guardrail:custom:${string}`
  | `dlp:${string}`
  | "injection"
  | "drift"
  | "envelope"
  | "unverified-agent"
  | "invalid-name"
  | "invalid-params"
  | "scan-incomplete"
  | "fail-open:scan"
  | `fault:${WorkerName}`
  | "approval-denied"
  | "approval-expired"
  | "cancelled"
  | "duplicate-id"
  | "unknown-id"
  | "upstream-exit"
  | "malformed-reply"
  | "killed";

/** The reason of a decision that rule `id` made. */
export function reasonForRule(id: string): ReasonCode {
  return `rule:${id}`;
}

/** Findings that are no secrets: what speaks to the agent, to its terminal, or to nobody who looks. */
const SIGN_REGEXP = /^(?:injection-.*|terminal-escape|invisible-text|tool-shadowing)$/;

/** The reason of what the named detectors stopped or changed: its secrets, sorted, each once; without any, `injection`. */
export function reasonForFindings(ids: readonly string[]): ReasonCode {
  const secrets = ids.filter((id) => !SIGN_REGEXP.test(id));
  return ids.length > 0 && secrets.length === 0
    ? "injection"
    : `dlp:${[...new Set(secrets)].sort().join(",")}`;
}

/** The reason of a call that was refused because a worker gave no answer. */
export function reasonForFault(worker: WorkerName): ReasonCode {
  return `fault:${worker}`;
}
