import type { Lane, Slot } from "./lane.ts";
import type { ReplyPlace } from "./call.ts";

/**
 * Gathers the answers to one batch (JSON-RPC 2.0, section 6) and sends them as one array when the last has come. A batch
 * of nothing but notices is answered with nothing.
 */
export class BatchReply implements ReplyPlace {
  readonly #lane: Lane;
  readonly #lines: string[] = [];
  #open: number;

  /** `answers`: how many elements are owed one. */
  constructor(lane: Lane, answers: number) {
    this.#lane = lane;
    this.#open = answers;
  }

  reserve(): Slot {
    let filled = false;
    return {
      get filled() {
        return filled;
      },
      fill: (line) => {
        filled = true;
        if (line !== undefined) this.#lines.push(line.trimEnd());
        if (--this.#open === 0 && this.#lines.length > 0) this.#lane.push(`[${this.#lines.join(",")}]\n`);
      },
    };
  }
}
