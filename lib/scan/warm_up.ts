/** What a scanner makes when it is needed first, made before that. */
import type { Direction } from "../verdict/mod.ts";
import type { Scanner } from "./scanner.ts";

interface Step {
  readonly afterMs: number;
  readonly text: string;
  readonly direction: Direction;
}

const PLAIN = "{}", MARKED = JSON.stringify({ text: "password=<password> 12345 ignore all rm -rf /" });
/**
 * A request comes first, and needs the tables of the first step in any case: so at once. What follows must not stand in its
 * way: the tables for an answer, and the patterns behind the keywords.
 */
const STEPS: readonly Step[] = [
  { afterMs: 0, text: PLAIN, direction: "to-upstream" },
  { afterMs: 40, text: PLAIN, direction: "to-client" },
  { afterMs: 80, text: MARKED, direction: "to-upstream" },
  { afterMs: 100, text: MARKED, direction: "to-client" },
];

/** Makes it in steps of some milliseconds, after the worker has answered. `later` is `setTimeout`. */
export function warmUp(scanner: Scanner, later: (step: () => void, ms: number) => void): void {
  for (const { afterMs, text, direction } of STEPS) {
    later(() => {
      scanner.inspect({ text, direction, server: "", tool: "", method: "" });
    }, afterMs);
  }
}
