/** Which calls of a session wait for something: for a person (`held`) or for their outcome (`owed`). */
import type { Entry } from "./entry.ts";
import type { LedgerStore } from "./port.ts";
import { readRecord, readStub } from "./record.ts";

// As many as fit an entry: 3,000 numbers of 16 digits are 51 KB.
const MAX_LISTED = 3000;

export type Waiting = "owed" | "held";
/** By `seq` of the call, in order. */
export type OpenWork = Map<number, Waiting>;

/** What an entry leaves open: a held call waits for an answer, a request that may leave waits for its outcome. */
export function waitsFor(
  { verdict, enforced, form }: Pick<Entry, "verdict" | "enforced" | "form">,
): Waiting | undefined {
  if (verdict === "hold" && enforced !== false) return "held";
  if (form !== undefined) return undefined; // notices and inputs are never answered
  // In a dry run everything leaves, whatever the verdict.
  return verdict === "forward" || verdict === "redact" || enforced === false ? "owed" : undefined;
}

/** Takes one entry of the session into account. */
export function follow(work: OpenWork, entry: Entry): void {
  switch (entry.kind) {
    case "call": {
      const waiting = waitsFor(entry);
      if (waiting !== undefined) work.set(entry.seq, waiting);
      return;
    }
    case "outcome":
      work.delete(entry.call ?? -1);
      return;
    case "approval":
      if (entry.decision === "allow" && entry.form === undefined) work.set(entry.call ?? -1, "owed");
      else work.delete(entry.call ?? -1);
      return;
    case "recovered":
      for (const call of entry.calls ?? []) work.delete(call);
  }
}

/** What a session has open at `until` (exclusive). `from`: nothing before it is open. */
export async function readOpenWork(
  store: LedgerStore,
  session: string,
  { from, until }: { readonly from: number; readonly until: number },
): Promise<OpenWork> {
  const work: OpenWork = new Map();
  for await (const { value } of store.scan("entry", { from, until })) {
    if (readStub(value) !== undefined) continue; // of a session that has ended: nothing else is pruned
    const { entry } = readRecord(value);
    if (entry.session === session) follow(work, entry);
  }
  return new Map([...work].sort(([a], [b]) => a - b));
}

/** The calls that wait for their outcome, as the last entry of a session names them: the first of them, and how many more. */
export function leftBehind(work: OpenWork): { readonly calls?: readonly number[]; readonly more?: number } {
  const calls = [...work].filter(([, waiting]) => waiting === "owed").map(([call]) => call);
  const more = calls.length - MAX_LISTED;
  if (calls.length === 0) return {};
  return more > 0 ? { calls: calls.slice(0, MAX_LISTED), more } : { calls };
}
