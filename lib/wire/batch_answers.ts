import type { ClientPlace } from "./client_place.ts";

/** The answers to one batch (JSON-RPC 2.0, section 6): one array when the last has come, and nothing for a batch of notices. */
export class BatchAnswers {
  readonly #lines: string[] = [];
  readonly #send: (line: string | undefined) => void;
  #open: number;

  /** `owed`: how many elements are to be answered. `send`: called once, with the array as a line. */
  constructor(owed: number, send: (line: string | undefined) => void) {
    this.#open = owed;
    this.#send = send;
  }

  /** Takes the answer to one element; no line where none is due any more. */
  take(line?: string): void {
    if (line !== undefined) this.#lines.push(line.trimEnd());
    if (--this.#open > 0) return;
    this.#send(this.#lines.length > 0 ? `[${this.#lines.join(",")}]\n` : undefined);
  }
}

/** The place of each element of a batch whose answers go to `place` together. */
export function batchPlace(place: ClientPlace, owed: number): ClientPlace {
  const answers = new BatchAnswers(owed, (line) => place.reply(line));
  return {
    scope: place.scope,
    isConnection: place.isConnection === true,
    reply: (line) => answers.take(line),
    beside: (line) => place.beside(line),
  };
}
