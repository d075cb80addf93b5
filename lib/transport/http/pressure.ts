/** How much is under way in one direction; whoever adds to it can wait until it is less. */
export class Pressure {
  readonly #most: number;
  #held = 0;
  #less: PromiseWithResolvers<void> | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  /** Adds `cost`, until the function that comes back is called; once is enough, and more do no harm. */
  add(cost: number): () => void {
    let isHeld = true;
    this.#held += cost;
    return () => {
      if (isHeld) this.#release(cost);
      isHeld = false;
    };
  }

  /** Resolves once there is less than the most under way. */
  room(): Promise<void> {
    if (this.#held < this.#most) return Promise.resolve();
    return (this.#less ??= Promise.withResolvers<void>()).promise;
  }

  #release(cost: number): void {
    this.#held -= cost;
    if (this.#held >= this.#most) return;
    this.#less?.resolve();
    this.#less = undefined;
  }
}
