/** Those that rules and the default decide on; all others pass where no rule names them. */
export const JUDGED_METHODS: readonly string[] = [
  "tools/call",
  "resources/read",
  "resources/subscribe",
  "prompts/get",
  "completion/complete",
  "sampling/createMessage",
  "elicitation/create",
  "roots/list",
];

/**
 * The MCP methods that a rule may name. The wire has the same list with more about each; this room may not import it,
 * so a test holds the two together.
 */
export const KNOWN_METHODS: readonly string[] = [
  ...JUDGED_METHODS,
  "initialize",
  "ping",
  "server/discover",
  "tools/list",
  "resources/list",
  "resources/templates/list",
  "resources/unsubscribe",
  "subscriptions/listen",
  "prompts/list",
  "logging/setLevel",
  "tasks/get",
  "tasks/result",
  "tasks/list",
  "tasks/cancel",
  "tasks/update",
  "notifications/initialized",
  "notifications/cancelled",
  "notifications/progress",
  "notifications/roots/list_changed",
  "notifications/message",
  "notifications/tools/list_changed",
  "notifications/resources/list_changed",
  "notifications/resources/updated",
  "notifications/prompts/list_changed",
  "notifications/elicitation/complete",
  "notifications/tasks/status",
  "notifications/tasks",
  "notifications/subscriptions/acknowledged",
];

/** As the gate has it: is `method` one that the default decides on where no rule does? */
export function isJudgedMethod(method: string): boolean {
  return JUDGED_METHODS.includes(method);
}

const KNOWN: ReadonlySet<string> = new Set(KNOWN_METHODS);

/** Is `method` (ATTACKER-CONTROLLED) one that MCP has? */
export function isKnownMethod(method: string): boolean {
  return KNOWN.has(method);
}
