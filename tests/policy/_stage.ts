/** Calls one after the other, with the limits, the history and the labels that the ones before left. */
import { memoryBook } from "../../lib/meter/mod.ts";
import type { Policy } from "../../lib/policy/mod.ts";
import { type Decision, effectsOf, EMPTY_REPORT, type Report, resolve } from "../../lib/verdict/mod.ts";
import { call, type CallOptions } from "./_policy.ts";

export interface StagedCall extends CallOptions {
  /** Seconds since the first call could be made; none is earlier than the one before. */
  readonly at?: number;
  readonly report?: Partial<Report>;
  /** What a person answers where the call is held; without: nobody does. */
  readonly person?: "approves" | "refuses";
}

const START_MS = 1_700_000_000_000;

export class Stage {
  readonly policy: Policy;
  readonly #book = memoryBook();
  readonly #labels = new Map<string, Set<string>>();
  #at = 0;

  constructor(policy: Policy) {
    this.policy = policy;
  }

  /** The decision, with everything done that follows from it. */
  call({ at = this.#at, person, report = {}, ...options }: StagedCall): Decision {
    this.#at = at;
    const session = options.session ?? "s";
    const labels = this.#labels.get(session) ?? new Set<string>();
    this.#labels.set(session, labels);
    const nowMs = START_MS + at * 1000, nowMicros = nowMs * 1000;
    const request = call({ nowMs, labels: [...labels], ...options });
    const open = this.policy.decide(request, { ...EMPTY_REPORT, ...report });
    const decision = resolve(open, this.#book.at(nowMicros));
    const fate = fateOf(decision, person);
    if (fate !== undefined) this.#book.settle(effectsOf(decision, fate), nowMicros);
    if (fate === "forwarded" || fate === "approved") {
      for (const label of decision.duties.labels) labels.add(label);
      if (decision.duties.labels.length > 0) {
        this.#book.settle({ charges: [], marks: decision.marks.labelled }, nowMicros);
      }
    }
    return decision;
  }

  /** The outcomes of calls, in order. */
  outcomes(...calls: readonly StagedCall[]): string {
    return calls.map((one) => this.call(one).outcome).join(" ");
  }
}

function fateOf({ outcome }: Decision, person: StagedCall["person"]) {
  if (outcome === "deny") return "refused";
  if (outcome !== "ask") return "forwarded";
  return person === undefined ? undefined : person === "approves" ? "approved" : "refused";
}
