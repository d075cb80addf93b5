import type { ReadFrame } from "../../wire/mod.ts";

// Above this nothing more is read from the network until somebody took what is here.
const HIGH_WATER_BYTES = 8 * 1024 * 1024;
// What a frame costs beside its bytes, so that a million empty ones are no way around the mark.
const FRAME_COST_BYTES = 256;

/** Frames on their way to the gate: many put them in, one takes them out, and whoever puts waits while there are many. */
export class FrameQueue implements AsyncIterable<readonly ReadFrame[]> {
  #frames: ReadFrame[] = [];
  #waiting = 0;
  #ended = false;
  #more = Promise.withResolvers<void>();
  #room: PromiseWithResolvers<void> | undefined;

  /** Resolves once there is room for the next. After the end a frame is dropped. */
  put(frame: ReadFrame): Promise<void> {
    if (this.#ended) return Promise.resolve();
    this.#frames.push(frame);
    this.#waiting += frame.bytes + FRAME_COST_BYTES;
    this.#more.resolve();
    if (this.#waiting < HIGH_WATER_BYTES) return Promise.resolve();
    return (this.#room ??= Promise.withResolvers<void>()).promise;
  }

  /** Nothing comes any more. */
  end(): void {
    this.#ended = true;
    this.#more.resolve();
    this.#room?.resolve();
  }

  /** All that is there, again and again; to be taken by one alone. */
  async *[Symbol.asyncIterator](): AsyncIterator<readonly ReadFrame[]> {
    for (;;) {
      if (this.#frames.length > 0) yield this.#takeAll();
      else if (this.#ended) return;
      else {
        this.#more = Promise.withResolvers<void>();
        await this.#more.promise;
      }
    }
  }

  #takeAll(): readonly ReadFrame[] {
    const frames = this.#frames;
    this.#frames = [];
    this.#waiting = 0;
    this.#room?.resolve();
    this.#room = undefined;
    return frames;
  }
}
