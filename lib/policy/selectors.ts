/** Which calls a rule is about. */
import { compileGlob, composed, type Glob } from "../base/mod.ts";
import { type DiagnosticSink, nearName, type TextNode } from "../diagnostic/mod.ts";
import type { AccessRequest } from "../verdict/mod.ts";
import { KNOWN_METHODS } from "./methods.ts";
import { GLOB_HINT } from "./operators.ts";

/** A list of globs: does one of them match? */
export interface NameSet {
  readonly patterns: readonly string[];
  has(name: string): boolean;
}

/** What is absent selects everything. */
export interface Selectors {
  readonly methods: NameSet;
  readonly tools?: NameSet;
  /** Every tool but these. */
  readonly exceptTools?: NameSet;
  readonly servers?: NameSet;
  readonly agents?: NameSet;
  /** Every agent but these. */
  readonly exceptAgents?: NameSet;
  /** One set a role: each must be had. */
  readonly roles?: readonly NameSet[];
}

const WILD_REGEXP = /[*?[\]{}\\]/;

/** Does the pattern stand for one name alone? */
export function isLiteral(pattern: string): boolean {
  return !WILD_REGEXP.test(pattern);
}

/** The set of the patterns; a pattern that is no glob is said to the sink and left out. */
export function readNames(nodes: readonly TextNode[], sink: DiagnosticSink): NameSet {
  const literals = new Set<string>();
  const globs: Glob[] = [];
  for (const { at, value } of nodes) {
    const glob = compileGlob(value);
    if (!glob.ok) {
      sink.error(at, `${JSON.stringify(value)} is not a glob: ${glob.error.message}`, GLOB_HINT);
    } else if (isLiteral(value)) literals.add(value.normalize("NFC"));
    else globs.push(glob.value);
  }
  return {
    patterns: nodes.map(({ value }) => value),
    has: (name) => (literals.size > 0 && literals.has(composed(name))) || globs.some((glob) => glob(name)),
  };
}

/** As {@link readNames}, for methods: a pattern that no method of MCP matches is one's own method, written out, or wrong. */
export function readMethods(nodes: readonly TextNode[], sink: DiagnosticSink): NameSet {
  for (const { at, value } of nodes) {
    const glob = compileGlob(value);
    if (!glob.ok || KNOWN_METHODS.some((method) => glob.value(method)) || isForeign(value)) continue;
    const near = nearName(value, KNOWN_METHODS);
    const hint = near === undefined
      ? 'write a method that MCP does not have out, as in "vendor/reindex", or rule them all with unknown_methods = "deny"'
      : `did you mean "${near}"?`;
    sink.error(at, `unknown method ${JSON.stringify(value)}`, hint);
  }
  return readNames(nodes, sink);
}

const NAMESPACES = [...new Set(KNOWN_METHODS.map(namespaceOf))];

/** Is it a method that somebody added to MCP, and surely no slip of the pen? */
function isForeign(method: string): boolean {
  const namespace = namespaceOf(method);
  return isLiteral(method) && namespace !== method && namespace !== "" &&
    nearName(method, KNOWN_METHODS) === undefined && nearName(namespace, NAMESPACES) === undefined;
}

function namespaceOf(method: string): string {
  return method.split("/", 1)[0] ?? "";
}

export const TOOL_CALLS: NameSet = { patterns: ["tools/call"], has: (name) => name === "tools/call" };

/** Is the rule about this request? Names in it are ATTACKER-CONTROLLED. */
export function selects(selectors: Selectors, request: AccessRequest): boolean {
  // The words are for a person, and cost nothing next to the globs; what was found is remembered by the policy.
  return whyNot(selectors, request) === undefined;
}

/** Which selector leaves the request out, in words; `undefined` where none does. */
export function whyNot(
  selectors: Selectors,
  { action, resource, principal }: AccessRequest,
): string | undefined {
  const { methods, tools, exceptTools, servers, agents, exceptAgents, roles } = selectors;
  if (!methods.has(action)) return `the method is not ${shown(methods)}`;
  if (tools !== undefined && !tools.has(resource.name)) return `the tool is not ${shown(tools)}`;
  if (exceptTools?.has(resource.name)) return `the tool is ${shown(exceptTools)}`;
  if (servers !== undefined && !servers.has(resource.server)) return `the server is not ${shown(servers)}`;
  if (agents !== undefined && !agents.has(principal.id)) return `the agent is not ${shown(agents)}`;
  if (exceptAgents?.has(principal.id)) return `the agent is ${shown(exceptAgents)}`;
  if (roles === undefined) return undefined;
  if (!principal.verified) return "the agent's roles are not verified";
  const missing = roles.find((role) => !principal.roles.some((had) => role.has(had)));
  return missing === undefined ? undefined : `the agent has no role ${shown(missing)}`;
}

const MAX_SHOWN = 3;

/** The globs of a set, as the operator wrote them. */
function shown({ patterns }: NameSet): string {
  const first = patterns.slice(0, MAX_SHOWN).join(", ");
  return patterns.length <= MAX_SHOWN ? first : `${first} or ${patterns.length - MAX_SHOWN} more`;
}
