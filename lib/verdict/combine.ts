/**
 * From the votes of layers to one ruling. Across layers: deny, else ask, else redact, else allow, else the fallback
 * (spec: policy, "Files"). So a lower layer tightens and never loosens.
 */
import type { Effect, Ruling } from "./decision.ts";
import type { Charge } from "./guard.ts";
import type { ReasonCode } from "./reason.ts";

/** The words of a rule that decided for its layer. */
export interface VotingRule {
  readonly effect: Effect;
  /** `layer/id`. */
  readonly ref: string;
  readonly reason: ReasonCode;
  readonly message: string;
}

/** What one layer says. Without `rule` it abstains; masks and charges count all the same. */
export interface Vote {
  readonly rule?: VotingRule;
  readonly redactFields: readonly string[];
  /** The rules that masks come from. */
  readonly redactRefs: readonly string[];
  readonly charges: readonly Charge[];
}

/** Answers that stand beside the layers. */
export interface Beside {
  /** Counts as a layer above all. */
  readonly first: Ruling | undefined;
  readonly fallback: Ruling;
}

/** A ruling, with what the layers ask on top of it. */
export interface Combined extends Ruling {
  readonly redactFields: readonly string[];
  readonly charges: readonly Charge[];
}

/** The votes of all layers, from the highest on, made one. */
export function combine(votes: readonly Vote[], beside: Beside): Combined {
  const ruling = rulingOf(votes, beside);
  if (ruling.outcome === "deny") return { ...ruling, redactFields: [], charges: [] };
  const redactFields = distinct(votes.flatMap((vote) => vote.redactFields));
  const masked = redactFields.length > 0;
  return {
    ...ruling,
    // An allow with duties is a redact; one that nobody allowed never becomes an allow by its duties.
    outcome: ruling.outcome === "allow" && masked ? "redact" : ruling.outcome,
    rules: masked ? distinct([...ruling.rules, ...votes.flatMap((vote) => vote.redactRefs)]) : ruling.rules,
    redactFields,
    charges: votes.flatMap(({ charges }) => charges),
  };
}

function rulingOf(votes: readonly Vote[], { first, fallback }: Beside): Ruling {
  if (first?.outcome === "deny") return first;
  const denied = byEffect(votes, "deny");
  if (denied !== undefined) return denied;
  if (first !== undefined) return first;
  return byEffect(votes, "ask") ?? byEffect(votes, "redact", "allow") ?? fallback;
}

/** The ruling of the layers that say one of `effects`: in the words of the highest one that says the first of them. */
function byEffect(votes: readonly Vote[], ...effects: readonly Effect[]): Ruling | undefined {
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

function distinct(items: readonly string[]): readonly string[] {
  return items.length < 2 ? items : [...new Set(items)];
}
