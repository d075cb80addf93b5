import type { Entry } from "../../lib/ledger/mod.ts";

/** An entry at a place, one second after the one before it. */
export function entryAt(seq: number, over: Partial<Entry> = {}): Entry {
  return {
    v: 1,
    seq,
    id: "01a0c450-6c00-732e-97b2-9dc2b7eee311",
    time: `${new Date(Date.UTC(2026, 10, 20) + seq * 1000).toISOString().slice(0, -1)}000Z`,
    prev: "0".repeat(64),
    kind: "call",
    session: "01a0c450-6c00-7b24-888c-a7dd2003e295",
    agent: { id: "my-agent", roles: [], verified: false },
    server: "files",
    ...over,
  };
}
