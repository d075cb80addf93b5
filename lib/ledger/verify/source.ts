import type { LedgerStore } from "../port.ts";

/** What a verifier reads from. */
export type VerifySource = Pick<LedgerStore, "read" | "scan">;

/** The store failed to hand something out: a file that is damaged, or is no store. A mistake of ours is not this. */
export class Unreadable extends Error {}

/** The source, whose failures are told from ours. */
export function guarded(source: VerifySource): VerifySource {
  return {
    read: async (table, key) => {
      try {
        return await source.read(table, key);
      } catch (cause) {
        throw unreadable(cause);
      }
    },
    scan: async function* (table, scan) {
      try {
        yield* source.scan(table, scan);
      } catch (cause) {
        throw unreadable(cause);
      }
    },
  };
}

function unreadable(cause: unknown): Unreadable {
  return new Unreadable(cause instanceof Error ? cause.message : "no reason given", { cause });
}
