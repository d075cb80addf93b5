/** Closes an open decision: looks at its guards, and lets layers and envelopes vote again with what they say. */
import { combine, type Vote } from "./combine.ts";
import type { Clause, Decision, Effect, OpenLayer, Ruling } from "./decision.ts";
import type { Envelope, EnvelopeScore } from "./envelope.ts";
import { type Guard, type Mark, type Marks, nameOf } from "./guard.ts";
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
  // The score, if any, is that of a reading without numbers.
  const { open, envelope: _score, ...closed } = decision;
  if (open === undefined) return decision;
  const votes = open.layers.map((layer) => voteOf(layer, usage));
  const beside = { first: open.first, fallback: open.fallback };
  const alone = combine(votes, beside);
  const watched = watch(open.envelopes, { usage, isRefused: alone.outcome === "deny" });
  const first = watched.ruling?.outcome === "deny" ? watched.ruling : open.first ?? watched.ruling;
  const { redactFields, charges, ...ruling } = first === open.first
    ? alone
    : combine(votes, { ...beside, first });
  const { marks } = closed;
  return {
    ...closed,
    ...ruling,
    duties: { ...closed.duties, redactFields },
    charges: ruling.outcome === "deny" ? charges : [...charges, ...envelopeCharges(open.envelopes)],
    marks: withKills(marks, watched.kills),
    ...(watched.score === undefined ? {} : { envelope: watched.score }),
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

/** What a person's approval of a call leaves in the history. `rules` are those that held it. */
export function approvedMarks({ marks, rules }: Pick<Decision, "marks" | "rules">): readonly Mark[] {
  return marks.approved
    .filter((one) => one.rules === undefined || one.rules.some((ref) => rules.includes(ref)))
    .map(({ mark }) => mark);
}

/** Such a call is refused; that it is forwarded is a dry run, which is to tell of the calls behind it as well. */
function withKills(marks: Marks, kills: readonly Mark[]): Marks {
  if (kills.length === 0) return marks;
  return { ...marks, forwarded: [...marks.forwarded, ...kills], refused: [...marks.refused, ...kills] };
}

/** A session that was killed stays killed: the mark is one that nothing takes back. */
const KILLED = nameOf("killed");

interface Watched {
  /** Absent where no envelope objects. */
  readonly ruling?: Ruling;
  /** The highest score that is worth a note. */
  readonly score?: EnvelopeScore;
  /** Put where this call ends its session. */
  readonly kills: readonly Mark[];
}

/** How the call is seen: with these limits and history, and is it refused by rules in any case? */
interface Look {
  readonly usage: Usage;
  readonly isRefused: boolean;
}

/** What the envelopes say: the strictest of them is heard, in the words of the one with the highest score. */
function watch(envelopes: readonly Envelope[], look: Look): Watched {
  let strictest: Ruling | undefined, score: EnvelopeScore | undefined;
  const kills: Mark[] = [];
  const seen = envelopes.map((envelope) => viewOf(envelope, look));
  seen.sort((a, b) => b.score.percent - a.score.percent);
  for (const { envelope, ruling, isKill, ...view } of seen) {
    if (isKill) kills.push({ kind: "event", scope: envelope.scope, track: KILLED, step: 0 });
    if (strictest === undefined || (strictest.outcome === "ask" && ruling?.outcome === "deny")) {
      strictest = ruling;
    }
    if (isReached(view.score, envelope.thresholds.warn)) score ??= view.score;
  }
  return {
    kills,
    ...(strictest === undefined ? {} : { ruling: strictest }),
    ...(score === undefined ? {} : { score }),
  };
}

interface EnvelopeView {
  readonly envelope: Envelope;
  readonly ruling: Ruling | undefined;
  readonly score: EnvelopeScore;
  readonly isKill: boolean;
}

/** A call that rules refuse does not count, so it ends no session; it is refused in their words, unless one was ended. */
function viewOf(envelope: Envelope, { usage, isRefused }: Look): EnvelopeView {
  const { ref, scope, thresholds } = envelope;
  const killed = usage.match({ kind: "event", holds: "after", scope, track: KILLED, step: 0 });
  if (killed === "yes" || (killed === "unevaluable" && !isRefused)) {
    const score = { percent: 100, parts: ["killed"] };
    return {
      envelope,
      score,
      isKill: false,
      ruling: denial(ref, "this session was ended: nothing more passes"),
    };
  }
  const score = scoreOf(envelope, usage);
  if (isRefused) return { envelope, score, isKill: false, ruling: undefined };
  const words = `the session does not look as it should (${score.parts.join(", ")})`;
  if (isReached(score, thresholds.kill)) return { envelope, score, isKill: true, ruling: denial(ref, words) };
  const ask = { outcome: "ask", rules: [ref], reason: "envelope", message: words } as const;
  return { envelope, score, isKill: false, ruling: isReached(score, thresholds.ask) ? ask : undefined };
}

function denial(ref: string, message: string): Ruling {
  return { outcome: "deny", rules: [ref], reason: "killed", message };
}

function isReached({ percent }: EnvelopeScore, threshold: number): boolean {
  return percent > 0 && percent >= Math.round(threshold * 100);
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
  const atLeast = (limit: number) => confidence > limit - 1e-9; // 3 of 7 steps are 0.6, and less in doubles
  return atLeast(0.6) ? 0 : atLeast(0.3) ? 0.4 : 0.65;
}

/** A call that is forwarded counts against every limit of the envelopes. */
function envelopeCharges(envelopes: readonly Envelope[]): Decision["charges"] {
  return envelopes.flatMap(({ parts }) =>
    parts.flatMap(({ guard }) => guard.kind === "limit" ? [guard.charge] : [])
  );
}
