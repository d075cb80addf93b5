/** So many bytes, or whatever is counted, for everybody together. */
export class Budget {
  readonly #most: number;
  #taken = 0;
  readonly #parent: Budget | undefined;
  #empty: PromiseWithResolvers<void> | undefined;

  /** `parent`: what is taken here is taken there as well. */
  constructor(most: number, parent?: Budget) {
    this.#most = most;
    this.#parent = parent;
  }

  get taken(): number {
    return this.#taken;
  }

  /** False where there is not so much left; then nothing was taken. */
  take(amount: number): boolean {
    if (this.#taken + amount > this.#most || this.#parent?.take(amount) === false) return false;
    this.#taken += amount;
    return true;
  }

  give(amount: number): void {
    this.#taken -= amount;
    if (this.#taken === 0) this.#empty?.resolve();
    this.#parent?.give(amount);
  }

  /** Gives back all that was taken here. */
  giveAll(): void {
    this.give(this.#taken);
  }

  /** Resolves once nothing is taken. */
  empty(): Promise<void> {
    if (this.#taken === 0) return Promise.resolve();
    return (this.#empty ??= Promise.withResolvers<void>()).promise;
  }
}
