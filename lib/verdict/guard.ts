/**
 * What a decision still depends on when the policy has said its part: limits, history, the age of a session. The policy
 * worker has no state; so it leaves guards, and the ledger worker looks at them in the very commit that writes the entry.
 * Plain data: it crosses channels and is kept with a held call.
 */

/**
 * Which charges count. `sliding`: those made less than `ms` ago, at every instant. `fixed`: all since the first charge;
 * once that is `ms` ago, the count begins anew. `none`: all there ever were.
 */
export type MeterWindow =
  | { readonly kind: "sliding" | "fixed"; readonly ms: number }
  | { readonly kind: "none" };

/** Units that a call costs if it is forwarded: charged in the commit of its entry, and never for a refused call. */
export interface Charge {
  /** Name of the meter, a JSON array of texts: `["key","refund_total","session","…"]`. Shared by all processes on a ledger. */
  readonly meter: string;
  /** Exact decimal in plain notation (`1`, `99.95`), never negative. A whole number for a sliding window. */
  readonly amount: string;
  /** Exact decimal: at most so many units. */
  readonly limit: string;
  readonly window: MeterWindow;
}

/**
 * One thing to look at. `limit`: would the charge exceed its limit (`over`), or does it fit (`within`)? `event`: was step
 * `step` of the track reached in this scope, not longer than `withinMs` ago (`after`), or was it not (`not_after`)?
 * `age`: is the first call of the scope longer ago than `overMs`?
 */
export type Guard =
  | { readonly kind: "limit"; readonly holds: "over" | "within"; readonly charge: Charge }
  | {
    readonly kind: "event";
    readonly holds: "after" | "not_after";
    readonly scope: string;
    readonly track: string;
    readonly step: number;
    readonly withinMs?: number;
  }
  | { readonly kind: "age"; readonly scope: string; readonly overMs: number };

/**
 * What happens to the history of a scope. A track is a list of steps, each with the latest instant at which a run of the
 * steps up to it may have begun: `event` reaches `step`, if the step before it was reached. `walk` goes one step on in a
 * workflow, if the next step is among `steps`. `call` counts a call, and remembers when the first was.
 */
export type Mark =
  | {
    readonly kind: "event";
    readonly scope: string;
    readonly track: string;
    readonly step: number;
    /** Nothing looks back farther than this; absent: as long as the scope lasts. */
    readonly keepMs?: number;
  }
  | {
    readonly kind: "walk";
    readonly scope: string;
    readonly track: string;
    readonly steps: readonly number[];
  }
  | { readonly kind: "call"; readonly scope: string };

/** Made when a person approves a call: any, or only one that one of these rules (`layer/id`) held. */
export interface ApprovalMark {
  readonly mark: Mark;
  readonly rules?: readonly string[];
}

/** The marks of a call, by what becomes of it. */
export interface Marks {
  readonly forwarded: readonly Mark[];
  readonly refused: readonly Mark[];
  /** A person approved it; those of `forwarded` come on top. */
  readonly approved: readonly ApprovalMark[];
  /** Its result was released, and its labels were put on the session. */
  readonly labelled: readonly Mark[];
}

export const NO_MARKS: Marks = { forwarded: [], refused: [], approved: [], labelled: [] };

/** The name of a meter, a scope or a track: parts that a peer chose cannot be mistaken for one another. */
export function nameOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}
