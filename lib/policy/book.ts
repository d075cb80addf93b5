import type { Charge, Mark, Usage } from "../verdict/mod.ts";

/**
 * Limits and history while calls are tried out. This room has no state of its own: whoever tries hands a book in. Instants
 * are milliseconds since the epoch, and none is earlier than the one before.
 */
export interface Book {
  usageAt(nowMs: number): Usage;
  charge(charges: readonly Charge[], nowMs: number): void;
  mark(marks: readonly Mark[], nowMs: number): void;
}
