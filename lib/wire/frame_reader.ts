/**
 * Bytes in, lines out. The input is ATTACKER-CONTROLLED in content, length and cutting; memory stays under twice the cap
 * plus one chunk whatever comes, and time is linear in the bytes.
 */

/** One line without its end, or the note that a line passed the cap and was dropped. */
export type RawFrame =
  | { readonly kind: "line"; readonly bytes: Uint8Array }
  | { readonly kind: "oversize"; readonly limit: number };

const NEWLINE = 0x0a, CARRIAGE_RETURN = 0x0d;
const FIRST_BUFFER_BYTES = 4096;
const NO_BYTES = new Uint8Array(0);

/**
 * Cuts a byte stream into frames at `\n`; a `\r` before it belongs to the line end. U+2028 and U+2029 are content. Lines
 * of no bytes are skipped. How the stream is cut into chunks never shows.
 *
 * A line that lies within one chunk is handed out as a view of it: the caller must not write to a chunk again. A line
 * that spans chunks is copied once into a buffer of its own.
 */
export class FrameReader {
  readonly #limit: number;
  /** The beginning of a line whose end has not come yet, in `#held[0..#heldBytes]`. */
  #held: Uint8Array = NO_BYTES;
  #heldBytes = 0;
  /** The line passed the cap and was reported: everything up to the next line end is dropped. */
  #skipping = false;

  /** `maxFrameBytes`: longest line, in bytes, without the `\n`. */
  constructor(options: { readonly maxFrameBytes: number }) {
    this.#limit = options.maxFrameBytes;
  }

  /** The frames that end in `chunk`, in order. */
  push(chunk: Uint8Array): readonly RawFrame[] {
    const frames: RawFrame[] = [];
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end === -1) break;
      this.#finish(chunk.subarray(start, end), frames);
      start = end + 1;
    }
    this.#hold(chunk.subarray(start), frames);
    return frames;
  }

  /** The input has ended: a last line without newline is a frame. The reader is as new afterwards. */
  end(): readonly RawFrame[] {
    const frames: RawFrame[] = [];
    this.#finish(NO_BYTES, frames);
    return frames;
  }

  #finish(tail: Uint8Array, frames: RawFrame[]): void {
    if (this.#skipping) this.#skipping = false;
    else if (this.#heldBytes + tail.length > this.#limit) {
      frames.push({ kind: "oversize", limit: this.#limit });
    } else {
      const line = withoutReturn(this.#heldBytes === 0 ? tail : this.#joined(tail));
      if (line.length > 0) frames.push({ kind: "line", bytes: line });
    }
    this.#drop();
  }

  #hold(tail: Uint8Array, frames: RawFrame[]): void {
    if (this.#skipping || tail.length === 0) return;
    if (this.#heldBytes + tail.length <= this.#limit) {
      this.#append(tail);
      return;
    }
    // Reported as it passes the cap, not at its end: an endless line would never be reported at all.
    frames.push({ kind: "oversize", limit: this.#limit });
    this.#skipping = true;
    this.#drop();
  }

  #joined(tail: Uint8Array): Uint8Array {
    this.#append(tail);
    return this.#held.subarray(0, this.#heldBytes);
  }

  /**
   * Copies, and never keeps a list of views: a peer that sends one byte at a time would make each view hold a whole
   * chunk. Doubling keeps the sum of all copies linear.
   */
  #append(tail: Uint8Array): void {
    const needed = this.#heldBytes + tail.length;
    if (needed > this.#held.length) {
      const room = Math.min(this.#limit, Math.max(needed, 2 * this.#held.length, FIRST_BUFFER_BYTES));
      const larger = new Uint8Array(room);
      larger.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = larger;
    }
    this.#held.set(tail, this.#heldBytes);
    this.#heldBytes = needed;
  }

  /** Forgets the held bytes. Their buffer may be in a frame by now, so it is never written to again. */
  #drop(): void {
    this.#held = NO_BYTES;
    this.#heldBytes = 0;
  }
}

function withoutReturn(line: Uint8Array): Uint8Array {
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}
