// More than this under way at once, and the peers are not read on: back-pressure, not buffering without end. A message
// that is judged stands in memory about ten times: as bytes, as value, as the texts that two workers are asked about and a
// third hashes, in the queues between them. A single one may be larger than all that is allowed together.
const MAX_MESSAGES = 1024;
const MAX_BYTES = 4 * 1024 * 1024;

/** How much work is under way, and who waits for it to get less. */
export class Load {
  #messages = 0;
  #bytes = 0;
  #patient = 0;
  #change: PromiseWithResolvers<void> | undefined;

  get busy(): boolean {
    return this.#messages > 0 || this.#patient > 0;
  }

  /** Counts work that waits for a person: somebody's business, but no reason to let the others wait. */
  addPatient(work: Promise<void>, onError: (error: unknown) => void): void {
    this.#patient++;
    work.catch(onError).finally(() => {
      this.#patient--;
      this.#announce();
    });
  }

  /** Counts `work` until it is done. */
  add(bytes: number, work: Promise<void>, onError: (error: unknown) => void): void {
    this.#messages++;
    this.#bytes += bytes;
    work.catch(onError).finally(() => {
      this.#messages--;
      this.#bytes -= bytes;
      this.#announce();
    });
  }

  #announce(): void {
    this.#change?.resolve();
    this.#change = undefined;
  }

  async room(): Promise<void> {
    while (this.#messages >= MAX_MESSAGES || this.#bytes >= MAX_BYTES) await this.changed();
  }

  /** Resolves at the next end of some work. */
  changed(): Promise<void> {
    return (this.#change ??= Promise.withResolvers<void>()).promise;
  }
}
