/** Where messages of the client belong: a connection that carries everything, or one of many exchanges over HTTP. */
import type { ReplyPlace } from "./call.ts";
import { Lane, type Slot } from "./lane.ts";

/**
 * Where a frame of the client belongs when several of its exchanges are open at once. Each takes lines as they come and
 * never waits.
 */
export interface ClientPlace {
  /**
   * The ids of requests are looked up within it: two clients may use the same ones. Chosen by the transport, never by a
   * peer, and without a slash. Empty: the scope that frames without a place have.
   */
  readonly scope: string;
  /** Takes the one answer to the frame, behind all that came beside it; no line where none is due any more. */
  reply(line?: string): void;
  /** Takes what belongs to the frame and comes before its answer: progress, subscriptions, what was asked on its behalf. */
  beside(line: string): void;
}

/** One exchange. Its notices and its answer share a lane: no notice that came before the answer arrives behind it. */
export class ExchangePlace implements ReplyPlace {
  readonly scope: string;
  readonly beside: Lane;
  readonly #place: ClientPlace;

  constructor(place: ClientPlace) {
    this.scope = place.scope;
    this.#place = place;
    this.beside = new Lane((line) => place.beside(line));
  }

  reserve(): Slot {
    return this.beside.reserve((line) => this.#place.reply(line));
  }
}
