/** Calls that wait for a person. A hold ends exactly once: its row goes away in the commit of the entry that ends it. */
import type { ReasonCode, Ref } from "../verdict/mod.ts";
import type { Chain } from "./chain.ts";
import { chargeFields } from "./compose.ts";
import type { LedgerStore } from "./port.ts";
import { type HoldRow, readHoldRow, sealRow } from "./rows.ts";
import type { Tip } from "./tip.ts";

// Three rows each, in commits of at most 1,000.
const ENDED_AT_ONCE = 150;

/** What is said in the end about a held call. */
export interface HoldEnding {
  readonly decision: "allow" | "deny";
  readonly reason: ReasonCode | string;
  readonly note?: string;
  readonly by?: string;
}

/** The hold of a call, while it waits. */
export async function readHold(store: LedgerStore, call: number): Promise<HoldRow | undefined> {
  const cell = await store.read("hold", call);
  return cell === undefined ? undefined : readHoldRow(cell.value);
}

/** Remembers a call that waits, in the commit of its entry. */
export function beginHold(tip: Tip, call: number, hold: HoldRow): void {
  tip.change({ table: "hold", key: call, value: sealRow(hold) });
}

/**
 * Answers a held call with an entry. The caller has read `hold` on this very tip: if somebody else ends it first, the
 * head has moved and the commit does not happen.
 */
export function endHold(
  tip: Tip,
  call: number,
  { hold, ending }: { readonly hold: HoldRow; readonly ending: HoldEnding },
): Ref {
  const { decision, reason, note, by } = ending;
  const ref = tip.add({
    ...hold.call,
    kind: "approval",
    session: hold.session,
    call,
    decision,
    verdict: decision === "allow" ? "forward" : "refuse",
    reason,
    ...(decision === "allow" ? chargeFields(hold.charges) : {}),
    ...(note === undefined ? {} : { note }),
    ...(by === undefined ? {} : { by }),
  });
  tip.change({ table: "hold", key: call });
  tip.change({ table: "answer", key: call, value: sealRow({ seq: ref.seq }) });
  return ref;
}

/** Refuses what a session that ends still holds: nobody is there to forward it any more. */
export async function endHolds(chain: Chain, store: LedgerStore, session: string): Promise<void> {
  const ending: HoldEnding = { decision: "deny", reason: "cancelled" };
  for (let ended = 1; ended > 0;) {
    ended = await chain.append(async (tip) => {
      const holds = await holdsOf(store, session);
      let fitting = 0;
      // Large entries fill a commit before there are many of them; what does not fit has the next one.
      for (const [call, hold] of holds) {
        if (!tip.hasRoom) break;
        endHold(tip, call, { hold, ending });
        fitting++;
      }
      return fitting;
    });
  }
}

async function holdsOf(
  store: LedgerStore,
  session: string,
): Promise<readonly (readonly [number, HoldRow])[]> {
  const found: (readonly [number, HoldRow])[] = [];
  for await (const { key, value } of store.scan("hold")) {
    const hold = readHoldRow(value);
    if (typeof key === "number" && hold.session === session) found.push([key, hold]);
    if (found.length === ENDED_AT_ONCE) break;
  }
  return found;
}
