/** The expected shape of a session, as a decision carries it, and the score of one call against it. */
import type { Guard } from "./guard.ts";

/** One thing that an envelope watches: it counts with `severity` (0 to 1) when `guard` holds. */
export interface EnvelopePart {
  /** The key in the policy, such as `max_calls`. */
  readonly id: string;
  readonly severity: number;
  readonly guard: Guard;
}

/** A workflow that the session may be following. */
export interface EnvelopeWorkflow {
  readonly track: string;
  /** How many steps it has. */
  readonly length: number;
  /** Calls of the session beyond this number halve the confidence. */
  readonly maxSteps: number;
  /** Which of its steps this call could be. */
  readonly matching: readonly number[];
}

export interface Envelope {
  /** `layer/envelope`. */
  readonly ref: string;
  readonly scope: string;
  readonly parts: readonly EnvelopePart[];
  readonly workflows: readonly EnvelopeWorkflow[];
  /** Before the session has made so many calls, it need not look like a workflow. */
  readonly workflowsAfter: number;
  /** Scores from 0 to 1, rising. */
  readonly thresholds: { readonly warn: number; readonly ask: number; readonly kill: number };
}

/** The score of one call: the highest severity, and a tenth of each other one; at most 1. */
export interface EnvelopeScore {
  /** 0 to 100, a whole number: entries hold no fractions. */
  readonly percent: number;
  /** Ids of the parts that count, the heaviest first. */
  readonly parts: readonly string[];
}
