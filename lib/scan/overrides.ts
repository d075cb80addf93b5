/** What is to be done about a finding: the defaults of a direction, and the operator's exceptions. */
import { err, ok, type Result } from "../base/mod.ts";
import type { Direction, FindingAction } from "../verdict/mod.ts";
import { DETECTORS } from "./detectors/all.ts";
import type { GuestDetector } from "./detect.ts";

/** An exception that the operator wrote. `requests`: towards the upstream; `results`: on the way to the client. */
export interface ScanOverride {
  readonly detector: string;
  readonly requests?: "allow" | "block" | "ask";
  readonly results?: "allow" | "redact" | "withhold";
  /** Exact name of the one server, and of the one tool, that it is for; absent: all. */
  readonly server?: string;
  readonly tool?: string;
}

/** Where a finding was made: what an exception can be for. */
export interface Where {
  readonly direction: Direction;
  readonly server: string;
  readonly tool: string;
}

const DEFAULT_ACTIONS: Readonly<Record<Direction, FindingAction>> = {
  "to-upstream": "block",
  "to-client": "redact",
};
const OFF: ReadonlySet<string> = new Set(DETECTORS.filter(({ off }) => off).map(({ id }) => id));
/** What opens a detector of the floor, at least a little. */
const OPENING: readonly (FindingAction | undefined)[] = ["allow", "ask"];

/** The actions for all detectors, worked out once for each server and tool. */
export class Actions {
  readonly #overrides: readonly ScanOverride[];

  /** `overrides`: checked, the narrowest first. */
  constructor(overrides: readonly ScanOverride[]) {
    this.#overrides = overrides;
  }

  /** What is to be done about a finding of detector `id`; `undefined`: nothing, nobody asked for this detector. */
  of(id: string, { direction, server, tool }: Where): FindingAction | undefined {
    for (const override of this.#overrides) {
      if (override.detector !== id) continue;
      if (override.server !== undefined && override.server !== server) continue;
      if (override.tool !== undefined && override.tool !== tool) continue;
      const action = direction === "to-upstream" ? override.requests : override.results;
      if (action !== undefined) return action;
    }
    return OFF.has(id) ? undefined : DEFAULT_ACTIONS[direction];
  }
}

/**
 * Checks the operator's exceptions; the error is a phrase about the first that is off. `own`: the operator's detectors,
 * which are no part of the floor.
 */
export function readOverrides(
  overrides: readonly ScanOverride[],
  own: readonly Pick<GuestDetector, "id">[] = [],
): Result<Actions, string> {
  const known: readonly KnownDetector[] = [...DETECTORS, ...own.map(({ id }) => ({ id, floor: false }))];
  for (const [index, override] of overrides.entries()) {
    const problem = problemOf(override, overrides.slice(0, index), known);
    if (problem !== undefined) return err(problem);
  }
  // The first one that fits decides.
  return ok(new Actions(overrides.toSorted((a, b) => narrowness(b) - narrowness(a))));
}

/** A server and a tool, a server, a tool, everything. */
function narrowness({ server, tool }: ScanOverride): number {
  return (server === undefined ? 0 : 2) + (tool === undefined ? 0 : 1);
}

interface KnownDetector {
  readonly id: string;
  readonly floor: boolean;
}

function problemOf(
  override: ScanOverride,
  earlier: readonly ScanOverride[],
  known: readonly KnownDetector[],
): string | undefined {
  const { detector, requests, results, server, tool } = override;
  const info = known.find(({ id }) => id === detector);
  if (info === undefined) {
    return `there is no detector "${detector}"; there are ${known.map(({ id }) => id).join(", ")}`;
  }
  if (requests === undefined && results === undefined) {
    return `the override for "${detector}" changes nothing: state requests or results`;
  }
  if (earlier.some((other) => clash(other, override))) {
    return `two overrides for "${detector}" and the same server and tool disagree about who decides: keep one`;
  }
  return opensFloor(info, override) && (server === undefined || tool === undefined)
    ? `"${detector}" belongs to the floor and is only opened for one named server and tool: add server and tool`
    : undefined;
}

function opensFloor({ floor }: KnownDetector, { requests, results }: ScanOverride): boolean {
  return floor && (OPENING.includes(requests) || OPENING.includes(results));
}

function clash(a: ScanOverride, b: ScanOverride): boolean {
  if (a.detector !== b.detector || a.server !== b.server || a.tool !== b.tool) return false;
  return (a.requests !== undefined && b.requests !== undefined) ||
    (a.results !== undefined && b.results !== undefined);
}
