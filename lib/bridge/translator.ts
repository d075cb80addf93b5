import type { ClientPlace, ReadFrame } from "../wire/mod.ts";

/** One direction of translation. */
export interface Translator {
  /** Takes a frame of the client. ATTACKER-CONTROLLED. Never throws. */
  take(frame: ReadFrame, place?: ClientPlace): void;
  /** Takes a line of the gate that no request asked for. */
  hear(line: string): void;
  /** As {@link hear}, for a line that is about a request that has ended. */
  hearLate(line: string): void;
  /** The client sends nothing more. */
  clientDone(): void;
}
