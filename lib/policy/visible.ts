/**
 * The discovery filter's question: is a tool denied whatever its arguments, and whatever happened before? Three-valued in
 * whole rules: one without conditions surely matches, one with any may go either way.
 */
import type { AccessRequest } from "../verdict/mod.ts";
import { fallbackOf } from "./fallback.ts";
import type { Layer } from "./layer.ts";
import type { Policy } from "./policy.ts";
import type { Rule } from "./rule.ts";
import { selects } from "./selectors.ts";

/** What of the policy is about tool calls of one agent on one server: all but the tools' names is settled. */
interface Outlook {
  /** The rules of each layer, with its words for tools that no rule decides. */
  readonly layers: readonly (readonly Rule[])[];
  readonly fallbackDenies: boolean;
  readonly hidden: Map<string, boolean>;
}

const MAX_NAMES = 4096;
const MAX_NAME_CHARS = 256;
const MAX_AGENTS = 64;

const outlooks = new WeakMap<Policy, Map<string, Outlook>>();

/**
 * Those of `names` that no call can reach for the agent of `request`, under a policy that hides such tools. A tool that may
 * go either way is not among them, and neither is one that a person is asked about. The names are those that an upstream
 * lists (ATTACKER-CONTROLLED), so none is an invalid one here.
 */
export function hiddenTools(
  policy: Policy,
  request: AccessRequest,
  names: readonly string[],
): readonly string[] {
  if (!policy.hideDeniedTools) return [];
  const outlook = outlookOf(policy, request);
  return names.filter((name) => isHidden(outlook, name, request));
}

function isHidden(outlook: Outlook, name: string, request: AccessRequest): boolean {
  const known = outlook.hidden.get(name);
  if (known !== undefined) return known;
  const hidden = isSurelyDenied(outlook, toolCall(request, name));
  if (name.length <= MAX_NAME_CHARS) {
    if (outlook.hidden.size >= MAX_NAMES) outlook.hidden.clear();
    outlook.hidden.set(name, hidden);
  }
  return hidden;
}

/**
 * Some layer can only deny; or none can do anything else, and the fallback denies. Layers are taken as independent of each
 * other, which can show a tool too many and never hides one that may pass.
 */
function isSurelyDenied({ layers, fallbackDenies }: Outlook, call: AccessRequest): boolean {
  const votes = layers.map((rules) => votesOf(rules, call));
  return votes.some((vote) => vote === "deny") || (fallbackDenies && !votes.includes("open"));
}

/**
 * `deny`: every way through the layer ends at a deny. `abstain`: some way falls through, and none ends at anything but a
 * deny. `open`: some way ends at an allow, a redact or an ask.
 */
function votesOf(rules: readonly Rule[], call: AccessRequest): "deny" | "abstain" | "open" {
  for (const rule of rules) {
    const { tools, exceptTools } = rule.selectors;
    const name = call.resource.name;
    if (tools?.has(name) === false || exceptTools?.has(name) === true) continue;
    if (rule.effect !== "deny") return "open";
    if (rule.tests.length + rule.guards.length === 0) return "deny";
  }
  return "abstain";
}

/** ATTACKER-CONTROLLED where agents name themselves: what is remembered is bounded. */
function outlookOf(policy: Policy, request: AccessRequest): Outlook {
  const { principal, resource } = request;
  const known = outlooks.get(policy) ?? new Map<string, Outlook>();
  const key = JSON.stringify([principal.id, principal.verified, principal.roles, resource.server]);
  const remembered = known.get(key);
  if (remembered !== undefined) return remembered;
  const call = toolCall(request, "");
  const outlook = {
    layers: policy.layers.map(({ rules }: Layer) => rules.filter((rule) => isAbout(rule, call))),
    fallbackDenies: fallbackOf(call, policy).outcome === "deny",
    hidden: new Map<string, boolean>(),
  };
  if (known.size >= MAX_AGENTS) known.clear();
  known.set(key, outlook);
  outlooks.set(policy, known);
  return outlook;
}

/** Is the rule about calls like this one, but for the tool's name? */
function isAbout({ selectors }: Rule, call: AccessRequest): boolean {
  const { tools: _tools, exceptTools: _exceptTools, ...others } = selectors;
  return selects(others, call);
}

/** The call of a tool, in the place of the request that lists tools. */
function toolCall({ principal, resource, context }: AccessRequest, name: string): AccessRequest {
  return {
    principal,
    action: "tools/call",
    resource: { server: resource.server, name },
    direction: "to-upstream",
    judged: true,
    args: "{}",
    context: { ...context, listing: "listed" },
  };
}
