/** What a witness needs from the world: a memory with one atomic step. */

/** The latest checkpoint of a log that was cosigned. */
export interface Seen {
  readonly size: number;
  /** Root hash, hex. */
  readonly root: string;
  /** The note that was cosigned, as the log signed it: evidence, should the log ever show another history. */
  readonly note: string;
}

/** A {@link Seen}, and what changes with each write of it. */
export interface Remembered extends Seen {
  readonly version: string;
}

/** The witness's memory, by origin. A loss of it would let every log begin again: it is the witness. */
export interface WitnessMemory {
  latest(origin: string): Promise<Remembered | undefined>;
  /**
   * Puts `next` in the place of `before`, if nobody did so in the meantime. True: it survives a loss of power. False:
   * somebody else was faster, and nothing was written.
   */
  advance(origin: string, before: Remembered | undefined, next: Seen): Promise<boolean>;
  close(): void;
}
