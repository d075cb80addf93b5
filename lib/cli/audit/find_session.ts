/** Which session a person means by the beginning of its id. */
import { Fault, rfc3339Micros } from "../../base/mod.ts";
import type { LedgerReader } from "../../ledger/mod.ts";
import { printable } from "../render.ts";

const ID_LENGTH = 36;
const NAMED = 8;

/** A session, and where its first entry stands. */
export interface FoundSession {
  readonly session: string;
  readonly from: number;
}

/**
 * The one session whose id begins with `prefix`; `undefined` where there is none. Throws Fault `usage` where there are
 * several, and names them. An id of ours begins with its instant (UUID version 7), so that only the entries from there on
 * are looked at; where these have none, all are.
 */
export async function findSession(
  reader: LedgerReader,
  prefix: string,
  onStep: () => void,
): Promise<FoundSession | undefined> {
  const span = spanOf(prefix);
  const from = span === undefined ? 0 : await reader.firstAt(span.low);
  const found = await sessionsFrom(reader, { prefix, from, until: span?.high, onStep });
  const all = found.size > 0 || from === 0 ? found : await sessionsFrom(reader, { prefix, from: 0, onStep });
  if (all.size > 1) throw ambiguous(prefix, [...all.keys()]);
  const [only] = all;
  return only === undefined ? undefined : { session: only[0], from: only[1] };
}

interface Search {
  readonly prefix: string;
  readonly from: number;
  /** Sessions that begin later than this are not meant. */
  readonly until?: string | undefined;
  readonly onStep: () => void;
}

async function sessionsFrom(
  reader: LedgerReader,
  { prefix, from, until, onStep }: Search,
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for await (const { seq, stored } of reader.oldestFirst(from)) {
    onStep();
    if (stored === undefined) continue;
    const { session, time } = stored.entry;
    if (session.startsWith(prefix) && !found.has(session)) found.set(session, seq);
    // An id's instant is that of its making; the first entry is written right after, at the time of a later batch at most.
    if (found.size > 0 && (prefix.length >= ID_LENGTH || until !== undefined && time > until)) break;
  }
  return found;
}

/** The instants that ids with this beginning can have been made at, as entries write times. */
function spanOf(prefix: string): { readonly low: string; readonly high: string } | undefined {
  const digits = prefix.slice(0, 13).replace("-", "");
  if (!/^[0-9a-f]{4,12}$/.test(digits)) return undefined;
  const low = parseInt(digits.padEnd(12, "0"), 16), high = parseInt(digits.padEnd(12, "f"), 16);
  if (high > 8_640_000_000_000_000 / 1000) return undefined;
  return { low: rfc3339Micros(low * 1000), high: rfc3339Micros((high + 1) * 1000) };
}

function ambiguous(prefix: string, sessions: readonly string[]): Fault {
  const named = sessions.slice(0, NAMED).map(printable).join(", ");
  const more = sessions.length > NAMED ? ` and ${sessions.length - NAMED} more` : "";
  return new Fault(
    "usage",
    `Cannot choose a session: ${sessions.length} begin with "${prefix}": ${named}${more}`,
    { hint: "write more of the id" },
  );
}
