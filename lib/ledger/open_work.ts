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
  { from, until }: Stretch,
): Promise<OpenWork> {
  const works = await readOpenWorks(store, new Map([[session, from]]), until);
  return works.get(session) ?? new Map();
}

/** As {@link readOpenWork} for several sessions, by id, in one reading; `lows`: from where each has to be read. */
export async function readOpenWorks(
  store: LedgerStore,
  lows: ReadonlyMap<string, number>,
  until: number,
): Promise<ReadonlyMap<string, OpenWork>> {
  const works = new Map<string, OpenWork>([...lows.keys()].map((session) => [session, new Map()]));
  const from = Math.min(...lows.values());
  for await (const entry of entriesOf(store, { from, until })) {
    const work = works.get(entry.session);
    if (work !== undefined && entry.seq >= (lows.get(entry.session) ?? 0)) follow(work, entry);
  }
  return new Map([...works].map(([session, work]) => [session, inOrder(work)]));
}

/** `work` with what the entries from `from` on say, whether or not it knew of them. */
export async function followAgain(
  store: LedgerStore,
  session: string,
  { work, from, until }: Stretch & { readonly work: OpenWork },
): Promise<OpenWork> {
  const followed = new Map(work);
  for await (const entry of entriesOf(store, { from, until })) {
    if (entry.session === session) follow(followed, entry);
  }
  return inOrder(followed);
}

interface Stretch {
  readonly from: number;
  readonly until: number;
}

async function* entriesOf(store: LedgerStore, stretch: Stretch): AsyncIterable<Entry> {
  for await (const { value } of store.scan("entry", stretch)) {
    // Of a session that has ended: nothing else is pruned.
    if (readStub(value) === undefined) yield readRecord(value).entry;
  }
}

function inOrder(work: OpenWork): OpenWork {
  return new Map([...work].sort(([a], [b]) => a - b));
}

/** The calls that wait for their outcome, as the last entry of a session names them: the first of them, and how many more. */
export function leftBehind(work: OpenWork): { readonly calls?: readonly number[]; readonly more?: number } {
  const calls = [...work].filter(([, waiting]) => waiting === "owed").map(([call]) => call);
  const more = calls.length - MAX_LISTED;
  if (calls.length === 0) return {};
  return more > 0 ? { calls: calls.slice(0, MAX_LISTED), more } : { calls };
}
