/** Every layer and rule: matched or not, and why. */
import { decides, type Decision, type Effect, type Match, type Ruling } from "../verdict/mod.ts";
import type { LabelRule, Layer } from "./layer.ts";
import type { CallView } from "./call_view.ts";
import { explainRule, type GuardMatch, type Rule } from "./rule.ts";

/** One line of the answer to "why". Nothing in it comes from the call's arguments. */
export interface TraceLine {
  readonly layer: string;
  /** `layer/id`; of the built-in checks and of the default the bare word. */
  readonly rule: string;
  readonly effect: Effect | "abstain";
  readonly match: Match;
  /** Did this rule decide for its layer? */
  readonly decides: boolean;
  readonly why: string;
}

/** What the trace is about: the answer of the built-in checks, of the guards, and of all together. */
export interface Answers {
  readonly first: Ruling | undefined;
  readonly guardMatch: GuardMatch;
  /** Resolved. */
  readonly decision: Decision;
}

/** The trace of one call through the built-in checks, the envelopes and all layers. */
export function explainLayers(
  layers: readonly Layer[],
  view: CallView,
  { first, guardMatch, decision }: Answers,
): readonly TraceLine[] {
  return [
    builtInLine(first),
    ...layers.flatMap((layer) => layer.envelope === undefined ? [] : [envelopeLine(layer, decision)]),
    ...layers.flatMap((layer) => explainLayer(layer, view, guardMatch)),
  ];
}

/** An envelope stands above the layers, so it has a line of its own before theirs. */
function envelopeLine({ name }: Layer, { rules, outcome, envelope }: Decision): TraceLine {
  const rule = `${name}/envelope`;
  const decides = rules.includes(rule);
  const why = envelope === undefined
    ? "the session looks as it should"
    : `the session scores ${envelope.percent} of 100: ${envelope.parts.join(", ")}`;
  return {
    layer: "envelope",
    rule,
    effect: decides ? outcome : "abstain",
    match: decides ? "yes" : "no",
    decides,
    why,
  };
}

function builtInLine(first: Ruling | undefined): TraceLine {
  const line = { layer: "built-in", rule: "built-in" } as const;
  if (first === undefined) {
    return {
      ...line,
      effect: "abstain",
      match: "no",
      decides: false,
      why: "the name is sound, and no finding blocks",
    };
  }
  return { ...line, effect: first.outcome, match: "yes", decides: true, why: first.message };
}

function explainLayer(layer: Layer, view: CallView, guardMatch: GuardMatch): readonly TraceLine[] {
  const lines: TraceLine[] = [];
  let decided = false;
  const add = (rule: Rule) => {
    const { match, words } = explainRule(rule, view, guardMatch);
    const deciding = !decided && decides(rule.effect, match);
    lines.push({
      layer: layer.name,
      rule: rule.ref,
      effect: rule.effect,
      match,
      decides: deciding,
      why: decided ? `${words}; a rule above decided` : words,
    });
    decided ||= deciding;
  };
  layer.rules.forEach(add);
  if (!decided) lines.push(abstention(layer));
  return [...lines, ...layer.labelRules.map((rule) => labelLine(layer, rule, view))];
}

/** A rule about results decides nothing about the call. */
function labelLine({ name }: Layer, rule: LabelRule, view: CallView): TraceLine {
  const { match, words } = explainRule({ ...rule, guards: [] }, view, () => "unevaluable");
  const why = `puts ${rule.labels.join(", ")} on the session with the result: ${words}`;
  return { layer: name, rule: rule.ref, effect: "abstain", match, decides: false, why };
}

function abstention(layer: Layer): TraceLine {
  const why = layer.default === undefined
    ? "no rule decided"
    : `no rule decided; its default is ${layer.default}`;
  return { layer: layer.name, rule: layer.name, effect: "abstain", match: "no", decides: false, why };
}
