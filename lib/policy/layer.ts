/** A compiled layer, and its part in the decision on one call. */
import { composed } from "../base/mod.ts";
import type { AccessRequest, Clause, Envelope, OpenLayer } from "../verdict/mod.ts";
import { decides } from "../verdict/mod.ts";
import type { CallView } from "./call_view.ts";
import { clauseOf, type Rule, type RuleTest, testRule } from "./rule.ts";
import { type Selectors, selects } from "./selectors.ts";
import type { Watch } from "./watch.ts";

/** A rule with `on = "result"`: the labels that a released result puts on the session. */
export interface LabelRule {
  readonly id: string;
  readonly ref: string;
  readonly selectors: Selectors;
  readonly tests: readonly RuleTest[];
  readonly labels: readonly string[];
}

/** Makes the envelope of a session, as it looks at one call. */
export type EnvelopeMaker = (view: CallView) => Envelope;

/** Fields that are masked in every call of somebody, and the rule that says so. */
export interface Masks {
  readonly fields: readonly string[];
  readonly ref: string;
}

export interface Layer {
  readonly name: string;
  readonly file: string;
  /** In order; the first that decides is the layer's vote. */
  readonly rules: readonly Rule[];
  readonly labelRules: readonly LabelRule[];
  readonly envelope?: EnvelopeMaker;
  /** What must be seen of every call for the rules that look back, and for the envelope. */
  readonly watches: readonly Watch[];
  /** Masked in every call, whatever the vote. */
  readonly redactFields: readonly string[];
  /** By agent's id, on NFC: masked in its calls in the place of `redactFields`. */
  readonly agentMasks?: ReadonlyMap<string, Masks>;
  readonly default?: "allow" | "deny" | "ask";
  readonly failureMode?: "closed" | "open";
  readonly unknownMethods?: "allow" | "deny";
  readonly hideDeniedTools: boolean;
  /** Is it the short form? Then it says nothing on default and failure mode. */
  readonly isGuardrails: boolean;
}

/** What of the layer is about `request`, whatever its arguments: what may be remembered of it. */
export interface Candidates {
  readonly rules: readonly Rule[];
  readonly labelRules: readonly LabelRule[];
}

export function candidatesOf({ rules, labelRules }: Layer, request: AccessRequest): Candidates {
  return {
    rules: rules.filter((rule) => selects(rule.selectors, request)),
    labelRules: labelRules.filter((rule) => selects(rule.selectors, request)),
  };
}

const NOTHING: readonly string[] = [];

/** The clauses of the layer, down to the first that decides whatever its limits and history. */
export function openLayerOf(layer: Layer, { rules }: Candidates, view: CallView): OpenLayer {
  const clauses: Clause[] = [];
  for (const rule of rules) {
    const clause = clauseOf(rule, view);
    if (clause === undefined) continue;
    clauses.push(clause);
    if (clause.guards.length === 0 && decides(clause.effect, clause.unevaluable ? "unevaluable" : "yes")) {
      break;
    }
  }
  const { fields, ref } = masksFor(layer, view.request);
  return { clauses, redactFields: fields, redactRefs: fields.length === 0 ? NOTHING : [ref] };
}

/** What is masked in every call of the agent, whatever the vote. */
export function masksFor(
  { name, redactFields, agentMasks }: Layer,
  { principal }: AccessRequest,
): Masks {
  return agentMasks?.get(composed(principal.id)) ??
    { fields: redactFields, ref: `${name}/redact_fields` };
}

/** The labels of all label rules that match; one that cannot be evaluated does, as a label only ever tightens. */
export function labelsOf({ labelRules }: Candidates, view: CallView): readonly string[] {
  if (labelRules.length === 0) return NOTHING;
  return labelRules.flatMap((rule) => testRule(rule, view) === "no" ? [] : rule.labels);
}
