import type { Listed } from "./facts.ts";

/** Keeps the newest items of a stream, and counts the others. */
export class Newest<T> {
  readonly #items: T[] = [];
  readonly #most: number;
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(item: T): void {
    this.#taken++;
    this.#items.push(item);
    if (this.#items.length >= 2 * this.#most) this.#items.splice(0, this.#items.length - this.#most);
  }

  /** The newest first. */
  list(): Listed<T> {
    const items = this.#items.slice(-this.#most).reverse();
    return { items, more: this.#taken - items.length };
  }
}
