/** A place in the order of a lane. Filled once: with the line to send, or with nothing. */
export interface Slot {
  readonly filled: boolean;
  fill(line?: string): void;
}

/**
 * Keeps order towards one peer. A message takes its place when it arrives and fills it when it is judged; what was
 * judged early waits for those before it. A message that waits for a person gives its place up and comes back at the end.
 */
export class Lane {
  readonly #send: (line: string) => void;
  readonly #places: Place[] = [];
  #first = 0;

  constructor(send: (line: string) => void) {
    this.#send = send;
  }

  /** `deliver`: takes what the place is filled with, also if that is nothing, where it does not go the way of the others. */
  reserve(deliver?: (line: string | undefined) => void): Slot {
    const place: Place = { filled: false, line: undefined, deliver };
    this.#places.push(place);
    return {
      get filled() {
        return place.filled;
      },
      fill: (line) => {
        if (place.filled) throw new Error("internal error: gate: a place in a lane was filled twice");
        place.filled = true;
        place.line = line;
        this.#flush();
      },
    };
  }

  /** Sends a line behind everything that has a place by now. */
  push(line: string): void {
    this.reserve().fill(line);
  }

  #flush(): void {
    for (let place = this.#places[this.#first]; place?.filled; place = this.#places[++this.#first]) {
      if (place.deliver !== undefined) place.deliver(place.line);
      else if (place.line !== undefined) this.#send(place.line);
    }
    // The filled head is cut off in large pieces: `shift` on a long array would cost its length each time.
    if (this.#first === this.#places.length || this.#first > 1024) {
      this.#places.splice(0, this.#first);
      this.#first = 0;
    }
  }
}

/** What lines are given to. */
export type Outlet = Pick<Lane, "reserve" | "push">;

/** The places of `lane`, and another way out of them. */
export function inLane(lane: Lane, send: (line: string) => void): Outlet {
  const reserve = () => lane.reserve((line) => line !== undefined && send(line));
  return { reserve, push: (line) => reserve().fill(line) };
}

/** Does `work`, and frees `place` should a mistake of ours keep it from being filled: the lane must not stop there. */
export async function fillAfter(place: Slot, work: Promise<void>): Promise<void> {
  try {
    await work;
  } finally {
    if (!place.filled) place.fill();
  }
}

interface Place {
  filled: boolean;
  line: string | undefined;
  readonly deliver: ((line: string | undefined) => void) | undefined;
}
