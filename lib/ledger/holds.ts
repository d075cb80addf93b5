/** Calls that wait for a person. A hold ends exactly once: its row goes away in the commit of the entry that ends it. */
import { Fault } from "../base/mod.ts";
import { bookKey, needsOfMarks } from "../meter/mod.ts";
import { type Decision, type Effects, effectsOf, type ReasonCode, type Ref } from "../verdict/mod.ts";
import type { Chain } from "./chain.ts";
import { chargeFields } from "./compose.ts";
import { loadBook } from "./load_book.ts";
import type { LedgerStore } from "./port.ts";
import { type HoldRow, readHoldRow, sealRow } from "./rows.ts";
import type { Tip } from "./tip.ts";

// Three rows each, in commits of at most 1,000.
const ENDED_AT_ONCE = 150;
// A value of the store has at most 64 KiB.
const MAX_HOLD_BYTES = 60 * 1024;

/** What is said in the end about a held call. */
export interface HoldEnding {
  readonly decision: "allow" | "deny";
  readonly reason: ReasonCode | string;
  readonly note?: string;
  readonly by?: string;
  /** Labels that a person took off the session. */
  readonly cleared?: readonly string[];
}

/** The hold of a call, while it waits. */
export async function readHold(store: LedgerStore, call: number): Promise<HoldRow | undefined> {
  const cell = await store.read("hold", call);
  return cell === undefined ? undefined : readHoldRow(cell.value);
}

/** The bytes of a hold's row. Throws Fault `ledger` for a decision that is too large to be kept. */
export function sealHold(hold: HoldRow): Uint8Array {
  const bytes = sealRow({ ...hold, decision: shortened(hold.decision) as Decision });
  if (bytes.length <= MAX_HOLD_BYTES) return bytes;
  throw new Fault(
    "ledger",
    `Cannot hold a call: its decision has ${bytes.length} bytes, want ${MAX_HOLD_BYTES}`,
  );
}

/** The same data with names of meters and scopes as the store calls them: a peer can make a name as long as a frame. */
function shortened(value: unknown, name?: string): unknown {
  if (typeof value === "string") return name === "meter" || name === "scope" ? bookKey(value) : value;
  if (Array.isArray(value)) return value.map((item) => shortened(item));
  if (typeof value !== "object" || value === null) return value;
  const stated = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(stated.map(([key, member]) => [key, shortened(member, key)]));
}

/** Remembers a call that waits, in the commit of its entry. */
export function beginHold(tip: Tip, call: number, sealed: Uint8Array): void {
  tip.change({ table: "hold", key: call, value: sealed });
}

/** How a hold ends: what the entry says, and what it leaves in meters and history. */
export interface EndOfHold {
  readonly hold: HoldRow;
  readonly ending: HoldEnding;
  readonly effects: Effects;
  readonly timeMicros: number;
}

/**
 * Answers a held call with an entry. The caller has read `hold` on this very tip: if somebody else ends it first, the
 * head has moved and the commit does not happen.
 */
export function endHold(tip: Tip, call: number, { hold, ending, effects, timeMicros }: EndOfHold): Ref {
  const { decision, reason, note, by, cleared = [] } = ending;
  const settle = tip.book.prepare(effects, timeMicros);
  const fields = {
    ...hold.call,
    kind: "approval" as const,
    session: hold.session,
    call,
    decision,
    verdict: decision === "allow" ? "forward" as const : "refuse" as const,
    reason,
    ...chargeFields(effects.charges, hold.call.tool ?? ""),
    ...(cleared.length === 0 ? {} : { cleared }),
    ...(note === undefined ? {} : { note }),
    ...(by === undefined ? {} : { by }),
  };
  const ref = tip.add(fields, { timeMicros });
  settle();
  tip.change({ table: "hold", key: call });
  tip.change({ table: "answer", key: call, value: sealRow({ seq: ref.seq }) });
  return ref;
}

/**
 * Refuses a held call: it leaves what a refused call leaves. Where the history's row is damaged it leaves nothing: what
 * looks at that row is refused anyway, and a session that could not end would keep everybody from opening the ledger.
 */
export async function refuseHold(
  tip: Tip,
  store: LedgerStore,
  { call, hold, ending }: { readonly call: number; readonly hold: HoldRow; readonly ending: HoldEnding },
): Promise<Ref> {
  const wanted = effectsOf(hold.decision, "refused");
  await loadBook(tip.book, store, [needsOfMarks(wanted.marks)]);
  const timeMicros = tip.now();
  const effects = canSettle(tip, wanted, timeMicros) ? wanted : NO_EFFECTS;
  return endHold(tip, call, { hold, ending, effects, timeMicros });
}

const NO_EFFECTS: Effects = { charges: [], marks: [] };

function canSettle(tip: Tip, effects: Effects, timeMicros: number): boolean {
  try {
    tip.book.prepare(effects, timeMicros);
    return true;
  } catch (thrown) {
    if (thrown instanceof Fault) return false;
    throw thrown;
  }
}

/** Refuses what sessions that end still hold: nobody is there to forward it any more. */
export async function endHolds(
  chain: Chain,
  store: LedgerStore,
  sessions: ReadonlySet<string>,
): Promise<void> {
  const ending: HoldEnding = { decision: "deny", reason: "cancelled" };
  for (let ended = 1; ended > 0;) {
    ended = await chain.append(async (tip) => {
      const holds = await holdsOf(store, sessions);
      let fitting = 0;
      // Large entries fill a commit before there are many of them; what does not fit has the next one.
      for (const [call, hold] of holds) {
        if (!tip.hasRoom) break;
        await refuseHold(tip, store, { call, hold, ending });
        fitting++;
      }
      return fitting;
    });
  }
}

async function holdsOf(
  store: LedgerStore,
  sessions: ReadonlySet<string>,
): Promise<readonly (readonly [number, HoldRow])[]> {
  const found: (readonly [number, HoldRow])[] = [];
  for await (const { key, value } of store.scan("hold")) {
    const hold = readHoldRow(value);
    if (typeof key === "number" && sessions.has(hold.session)) found.push([key, hold]);
    if (found.length === ENDED_AT_ONCE) break;
  }
  return found;
}
