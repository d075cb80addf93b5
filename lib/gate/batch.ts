import type { ReplyPlace } from "./call.ts";
import type { Lane, Slot } from "./lane.ts";

/**
 * Gathers the answers to one batch (JSON-RPC 2.0, section 6) and sends them as one array when the last has come. A batch
 * of nothing but notices is answered with nothing.
 */
export class BatchReply implements ReplyPlace {
  readonly scope?: string;
  readonly beside?: Lane;
  readonly #place: ReplyPlace;
  readonly #lines: string[] = [];
  #open: number;

  /** `answers`: how many elements are owed one. */
  constructor(place: ReplyPlace, answers: number) {
    if (place.scope !== undefined) this.scope = place.scope;
    if (place.beside !== undefined) this.beside = place.beside;
    this.#place = place;
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
        if (--this.#open > 0) return;
        this.#place.reserve().fill(this.#lines.length > 0 ? `[${this.#lines.join(",")}]\n` : undefined);
      },
    };
  }
}
