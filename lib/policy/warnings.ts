/** Rules that are right in form and hardly mean what they say: dodged, never reached, or wider than they look. */
import type { DiagnosticSink } from "../diagnostic/mod.ts";
import type { Leaf } from "./condition.ts";
import type { Layer } from "./layer.ts";
import type { Rule } from "./rule.ts";
import { isLiteral, type NameSet, type Selectors } from "./selectors.ts";

/** Warns about the rules of the layers of one file. */
export function warnAbout(layers: readonly Layer[], sink: DiagnosticSink): void {
  for (const { rules } of layers) {
    for (const [i, rule] of rules.entries()) {
      warnUnreachable(rule, rules.slice(0, i), sink);
      warnDodged(rule, sink);
      warnWildcard(rule, sink);
      warnRoles(rule, sink);
      warnLimits(rule, sink);
    }
  }
}

/** An earlier rule without conditions that selects all that this one does decides every time. */
function warnUnreachable(rule: Rule, earlier: readonly Rule[], sink: DiagnosticSink): void {
  const before = earlier.find((other) =>
    other.tests.length + other.guards.length === 0 && covers(other.selectors, rule.selectors)
  );
  if (before === undefined) return;
  sink.warning(
    rule.at,
    `rule "${rule.id}" is unreachable: "${before.id}" above it decides every call that it is about`,
    `move it above "${before.id}", or take it out`,
  );
}

/** Does `wide` surely select every call that `narrow` does? */
export function covers(wide: Selectors, narrow: Selectors): boolean {
  return wide.exceptTools === undefined &&
    wide.exceptAgents === undefined &&
    coversNames(wide.methods, narrow.methods) &&
    coversNames(wide.tools, narrow.tools) &&
    coversNames(wide.servers, narrow.servers) &&
    coversNames(wide.agents, narrow.agents) &&
    (wide.roles ?? []).every((role) => (narrow.roles ?? []).some((other) => coversNames(role, other)));
}

/** Surely all names of `narrow`: a pattern that stands in both, `*`, or a glob over a plain name. */
function coversNames(wide: NameSet | undefined, narrow: NameSet | undefined): boolean {
  if (wide === undefined || wide.patterns.includes("*")) return true;
  return narrow !== undefined &&
    narrow.patterns.every((pattern) =>
      wide.patterns.includes(pattern) || (isLiteral(pattern) && wide.has(pattern))
    );
}

/** A deny that needs a field to be there is dodged by leaving the field out. */
function warnDodged(rule: Rule, sink: DiagnosticSink): void {
  if (rule.effect !== "deny" && rule.effect !== "ask") return;
  const leaves = rule.tests.flatMap((test) => test.leaves);
  for (const leaf of leaves) {
    if (leaf.negative === undefined || leaf.negated || leaf.missingMatches || asksAbsence(leaf, leaves)) {
      continue;
    }
    const verb = rule.effect === "deny" ? "refuse" : "hold";
    sink.warning(
      leaf.at,
      `rule "${rule.id}" does not ${verb} a call that leaves "${leaf.path.text}" out`,
      rule.reason.startsWith("guardrail:")
        ? `a custom rule cannot say it: write it as one of [[rules]], with missing = "match" on "${leaf.path.text}"`
        : `add missing = "match" to "${leaf.path.text}", so that its absence matches as well`,
    );
  }
}

function asksAbsence(leaf: Leaf, leaves: readonly Leaf[]): boolean {
  return leaves.some((other) =>
    other.exists === false && !other.negated && other.path.text === leaf.path.text
  );
}

/** `items.*.price` asks for some element: one harmless element would let all others pass. */
function warnWildcard(rule: Rule, sink: DiagnosticSink): void {
  if (rule.effect !== "allow" && rule.effect !== "redact") return;
  for (const test of rule.tests) {
    for (const { path, negated, at } of test.leaves) {
      if (!path.hasWildcard || negated) continue;
      sink.warning(
        at,
        `rule "${rule.id}" allows a call as soon as some "${path.text}" matches, whatever the others are`,
        `to ask it of every element, deny the opposite: not = { "${path.text}" = … } with the opposite operator`,
      );
    }
  }
}

/** A role is had by a verified token alone: without one the agent escapes a rule that is against the role. */
function warnRoles(rule: Rule, sink: DiagnosticSink): void {
  if (rule.selectors.roles === undefined || (rule.effect !== "deny" && rule.effect !== "ask")) return;
  sink.warning(
    rule.at,
    `rule "${rule.id}" is about verified roles only: an agent without a token is not held by it`,
    "allow the roles that may, and let the default refuse the others",
  );
}

const OTHER = { over: "within", within: "over" } as const;

/** Limits that say the opposite of what rules are written for, or that catch every call there is. */
function warnLimits(rule: Rule, sink: DiagnosticSink): void {
  const refuses = rule.effect === "deny" || rule.effect === "ask";
  for (const { limit } of rule.guards) {
    if (limit === undefined) continue;
    const { holds, at, path } = limit;
    const isAlone = rule.guards.filter((guard) => guard.limit !== undefined).length === 1;
    if (isAlone && refuses === (holds === "within")) {
      const verb = { allow: "allows", redact: "allows", deny: "refuses", ask: "holds" }[rule.effect];
      const words = holds === "over" ? "calls over the limit" : "calls that fit the limit";
      sink.warning(
        at,
        `rule "${rule.id}" ${verb} ${words}, and no others`,
        `write ${OTHER[holds]} = { … }, if that is meant`,
      );
    }
    if (refuses && holds === "over" && path !== undefined && selectsAll(rule)) {
      const verb = rule.effect === "deny" ? "refuses" : "holds";
      sink.warning(
        at,
        `rule "${rule.id}" ${verb} every call without "${path}", of any tool: it cannot be counted`,
        `name the tools, or add when = { "${path}" = { exists = true } }`,
      );
    }
  }
}

function selectsAll({ selectors: { tools, exceptTools }, tests }: Rule): boolean {
  return tests.length === 0 && exceptTools === undefined &&
    (tools === undefined || tools.patterns.includes("*"));
}
