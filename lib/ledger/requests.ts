/** From one request to its entry on the tip. What a request may not do becomes a fault of its own, not of the batch. */
import { Fault } from "../base/mod.ts";
import type { IncidentRecord, OutcomeRecord, PolicyRecord, Ref, UnansweredRecord } from "../verdict/mod.ts";
import { incidentFields, outcomeFields, policyFields } from "./compose.ts";
import { draftCall } from "./draft_call.ts";
import { readHold, refuseHold } from "./holds.ts";
import { draftDecision, draftObservation } from "./pins.ts";
import { newPolicyTexts } from "./policy_texts.ts";
import type { DraftDeps, Drafted, Item } from "./drafting.ts";
import type { Tip } from "./tip.ts";

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
    case "policy":
      return draftPolicy(item, request, deps);
    case "pins":
      return draftObservation(item, request, deps);
    case "pin-decision":
      return draftDecision(item, request, deps);
    case "begin":
      return draftBegin(item, deps);
    case "end":
      return draftEnd(item, request.reason, deps);
  }
}

async function draftBegin(item: Item, { tip, session, version }: DraftDeps): Promise<Drafted> {
  const after = await session.begin(tip);
  return { item, written: { ref: newest(tip) }, apply: () => after(version()) };
}

async function draftEnd(item: Item, reason: string, { tip, session }: DraftDeps): Promise<Drafted> {
  await session.end(tip, reason);
  return { item, written: { ref: newest(tip) }, apply: () => {} };
}

function newest({ head }: Tip): Ref {
  if (head === undefined) throw new Fault("internal", "Cannot tell the newest entry: there is none");
  return { seq: head.seq, hash: head.hash };
}

function draftOutcome(item: Item, record: OutcomeRecord, deps: DraftDeps): Drafted {
  const { tip, session, digester, ended } = deps;
  // A second outcome, or one of a call that never left, would be a lie that `verify` finds.
  if (session.work.get(record.call) !== "owed" || ended.has(record.call)) {
    throw new Fault("internal", `Cannot record an outcome of entry ${record.call}: it does not wait for one`);
  }
  const { kept } = item;
  const keeps = kept !== undefined && record.verdict !== "withhold";
  if (keeps && !kept.isReady) return { item, stage: kept };
  const timeMicros = tip.now();
  // Before the entry: where the marks cannot be put, the result must not be released as if they were.
  const settle = tip.book.prepare({ charges: [], marks: record.marks ?? [] }, timeMicros);
  const naming = { id: item.id, digester };
  const fields = outcomeFields(record, { session: session.id, naming, output: item.payload });
  const ref = tip.add(fields, { id: item.id, timeMicros });
  if (keeps) kept.put(tip);
  settle();
  ended.add(record.call);
  return { item, written: { ref }, keeps, apply: () => void session.work.delete(record.call) };
}

async function draftUnanswered(item: Item, record: UnansweredRecord, deps: DraftDeps): Promise<Drafted> {
  const { tip, session, store, ended, held } = deps;
  const { call, reason } = record;
  const hold = await readHold(store, call);
  if (hold === undefined || hold.session !== session.id || ended.has(call)) {
    throw new Fault("ledger", `Cannot end the hold of entry ${call}: it is answered, or was never held`);
  }
  const ref = await refuseHold(tip, store, { call, hold, ending: { decision: "deny", reason } });
  ended.add(call);
  return {
    item,
    written: { ref },
    apply: () => {
      session.work.delete(call);
      held.delete(call);
    },
  };
}

function draftIncident(item: Item, record: IncidentRecord, { tip, session, digester }: DraftDeps): Drafted {
  const naming = { id: item.id, digester };
  const fields = incidentFields(record, { session: session.id, agent: session.agent, naming });
  return { item, written: { ref: tip.add(fields, { id: item.id }) }, apply: () => {} };
}

/** From here on the session is under this policy, also when it has to open again. */
async function draftPolicy(item: Item, record: PolicyRecord, deps: DraftDeps): Promise<Drafted> {
  const { tip, session, store, digester } = deps;
  const { id, agent, server } = session;
  for (const change of await newPolicyTexts(store, record)) tip.change(change);
  const naming = { id: item.id, digester };
  const fields = policyFields(record, { session: id, agent, server, naming });
  const ref = tip.add(fields, { id: item.id });
  return { item, written: { ref }, apply: () => session.changePolicy(record.digest) };
}
