/** From a call to its entry: the verdict is settled here, with the numbers of this very commit. */
import { Fault } from "../base/mod.ts";
import { type Needs, needsOf } from "../meter/mod.ts";
import {
  type CallRecord,
  type Charge,
  type Decision,
  type Effects,
  effectsOf,
  type Fate,
  type Ref,
  type Remask,
  resolve,
  settleCall,
  type SettledCall,
  type WorkerName,
  type Written,
} from "../verdict/mod.ts";
import { callFields, type Naming } from "./compose.ts";
import type { EntryFields } from "./entry.ts";
import { beginHold, sealHold } from "./holds.ts";
import { waitsFor } from "./open_work.ts";
import type { DraftDeps, Drafted, Item } from "./drafting.ts";
import type { Tip } from "./tip.ts";

// A call of more meters than this is a mistake in the policy.
const MAX_CHARGES = 32;
const NO_EFFECTS: Effects = { charges: [], marks: [] };

/** A call as it is going to be written. Everything that can fail has been done. */
interface Prepared {
  readonly settled: SettledCall;
  readonly fields: EntryFields;
  /** The row of a call that waits for a person. */
  readonly hold: Uint8Array | undefined;
  /** Makes its charges and puts its marks. */
  readonly settle: () => void;
}

/** Puts the entry of a call on the tip, with its charges and marks; or nothing, where it has to be masked otherwise. */
export function draftCall(item: Item, record: CallRecord, deps: DraftDeps): Drafted {
  const { tip, session } = deps;
  const timeMicros = tip.now();
  const prepared = prepareOrRefuse({ item, record: withDrift(record, deps), deps, timeMicros });
  if ("remask" in prepared) return { item, written: prepared, apply: () => {} };
  const { settled, fields, hold, settle } = prepared;
  const { kept } = item;
  const keeps = kept !== undefined && isLetPass(settled);
  if (keeps && !kept.isReady) return { item, stage: kept };
  const ref = tip.add(fields, { id: item.id, timeMicros });
  if (keeps) kept.put(tip);
  settle();
  if (hold !== undefined) beginHold(tip, ref.seq, hold);
  const waiting = waitsFor(fields);
  return {
    item,
    written: { ref, settled },
    keeps,
    finish: finishOf(prepared, ref, { item, record, deps }),
    apply: () => {
      if (waiting !== undefined) session.work.set(ref.seq, waiting);
      if (waiting === "held" && kept !== undefined) deps.held.set(ref.seq, kept);
    },
  };
}

/** A call that may leave takes its attestation along. Nothing is signed for one that may not. */
function finishOf(
  { settled, fields }: Prepared,
  ref: Ref,
  { item, record: { attestFor, enforced }, deps }: Omit<Drafting, "timeMicros">,
): (() => Written) | undefined {
  if (attestFor === undefined || !enforced || !isLetPass(settled)) return undefined;
  return () => ({
    ref,
    settled,
    attestation: deps.attestor.attest({ ...fields, id: item.id }, ref, attestFor),
  });
}

/** Nothing is kept of what was refused, nor in a dry run of what would have been: it may hold what must not be kept. */
function isLetPass({ verdict }: SettledCall): boolean {
  return verdict === "forward" || verdict === "redact";
}

/** A tool whose definition nobody accepted is refused, whatever the policy says; what is pinned is as of this commit. */
function withDrift(record: CallRecord, { pins }: DraftDeps): CallRecord {
  const { called, invalid } = record;
  if (pins === undefined || called === undefined || invalid !== undefined) return record;
  return pins.of(record.server)?.refuses(called) === true ? { ...record, invalid: "drift" } : record;
}

interface Drafting {
  readonly item: Item;
  readonly record: CallRecord;
  readonly deps: DraftDeps;
  readonly timeMicros: number;
}

/** A call that we cannot settle, as where a meter's row is damaged, is refused, and its entry says why. */
function prepareOrRefuse(drafting: Drafting): Prepared | Remask {
  const { record } = drafting;
  try {
    return prepare(drafting);
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    const settled = settleCall(factsOf(record, record.decision, ["ledger"]));
    const { decision } = record;
    const fields = entryOf(drafting, { settled, decision, effects: NO_EFFECTS, fault: thrown.message });
    return { settled, fields, hold: undefined, settle: () => {} };
  }
}

function prepare(drafting: Drafting): Prepared | Remask {
  const { record, deps: { tip }, timeMicros } = drafting;
  const needs = record.decision === undefined ? undefined : needsOf(record.decision);
  if (needs !== undefined) checkRoom(tip, needs);
  const decision = record.decision && resolve(record.decision, tip.book.at(timeMicros));
  const wanted = settleCall(factsOf(record, decision));
  const masks = masksWanted(record, decision, wanted);
  if (masks !== undefined && !record.again) return { remask: masks };
  // Asked twice and still without a mask that it needs: whoever masked it did not do what was decided.
  const settled = masks === undefined ? wanted : settleCall(factsOf(record, decision, ["policy"]));
  const effects = effectsOn(record, decision, settled);
  const settle = tip.book.prepare(effects, timeMicros);
  const fields = entryOf(drafting, { settled, decision, effects });
  return { settled, fields, hold: holdOf(drafting, settled, fields), settle };
}

function factsOf(
  record: CallRecord,
  decision: Decision | undefined,
  faults: readonly WorkerName[] = [],
): Parameters<typeof settleCall>[0] {
  const { invalid, report, masked, form } = record;
  return {
    ...(decision === undefined ? {} : { decision }),
    ...(invalid === undefined ? {} : { invalid }),
    report,
    faults: faults.length === 0 ? record.faults : faults,
    masked,
    form,
  };
}

/** The masks that the resolved decision asks for, where others were put on; `undefined` where all is as it should be. */
function masksWanted(
  { masks, again }: CallRecord,
  decision: Decision | undefined,
  { verdict }: SettledCall,
): readonly string[] | undefined {
  const wanted = decision?.duties.redactFields ?? [];
  if (verdict === "refuse" || (wanted.length === 0 && masks.length === 0)) return undefined;
  const all = wanted.every((field) => masks.includes(field));
  const same = all && (again || masks.every((field) => wanted.includes(field)));
  return same ? undefined : wanted;
}

/** What the call leaves behind: in a dry run it leaves all the same, whatever was decided. */
function effectsOn(record: CallRecord, decision: Decision | undefined, { verdict }: SettledCall): Effects {
  const fate = record.enforced ? FATES[verdict] : "forwarded";
  if (decision === undefined || fate === undefined) return NO_EFFECTS;
  const { charges, marks } = effectsOf(decision, fate);
  return { charges: oncePerMeter(charges), marks };
}

const FATES: Readonly<Record<SettledCall["verdict"], Fate | undefined>> = {
  forward: "forwarded",
  redact: "forwarded",
  refuse: "refused",
  hold: undefined, // it leaves nothing until it is answered
};

/** Each charge once, and not more meters than a commit can hold. Throws Fault `ledger`. */
export function oncePerMeter(charges: readonly Charge[]): readonly Charge[] {
  if (charges.length < 2) return charges;
  const each = [...new Map(charges.map((charge) => [JSON.stringify(charge), charge])).values()];
  if (each.length <= MAX_CHARGES) return each;
  throw new Fault("ledger", `Cannot charge a call: ${each.length} charges, at most ${MAX_CHARGES} are kept`, {
    hint: "give rules that share a limit one meter",
  });
}

/** Meters and histories that are nearly as large as the store allows: one commit does not hold many of them. */
function checkRoom(tip: Tip, needs: Needs): void {
  if (tip.holds(needs)) return;
  throw new Fault("ledger", "Cannot charge a call: its meters and histories are too large for one commit");
}

interface Made {
  readonly settled: SettledCall;
  readonly decision: Decision | undefined;
  readonly effects: Effects;
  readonly fault?: string;
}

function entryOf({ item, record, deps: { session, digester } }: Drafting, made: Made): EntryFields {
  const naming: Naming = { id: item.id, digester };
  const { effects, ...rest } = made;
  const input = item.payload ?? { bytes: 0 };
  return callFields(record, { session: session.id, naming, input, charges: effects.charges, ...rest });
}

function holdOf(
  { record: { decision, masks, enforced }, deps: { session } }: Drafting,
  { verdict, reason, rules }: SettledCall,
  { agent, direction, form, method, server, tool }: EntryFields,
): Uint8Array | undefined {
  if (verdict !== "hold" || !enforced || decision === undefined) return undefined;
  const call = { agent, server, ...stated({ direction, form, method, tool }) };
  return sealHold({ session: session.id, reason, rules, masks, decision, call });
}

/** The members of `object` that have a value: absent and `undefined` are two things to the compiler. */
function stated<T extends Record<string, unknown>>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never;
}
