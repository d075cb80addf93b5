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

/** The reason of a call that the named detectors stopped; ids sorted, each once. */
export function reasonForDlp(ids: readonly string[]): ReasonCode {
  return `dlp:${[...new Set(ids)].sort().join(",")}`;
}

/** The reason of a call that was refused because a worker gave no answer. */
export function reasonForFault(worker: WorkerName): ReasonCode {
  return `fault:${worker}`;
}
