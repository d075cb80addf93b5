/** What a scanner makes when it is needed first, made before that. */
import type { Direction } from "../verdict/mod.ts";
import type { Scanner } from "./scanner.ts";

/** Has keywords of each table, and characters of another script. */
const TEXT = JSON.stringify({ text: "password=<password> 12345 ignore all rm -rf /" });
const DIRECTIONS: readonly Direction[] = ["to-upstream", "to-client"];

/** Nobody is kept waiting: what a message needs that comes before that it makes itself. */
const IDLE_MS = 50;

/** Makes it a step of a few milliseconds after the other, some time after now. `later` is `setTimeout`. */
export function warmUp(scanner: Scanner, later: (step: () => void, ms: number) => void): void {
  for (const direction of DIRECTIONS) {
    later(() => {
      scanner.inspect({ text: TEXT, direction, server: "", tool: "", method: "" });
    }, IDLE_MS);
  }
}
