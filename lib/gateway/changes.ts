// So long after a change has been told, further ones are told together: a server that changes its lists all the time
// makes the client list no more often than this.
const QUIET_MS = 250;

export interface ChangesOptions {
  readonly pause: (ms: number) => Promise<void>;
  /** `method`: of the notice. */
  readonly tell: (method: string) => void;
}

/** Tells of changed lists: the first at once, those that follow closely as one. */
export class Changes {
  readonly #options: ChangesOptions;
  /** By method: is there another one to be told? */
  readonly #quiet = new Map<string, boolean>();

  constructor(options: ChangesOptions) {
    this.#options = options;
  }

  changed(method: string): void {
    if (this.#quiet.has(method)) {
      this.#quiet.set(method, true);
      return;
    }
    this.#quiet.set(method, false);
    this.#options.tell(method);
    this.#options.pause(QUIET_MS).then(() => {
      const again = this.#quiet.get(method) ?? false;
      this.#quiet.delete(method);
      if (again) this.changed(method);
    });
  }
}
