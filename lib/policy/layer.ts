/** A compiled layer, and its vote on one call. */
import type { AccessRequest, Charge } from "../verdict/mod.ts";
import { type CallView, decides, type Rule, testRule } from "./rule.ts";
import { selects } from "./selectors.ts";

/** The rate limit of a layer: what a call costs, or `undefined` where no limit is on its tool. */
export type RateLimit = (request: AccessRequest) => Charge | undefined;

export interface Layer {
  readonly name: string;
  readonly file: string;
  /** In order; the first that decides is the layer's vote. */
  readonly rules: readonly Rule[];
  /** Charged to a call that no rule of `rules` decided. */
  readonly rate?: RateLimit;
  /** Allows what is left, behind everything else: the end of an allow list. */
  readonly last?: Rule;
  /** Masked in every call, whatever the vote. */
  readonly redactFields: readonly string[];
  readonly default?: "allow" | "deny" | "ask";
  readonly failureMode?: "closed" | "open";
  readonly unknownMethods?: "allow" | "deny";
  readonly hideDeniedTools: boolean;
  /** Is it the short form? Then it says nothing on default and failure mode. */
  readonly isGuardrails: boolean;
}

/** What one layer says. Without `rule` it abstains; masks and charges count all the same. */
export interface Vote {
  readonly rule?: Rule;
  readonly redactFields: readonly string[];
  /** The rules that masks come from. */
  readonly redactRefs: readonly string[];
  readonly charge?: Charge;
}

/** The rules of the layer that are about `request`, whatever its arguments: what may be remembered of it. */
export interface Candidates {
  readonly rules: readonly Rule[];
  readonly last: Rule | undefined;
}

export function candidatesOf(layer: Layer, request: AccessRequest): Candidates {
  return {
    rules: layer.rules.filter((rule) => selects(rule.selectors, request)),
    last: layer.last !== undefined && selects(layer.last.selectors, request) ? layer.last : undefined,
  };
}

const NOTHING: readonly string[] = [];

/** The layer's vote: the first candidate that decides; else its rate limit, and the end of its allow list. */
export function voteOf(layer: Layer, { rules, last }: Candidates, view: CallView): Vote {
  let { redactFields } = layer;
  let redactRefs = redactFields.length === 0 ? NOTHING : [`${layer.name}/redact_fields`];
  for (const rule of rules) {
    const match = testRule(rule, view);
    if (match === "no") continue;
    if (rule.effect === "redact") {
      redactFields = [...redactFields, ...rule.redactFields];
      redactRefs = [...redactRefs, rule.ref];
    }
    if (decides(rule.effect, match)) return { rule, redactFields, redactRefs };
  }
  const charge = layer.rate?.(view.request);
  return {
    redactFields,
    redactRefs,
    ...(last === undefined ? {} : { rule: last }),
    ...(charge === undefined ? {} : { charge }),
  };
}
