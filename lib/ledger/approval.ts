/** A person's answer to a held call, from another process than the one that holds it. */
import { type Clock, err, Fault, ok, type Result } from "../base/mod.ts";
import type { ReasonCode, Ref } from "../verdict/mod.ts";
import { approve } from "./approve.ts";
import { Chain } from "./chain.ts";
import { noteText } from "./compose.ts";
import type { Entry } from "./entry.ts";
import { type HoldEnding, readHold, refuseHold } from "./holds.ts";
import type { Keys, LedgerStore, SessionLocks } from "./port.ts";
import { readRecord, readStub, readTrustedRecord } from "./record.ts";
import { recoverDeadSessions } from "./recover.ts";
import { readAnswerRow } from "./rows.ts";

const PATIENCE_MS = 10_000;
const MAX_CLEARED = 32;
const MAX_LABEL = 128;

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
  /** Labels to take off the session; only an approval does. */
  readonly cleared?: readonly string[];
}

export interface AnswerDeps {
  readonly store: LedgerStore;
  readonly keys: Keys;
  readonly locks: SessionLocks;
  readonly clock: Clock;
}

/**
 * Answers a held call with an entry: in one commit with it the hold ends and, for an approval, what the policy says with
 * the numbers of now is charged and remembered. The error is a phrase that says why there is nothing to answer. Throws
 * Fault `usage` for labels that cannot be cleared.
 */
export async function answerCall(deps: AnswerDeps, answer: PersonsAnswer): Promise<Result<Ref, string>> {
  const { store, keys, clock, locks } = deps;
  checkLabels(answer);
  const ending = endingOf(answer);
  const chain = new Chain({ store, keys, clock });
  // A session that died holds nothing any more: its calls are answered before a person may think to have let one pass.
  await recoverDeadSessions({ chain, store, locks });
  return await chain.append(async (tip) => {
    const hold = await readHold(store, answer.call);
    // A hold row that was put back after its answer must not have us sign a second one.
    const answered = await store.read("answer", answer.call) !== undefined;
    if (hold === undefined || answered) return err(await whyNotHeld(store, answer.call));
    await checkHeldEntry(deps, answer.call);
    const held = { call: answer.call, hold, ending: { reason: reasonOf(answer, hold.reason), ...ending } };
    if (answer.decision === "allow") return await approve(tip, store, held);
    return ok(await refuseHold(tip, store, held));
  }, { patienceMs: PATIENCE_MS });
}

function reasonOf({ decision, reason }: PersonsAnswer, heldFor: string): string {
  return reason ?? (decision === "allow" ? heldFor : "approval-denied");
}

function endingOf({ decision, note, by, cleared = [] }: PersonsAnswer): Omit<HoldEnding, "reason"> {
  return {
    decision,
    ...(note === undefined ? {} : { note: noteText(note) }),
    ...(by === undefined ? {} : { by: noteText(by) }),
    ...(cleared.length === 0 ? {} : { cleared: [...new Set(cleared)].sort() }),
  };
}

function checkLabels({ decision, cleared = [] }: PersonsAnswer): void {
  const no = (cause: string) => new Fault("usage", `Cannot clear a label: ${cause}`);
  if (cleared.length > 0 && decision !== "allow") throw no("only an approval does");
  if (cleared.length > MAX_CLEARED) throw no(`there are ${cleared.length}, want at most ${MAX_CLEARED}`);
  if (cleared.some((label) => label === "" || label.length > MAX_LABEL || !label.isWellFormed())) {
    throw no(`its name is empty or longer than ${MAX_LABEL} characters`);
  }
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

async function whyNotHeld(store: LedgerStore, call: number): Promise<string> {
  const answer = await store.read("answer", call);
  if (answer !== undefined) return whoAnswered(await entryAt(store, readAnswerRow(answer.value).seq));
  const entry = await entryAt(store, call);
  if (entry === "pruned") return "its session has ended, and its text was pruned";
  if (entry === undefined) return "there is no such entry";
  if (entry.kind !== "call") return `it is an entry of kind ${entry.kind}, not a call`;
  return `it is not held: its verdict is ${entry.verdict}`;
}

function whoAnswered(entry: Entry | "pruned" | undefined): string {
  if (entry === undefined || entry === "pruned") return "it is answered already";
  if (entry.decision === "allow") return `it is approved already, by entry ${entry.seq}`;
  const how: Readonly<Record<string, string>> = {
    "approval-expired": "it has expired",
    "cancelled": "it was cancelled, or its session ended",
  };
  return `${how[entry.reason ?? ""] ?? "it is denied already"} (entry ${entry.seq})`;
}

async function entryAt(store: LedgerStore, seq: number): Promise<Entry | "pruned" | undefined> {
  const cell = await store.read("entry", seq);
  if (cell === undefined) return undefined;
  return readStub(cell.value) === undefined ? readRecord(cell.value).entry : "pruned";
}
