import type { ClientPlace } from "../wire/mod.ts";

/** Gathers the answers to a batch (2025-03-26) and hands them over as one array when the last has come. */
export class BatchPlace implements ClientPlace {
  readonly scope: string;
  readonly #place: ClientPlace;
  readonly #lines: string[] = [];
  #open: number;

  /** `answers`: how many elements are owed one. */
  constructor(place: ClientPlace, answers: number) {
    this.scope = place.scope;
    this.#place = place;
    this.#open = answers;
  }

  reply(line?: string): void {
    if (line !== undefined) this.#lines.push(line.trimEnd());
    if (--this.#open > 0) return;
    this.#place.reply(this.#lines.length > 0 ? `[${this.#lines.join(",")}]\n` : undefined);
  }

  beside(line: string): void {
    this.#place.beside(line);
  }
}
