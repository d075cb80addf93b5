import { BatchAnswers } from "../wire/mod.ts";
import type { ReplyPlace } from "./call.ts";
import type { Lane, Slot } from "./lane.ts";

/** Where the answers to one batch go, to leave together. */
export class BatchReply implements ReplyPlace {
  readonly scope?: string;
  readonly beside?: Lane;
  readonly #answers: BatchAnswers;

  /** `answers`: how many elements are owed one. */
  constructor(place: ReplyPlace, answers: number) {
    if (place.scope !== undefined) this.scope = place.scope;
    if (place.beside !== undefined) this.beside = place.beside;
    this.#answers = new BatchAnswers(answers, (line) => place.reserve().fill(line));
  }

  reserve(): Slot {
    let filled = false;
    return {
      get filled() {
        return filled;
      },
      fill: (line) => {
        filled = true;
        this.#answers.take(line);
      },
    };
  }
}
