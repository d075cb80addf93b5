/** So many at once, and the others in their order. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];
  #allTaken: PromiseWithResolvers<void> | undefined;

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves with what gives the slot back, once there is one. */
  async take(): Promise<() => void> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free--;
    return () => this.#give();
  }

  /** Resolves once a slot is free. */
  room(): Promise<void> {
    if (this.#free > 0) return Promise.resolve();
    return (this.#allTaken ??= Promise.withResolvers<void>()).promise;
  }

  #give(): void {
    const next = this.#waiting.shift();
    if (next !== undefined) return next();
    this.#free++;
    this.#allTaken?.resolve();
    this.#allTaken = undefined;
  }
}
