/** Across layers: deny, else ask, else redact, else allow, else the default. So a lower layer tightens, never loosens. */
import type { AccessRequest, Charge, Decision, Effect } from "../verdict/mod.ts";
import type { Vote } from "./layer.ts";
import { isKnownMethod } from "./methods.ts";

/** A decision without what the policy adds to each. */
export type Combined = Pick<Decision, "outcome" | "rules" | "reason" | "message" | "charges"> & {
  readonly redactFields: readonly string[];
};

export interface CombineContext {
  /** The built-in answer: counts as a layer above all. A deny of it never gets here. */
  readonly first: Combined | undefined;
  readonly request: AccessRequest;
  readonly default: "allow" | "deny" | "ask";
  readonly unknownMethods: "allow" | "deny";
}

type Verdict = Pick<Combined, "outcome" | "rules" | "reason" | "message">;

/** The votes of all layers, from the highest on, made one. */
export function combine(votes: readonly Vote[], context: CombineContext): Combined {
  const verdict = verdictOf(votes, context);
  if (verdict.outcome === "deny") return { ...verdict, redactFields: [], charges: [] };
  const redactFields = distinct(votes.flatMap((vote) => vote.redactFields));
  const masked = redactFields.length > 0;
  return {
    ...verdict,
    // An allow with duties is a redact; one that nobody allowed never becomes an allow by its duties.
    outcome: verdict.outcome === "allow" && masked ? "redact" : verdict.outcome,
    rules: masked ? distinct([...verdict.rules, ...votes.flatMap((vote) => vote.redactRefs)]) : verdict.rules,
    redactFields,
    charges: votes.map(({ charge }) => charge).filter((charge): charge is Charge => charge !== undefined),
  };
}

function verdictOf(votes: readonly Vote[], context: CombineContext): Verdict {
  const denied = byEffect(votes, "deny");
  if (denied !== undefined) return denied;
  if (context.first !== undefined) return context.first;
  return byEffect(votes, "ask") ?? byEffect(votes, "redact", "allow") ?? fallback(context);
}

/** The verdict of the layers that say one of `effects`: in the words of the highest one that says the first of them. */
function byEffect(votes: readonly Vote[], ...effects: readonly Effect[]): Verdict | undefined {
  const rules = votes.flatMap(({ rule }) =>
    rule !== undefined && effects.includes(rule.effect) ? [rule] : []
  );
  const [first] = effects.flatMap((effect) => rules.filter((rule) => rule.effect === effect));
  if (first === undefined) return undefined;
  return {
    outcome: first.effect,
    rules: rules.map(({ ref }) => ref),
    reason: first.reason,
    message: first.message,
  };
}

const DEFAULT_MESSAGES: Readonly<Record<CombineContext["default"], string>> = {
  allow: "no rule is about this call, and the policy allows it",
  deny: "no rule allows this call",
  ask: "no rule is about this call: a person has to approve it",
};

/** No layer decided. Traffic that the default does not reach passes, unless it is of a kind that nobody knows. */
function fallback({ request, default: outcome, unknownMethods }: CombineContext): Verdict {
  if (request.judged) return { outcome, rules: [], reason: "default", message: DEFAULT_MESSAGES[outcome] };
  const refused = unknownMethods === "deny" && !isKnownMethod(request.action);
  return {
    outcome: refused ? "deny" : "allow",
    rules: [],
    reason: "unlisted-method",
    message: refused ? "this method is not one that the policy knows" : "this method is not judged by rules",
  };
}

function distinct(items: readonly string[]): readonly string[] {
  return items.length < 2 ? items : [...new Set(items)];
}
