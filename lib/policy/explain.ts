/** Every layer and rule: matched or not, and why. */
import { decides, type Effect, type Match, type Ruling } from "../verdict/mod.ts";
import type { Layer } from "./layer.ts";
import { type CallView, explainRule, type GuardMatch, type Rule } from "./rule.ts";

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

/** The trace of one call through the built-in checks and all layers. */
export function explainLayers(
  layers: readonly Layer[],
  view: CallView,
  { first, guardMatch }: { readonly first: Ruling | undefined; readonly guardMatch: GuardMatch },
): readonly TraceLine[] {
  return [builtInLine(first), ...layers.flatMap((layer) => explainLayer(layer, view, guardMatch))];
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
  return lines;
}

function abstention(layer: Layer): TraceLine {
  const why = layer.default === undefined
    ? "no rule decided"
    : `no rule decided; its default is ${layer.default}`;
  return { layer: layer.name, rule: layer.name, effect: "abstain", match: "no", decides: false, why };
}
