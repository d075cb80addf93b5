/** Every MCP method of both eras, as data (schema.ts of 2024-11-05 … 2025-11-25 and 2026-07-28, and the tasks extension). */
import type { Era } from "./era.ts";

/** Which way the method travels when it is asked or told, not answered. */
export type MethodDirection = "to-upstream" | "to-client" | "both";
export type MethodForm = "request" | "notice";

export interface MethodInfo {
  readonly method: string;
  readonly form: MethodForm;
  readonly direction: MethodDirection;
  /** Is it decided by the policy's rules and default? Everything else is capability traffic. */
  readonly judged: boolean;
  readonly eras: readonly Era[];
}

const BOTH: readonly Era[] = ["legacy", "modern"];
const LEGACY: readonly Era[] = ["legacy"];
const MODERN: readonly Era[] = ["modern"];

type Row = readonly [method: string, direction: MethodDirection, eras: readonly Era[]];

const JUDGED_REQUESTS: readonly Row[] = [
  ["tools/call", "to-upstream", BOTH],
  ["resources/read", "to-upstream", BOTH],
  ["resources/subscribe", "to-upstream", LEGACY],
  ["prompts/get", "to-upstream", BOTH],
  ["completion/complete", "to-upstream", BOTH],
  // The modern era asks these inside of a result: see `inputRequestsOf`.
  ["sampling/createMessage", "to-client", BOTH],
  ["elicitation/create", "to-client", BOTH],
  ["roots/list", "to-client", BOTH],
];

const OTHER_REQUESTS: readonly Row[] = [
  ["initialize", "to-upstream", LEGACY],
  ["ping", "both", LEGACY],
  ["server/discover", "to-upstream", MODERN],
  ["tools/list", "to-upstream", BOTH],
  ["resources/list", "to-upstream", BOTH],
  ["resources/templates/list", "to-upstream", BOTH],
  ["resources/unsubscribe", "to-upstream", LEGACY],
  ["subscriptions/listen", "to-upstream", MODERN],
  ["prompts/list", "to-upstream", BOTH],
  ["logging/setLevel", "to-upstream", LEGACY],
  // Legacy: whoever received the call keeps its task, so these go both ways.
  ["tasks/get", "both", BOTH],
  ["tasks/result", "both", LEGACY],
  ["tasks/list", "both", LEGACY],
  ["tasks/cancel", "both", BOTH],
  ["tasks/update", "to-upstream", MODERN],
];

const NOTICES: readonly Row[] = [
  ["notifications/initialized", "to-upstream", LEGACY],
  ["notifications/cancelled", "both", BOTH],
  ["notifications/progress", "both", BOTH],
  ["notifications/roots/list_changed", "to-upstream", LEGACY],
  ["notifications/message", "to-client", BOTH],
  ["notifications/tools/list_changed", "to-client", BOTH],
  ["notifications/resources/list_changed", "to-client", BOTH],
  ["notifications/resources/updated", "to-client", BOTH],
  ["notifications/prompts/list_changed", "to-client", BOTH],
  ["notifications/elicitation/complete", "to-client", LEGACY],
  ["notifications/tasks/status", "both", LEGACY],
  ["notifications/tasks", "to-client", MODERN],
  ["notifications/subscriptions/acknowledged", "to-client", MODERN],
];

/** The table, one row a method. */
export const METHODS: readonly MethodInfo[] = [
  ...JUDGED_REQUESTS.map((row) => info(row, "request", { judged: true })),
  ...OTHER_REQUESTS.map((row) => info(row, "request", { judged: false })),
  ...NOTICES.map((row) => info(row, "notice", { judged: false })),
];

const BY_NAME: ReadonlyMap<string, MethodInfo> = new Map(METHODS.map((row) => [row.method, row]));

/** What is known of `method` (ATTACKER-CONTROLLED); `undefined` for one that MCP does not have. Case counts. */
export function methodInfo(method: string): MethodInfo | undefined {
  return BY_NAME.get(method);
}

function info([method, direction, eras]: Row, form: MethodForm, { judged }: { judged: boolean }): MethodInfo {
  return { method, form, direction, judged, eras };
}
