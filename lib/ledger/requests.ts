/** From one request to its entry on the tip. What a request may not do becomes a fault of its own, not of the batch. */
import { Fault } from "../base/mod.ts";
import {
  type CallRecord,
  type Charge,
  type IncidentRecord,
  type OutcomeRecord,
  settleCall,
  type SettledCall,
  type UnansweredRecord,
  type Written,
} from "../verdict/mod.ts";
import { callFields, incidentFields, outcomeFields } from "./compose.ts";
import type { Digester } from "./digest.ts";
import { beginHold, endHold, readHold } from "./holds.ts";
import { MAX_CHARGES, meterKey } from "./meter_book.ts";
import { waitsFor } from "./open_work.ts";
import type { LedgerStore } from "./port.ts";
import type { Session } from "./session.ts";
import type { Tip } from "./tip.ts";
import type { Item } from "./writer.ts";

/** A request as it will be answered: `apply` is for after the commit. */
export type Drafted =
  | { readonly item: Item; readonly written: Written; apply(): void }
  | { readonly item: Item; readonly fault: Fault };

export interface DraftDeps {
  readonly tip: Tip;
  readonly session: Session;
  readonly store: LedgerStore;
  readonly digester: Digester;
  /** Calls that a request of this same batch has ended: the store does not know it yet. */
  readonly ended: Set<number>;
}

/** Puts the entry of one request on the tip. */
export async function draftRequest(item: Item, deps: DraftDeps): Promise<Drafted> {
  try {
    return await draft(item, deps);
  } catch (thrown) {
    if (thrown instanceof Fault) return { item, fault: thrown };
    throw thrown;
  }
}

function draft(item: Item, deps: DraftDeps): Drafted | Promise<Drafted> {
  const { request } = item;
  switch (request.type) {
    case "call":
      return draftCall(item, request, deps);
    case "outcome":
      return draftOutcome(item, request, deps);
    case "unanswered":
      return draftUnanswered(item, request, deps);
    case "incident":
      return draftIncident(item, request, deps);
  }
}

/** The verdict is settled here, with the numbers of this very commit, and the charges are made in it. */
function draftCall(item: Item, record: CallRecord, { tip, session, digester }: DraftDeps): Drafted {
  const timeMicros = tip.now();
  const settled = settleOn(tip, record, timeMicros);
  const naming = { id: item.id, digester };
  const fields = callFields(record, settled, {
    session: session.id,
    naming,
    input: item.payload ?? { bytes: 0 },
  });
  const ref = tip.add(fields, { id: item.id, timeMicros });
  const waiting = waitsFor(fields);
  if (waiting === "held") {
    const { agent, direction, form, method, server, tool } = fields;
    const call = stated({ agent, direction, form, method, server, tool });
    beginHold(tip, ref.seq, {
      session: session.id,
      reason: settled.reason,
      charges: (record.decision?.charges ?? []).map(({ meter, limit, windowMs, amount }) => ({
        meter: meterKey(meter),
        limit,
        windowMs,
        amount,
      })),
      call: { ...call, agent, server },
    });
  }
  return {
    item,
    written: { ref, settled },
    apply: () => {
      if (waiting !== undefined) session.work.set(ref.seq, waiting);
    },
  };
}

function settleOn(tip: Tip, record: CallRecord, timeMicros: number): SettledCall {
  const charges = record.decision?.charges ?? [];
  checkNumber(charges);
  const exceeded = tip.meters.exceeded(charges, timeMicros);
  const { decision, invalid, report, faults, masked, form } = record;
  const settled = settleCall({ report, faults, masked, form, ...stated({ decision, invalid, exceeded }) });
  if (settled.charged) tip.meters.charge(charges, timeMicros);
  return settled;
}

function checkNumber(charges: readonly Charge[]): void {
  if (charges.length <= MAX_CHARGES) return;
  throw new Fault(
    "ledger",
    `Cannot charge a call: ${charges.length} charges, at most ${MAX_CHARGES} are kept`,
    {
      hint: "give rules that share a limit one meter",
    },
  );
}

function draftOutcome(item: Item, record: OutcomeRecord, deps: DraftDeps): Drafted {
  const { tip, session, digester, ended } = deps;
  // A second outcome, or one of a call that never left, would be a lie that `verify` finds.
  if (session.work.get(record.call) !== "owed" || ended.has(record.call)) {
    throw new Fault("internal", `Cannot record an outcome of entry ${record.call}: it does not wait for one`);
  }
  const naming = { id: item.id, digester };
  const fields = outcomeFields(record, { session: session.id, naming, output: item.payload });
  const ref = tip.add(fields, { id: item.id });
  ended.add(record.call);
  return { item, written: { ref }, apply: () => void session.work.delete(record.call) };
}

async function draftUnanswered(item: Item, record: UnansweredRecord, deps: DraftDeps): Promise<Drafted> {
  const { tip, session, store, ended } = deps;
  const hold = await readHold(store, record.call);
  if (hold === undefined || hold.session !== session.id || ended.has(record.call)) {
    throw new Fault(
      "ledger",
      `Cannot end the hold of entry ${record.call}: it is answered, or was never held`,
    );
  }
  const ending = { decision: "deny", reason: record.reason } as const;
  const ref = endHold(tip, record.call, { hold, ending });
  ended.add(record.call);
  return { item, written: { ref }, apply: () => void session.work.delete(record.call) };
}

function draftIncident(item: Item, record: IncidentRecord, { tip, session, digester }: DraftDeps): Drafted {
  const naming = { id: item.id, digester };
  const ref = tip.add(incidentFields(record, { session: session.id, agent: session.agent, naming }), {
    id: item.id,
  });
  return { item, written: { ref }, apply: () => {} };
}

/** The members of `object` that have a value: absent and `undefined` are two things to the compiler. */
function stated<T extends Record<string, unknown>>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never;
}
