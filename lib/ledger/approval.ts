/** A person's answer to a held call, from another process than the one that holds it. */
import { type Clock, err, Fault, ok, type Result, rfc3339Micros } from "../base/mod.ts";
import { fitsAt, type MeterCharge } from "../meter/mod.ts";
import type { ReasonCode, Ref } from "../verdict/mod.ts";
import { Chain } from "./chain.ts";
import { noteText } from "./compose.ts";
import type { Entry } from "./entry.ts";
import { endHold, readHold } from "./holds.ts";
import type { Keys, LedgerStore, SessionLocks } from "./port.ts";
import { readRecord, readTrustedRecord } from "./record.ts";
import { recoverDeadSessions } from "./recover.ts";
import { type HoldRow, readAnswerRow } from "./rows.ts";
import type { Tip } from "./tip.ts";

const PATIENCE_MS = 10_000;

/** What a person says about a held call. */
export interface PersonsAnswer {
  /** `seq` of the call. */
  readonly call: number;
  readonly decision: "allow" | "deny";
  /** The code to record; by default `approval-denied`, or for an approval the reason why the call was held. */
  readonly reason?: ReasonCode;
  /** The person's own words. */
  readonly note?: string;
  /** Who answers. */
  readonly by?: string;
}

export interface AnswerDeps {
  readonly store: LedgerStore;
  readonly keys: Keys;
  readonly locks: SessionLocks;
  readonly clock: Clock;
}

/**
 * Answers a held call with an entry: in one commit with it the hold ends and, for an approval, the charges of the call
 * are made with the numbers of now. The error is a phrase that says why there is nothing to answer.
 */
export async function answerCall(deps: AnswerDeps, answer: PersonsAnswer): Promise<Result<Ref, string>> {
  const { store, keys, clock, locks } = deps;
  const chain = new Chain({ store, keys, clock });
  // A session that died holds nothing any more: its calls are answered before a person may think to have let one pass.
  await recoverDeadSessions({ chain, store, locks });
  return await chain.append(async (tip) => {
    const hold = await readHold(store, answer.call);
    // A hold row that was put back after its answer must not have us sign a second one.
    const answered = await store.read("answer", answer.call) !== undefined;
    if (hold === undefined || answered) return err(await whyNotHeld(store, answer.call));
    await checkHeldEntry(deps, answer.call);
    const exceeded = answer.decision === "allow" ? await chargeNow(tip, store, hold) : undefined;
    return exceeded === undefined ? ok(end(tip, hold, answer)) : err(whenItFits(tip, exceeded));
  }, PATIENCE_MS);
}

function end(tip: Tip, hold: HoldRow, { call, decision, reason, note, by }: PersonsAnswer): Ref {
  const code = reason ?? (decision === "allow" ? hold.reason : "approval-denied");
  const words = {
    ...(note === undefined ? {} : { note: noteText(note) }),
    ...(by === undefined ? {} : { by: noteText(by) }),
  };
  return endHold(tip, call, { hold, ending: { decision, reason: code, ...words } });
}

/** The row that says "held" may be anybody's; the entry that says so is signed. */
async function checkHeldEntry({ store, keys }: AnswerDeps, call: number): Promise<void> {
  const cell = await store.read("entry", call);
  const entry = cell === undefined ? undefined : readTrustedRecord(cell.value, keys.publicKey)?.entry;
  if (entry?.kind === "call" && entry.seq === call && entry.verdict === "hold") return;
  throw new Fault("ledger", `Cannot answer entry ${call}: no entry that we signed says that it is held`, {
    hint: "countersign verify",
  });
}

async function chargeNow(
  tip: Tip,
  store: LedgerStore,
  { charges }: HoldRow,
): Promise<MeterCharge | undefined> {
  await tip.meters.load(store, charges.map(({ meter }) => meter));
  return tip.meters.charge(charges, tip.now());
}

function whenItFits(tip: Tip, charge: MeterCharge): string {
  const now = tip.now();
  const at = fitsAt(tip.meters.state(charge.meter), charge, now);
  const used = `its limit is used up (${charge.limit} in ${charge.windowMs / 1000} s)`;
  if (at === undefined) return `${used}, and it needs more than there ever are`;
  return `${used}; it fits in ${Math.ceil((at - now) / 1_000_000)} s, at ${rfc3339Micros(at)}`;
}

async function whyNotHeld(store: LedgerStore, call: number): Promise<string> {
  const answer = await store.read("answer", call);
  if (answer !== undefined) return whoAnswered(await entryAt(store, readAnswerRow(answer.value).seq));
  const entry = await entryAt(store, call);
  if (entry === undefined) return "there is no such entry";
  if (entry.kind !== "call") return `it is an entry of kind ${entry.kind}, not a call`;
  return `it is not held: its verdict is ${entry.verdict}`;
}

function whoAnswered(entry: Entry | undefined): string {
  if (entry === undefined) return "it is answered already";
  if (entry.decision === "allow") return `it is approved already, by entry ${entry.seq}`;
  const how: Readonly<Record<string, string>> = {
    "approval-expired": "it has expired",
    "cancelled": "it was cancelled, or its session ended",
  };
  return `${how[entry.reason ?? ""] ?? "it is denied already"} (entry ${entry.seq})`;
}

async function entryAt(store: LedgerStore, seq: number): Promise<Entry | undefined> {
  const cell = await store.read("entry", seq);
  return cell === undefined ? undefined : readRecord(cell.value).entry;
}
