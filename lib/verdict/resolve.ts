/** Closes an open decision: looks at its guards, and lets layers and envelopes vote again with what they say. */
import { combine, type Vote } from "./combine.ts";
import type { Clause, Decision, Effect, OpenDecision, OpenLayer, Ruling } from "./decision.ts";
import type { Envelope, EnvelopeScore } from "./envelope.ts";
import { type Guard, type Mark, nameOf } from "./guard.ts";
import type { Match } from "./words.ts";

/** What is known of limits and history at one instant. */
export interface Usage {
  match(guard: Guard): Match;
  /** How many calls the scope has made. */
  calls(scope: string): number;
  /** How many steps of the workflow were gone in the scope. */
  progress(scope: string, track: string): number;
}

/** Nothing is known: rules that refuse do, rules that allow do not. */
export const UNKNOWN_USAGE: Usage = { match: () => "unevaluable", calls: () => 0, progress: () => 0 };

/** The same decision, closed. A decision that is not open is answered as it is. */
export function resolve(decision: Decision, usage: Usage): Decision {
  const { open, ...closed } = decision;
  if (open === undefined) return decision;
  const { first, marks, score } = withEnvelopes(open, closed, usage);
  const votes = open.layers.map((layer) => voteOf(layer, usage));
  const { redactFields, charges, ...ruling } = combine(votes, { first, fallback: open.fallback });
  const watched = ruling.outcome === "deny" ? [] : envelopeCharges(open.envelopes);
  return {
    ...closed,
    ...ruling,
    duties: { ...closed.duties, redactFields },
    charges: [...charges, ...watched],
    marks,
    ...(score === undefined ? {} : { envelope: score }),
  };
}

/**
 * Does a rule of this effect decide, given its match? A deny or ask rule that cannot be evaluated does; an allow rule that
 * cannot does not; a redact rule that cannot permits nothing, but its masks are put on all the same.
 */
export function decides(effect: Effect, match: Match): boolean {
  return match === "yes" || (match === "unevaluable" && (effect === "deny" || effect === "ask"));
}

function voteOf({ clauses, redactFields, redactRefs }: OpenLayer, usage: Usage): Vote {
  let fields = redactFields, refs = redactRefs;
  const charges = [];
  for (const clause of clauses) {
    charges.push(...clause.charges);
    const match = matchOf(clause, usage);
    if (match === "no") continue;
    if (clause.effect === "redact") {
      fields = [...fields, ...clause.redactFields];
      refs = [...refs, clause.ref];
    }
    if (decides(clause.effect, match)) {
      return { rule: clause, redactFields: fields, redactRefs: refs, charges };
    }
  }
  return { redactFields: fields, redactRefs: refs, charges };
}

function matchOf({ guards, unevaluable }: Clause, usage: Usage): Match {
  let match: Match = unevaluable ? "unevaluable" : "yes";
  for (const guard of guards) {
    const one = usage.match(guard);
    if (one === "no") return one;
    if (one === "unevaluable") match = one;
  }
  return match;
}

type Closed = Omit<Decision, "open">;
type Watched = Pick<Closed, "marks"> & { readonly first: Ruling | undefined; readonly score?: EnvelopeScore };

/** What a person's approval of a call leaves in the history. `rules` are those that held it. */
export function approvedMarks({ marks, rules }: Pick<Decision, "marks" | "rules">): readonly Mark[] {
  return marks.approved
    .filter((one) => one.rules === undefined || one.rules.some((ref) => rules.includes(ref)))
    .map(({ mark }) => mark);
}

/** A session that was killed stays killed: the mark is one that nothing takes back. */
const KILLED = nameOf("killed");

/** The envelopes' part: with the built-in answer the ruling above all layers, and a mark where a session is killed. */
function withEnvelopes({ first, envelopes }: OpenDecision, { marks }: Closed, usage: Usage): Watched {
  let heaviest: { readonly ruling: Ruling | undefined; readonly score: EnvelopeScore } | undefined;
  const kills: Mark[] = [];
  for (const envelope of envelopes) {
    const ruling = rulingOf(envelope, usage);
    if (ruling.kill) kills.push({ kind: "event", scope: envelope.scope, track: KILLED, step: 0 });
    if (heaviest === undefined || ruling.score.percent > heaviest.score.percent) heaviest = ruling;
  }
  if (heaviest === undefined) return { first, marks };
  return {
    first: heaviest.ruling?.outcome === "deny" ? heaviest.ruling : first ?? heaviest.ruling,
    marks: kills.length === 0 ? marks : { ...marks, refused: [...marks.refused, ...kills] },
    ...(heaviest.score.parts.length === 0 ? {} : { score: heaviest.score }),
  };
}

interface Watch {
  readonly ruling: Ruling | undefined;
  readonly score: EnvelopeScore;
  readonly kill: boolean;
}

function rulingOf(envelope: Envelope, usage: Usage): Watch {
  const { ref, scope, thresholds } = envelope;
  const killed = usage.match({ kind: "event", holds: "after", scope, track: KILLED, step: 0 }) !== "no";
  const score = killed ? { percent: 100, parts: ["killed"] } : scoreOf(envelope, usage);
  const reached = (threshold: number) => score.percent > 0 && score.percent >= Math.round(threshold * 100);
  const words = `the session does not look as it should (${score.parts.join(", ")})`;
  if (killed || reached(thresholds.kill)) {
    const message = killed ? "this session was ended: nothing more of it is forwarded" : words;
    return { score, kill: !killed, ruling: { outcome: "deny", rules: [ref], reason: "killed", message } };
  }
  if (!reached(thresholds.ask)) return { score, kill: false, ruling: undefined };
  return { score, kill: false, ruling: { outcome: "ask", rules: [ref], reason: "envelope", message: words } };
}

function scoreOf(envelope: Envelope, usage: Usage): EnvelopeScore {
  const parts = envelope.parts
    .filter(({ guard }) => usage.match(guard) !== "no")
    .map(({ id, severity }) => ({ id, severity }));
  const drift = workflowSeverity(envelope, usage);
  if (drift > 0) parts.push({ id: "workflows", severity: drift });
  parts.sort((a, b) => b.severity - a.severity);
  const [heaviest, ...others] = parts;
  const sum = (heaviest?.severity ?? 0) + others.reduce((all, { severity }) => all + severity / 10, 0);
  return { percent: Math.round(Math.min(1, sum) * 100), parts: [...new Set(parts.map(({ id }) => id))] };
}

/** How little the session looks like any of its workflows: 0, 0.4 or 0.65. */
function workflowSeverity({ workflows, workflowsAfter, scope }: Envelope, usage: Usage): number {
  const calls = usage.calls(scope) + 1; // with this one
  if (workflows.length === 0 || calls < workflowsAfter) return 0;
  const confidence = Math.max(...workflows.map(({ track, length, maxSteps, matching }) => {
    const gone = usage.progress(scope, track);
    const matched = gone + (matching.includes(gone) ? 1 : 0);
    const whole = 0.7 * (matched / length) + 0.3 * Math.min(1, matched / calls);
    return calls > maxSteps ? whole / 2 : whole;
  }));
  return confidence >= 0.6 ? 0 : confidence >= 0.3 ? 0.4 : 0.65;
}

/** A call that is forwarded counts against every limit of the envelopes. */
function envelopeCharges(envelopes: readonly Envelope[]): Decision["charges"] {
  return envelopes.flatMap(({ parts }) =>
    parts.flatMap(({ guard }) => guard.kind === "limit" ? [guard.charge] : [])
  );
}
