/**
 * What a policy could say to a call whose arguments nobody knows: a ledger holds digests of them alone. A condition that
 * looks at them may go either way; where every way leads to one outcome, the outcome is certain.
 */
import {
  type AccessRequest,
  type Charge,
  type Clause,
  type Decision,
  type Effect,
  type Envelope,
  type Match,
  type OpenDecision,
  type Outcome,
  type Report,
  resolve,
  type Usage,
} from "../verdict/mod.ts";
import { builtIn } from "./built_in.ts";
import { fallbackOf } from "./fallback.ts";
import { candidatesOf, type Layer, masksFor } from "./layer.ts";
import type { Policy } from "./policy.ts";
import { CallView } from "./call_view.ts";
import { clauseOf, type Rule } from "./rule.ts";

/** What may come of a call. */
export interface Outlook {
  /** Every outcome that is possible, the strictest first. */
  readonly outcomes: readonly Outcome[];
  /** The strictest reading: what would hold if every condition on the arguments went against the call. */
  readonly decision: Decision;
  /** Could each layer say one thing only? Then it is sure which rule decides. */
  readonly isSure: boolean;
  /** What the call would be charged if it left, as far as amounts are known. */
  readonly charges: readonly Charge[];
  /** Parts of envelopes that nobody can count without arguments; they are left out. */
  readonly uncounted: readonly string[];
}

/** A text that is no JSON: every condition on the arguments is then unevaluable. */
export const UNKNOWN_ARGUMENTS = "";

const STRICTEST_FIRST: readonly Outcome[] = ["deny", "ask", "redact", "allow"];

/** The outlook of a request with {@link UNKNOWN_ARGUMENTS}. */
export function outlookOn(policy: Policy, request: AccessRequest, report: Report, usage: Usage): Outlook {
  const decision = policy.decide(request, report);
  const { open } = decision;
  const counted = open === undefined
    ? decision
    : { ...decision, open: { ...open, envelopes: open.envelopes.map(withoutUncountable) } };
  const view = new CallView(request, report, { failsOpen: policy.failureMode === "open" });
  const layers = policy.layers.map((layer) => votesOf(layer, view, usage));
  const votes = layers.reduce<readonly Vote[]>((all, { votes }) => joined(all, votes), [NO_VOTE]);
  const first = firstOf(counted, request, report, usage);
  const fallback = fallbackOf(request, policy).outcome;
  const possible = new Set(votes.map((vote) => outcomeOf(vote, { first, fallback })));
  return {
    outcomes: STRICTEST_FIRST.filter((outcome) => possible.has(outcome)),
    decision: resolve(counted, usage),
    isSure: layers.every(({ votes }) => votes.length === 1),
    charges: [...layers.flatMap(({ charges }) => charges), ...envelopeCharges(counted.open?.envelopes ?? [])],
    uncounted: open?.envelopes.some(hasUncountable) === true ? [UNCOUNTABLE] : [],
  };
}

/** Without their arguments all calls of a tool look the same. */
const UNCOUNTABLE = "max_identical_calls";

function hasUncountable({ parts }: Envelope): boolean {
  return parts.some(({ id }) => id === UNCOUNTABLE);
}

function withoutUncountable(envelope: Envelope): Envelope {
  return { ...envelope, parts: envelope.parts.filter(({ id }) => id !== UNCOUNTABLE) };
}

function envelopeCharges(envelopes: readonly Envelope[]): readonly Charge[] {
  return envelopes.flatMap(({ parts }) =>
    parts.flatMap(({ guard }) => guard.kind === "limit" ? [guard.charge] : [])
  );
}

/** The strongest word of some layers, and whether a field is masked. */
interface Vote {
  readonly effect: Effect | undefined;
  readonly masks: boolean;
}

const NO_VOTE: Vote = { effect: undefined, masks: false };

interface LayerVotes {
  readonly votes: readonly Vote[];
  readonly charges: readonly Charge[];
}

/** What a layer could say: the word of each rule that may be the first to match. */
function votesOf(layer: Layer, view: CallView, usage: Usage): LayerVotes {
  const votes: Vote[] = [], charges: Charge[] = [];
  const masks = masksFor(layer, view.request).fields.length > 0;
  for (const rule of candidatesOf(layer, view.request).rules) {
    const clause = clauseOf(rule, view);
    if (clause === undefined) continue;
    charges.push(...clause.charges);
    const match = looksBackOnArguments(rule) ? "unevaluable" : matchOf(clause, usage);
    if (match === "no") continue;
    votes.push({ effect: clause.effect, masks: masks || clause.redactFields.length > 0 });
    if (match === "yes") return { votes, charges };
  }
  return { votes: [...votes, { effect: undefined, masks }], charges };
}

/** Which calls were such steps is not known: their arguments were not recorded either. */
function looksBackOnArguments({ guards }: Rule): boolean {
  return guards.some(({ track }) => track?.steps.some((step) => "arg" in step && step.arg !== undefined));
}

function matchOf({ guards, unevaluable }: Clause, usage: Usage): Match {
  const matches = guards.map((guard) => usage.match(guard));
  if (matches.includes("no")) return "no";
  return unevaluable || matches.includes("unevaluable") ? "unevaluable" : "yes";
}

/** Every pair of votes as one, each once: so that many layers stay few votes. */
function joined(above: readonly Vote[], below: readonly Vote[]): readonly Vote[] {
  const votes = new Map<string, Vote>();
  for (const a of above) {
    for (const b of below) {
      const effect = STRICTEST_FIRST.find((one) => one === a.effect || one === b.effect);
      const masks = a.masks || b.masks;
      votes.set(`${effect} ${masks}`, { effect, masks });
    }
  }
  return [...votes.values()];
}

interface Beside {
  readonly first: Outcome | undefined;
  readonly fallback: Outcome;
}

/** As layers are combined (lib/verdict/combine.ts), on words alone. */
function outcomeOf({ effect, masks }: Vote, { first, fallback }: Beside): Outcome {
  if (first === "deny" || effect === "deny") return "deny";
  if (first !== undefined) return first;
  const outcome = effect ?? fallback;
  return outcome === "allow" && masks ? "redact" : outcome;
}

/** What stands above the layers: the built-in answer, or that of an envelope. */
function firstOf(
  { open, ...decision }: Decision,
  request: AccessRequest,
  report: Report,
  usage: Usage,
): Outcome | undefined {
  if (open === undefined) return builtIn(request, report)?.outcome;
  // Envelopes say nothing to a call that is refused anyway: whether it is, is asked of the layers, elsewhere.
  const alone: OpenDecision = { ...open, layers: [], fallback: { ...open.fallback, outcome: "allow" } };
  const { reason, rules, outcome } = resolve({ ...decision, open: alone }, usage);
  return reason === open.fallback.reason && rules.length === 0 ? undefined : outcome;
}
