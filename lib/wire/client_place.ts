import type { Challenge } from "./challenge.ts";
import type { Frame } from "./frame.ts";

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
  /** Is it the client's one connection? Its answers keep their order with what no request asked for, then. */
  readonly isConnection?: boolean;
  /** Takes the one answer to the frame, behind all that came beside it; no line where none is due any more. */
  reply(line?: string): void;
  /** Takes what belongs to the frame and comes before its answer: progress, subscriptions, what was asked on its behalf. */
  beside(line: string): void;
  /** The answer that comes next is that the server does not know who calls, or does not let them. Over HTTP a status says so. */
  challenge?(challenge: Challenge): void;
}

/** What takes the messages of one client: a gate, or what stands between the client and its gates. */
export interface FrameTaker {
  /** Takes one frame; without a place its answers go to the client's one connection. ATTACKER-CONTROLLED. Never throws. */
  take(frame: Frame, place?: ClientPlace): void;
  /** Resolves when it can take more without piling up work. Whoever feeds it waits for this. */
  room(): Promise<void>;
}
