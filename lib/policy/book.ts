import type { Effects, Usage } from "../verdict/mod.ts";

/**
 * Limits and history while calls are tried out. This room has no state of its own: whoever tries hands a book in. Instants
 * are milliseconds since the epoch, and none is earlier than the one before.
 */
export interface Book {
  usageAt(nowMs: number): Usage;
  apply(effects: Effects, nowMs: number): void;
  /** The session is over: nothing asks for what was its own any more. */
  end(session: string): void;
}
