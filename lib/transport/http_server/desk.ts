/** What the parts of the front share. */
import { messageOf } from "../../base/mod.ts";
import type { Budget } from "./budget.ts";
import { type Denial, flood } from "./denial.ts";
import type { HttpAnswer } from "./answer.ts";
import type { ServerLimits } from "./limits.ts";
import type { Caller, SessionPort } from "./ports.ts";
import type { Unread } from "./pressure.ts";
import type { ReplayShelf } from "./replay.ts";

export interface Desk<C extends Caller> {
  readonly limits: ServerLimits;
  /** Monotonic. */
  readonly nowMs: () => number;
  readonly log: (line: string) => void;
  readonly sessions: SessionPort<C>;
  readonly counts: SessionCounts;
  /** Requests that wait for their answers, in all. */
  readonly requests: Budget;
  /** Bytes kept for those who come back, in all. */
  readonly replay: ReplayShelf;
  /** Bytes that were sent and not read yet, in all. */
  readonly unread: Unread;
  /** Sessions that are being closed, and that nobody waits for. */
  readonly endings: Set<Promise<void>>;
  /** Nothing new is begun any more. */
  isDraining: boolean;
}

/** Lets a session end by itself; only the end of the server waits for it. */
export function endAside(desk: Pick<Desk<Caller>, "endings" | "log">, ended: Promise<void>): Promise<void> {
  const ending = ended.catch((error) => desk.log(`a session did not close: ${messageOf(error)}`))
    .finally(() => void desk.endings.delete(ending));
  desk.endings.add(ending);
  return ending;
}

export type Outcome = HttpAnswer | Denial;

export function isDenial(outcome: Outcome): outcome is Denial {
  return "reason" in outcome;
}

/** How many sessions there are, and whose. */
export class SessionCounts {
  readonly #limits: Pick<ServerLimits, "sessions" | "sessionsPerCaller">;
  readonly #byCaller = new Map<string, number>();
  #all = 0;

  constructor(limits: Pick<ServerLimits, "sessions" | "sessionsPerCaller">) {
    this.#limits = limits;
  }

  get all(): number {
    return this.#all;
  }

  /** Counts one more, or says why there must not be one. */
  enter({ key }: Caller): Denial | undefined {
    const own = this.#byCaller.get(key) ?? 0;
    if (this.#all >= this.#limits.sessions || own >= this.#limits.sessionsPerCaller) {
      return flood("There are too many sessions", 30);
    }
    this.#all++;
    this.#byCaller.set(key, own + 1);
    return undefined;
  }

  leave({ key }: Caller): void {
    const own = (this.#byCaller.get(key) ?? 0) - 1;
    this.#all--;
    if (own > 0) this.#byCaller.set(key, own);
    else this.#byCaller.delete(key);
  }
}

export const TOO_MANY_REQUESTS: Denial = flood("Too many requests wait for an answer", 1);
