import type { EntryView } from "./entry_view.ts";
import { type Finding, finding } from "./finding.ts";

/**
 * Entries that have lost their text. A signed `prune` entry has to allow that; and since a stub does not say which place it
 * has, the tree of a signed checkpoint has to pin it there.
 */
export class Pruning {
  #first: number | undefined;
  #last = -1;
  #until = 0;

  /** How many entries, from the first on, may be stubs: all that are lie there. */
  get size(): number {
    return this.#last + 1;
  }

  /** The entry at `place` is a stub. */
  stub(place: number): void {
    this.#first ??= place;
    this.#last = place;
  }

  /** Takes an entry of kind `prune`. Without `until` it speaks of payloads alone. */
  prune({ seq, fields }: EntryView): Finding | undefined {
    const until = fields["until"] === undefined ? 0 : fields["until"];
    if (typeof until !== "number" || !Number.isSafeInteger(until) || until < 0 || until > seq) {
      return finding(seq, "fields", "until is not the number of an entry before it");
    }
    this.#until = Math.max(this.#until, until);
    return undefined;
  }

  /** What is wrong, once all entries were seen. `pinned`: the size of the largest checkpoint that holds. */
  check(pinned: number): Finding | undefined {
    if (this.#first === undefined) return undefined;
    if (this.#last >= this.#until) {
      const place = Math.max(this.#first, this.#until);
      return finding(place, "stub", `entry ${this.#last} has lost its text, and no prune entry allows that`);
    }
    if (this.#last < pinned) return undefined;
    return finding(
      this.#first,
      "stub",
      `no signed checkpoint pins the entries before ${this.size}, which have no text`,
    );
  }
}
