import { assertEquals } from "@std/assert";
import {
  approvedMarks,
  type Charge,
  type Clause,
  combine,
  type Decision,
  type Effect,
  effectsOf,
  type Envelope,
  type Guard,
  type Mark,
  type Match,
  nameOf,
  NO_MARKS,
  type OpenLayer,
  resolve,
  type Ruling,
  UNKNOWN_USAGE,
  type Usage,
  type Vote,
} from "../../lib/verdict/mod.ts";

const SCOPE = nameOf("session", "s");

function charge(meter: string): Charge {
  return { meter, amount: "1", limit: "2", window: { kind: "none" } };
}

/** A guard that holds, or not, as its name says in the usage of the test. */
function guard(name: string): Guard {
  return { kind: "event", holds: "after", scope: SCOPE, track: name, step: 0 };
}

function clause(
  effect: Effect,
  id: string,
  guards: readonly Guard[] = [],
  over: Partial<Clause> = {},
): Clause {
  return {
    effect,
    ref: `layer/${id}`,
    reason: `rule:${id}`,
    message: `said by ${id}`,
    guards,
    unevaluable: false,
    redactFields: effect === "redact" ? [id] : [],
    charges: [charge(id)],
    ...over,
  };
}

function layer(...clauses: readonly Clause[]): OpenLayer {
  return { clauses, redactFields: [], redactRefs: [] };
}

const FALLBACK: Ruling = { outcome: "deny", rules: [], reason: "default", message: "" };

interface Opening {
  readonly layers: readonly OpenLayer[];
  readonly first?: Ruling;
  readonly fallback?: Ruling;
  readonly envelopes?: readonly Envelope[];
}

function open({ layers, first, fallback = FALLBACK, envelopes = [] }: Opening): Decision {
  return {
    ...FALLBACK,
    duties: { redactFields: ["closed reading"], labels: ["untrusted"] },
    charges: [charge("closed reading")],
    marks: { ...NO_MARKS, refused: [{ kind: "call", scope: SCOPE }] },
    threat: 3,
    policy: "sha256:00",
    failureMode: "closed",
    open: { layers, ...(first === undefined ? {} : { first }), fallback, envelopes },
  };
}

interface Known {
  readonly guards?: Readonly<Record<string, Match>>;
  readonly killed?: Match;
  readonly calls?: number;
  readonly gone?: number;
}

function usage({ guards = {}, killed = "no", calls = 0, gone = 0 }: Known = {}): Usage {
  return {
    match: (one) => {
      if (one.kind !== "event") return "no";
      return one.track === nameOf("killed") ? killed : guards[one.track] ?? "no";
    },
    calls: () => calls,
    progress: () => gone,
  };
}

interface Row {
  readonly name: string;
  readonly layers: readonly OpenLayer[];
  readonly first?: Ruling;
  readonly fallback?: Ruling;
  readonly guards?: Readonly<Record<string, Match>>;
  readonly outcome: Decision["outcome"];
  readonly rules: readonly string[];
  readonly masks?: readonly string[];
}

const g = guard("g"), h = guard("h");
const ASK: Ruling = { outcome: "ask", rules: ["scan/dlp"], reason: "dlp:email", message: "" };
const DENY: Ruling = { outcome: "deny", rules: ["scan/dlp"], reason: "dlp:email", message: "" };
const ALLOW: Ruling = { outcome: "allow", rules: [], reason: "default", message: "" };

const ROWS: readonly Row[] = [
  {
    name: "a deny rule whose guard holds refuses",
    layers: [layer(clause("deny", "d", [g]), clause("allow", "a"))],
    guards: { g: "yes" },
    ...{ outcome: "deny", rules: ["layer/d"] },
  },
  {
    name: "a deny rule whose guard does not hold lets the next rule speak",
    layers: [layer(clause("deny", "d", [g]), clause("allow", "a"))],
    ...{ outcome: "allow", rules: ["layer/a"] },
  },
  {
    name: "a deny rule whose guard is unevaluable refuses",
    layers: [layer(clause("deny", "d", [g]), clause("allow", "a"))],
    guards: { g: "unevaluable" },
    ...{ outcome: "deny", rules: ["layer/d"] },
  },
  {
    name: "an ask rule whose guard is unevaluable asks",
    layers: [layer(clause("ask", "k", [g]), clause("allow", "a"))],
    guards: { g: "unevaluable" },
    ...{ outcome: "ask", rules: ["layer/k"] },
  },
  {
    name: "an allow rule whose guard is unevaluable allows nothing",
    layers: [layer(clause("allow", "a", [g]))],
    guards: { g: "unevaluable" },
    ...{ outcome: "deny", rules: [] },
  },
  {
    name: "all guards must hold",
    layers: [layer(clause("allow", "a", [g, h]))],
    guards: { g: "yes" },
    ...{ outcome: "deny", rules: [] },
  },
  {
    name: "a guard that does not hold rules a clause out, however unevaluable the rest of it is",
    layers: [layer(clause("deny", "d", [g, h], { unevaluable: true }), clause("allow", "a"))],
    guards: { g: "unevaluable", h: "no" },
    ...{ outcome: "allow", rules: ["layer/a"] },
  },
  {
    name: "an unevaluable condition stays unevaluable when all guards hold",
    layers: [layer(clause("allow", "a", [g], { unevaluable: true }))],
    guards: { g: "yes" },
    ...{ outcome: "deny", rules: [] },
  },
  {
    name: "a redact rule that matches permits with its masks",
    layers: [layer(clause("redact", "r", [g]), clause("allow", "a"))],
    guards: { g: "yes" },
    ...{ outcome: "redact", rules: ["layer/r"], masks: ["r"] },
  },
  {
    name: "a redact rule that is unevaluable permits nothing, and masks all the same",
    layers: [layer(clause("redact", "r", [g]), clause("allow", "a"))],
    guards: { g: "unevaluable" },
    ...{ outcome: "redact", rules: ["layer/a", "layer/r"], masks: ["r"] },
  },
  {
    name: "a redact rule that does not match masks nothing",
    layers: [layer(clause("redact", "r", [g]), clause("allow", "a"))],
    ...{ outcome: "allow", rules: ["layer/a"] },
  },
  {
    name: "a mask in every call counts, and a rule that was reached after it does not",
    layers: [{
      clauses: [clause("allow", "a", [g]), clause("redact", "late")],
      redactFields: ["ssn"],
      redactRefs: ["layer/always"],
    }],
    guards: { g: "yes" },
    ...{ outcome: "redact", rules: ["layer/a", "layer/always"], masks: ["ssn"] },
  },
  {
    name: "across layers a deny is stronger than an allow above it",
    layers: [layer(clause("allow", "a")), layer(clause("deny", "d", [g]))],
    guards: { g: "yes" },
    ...{ outcome: "deny", rules: ["layer/d"] },
  },
  {
    name: "a layer that abstains leaves it to the others",
    layers: [layer(clause("deny", "d", [g])), layer(clause("ask", "k")), layer(clause("allow", "a"))],
    ...{ outcome: "ask", rules: ["layer/k"] },
  },
  {
    name: "where no layer decides the fallback holds",
    layers: [layer(clause("deny", "d", [g])), layer()],
    fallback: ALLOW,
    ...{ outcome: "allow", rules: [] },
  },
  {
    name: "the built-in answer is a layer above all: its deny",
    layers: [layer(clause("ask", "k"))],
    first: DENY,
    ...{ outcome: "deny", rules: ["scan/dlp"] },
  },
  {
    name: "the built-in answer is a layer above all: its ask is overruled by a deny alone",
    layers: [layer(clause("allow", "a"))],
    first: ASK,
    ...{ outcome: "ask", rules: ["scan/dlp"] },
  },
  {
    name: "a deny below a built-in ask",
    layers: [layer(clause("deny", "d", [g]))],
    first: ASK,
    guards: { g: "yes" },
    ...{ outcome: "deny", rules: ["layer/d"] },
  },
];

for (const { name, guards = {}, outcome, rules, masks = [], ...opening } of ROWS) {
  Deno.test(`resolve: ${name}`, () => {
    const resolved = resolve(open(opening), usage({ guards }));
    assertEquals([resolved.outcome, resolved.rules], [outcome, rules]);
    assertEquals(resolved.duties.redactFields, outcome === "deny" ? [] : masks);
    assertEquals(resolved.open, undefined, "it is closed");
    assertEquals([resolved.duties.labels, resolved.threat], [["untrusted"], 3], "the rest is as it was");
  });
}

Deno.test("resolve: with nothing known, rules that refuse do, and rules that allow do not", () => {
  const outcomeOf = (effect: Effect) =>
    resolve(open({ layers: [layer(clause(effect, "r", [g]))] }), UNKNOWN_USAGE).outcome;
  assertEquals((["deny", "ask", "allow", "redact"] as const).map(outcomeOf), ["deny", "ask", "deny", "deny"]);
});

Deno.test("resolve: a decision that is not open is answered as it is", () => {
  const { open: _, ...closed } = open({ layers: [] });
  assertEquals(resolve(closed, usage()) === closed, true);
});

Deno.test("resolve: charged are the rules that were reached, in each layer down to the one that decided", () => {
  const layers = [
    layer(clause("deny", "d", [g]), clause("allow", "a", [h]), clause("allow", "not reached")),
    layer(clause("redact", "r"), clause("allow", "not reached either")),
    layer(clause("deny", "e", [g])),
  ];
  const resolved = resolve(open({ layers }), usage({ guards: { h: "yes" } }));
  assertEquals(resolved.charges.map(({ meter }) => meter), ["d", "a", "r", "e"]);
});

const THRESHOLDS = { warn: 0.3, ask: 0.6, kill: 0.9 };

function envelope(over: Partial<Envelope> = {}): Envelope {
  return {
    ref: "layer/envelope",
    scope: SCOPE,
    parts: [],
    workflows: [],
    workflowsAfter: 3,
    thresholds: THRESHOLDS,
    ...over,
  };
}

function part(id: string, severity: number) {
  return { id, severity, guard: guard(id) };
}

const PARTS = [part("max_calls", 0.5), part("max_rate", 0.7), part("forbidden_flows", 0.85)];
const WORKFLOW = { track: "w", length: 4, maxSteps: 10, matching: [1] };

interface EnvelopeRow {
  readonly name: string;
  readonly envelope: Partial<Envelope>;
  readonly known?: Known;
  readonly first?: Ruling;
  readonly outcome: Decision["outcome"];
  readonly score?: readonly [percent: number, ...parts: string[]];
  readonly isKill?: boolean;
}

const ENVELOPES: readonly EnvelopeRow[] = [
  { name: "nothing is off", envelope: { parts: PARTS }, outcome: "allow" },
  {
    name: "a score that warns is noted and changes nothing",
    envelope: { parts: PARTS },
    known: { guards: { max_calls: "yes" } },
    ...{ outcome: "allow", score: [50, "max_calls"] },
  },
  {
    name: "a score that asks holds",
    envelope: { parts: PARTS },
    known: { guards: { max_rate: "yes" } },
    ...{ outcome: "ask", score: [70, "max_rate"] },
  },
  {
    name: "the heaviest part, and a tenth of each other",
    envelope: { parts: PARTS },
    known: { guards: { max_rate: "yes", max_calls: "yes" } },
    ...{ outcome: "ask", score: [75, "max_rate", "max_calls"] },
  },
  {
    name: "a part that cannot be looked at counts",
    envelope: { parts: PARTS },
    known: { guards: { max_rate: "unevaluable" } },
    ...{ outcome: "ask", score: [70, "max_rate"] },
  },
  {
    name: "a score that kills refuses, and ends the session",
    envelope: { parts: PARTS },
    known: { guards: { forbidden_flows: "yes", max_rate: "yes" } },
    ...{ outcome: "deny", score: [92, "forbidden_flows", "max_rate"], isKill: true },
  },
  {
    name: "a session that was ended stays so, without another mark",
    envelope: { parts: PARTS },
    known: { killed: "yes" },
    ...{ outcome: "deny", score: [100, "killed"] },
  },
  {
    name: "whether it was ended cannot be told: refused",
    envelope: { parts: PARTS },
    known: { killed: "unevaluable" },
    ...{ outcome: "deny", score: [100, "killed"] },
  },
  {
    name: "a kill is stronger than a built-in ask",
    envelope: { parts: [part("max_calls", 0.95)] },
    known: { guards: { max_calls: "yes" } },
    first: ASK,
    ...{ outcome: "deny", score: [95, "max_calls"], isKill: true },
  },
  {
    name: "a session that is young need not look like a workflow",
    envelope: { workflows: [WORKFLOW] },
    known: { calls: 1 },
    outcome: "allow",
  },
  {
    name: "one that has gone its steps does",
    envelope: { workflows: [WORKFLOW] },
    known: { calls: 3, gone: 3 },
    outcome: "allow",
  },
  {
    name: "one that goes on with this very call does, too",
    envelope: { workflows: [{ ...WORKFLOW, length: 2 }] },
    known: { calls: 2, gone: 1 },
    outcome: "allow",
  },
  {
    name: "one that looks like none asks",
    envelope: { workflows: [WORKFLOW] },
    known: { calls: 9, gone: 0 },
    ...{ outcome: "ask", score: [65, "workflows"] },
  },
  {
    name: "one that looks a little like it is noted",
    envelope: { workflows: [WORKFLOW] },
    known: { calls: 5, gone: 1 },
    ...{ outcome: "allow", score: [40, "workflows"] },
  },
];

for (const { name, envelope: over, known = {}, first, outcome, score, isKill = false } of ENVELOPES) {
  Deno.test(`resolve, an envelope: ${name}`, () => {
    const layers = [layer(clause("allow", "a"))];
    const decision = open({ layers, envelopes: [envelope(over)], ...(first && { first }) });
    const resolved = resolve(decision, usage(known));
    const [percent = 0, ...parts] = score ?? [];
    assertEquals(resolved.outcome, outcome);
    assertEquals(resolved.envelope, score === undefined ? undefined : { percent, parts });
    const kills = resolved.marks.refused.filter((mark) => mark.kind === "event");
    assertEquals(kills.map(({ track }) => track), isKill ? [nameOf("killed")] : []);
  });
}

Deno.test("resolve, envelopes: a call that rules refuse is refused in their words, and ends nothing", () => {
  const layers = [layer(clause("deny", "d"))];
  const strict = envelope({ parts: [part("max_calls", 1)] });
  const resolved = resolve(open({ layers, envelopes: [strict] }), usage({ guards: { max_calls: "yes" } }));
  assertEquals([resolved.outcome, resolved.reason], ["deny", "rule:d"]);
  assertEquals(resolved.marks.refused.filter(({ kind }) => kind === "event"), []);
});

Deno.test("resolve, envelopes: a call that may pass counts against their limits; the strictest is heard", () => {
  const limit = { kind: "limit", holds: "over", charge: charge("calls") } as const;
  const watching = envelope({ parts: [{ id: "max_calls", severity: 0.5, guard: limit }] });
  const asking = envelope({ ref: "lower/envelope", parts: [part("g", 0.7)] });
  const layers = [layer(clause("allow", "a"))];
  const resolved = resolve(open({ layers, envelopes: [watching, asking] }), usage({ guards: { g: "yes" } }));
  assertEquals([resolved.outcome, resolved.rules], ["ask", ["lower/envelope"]]);
  assertEquals(resolved.charges.map(({ meter }) => meter), ["a", "calls"]);
});

interface VoteRow {
  readonly name: string;
  readonly votes: readonly (Effect | "abstains")[];
  readonly masks?: readonly number[];
  readonly fallback?: Ruling;
  readonly outcome: Decision["outcome"];
  readonly rules: readonly string[];
}

const VOTES: readonly VoteRow[] = [
  { name: "one allow", votes: ["allow"], outcome: "allow", rules: ["l/0"] },
  {
    name: "all that deny are named, in the words of the highest",
    votes: ["allow", "deny", "ask", "deny"],
    ...{ outcome: "deny", rules: ["l/1", "l/3"] },
  },
  { name: "ask before redact and allow", votes: ["redact", "allow", "ask"], outcome: "ask", rules: ["l/2"] },
  { name: "redact before allow", votes: ["allow", "redact"], outcome: "redact", rules: ["l/0", "l/1"] },
  { name: "nobody decides", votes: ["abstains"], outcome: "deny", rules: [] },
  {
    name: "masks of a layer that abstains turn an allow into a redact",
    votes: ["allow", "abstains"],
    masks: [1],
    ...{ outcome: "redact", rules: ["l/0", "mask/1"] },
  },
  {
    name: "masks never make an allow of what nobody allowed",
    votes: ["abstains"],
    masks: [0],
    ...{ outcome: "deny", rules: [] },
  },
  {
    name: "a held call keeps its masks",
    votes: ["ask"],
    masks: [0],
    outcome: "ask",
    rules: ["l/0", "mask/0"],
  },
];

for (const { name, votes, masks = [], outcome, rules } of VOTES) {
  Deno.test(`combine: ${name}`, () => {
    const cast = votes.map((effect, i): Vote => ({
      ...(effect === "abstains"
        ? {}
        : { rule: { effect, ref: `l/${i}`, reason: "default" as const, message: `said by ${i}` } }),
      redactFields: masks.includes(i) ? [`field ${i}`] : [],
      redactRefs: masks.includes(i) ? [`mask/${i}`] : [],
      charges: [charge(`${i}`)],
    }));
    const combined = combine(cast, { first: undefined, fallback: FALLBACK });
    assertEquals([combined.outcome, combined.rules], [outcome, rules]);
    assertEquals(combined.redactFields, outcome === "deny" ? [] : masks.map((i) => `field ${i}`));
    if (outcome !== "deny") assertEquals(combined.charges.length, votes.length);
  });
}

const any: Mark = { kind: "event", scope: SCOPE, track: "any", step: 0 };
const ofRule: Mark = { kind: "event", scope: SCOPE, track: "of a rule", step: 0 };
const forwarded: Mark = { kind: "call", scope: SCOPE };
const refused: Mark = { kind: "event", scope: SCOPE, track: "refused", step: 0 };
const MARKS = {
  ...NO_MARKS,
  forwarded: [forwarded],
  refused: [refused],
  approved: [{ mark: any }, { mark: ofRule, rules: ["l/k"] }],
};

Deno.test("approvedMarks: any approval, or one of a call that the named rule held", () => {
  assertEquals(approvedMarks({ marks: MARKS, rules: ["l/other"] }), [any]);
  assertEquals(approvedMarks({ marks: MARKS, rules: ["l/other", "l/k"] }), [any, ofRule]);
});

Deno.test("effectsOf: charges and marks by what became of the call", () => {
  const decision = { charges: [charge("m")], marks: MARKS, rules: ["l/k"] };
  assertEquals(effectsOf(decision, "forwarded"), { charges: [charge("m")], marks: [forwarded] });
  assertEquals(effectsOf(decision, "refused"), { charges: [], marks: [refused] });
  assertEquals(effectsOf(decision, "approved"), { charges: [charge("m")], marks: [any, ofRule, forwarded] });
});
