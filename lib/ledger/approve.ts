/** A person lets a held call go: it is decided again with the numbers of now, and what asked for a person is answered. */
import { err, Fault, ok, type Result, rfc3339Micros } from "../base/mod.ts";
import { needsOf } from "../meter/mod.ts";
import { type Charge, type Decision, effectsOf, type Ref, resolve, type Usage } from "../verdict/mod.ts";
import { oncePerMeter } from "./draft_call.ts";
import { endHold, type HoldEnding } from "./holds.ts";
import { loadBook } from "./load_book.ts";
import type { LedgerStore } from "./port.ts";
import { damagedRow, type HoldRow } from "./rows.ts";
import type { Tip } from "./tip.ts";

export interface HeldCall {
  readonly call: number;
  readonly hold: HoldRow;
  readonly ending: HoldEnding;
}

/** Ends the hold with an approval, or says why the call may not go now; then it is still held. */
export async function approve(tip: Tip, store: LedgerStore, held: HeldCall): Promise<Result<Ref, string>> {
  const { call, hold, ending } = held;
  await loadBook(tip.book, store, [read(() => needsOf(hold.decision))]);
  const timeMicros = tip.now();
  const usage = tip.book.at(timeMicros);
  const resolved = read(() => resolve(hold.decision, usage));
  if (resolved.outcome === "deny") {
    const limit = limitUsedUp(hold.decision, resolved, usage);
    return err(limit === undefined ? deniedNow(resolved) : whenItFits(tip, limit, timeMicros));
  }
  if (!resolved.duties.redactFields.every((field) => hold.masks.includes(field))) {
    return err("what it would send has to be masked otherwise by now; deny it, and let the agent ask again");
  }
  const { charges, marks } = effectsOf({ ...resolved, rules: hold.rules }, "approved");
  const effects = { charges: oncePerMeter(charges), marks };
  return ok(endHold(tip, call, { hold, ending, effects, timeMicros }));
}

/** Whoever can write to the store can write a row that looks like a hold from afar: it refuses like any damaged one. */
function read<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw thrown instanceof Fault ? thrown : damagedRow();
  }
}

function deniedNow({ reason, rules }: Decision): string {
  const by = rules.length === 0 ? "" : ` (${rules.join(", ")})`;
  return `the policy refuses it with the numbers of now: ${reason}${by}`;
}

/**
 * The limit that is in the way: one of a rule that refuses it, or else one within which it would have been allowed. None,
 * where it would be refused with all the room that there can be.
 */
function limitUsedUp(held: Decision, { rules }: Decision, usage: Usage): Charge | undefined {
  const { open } = held;
  const roomy: Usage = {
    calls: (scope) => usage.calls(scope),
    progress: (scope, track) => usage.progress(scope, track),
    match: (guard) => guard.kind !== "limit" ? usage.match(guard) : guard.holds === "within" ? "yes" : "no",
  };
  if (resolve(held, roomy).outcome === "deny") return undefined;
  const limits = (open?.layers ?? []).flatMap(({ clauses }) => clauses).flatMap(({ ref, guards }) =>
    guards.flatMap((guard) => guard.kind === "limit" ? [{ guard, refuses: rules.includes(ref) }] : [])
  ).filter(({ guard }) => usage.match({ ...guard, holds: "over" }) === "yes");
  const inTheWay = limits.find(({ refuses }) => refuses) ??
    limits.find(({ guard }) => guard.holds === "within");
  return inTheWay?.guard.charge;
}

function whenItFits(tip: Tip, charge: Charge, nowMicros: number): string {
  const { limit, window } = charge;
  const at = tip.book.fitsAt(charge, nowMicros);
  const length = window.kind === "none" ? "in all" : `in ${window.ms / 1000} s`;
  const used = `its limit is used up (${limit} ${length})`;
  if (at !== undefined) {
    return `${used}; it fits in ${Math.ceil((at - nowMicros) / 1_000_000)} s, at ${rfc3339Micros(at)}`;
  }
  return window.kind === "none" ? used : `${used}, and it needs more than there ever are`;
}
