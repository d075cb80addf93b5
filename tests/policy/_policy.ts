import { renderDiagnostics } from "../../lib/diagnostic/mod.ts";
import { type LoadOptions, loadPolicy, type Policy, type PolicySource } from "../../lib/policy/mod.ts";
import { type AccessRequest, type Decision, EMPTY_REPORT, type Report } from "../../lib/verdict/mod.ts";

export const PLACES: LoadOptions = { workingFolder: "/srv/app", home: "/home/u" };

function sourcesOf(layers: string | readonly string[]): readonly PolicySource[] {
  return [layers].flat().map((text, i) => ({
    name: `layer${i + 1}`,
    file: `layer${i + 1}.toml`,
    format: "toml" as const,
    text: /^version/m.test(text) ? text : `version = 1\n${text}`,
  }));
}

/** What is said about TOML layers, as `severity line:column message (hint)`. */
export async function diagnosticsOf(layers: string | readonly string[]): Promise<readonly string[]> {
  const policy = await loadPolicy(sourcesOf(layers), PLACES);
  return (policy.ok ? policy.value.warnings : policy.error)
    .map(({ line, column, severity, message, hint }) => `${severity} ${line}:${column} ${message} (${hint})`);
}

/** The policy of TOML layers, the highest first; a diagnostic fails the test. */
export async function policyOf(
  layers: string | readonly string[],
  options: LoadOptions = PLACES,
): Promise<Policy> {
  const sources = sourcesOf(layers);
  const policy = await loadPolicy(sources, options);
  if (policy.ok) return policy.value;
  const texts = new Map(sources.map(({ file, text }) => [file, text]));
  throw new Error(renderDiagnostics(policy.error, { sources: texts }));
}

export interface CallOptions {
  readonly tool?: string;
  /** A value, or JSON text. */
  readonly args?: unknown;
  readonly server?: string;
  readonly method?: string;
  readonly agent?: string;
  readonly roles?: readonly string[];
  readonly verified?: boolean;
  readonly judged?: boolean;
  readonly listing?: AccessRequest["context"]["listing"];
  readonly session?: string;
  readonly labels?: readonly string[];
  /** Calls that were forwarded in the session so far. */
  readonly calls?: number;
  readonly nowMs?: number;
}

/** A call as the gate would put it. */
export function call(options: CallOptions = {}): AccessRequest {
  const { tool = "tool", args = {}, server = "files", method = "tools/call", agent = "agent" } = options;
  const { roles = [], verified = roles.length > 0, judged = true, listing = "unknown" } = options;
  const { session = "s", labels = [], calls = 0, nowMs = 0 } = options;
  return {
    principal: { id: agent, verified, roles },
    action: method,
    resource: { server, name: tool },
    direction: "to-upstream",
    judged,
    args: typeof args === "string" ? args : JSON.stringify(args),
    context: { session, listing, labels, calls, nowMs },
  };
}

export function decide(policy: Policy, options: CallOptions = {}, report: Partial<Report> = {}): Decision {
  return policy.decide(call(options), { ...EMPTY_REPORT, ...report });
}

/** More runs with SLOW=1. */
export const RUNS = Deno.env.get("SLOW") === "1" ? 2000 : 200;
