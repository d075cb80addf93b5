/** Where messages of the client belong: a connection that carries everything, or one of many exchanges over HTTP. */
import type { Challenge, ClientPlace } from "../wire/mod.ts";
import type { ReplyPlace } from "./call.ts";
import { Lane, type Slot } from "./lane.ts";

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

  challenge(challenge: Challenge): void {
    this.#place.challenge?.(challenge);
  }
}

/** The client's one connection, by way of whoever stands between: the answer keeps its order with all that goes there. */
export class ConnectionPlace implements ReplyPlace {
  readonly scope: string;
  readonly #place: ClientPlace;
  readonly #lane: Lane;

  /** `lane`: of what no request of the client asked for. */
  constructor(place: ClientPlace, lane: Lane) {
    this.scope = place.scope;
    this.#place = place;
    this.#lane = lane;
  }

  reserve(): Slot {
    return this.#lane.reserve((line) => this.#place.reply(line));
  }

  challenge(challenge: Challenge): void {
    this.#place.challenge?.(challenge);
  }
}
